//! The page at `/`: what this is and where things are.

use askama::Template;
use serde_json::Value;

use super::row::{what, when};

/// What the page says besides its text.
#[derive(Debug)]
pub struct Landing<'a> {
    /// Public base URL of the API.
    pub base: &'a str,
    /// Public base URL of the open mirror, where there is one.
    pub mirror: Option<&'a str>,
    /// The authorization server, when it can be asked.
    pub issuer: Option<String>,
    /// Whether the database holds its first content.
    pub ready: bool,
    /// Patients that anyone may look at.
    pub patients: Vec<Value>,
}

#[derive(Template)]
#[template(path = "landing.html")]
struct Page<'a> {
    base: &'a str,
    mirror: Option<&'a str>,
    issuer: Option<String>,
    ready: bool,
    version: &'static str,
    patients: Vec<Patient>,
    calls: Vec<Call>,
}

/// A request that one may send.
struct Call {
    request: &'static str,
    answer: &'static str,
    /// The same, of the open mirror, where reading is all there is to it.
    href: Option<String>,
}

struct Patient {
    href: String,
    what: String,
    when: String,
}

/// The API at a glance.
const CALLS: &[(&str, &str)] = &[
    (
        "GET /Patient/{id}",
        "one person, with version and time of change",
    ),
    (
        "GET /Observation?patient={id}&category=laboratory",
        "laboratory results of a person, in pages",
    ),
    (
        "GET /Observation?patient={id}&date=ge2024&_sort=-date",
        "from a date on, newest first",
    ),
    (
        "GET /MedicationRequest?patient={id}&_include=MedicationRequest:medication",
        "prescriptions with their medications",
    ),
    (
        "GET /Condition?patient={id}&_lastUpdated=gt{instant}",
        "what changed since the last visit of an app",
    ),
    (
        "GET /Patient/{id}/_history",
        "every version, those that were deleted too",
    ),
    (
        "GET /Patient/{id}?_summary=true&_format=xml",
        "the short form, as XML",
    ),
    (
        "POST /Observation/$validate",
        "what is wrong with a resource, without storing it",
    ),
];

/// The address of a request about this patient, if a click can send it.
fn example(request: &str, mirror: &str, id: &str) -> Option<String> {
    let path = request.strip_prefix("GET ")?.replace("{id}", id);
    let path = path.replace("{instant}", "2025-01-01T00:00:00Z");
    Some(format!("{mirror}{path}"))
}

/// The landing page.
pub fn landing(landing: Landing<'_>) -> Result<String, askama::Error> {
    let from = landing.mirror.unwrap_or(landing.base);
    let patients = landing
        .patients
        .iter()
        .map(|patient| Patient {
            href: format!(
                "{from}/Patient/{}",
                patient["id"].as_str().unwrap_or_default()
            ),
            what: what(patient),
            when: when(patient),
        })
        .collect();
    let first = landing.patients.first();
    let about = first.and_then(|patient| patient["id"].as_str());
    let calls = CALLS.iter().map(|(request, answer)| Call {
        request,
        answer,
        href: landing
            .mirror
            .zip(about)
            .and_then(|(mirror, id)| example(request, mirror, id)),
    });
    Page {
        base: landing.base,
        mirror: landing.mirror,
        issuer: landing.issuer,
        ready: landing.ready,
        version: env!("CARGO_PKG_VERSION"),
        patients,
        calls: calls.collect(),
    }
    .render()
}
