//! `MedicationStatement`: a drug the patient says they take without a prescription of ours.

use chrono::NaiveDate;

use crate::chart::{Chart, Lag};
use crate::element::{period, reference};
use crate::moment::Moment;
use crate::resource::medication_request::{dosage, with_medication};
use crate::table::clinical::Medication;

impl Chart {
    /// Writes what the patient told on `asserted`: taken since `since`, until `end` when it has ended.
    pub(crate) fn write_medication_statement(
        &mut self,
        medication: &str,
        (since, end): (NaiveDate, Option<NaiveDate>),
        asserted: Moment,
        reason: Option<&str>,
    ) -> String {
        let row = Medication::of(medication);
        let draft = self.draft(
            "MedicationStatement",
            &format!("ms-{}", row.key),
            asserted,
            Lag::Visit,
        );
        let status = if end.is_some() { "completed" } else { "active" };
        let draft = with_medication(draft.with("status", status), row, false)
            .with("subject", self.subject())
            .with("effectivePeriod", period(since, end))
            .with("dateAsserted", asserted)
            .with("informationSource", self.subject())
            .with("reasonReference", reason.map(|link| [reference(link)]))
            .with("dosage", [dosage(row)]);
        self.file(draft)
    }
}
