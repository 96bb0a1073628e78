//! Procedure: something done to the patient.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, reference};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::table::clinical::Procedure;
use crate::world;

impl Chart {
    /// Writes a Procedure of a key of `procedures.tsv`; `reason` is the address of a Condition.
    pub(crate) fn write_procedure(
        &mut self,
        key: &str,
        visit: &Visit,
        when: Moment,
        reason: Option<&str>,
    ) -> String {
        let row = Procedure::of(key);
        let key = format!("pr-{key}-{}", when.date().format("%Y%m%d"));
        let performer = visit.practitioner;
        let draft = self.draft("Procedure", &key, when, Lag::Note);
        let draft = draft
            .with("status", "completed")
            .with("code", concept(Coding::snomed(row.snomed, row.display)))
            .with("subject", self.subject())
            .with("encounter", reference(&visit.link))
            .with("performedDateTime", when)
            .with(
                "performer",
                [Object::new().with("actor", performer.reference())],
            )
            .with("location", reference(&world::location(performer.location)))
            .with("reasonReference", reason.map(|link| [reference(link)]));
        self.file(draft)
    }
}
