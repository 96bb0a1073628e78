//! Who people are: the identity behind a Patient, and the people who sign in to a portal.

use chrono::NaiveDate;

use crate::table::people::{Demographic, Place};

/// Administrative sex at birth; the tables write `F` and `M`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sex {
    Female,
    Male,
}

impl Sex {
    /// The code of `birthsex` and of the tables.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
        }
    }

    /// The administrative gender.
    pub(crate) fn gender(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}

/// Everything about a person that does not change with their health.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) given: Vec<String>,
    pub(crate) family: String,
    pub(crate) suffix: Option<&'static str>,
    /// The family name before marriage.
    pub(crate) previous_family: Option<String>,
    pub(crate) birth: NaiveDate,
    pub(crate) death: Option<NaiveDate>,
    pub(crate) sex: Sex,
    /// Codes of the kinds `race` and `ethnicity` of `demographics.tsv`; none means not recorded.
    pub(crate) races: Vec<&'static Demographic>,
    pub(crate) ethnicity: Option<&'static Demographic>,
    pub(crate) language: &'static Demographic,
    pub(crate) marital: Option<&'static Demographic>,
    pub(crate) place: Place,
    /// A house number and street; none means no address is known.
    pub(crate) street: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) record_number: String,
    /// What few records hold.
    pub(crate) particulars: Particulars,
}

/// Facts about a person that few records hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Particulars {
    /// A code of the kind `tribe`.
    pub(crate) tribe: Option<&'static Demographic>,
    /// A code of the kind `gender-identity`.
    pub(crate) gender_identity: Option<&'static Demographic>,
    /// A code of the kind `pronouns`.
    pub(crate) pronouns: Option<&'static Demographic>,
    /// Detailed codes below the race and ethnicity.
    pub(crate) detailed_races: Vec<&'static Demographic>,
    pub(crate) detailed_ethnicity: Option<&'static Demographic>,
    /// The address before this one, and when it ended.
    pub(crate) previous_home: Option<(&'static str, Place, NaiveDate)>,
    /// The suffix of the previous name.
    pub(crate) previous_suffix: Option<&'static str>,
    /// Languages besides the preferred one.
    pub(crate) other_languages: Vec<&'static Demographic>,
    pub(crate) needs_interpreter: bool,
    /// There is a telephone at work whose number is not known.
    pub(crate) has_unknown_phone: bool,
    /// Administrative gender, when it is not that of the sex at birth.
    pub(crate) gender: Option<&'static str>,
    /// Neither family name nor full birth date is known.
    pub(crate) is_partly_unknown: bool,
    /// The id of the record that replaces this one.
    pub(crate) replaced_by: Option<&'static str>,
    /// The id of the record that this one replaces.
    pub(crate) replaces: Option<&'static str>,
}

impl Identity {
    /// Given names and family name.
    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.given.join(" "), self.family)
    }
}

/// How a portal user stands to a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relationship {
    /// The user is the patient.
    SelfPatient,
    /// The user acts for the patient.
    Represented,
}

/// A patient whom a portal user may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Representation {
    /// The id of the Patient.
    pub patient: String,
    /// The patient's name.
    pub name: String,
    /// The patient's birth date, as in the Patient of a population with the same as-of date.
    pub birth_date: NaiveDate,
    /// How the user stands to the patient.
    pub relationship: Relationship,
}

/// A person who can sign in to a portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name to sign in with.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// The resource that stands for the person, e.g. `Patient/smart-1288992`.
    pub fhir_user: String,
    /// The patients the person may choose; the own record first.
    pub patients: Vec<Representation>,
}
