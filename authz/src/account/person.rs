//! A person who signs in, and the patients they may act for.

use serde::Deserialize;

/// A person with an account.
#[derive(Debug, Clone)]
pub struct Person {
    /// Row.
    pub id: i64,
    /// What they type to sign in.
    pub username: String,
    /// Stable, opaque name in tokens (`sub`).
    pub subject: String,
    /// What they are called.
    pub name: String,
    /// Relative reference to their own FHIR resource, such as `Patient/1`.
    pub fhir_user: Option<String>,
    /// The patients they may act for, in the order they are shown.
    pub patients: Vec<Patient>,
}

/// A patient somebody may act for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// Logical id on the FHIR server.
    pub id: String,
    /// What the patient is called.
    pub name: String,
    /// What the patient is to the person.
    pub relationship: Relationship,
}

/// What a patient is to the person who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relationship {
    /// The same person.
    #[serde(rename = "self")]
    Own,
    /// Somebody they have authority to act for.
    Represented,
}

impl Relationship {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Represented => "represented",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Self {
        if word == "self" {
            Self::Own
        } else {
            Self::Represented
        }
    }
}

impl Person {
    /// The patient with this id, if the person may act for them.
    pub fn patient(&self, id: &str) -> Option<&Patient> {
        self.patients.iter().find(|patient| patient.id == id)
    }
}
