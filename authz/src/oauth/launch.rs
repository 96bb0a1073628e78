//! EHR launch: the portal starts an app and tells it what it is about (SMART App Launch 2.2 "App
//! Launch: Launch from EHR", "Scopes and Launch Context").

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long a launch handle may be used. An app that was started goes on at once.
pub const HANDLE_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// Longest `intent`, in bytes.
const LONGEST_INTENT: usize = 256;
/// Most references of `fhirContext`.
const MOST_REFERENCES: usize = 20;

/// What a launch handle stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// Row of the person who started the app; nobody else can use the launch.
    pub user: i64,
    /// Logical id of the patient, if it is about one.
    pub patient: Option<String>,
    /// The rest of the context.
    pub setting: Setting,
}

impl Launch {
    /// Whether it is about a visit.
    pub fn has_encounter(&self) -> bool {
        self.setting.encounter.is_some()
    }
}

/// The context of an EHR launch besides the patient; goes into the token response.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Logical id of the encounter.
    pub encounter: Option<String>,
    /// What the person wants to do.
    pub intent: Option<String>,
    /// Whether the app must show whose record it is.
    pub need_patient_banner: bool,
    /// Relative references to further resources.
    pub fhir_context: Vec<String>,
}

/// How a client was promised `fhirContext`; the versions of SMART exclude each other here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FhirContextFormat {
    /// SMART 1 and 2.0: relative references.
    References,
    /// SMART 2.1 and later: objects with `reference`.
    Objects,
}

impl FhirContextFormat {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::References => "references",
            Self::Objects => "objects",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::References, Self::Objects]
            .into_iter()
            .find(|format| format.as_str() == word)
    }

    /// `fhirContext` in this format.
    pub fn render(self, references: &[String]) -> Value {
        match self {
            Self::References => json!(references),
            Self::Objects => references
                .iter()
                .map(|reference| json!({ "reference": reference }))
                .collect(),
        }
    }
}

/// A setting that makes no sense. The text is for the person who filled in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Senseless(pub &'static str);

impl Setting {
    /// Checks what a person typed.
    pub fn check(self) -> Result<Self, Senseless> {
        let fits = |text: &Option<String>, good: fn(&str) -> bool| text.as_deref().is_none_or(good);
        if !fits(&self.encounter, is_id) {
            return Err(Senseless("The visit must be the id of an Encounter."));
        }
        if !fits(&self.intent, |text| text.len() <= LONGEST_INTENT) {
            return Err(Senseless("The intent is too long."));
        }
        let references = &self.fhir_context;
        if references.len() > MOST_REFERENCES || !references.iter().all(|text| is_context(text)) {
            return Err(Senseless(
                "Further context must be references such as ImagingStudy/1, but not to a patient or a visit.",
            ));
        }
        Ok(self)
    }
}

/// Whether the text is a FHIR logical id.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

/// A relative reference; patient and encounter have parameters of their own.
fn is_context(text: &str) -> bool {
    text.split_once('/').is_some_and(|(name, id)| {
        is_id(id)
            && name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.bytes().all(|byte| byte.is_ascii_alphabetic())
            && !["Patient", "Encounter"].contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_of_smart_has_its_format() {
        let references = ["ImagingStudy/1".to_owned()];
        for (format, rendered) in [
            (FhirContextFormat::References, json!(["ImagingStudy/1"])),
            (
                FhirContextFormat::Objects,
                json!([{"reference": "ImagingStudy/1"}]),
            ),
        ] {
            assert_eq!(format.render(&references), rendered);
            assert_eq!(FhirContextFormat::parse(format.as_str()), Some(format));
        }
    }

    #[test]
    fn senseless_settings_are_refused() {
        let setting = |encounter: &str, reference: &str| Setting {
            encounter: Some(encounter.into()),
            fhir_context: vec![reference.into()],
            ..Setting::default()
        };
        assert!(setting("e-1", "ImagingStudy/1").check().is_ok());
        for (encounter, reference) in [
            ("", "ImagingStudy/1"),
            ("Encounter/1", "ImagingStudy/1"),
            ("e-1", "Patient/1"),
            ("e-1", "Encounter/1"),
            ("e-1", "https://evil.example/ImagingStudy/1"),
            ("e-1", "ImagingStudy"),
        ] {
            assert!(
                setting(encounter, reference).check().is_err(),
                "{encounter} {reference}"
            );
        }
    }
}
