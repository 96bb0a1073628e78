//! Choosing a patient.

use askama::Template;

use super::Chrome;
use crate::account::person::{Patient, Relationship};

/// The patient picker.
#[derive(Template)]
#[template(path = "select_patient.html")]
pub struct SelectPatientPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// Who asks.
    pub client_name: &'a str,
    /// Whose record it may be about.
    pub patients: &'a [Patient],
}

impl SelectPatientPage<'_> {
    fn note(patient: &Patient) -> &'static str {
        match patient.relationship {
            Relationship::Own => "Yourself",
            Relationship::Represented => "You act for this person",
            Relationship::Treated => "Your patient",
        }
    }
}
