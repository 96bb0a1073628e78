//! The categories of records: one row says how each is asked for and whose it is.

use crate::catalogue::Level;

/// A category of records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Category {
    /// Prefix of its checks.
    pub(crate) code: &'static str,
    /// In words, as it stands in claims.
    pub(crate) title: &'static str,
    /// The type that is searched.
    pub(crate) searched: &'static str,
    /// Query of the first connection; `{patient}` stands for the patient's id. Empty: a read.
    pub(crate) query: &'static [(&'static str, &'static str)],
    /// The type of its records.
    pub(crate) resource_type: &'static str,
    /// The element that says whose it is.
    pub(crate) subject: &'static str,
    /// Least severe level of its checks.
    pub(crate) level: Level,
    /// Any one category with the same family suffices.
    pub(crate) family: Option<&'static str>,
}

impl Category {
    /// Whether it is asked for by a search of its own type, so that the periodic query applies.
    pub(crate) fn is_searched(&self) -> bool {
        !self.query.is_empty() && self.searched == self.resource_type
    }

    /// Whether records come from a search at all.
    pub(crate) fn is_list(&self) -> bool {
        !self.query.is_empty()
    }

    /// The query for `patient`.
    pub(crate) fn query_for(&self, patient: &str) -> Vec<(String, String)> {
        self.query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.replace("{patient}", patient)))
            .collect()
    }

    /// The category with this code.
    pub(crate) fn find(code: &str) -> Option<&'static Self> {
        CATEGORIES.iter().find(|category| category.code == code)
    }
}

const PATIENT: (&str, &str) = ("patient", "{patient}");
const MEDICATIONS: Option<&str> = Some("medications");

const fn row(
    code: &'static str,
    title: &'static str,
    query: &'static [(&'static str, &'static str)],
    resource_type: &'static str,
    subject: &'static str,
) -> Category {
    Category {
        code,
        title,
        searched: resource_type,
        query,
        resource_type,
        subject,
        level: Level::Required,
        family: None,
    }
}

const fn medication(
    code: &'static str,
    title: &'static str,
    resource_type: &'static str,
) -> Category {
    Category {
        family: MEDICATIONS,
        ..row(code, title, &[PATIENT], resource_type, "subject")
    }
}

const fn recommended(category: Category) -> Category {
    Category {
        level: Level::Warning,
        ..category
    }
}

/// Every category: those of Sync for Science, then those that USCDI adds.
#[rustfmt::skip]
pub(crate) const CATEGORIES: &[Category] = &[
    row("PAT", "demographics", &[], "Patient", "id"),
    row("SMK", "smoking status", &[PATIENT, ("code", "http://loinc.org|72166-2")], "Observation", "subject"),
    row("PRB", "problems", &[PATIENT], "Condition", "subject"),
    medication("MRQ", "medication requests", "MedicationRequest"),
    medication("MST", "medication statements", "MedicationStatement"),
    medication("MDS", "medication dispenses", "MedicationDispense"),
    medication("MAD", "medication administrations", "MedicationAdministration"),
    row("ALG", "allergies", &[PATIENT], "AllergyIntolerance", "patient"),
    row("LAB", "laboratory results", &[PATIENT, ("category", "laboratory")], "Observation", "subject"),
    row("VIT", "vital signs", &[PATIENT, ("category", "vital-signs")], "Observation", "subject"),
    row("PRC", "procedures", &[PATIENT], "Procedure", "subject"),
    row("IMM", "immunizations", &[PATIENT], "Immunization", "patient"),
    row("DOC", "documents", &[PATIENT], "DocumentReference", "subject"),
    recommended(row("DXR", "diagnostic reports", &[PATIENT], "DiagnosticReport", "subject")),
    recommended(row("ENC", "encounters", &[PATIENT], "Encounter", "subject")),
    recommended(row("CPL", "care plans", &[PATIENT, ("category", "assess-plan")], "CarePlan", "subject")),
    recommended(row("CTM", "care teams", &[PATIENT, ("status", "active")], "CareTeam", "subject")),
    recommended(row("GOL", "goals", &[PATIENT], "Goal", "subject")),
    recommended(row("DEV", "devices", &[PATIENT], "Device", "patient")),
    recommended(Category {
        searched: "Patient",
        ..row("PRV", "provenance", &[("_id", "{patient}"), ("_revinclude", "Provenance:target")], "Provenance", "target")
    }),
];
