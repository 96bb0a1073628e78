//! Condition: problems, diagnoses at encounters, health concerns.

use chrono::NaiveDate;

use crate::chart::{Chart, Lag};
use crate::draft::Draft;
use crate::element::{Coding, concept_of, reference, term, text_only};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::table::clinical::Condition;

const ASSERTED: &str = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate";

/// Where a condition is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    Problem,
    EncounterDiagnosis,
    HealthConcern,
    /// A health concern about the patient's circumstances.
    Social,
}

impl Listed {
    fn categories(self) -> Vec<Object> {
        let concern = || term("us-core-condition-category", "health-concern");
        match self {
            Self::Problem => vec![term("condition-category", "problem-list-item")],
            Self::EncounterDiagnosis => vec![term("condition-category", "encounter-diagnosis")],
            Self::HealthConcern => vec![concern()],
            Self::Social => vec![
                concern(),
                term("us-core-tags", "sdoh"),
                term("us-core-category", "sdoh"),
            ],
        }
    }
}

/// A condition to be written down. A problem without a table row is text only, and unknown without a text.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) listed: Listed,
    pub(crate) code: Result<&'static Condition, &'static str>,
    pub(crate) onset: NaiveDate,
    pub(crate) abatement: Option<NaiveDate>,
    pub(crate) recorded: Moment,
    pub(crate) visit: Option<&'a Visit>,
}

impl Condition {
    /// SNOMED CT first, ICD-10-CM second.
    pub(crate) fn concept(&self) -> Object {
        concept_of(
            &[
                Coding::snomed(self.snomed, self.snomed_display),
                self.icd10(),
            ],
            self.text,
        )
    }

    /// The ICD-10-CM code, as claims use it.
    pub(crate) fn icd10(&self) -> Coding {
        Coding::new("icd10cm", self.icd10cm, self.icd10cm_display)
    }
}

/// Why a condition is shown to few people only, as a label for display.
fn sensitivity(row: &Condition) -> Option<Coding> {
    match row.key {
        "hiv" => Some(Coding::term("v3-ActCode", "HIV")),
        "opioid-use-disorder" | "alcohol-use-disorder" => Some(Coding::term("v3-ActCode", "ETH")),
        _ => None,
    }
}

/// What a Condition is about, in words and codes.
struct Subject<'a> {
    text: &'a str,
    code: Object,
}

impl Chart {
    /// Writes a Condition; one that ended after it was recorded has a version from before.
    pub(crate) fn write_condition(&mut self, entry: &Entry) -> String {
        let (key, text, code) = match entry.code {
            Ok(row) => (row.key, row.text, row.concept()),
            Err("") => ("unknown", "Unknown problem", term("dar", "unknown")),
            Err(text) => ("text-only", text, text_only(text)),
        };
        let key = match entry
            .visit
            .filter(|_| entry.listed == Listed::EncounterDiagnosis)
        {
            Some(visit) => format!("c-{key}-{}", visit.start.date().format("%Y%m%d")),
            None => format!("c-{key}"),
        };
        let mut blank = self.draft("Condition", &key, entry.recorded, Lag::Visit);
        if let Some(label) = entry.code.ok().and_then(sensitivity) {
            blank = blank.restricted(label);
        }
        let subject = Subject { text, code };
        let now = self.with_content(blank.clone(), entry, &subject, entry.abatement);
        let draft = match entry.abatement {
            Some(end) if end > entry.recorded.date() => {
                let before = self.with_content(blank, entry, &subject, None);
                self.changed(before, now, Moment::at(end, 700, self.zone()))
            }
            _ => now,
        };
        self.file(draft)
    }

    /// The members of a Condition that is over since `abatement`.
    fn with_content(
        &self,
        blank: Draft,
        entry: &Entry,
        Subject { text, code }: &Subject,
        abatement: Option<NaiveDate>,
    ) -> Draft {
        let state = if abatement.is_some() {
            "resolved"
        } else {
            "active"
        };
        let recorder = entry
            .visit
            .map_or(self.site.primary, |visit| visit.practitioner);
        let asserted = Object::new()
            .with("url", ASSERTED)
            .with("valueDateTime", entry.recorded);
        blank
            .told(&format!("{text}, {state}, since {}.", entry.onset))
            .with("extension", [asserted])
            .with("clinicalStatus", term("condition-clinical", state))
            .with(
                "verificationStatus",
                term("condition-ver-status", "confirmed"),
            )
            .with("category", entry.listed.categories())
            .with("code", code)
            .with("subject", self.subject())
            .with("encounter", entry.visit.map(|visit| reference(&visit.link)))
            .with("onsetDateTime", entry.onset)
            .with("abatementDateTime", abatement)
            .with("recordedDate", entry.recorded)
            .with("recorder", recorder.reference())
    }
}
