//! `MedicationAdministration`: a dose given by staff.

use crate::chart::{Chart, Lag};
use crate::element::{reference, route};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::resource::medication_request::{directions, dose, with_medication};
use crate::table::clinical::Medication;

impl Chart {
    /// Writes one dose, given at `when` during `visit` under the order at `request`.
    pub(crate) fn write_medication_administration(
        &mut self,
        row: &'static Medication,
        visit: &Visit,
        request: &str,
        when: Moment,
    ) -> String {
        let nurse = self.site.practitioner("registered-nurse");
        let key = format!("adm-{}-{}", row.key, when.date().format("%Y%m%d"));
        let dosage = Object::new()
            .with("text", directions(row))
            .with("route", route(row.route))
            .with("dose", dose(row));
        let draft = self
            .draft("MedicationAdministration", &key, when, Lag::Visit)
            .with("status", "completed");
        let draft = with_medication(draft, row, false)
            .with("subject", self.subject())
            .with("context", reference(&visit.link))
            .with("effectiveDateTime", when)
            .with(
                "performer",
                [Object::new().with("actor", nurse.reference())],
            )
            .with("request", reference(request))
            .with("dosage", dosage);
        self.file(draft)
    }
}
