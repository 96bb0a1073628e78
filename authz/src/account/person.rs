//! A person who signs in, and the patients they may act for.

use serde::Deserialize;

use super::role::Role;

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
    /// What they are here.
    pub role: Role,
    /// Relative reference to their own FHIR resource, such as `Patient/1`.
    pub fhir_user: Option<String>,
    /// The patients they may act for, in the order they are shown.
    pub patients: Vec<Patient>,
}

/// A patient somebody may act for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Patient {
    /// Logical id on the FHIR server.
    pub id: String,
    /// What the patient is called.
    pub name: String,
    /// What the patient is to the person.
    pub relationship: Relationship,
    /// Relative reference to the resource that says who acts for the patient, such as
    /// `RelatedPerson/1`.
    #[serde(default)]
    pub fhir_user: Option<String>,
    /// Logical id of the visit that is going on.
    #[serde(default)]
    pub encounter: Option<String>,
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
    /// Somebody they treat.
    Treated,
}

impl Relationship {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Represented => "represented",
            Self::Treated => "treated",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Self {
        match word {
            "self" => Self::Own,
            "treated" => Self::Treated,
            _ => Self::Represented,
        }
    }
}

impl Person {
    /// The patient with this id, if the person may act for them.
    pub fn patient(&self, id: &str) -> Option<&Patient> {
        self.patients.iter().find(|patient| patient.id == id)
    }

    /// Whether they treat patients, so that their own rights do not end at one record.
    pub fn is_professional(&self) -> bool {
        self.role == Role::Practitioner
    }

    /// As whom they act when it is about `patient`: a representative is somebody else in each
    /// patient's record.
    pub fn fhir_user_for(&self, patient: Option<&str>) -> Option<&str> {
        patient
            .and_then(|id| self.patient(id))
            .and_then(|patient| patient.fhir_user.as_deref())
            .or(self.fhir_user.as_deref())
    }
}
