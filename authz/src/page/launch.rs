//! Starting an app from the portal.

use askama::Template;

use super::Chrome;
use crate::account::person::Patient;
use crate::oauth::parameters::Parameters;

/// The form that starts an app.
#[derive(Template)]
#[template(path = "launch.html")]
pub struct LaunchPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// What was wrong before.
    pub error: Option<&'a str>,
    /// The apps that can be started.
    pub apps: &'a [LaunchableApp],
    /// Whose record it may be about.
    pub patients: &'a [Patient],
    /// Whether the person treats them.
    pub professional: bool,
    /// What the form is filled with.
    pub settings: LaunchSettings,
    /// Public base URL.
    pub issuer: &'a str,
}

/// An app that can be started from here.
#[derive(Debug)]
pub struct LaunchableApp {
    /// `client_id`
    pub client_id: String,
    /// What it calls itself.
    pub name: String,
    /// Where it is started.
    pub launch_url: String,
    /// Whether anybody checked it.
    pub verified: bool,
}

/// What the form is filled with, from the query of the page or the form that was sent. Nothing of
/// it counts before the form is sent and checked.
#[derive(Debug, Default)]
pub struct LaunchSettings {
    /// `client_id`
    pub app: String,
    /// Logical id.
    pub patient: String,
    /// Logical id.
    pub encounter: String,
    /// `intent`
    pub intent: String,
    /// References with spaces between.
    pub fhir_context: String,
    /// Another address at which the app is started.
    pub launch_url: String,
    /// `need_patient_banner`
    pub need_patient_banner: bool,
    filled: bool,
}

/// Longest value that is filled in, in characters.
const LONGEST: usize = 500;

impl LaunchSettings {
    /// Reads them; an empty form asks for the patient's banner.
    pub fn read(parameters: &Parameters) -> Self {
        let text = |name| -> String {
            let value = parameters.first(name).unwrap_or_default();
            value.chars().take(LONGEST).collect()
        };
        let filled = parameters.first("app").is_some();
        Self {
            app: text("app"),
            patient: text("patient"),
            encounter: text("encounter"),
            intent: text("intent"),
            fhir_context: text("fhir_context"),
            launch_url: text("launch_url"),
            need_patient_banner: !filled || parameters.first("need_patient_banner") == Some("true"),
            filled,
        }
    }

    /// Whether anything rarer than app and patient is set.
    fn is_detailed(&self) -> bool {
        let rare = [
            &self.encounter,
            &self.intent,
            &self.fhir_context,
            &self.launch_url,
        ];
        rare.iter().any(|value| !value.is_empty()) || !self.need_patient_banner
    }

    /// The path that fills the form with the same settings.
    pub fn link(&self) -> Option<String> {
        self.filled.then_some(())?;
        let pairs = [
            ("app", self.app.as_str()),
            ("patient", &self.patient),
            ("encounter", &self.encounter),
            ("intent", &self.intent),
            ("fhir_context", &self.fhir_context),
            ("launch_url", &self.launch_url),
            (
                "need_patient_banner",
                if self.need_patient_banner { "true" } else { "" },
            ),
        ];
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()))
            .finish();
        Some(format!("/launch?{query}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_link() {
        let given = "app=demo-app&patient=p+1&intent=a%26b&need_patient_banner=true";
        let settings = LaunchSettings::read(&Parameters::parse(given).unwrap());
        let link = settings.link().unwrap();
        assert_eq!(link, format!("/launch?{given}"));
        assert!(settings.is_detailed());
    }

    #[test]
    fn an_empty_form_has_no_link_and_asks_for_the_banner() {
        let settings = LaunchSettings::read(&Parameters::parse("").unwrap());
        assert!(settings.link().is_none() && settings.need_patient_banner);
    }
}
