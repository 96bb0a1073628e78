//! Goal: what is to be reached, and by when.

use chrono::NaiveDate;

use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::element::{quantity, reference, text_only};
use crate::json::Object;
use crate::moment::Moment;
use crate::table::care::Care;

/// A goal with a measure.
#[derive(Debug)]
pub(crate) struct Aim<'a> {
    /// A key of the kind `goal` of `care.tsv`.
    pub(crate) measure: &'static str,
    pub(crate) description: &'static str,
    /// The upper bound of the measured value, with its unit in UCUM.
    pub(crate) below: Option<(Decimal, &'static str)>,
    pub(crate) started: Moment,
    pub(crate) due: NaiveDate,
    pub(crate) condition: &'a str,
}

impl Chart {
    /// Writes an active Goal.
    pub(crate) fn write_goal(&mut self, aim: &Aim) -> String {
        let below = aim
            .below
            .map(|(value, unit)| Object::new().with("high", quantity(value, unit, unit)));
        let target = Object::new()
            .with("measure", Care::named("goal", aim.measure).concept())
            .with("detailRange", below)
            .with("dueDate", aim.due);
        let progress = Care::named("goal-achievement", "in-progress");
        let draft = self.draft(
            "Goal",
            &format!("goal-{}", aim.measure),
            aim.started,
            Lag::Note,
        );
        let draft = draft
            .told(&format!("{} by {}.", aim.description, aim.due))
            .with("lifecycleStatus", "active")
            .with("achievementStatus", progress.concept())
            .with("description", text_only(aim.description))
            .with("subject", self.subject())
            .with("startDate", aim.started.date())
            .with("target", [target])
            .with("expressedBy", self.site.primary.reference())
            .with("addresses", [reference(aim.condition)]);
        self.file(draft)
    }
}
