//! `MedicationDispense`: a filled prescription.

use crate::chart::{Chart, Lag};
use crate::element::{days, named_reference, reference};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::resource::medication_request::{dosage, supply, with_medication};
use crate::table::care::{Care, Organization};
use crate::table::clinical::Medication;
use crate::world;

/// The pharmacy where every prescription is filled.
pub(crate) const PHARMACY: &str = "mainstreet-pharmacy";

impl Chart {
    /// Writes fill `number` (0 is the first) of the prescription at `request`.
    pub(crate) fn write_medication_dispense(
        &mut self,
        row: &'static Medication,
        (request, visit): (&str, Option<&Visit>),
        number: i64,
        handed_over: Moment,
    ) -> String {
        let pharmacy = Organization::of(PHARMACY);
        let kind = Care::named(
            "meddispense-type",
            if number == 0 { "first-fill" } else { "refill" },
        );
        let key = format!("dsp-{}-{}", row.key, handed_over.date().format("%Y%m%d"));
        let actor = named_reference(&world::organization(PHARMACY), pharmacy.name);
        let draft = self
            .draft("MedicationDispense", &key, handed_over, Lag::Visit)
            .with("status", "completed");
        let draft = with_medication(draft, row, false)
            .with("subject", self.subject())
            .with("context", visit.map(|visit| reference(&visit.link)))
            .with("performer", [Object::new().with("actor", actor)])
            .with("location", reference(&world::location("pharmacy-tulsa")))
            .with("authorizingPrescription", [reference(request)])
            .with("type", kind.concept())
            .with("quantity", supply(row))
            .with("daysSupply", days(row.days_supply))
            .with("whenPrepared", handed_over.plus_minutes(-25))
            .with("whenHandedOver", handed_over)
            .with("dosageInstruction", [dosage(row)]);
        self.file(draft)
    }
}
