//! The document that is made on demand: the patient's `$summary`.

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::execute::Means;
use crate::operation::Arguments;
use crate::operation::summary::BUNDLE;
use crate::search::date;

const LOINC: &str = "http://loinc.org";
/// What a summary is, for who asks: code and display.
const TYPES: [(&str, &str); 2] = [
    ("60591-5", "Patient summary Document"),
    ("34133-9", "Summarization of episode note"),
];

/// A summary that can be made.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) patient: String,
    start: Option<String>,
    end: Option<String>,
}

impl Summary {
    /// The summary, if it is of a type and a profile that was asked for.
    pub(super) fn fitting(patient: &str, types: &str, arguments: &Arguments) -> Option<Self> {
        let is_type = |token: &str| {
            let code = token.strip_prefix("http://loinc.org|").unwrap_or(token);
            TYPES.iter().any(|(known, _)| *known == code)
        };
        let mut profiles = arguments.texts("profile").peekable();
        let is_profile = profiles.peek().is_none() || profiles.any(|profile| profile == BUNDLE);
        (types.split(',').any(is_type) && is_profile).then(|| Self {
            patient: patient.to_owned(),
            start: arguments.text("start").map(str::to_owned),
            end: arguments.text("end").map(str::to_owned),
        })
    }

    /// A `DocumentReference` to it. The document is made when its attachment is fetched, with the
    /// rights of who fetches it.
    pub(super) fn reference(&self, means: Means<'_>) -> Value {
        let codings = TYPES
            .iter()
            .map(|(code, display)| json!({ "system": LOINC, "code": code, "display": display }));
        let mut reference = json!({
            "resourceType": "DocumentReference",
            "status": "current",
            "type": { "coding": codings.collect::<Vec<_>>() },
            "category": [{ "coding": [{
                "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
                "code": "clinical-note",
                "display": "Clinical Note",
            }]}],
            "subject": { "reference": format!("Patient/{}", self.patient) },
            "date": date::print(means.now),
            "description": "Made from the record when it is fetched.",
            "content": [{
                "attachment": { "contentType": "application/fhir+json", "url": self.url(means.base) },
                "format": { "system": "urn:ietf:rfc:3986", "code": BUNDLE },
            }],
        });
        let mut period = json!({});
        for (member, value) in [("start", &self.start), ("end", &self.end)] {
            if let Some(value) = value {
                period[member] = json!(value);
            }
        }
        if period
            .as_object()
            .is_some_and(|members| !members.is_empty())
        {
            reference["context"] = json!({ "period": period });
        }
        reference
    }

    fn url(&self, base: &str) -> String {
        let mut url = format!("{base}/Patient/{}/$summary?", self.patient);
        let start = url.len();
        let mut pairs = Serializer::for_suffix(&mut url, start);
        for (name, value) in [("start", &self.start), ("end", &self.end)] {
            if let Some(value) = value {
                pairs.append_pair(name, value);
            }
        }
        pairs.finish();
        url.trim_end_matches('?').to_owned()
    }
}
