//! Procedure: something done to the patient.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, period, reference};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::table::clinical::{Condition, Procedure};
use crate::world;

/// Something done in a visit.
#[derive(Debug)]
pub(crate) struct Done<'a> {
    pub(crate) procedure: &'static Procedure,
    pub(crate) visit: &'a Visit,
    pub(crate) when: Moment,
    /// The order behind it.
    pub(crate) based_on: Option<&'a str>,
    /// The address of the Condition that was its reason.
    pub(crate) problem: Option<&'a str>,
    pub(crate) reason: Option<&'static Condition>,
}

impl Chart {
    /// Writes a completed Procedure; what was ordered has a beginning and an end.
    pub(crate) fn write_procedure(&mut self, done: &Done) -> String {
        let row = done.procedure;
        let key = format!("pr-{}-{}", row.key, done.when.date().format("%Y%m%d"));
        let performer = done.visit.practitioner;
        let ordered = done.based_on.is_some();
        let took = period(done.when, Some(done.when.plus_minutes(50)));
        let draft = self.draft("Procedure", &key, done.when, Lag::Note);
        let draft = draft
            .with("basedOn", done.based_on.map(|link| [reference(link)]))
            .with("status", "completed")
            .with("code", concept(Coding::snomed(row.snomed, row.display)))
            .with("subject", self.subject())
            .with("encounter", reference(&done.visit.link))
            .with("performedDateTime", (!ordered).then_some(done.when))
            .with("performedPeriod", ordered.then_some(took))
            .with(
                "performer",
                [Object::new().with("actor", performer.reference())],
            )
            .with("location", reference(&world::location(performer.location)))
            .with("reasonCode", done.reason.map(|row| [row.concept()]))
            .with(
                "reasonReference",
                done.problem.map(|link| [reference(link)]),
            );
        self.file(draft)
    }
}
