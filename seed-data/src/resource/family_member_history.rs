//! `FamilyMemberHistory`: what a relative had.

use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::element::quantity;
use crate::json::Object;
use crate::moment::Moment;
use crate::table::care::Care;

impl Chart {
    /// Writes that a relative (a key of the kind `family-relation`) fell ill with a key of the kind `family-history`
    /// at an age in years, as told on `told`.
    pub(crate) fn write_family_member_history(
        &mut self,
        relation: &str,
        illness: &str,
        age: i64,
        told: Moment,
    ) {
        let row = Care::named("family-history", illness);
        let relative = Care::named("family-relation", relation);
        let key = format!("fmh-{relation}-{illness}");
        let onset = quantity(Decimal::whole(age), "years", "a");
        let condition = Object::new()
            .with("code", row.concept())
            .with("onsetAge", onset);
        let draft = self.draft("FamilyMemberHistory", &key, told, Lag::Visit);
        let draft = draft
            .with("status", "completed")
            .with("patient", self.subject())
            .with("date", told)
            .with("relationship", relative.concept())
            .with("condition", [condition]);
        self.file(draft);
    }
}
