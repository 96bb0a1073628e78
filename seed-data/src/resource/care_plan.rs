//! `CarePlan`: what is planned for a condition.

use crate::chart::{Chart, Lag};
use crate::element::{period, reference};
use crate::json::Object;
use crate::moment::Moment;
use crate::table::care::Care;

/// A plan that is being followed.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// A key of the kind `careplan` of `care.tsv`.
    pub(crate) kind: &'static str,
    /// Keys of the kind `activity`.
    pub(crate) activities: &'a [&'static str],
    pub(crate) made: Moment,
    pub(crate) condition: &'a str,
    pub(crate) team: &'a str,
    pub(crate) goals: &'a [String],
}

impl Chart {
    /// Writes an active `CarePlan`.
    pub(crate) fn write_care_plan(&mut self, plan: &Plan) -> String {
        let row = Care::named("careplan", plan.kind);
        let activities: Vec<&Care> = plan
            .activities
            .iter()
            .map(|key| Care::named("activity", key))
            .collect();
        let steps: Vec<&str> = activities.iter().map(|step| step.display).collect();
        let sentence = format!("{}: {}.", row.display, steps.join("; "));
        let goals: Vec<Object> = plan.goals.iter().map(|link| reference(link)).collect();
        let assess = Care::named("careplan-category", "assess-plan");
        let draft = self.draft(
            "CarePlan",
            &format!("plan-{}", plan.kind),
            plan.made,
            Lag::Note,
        );
        let draft = draft
            .told(&sentence)
            .with("status", "active")
            .with("intent", "plan")
            .with("category", [assess.concept(), row.concept()])
            .with("title", row.display)
            .with("subject", self.subject())
            .with("period", period(plan.made.date(), None::<Moment>))
            .with("created", plan.made)
            .with("author", self.site.primary.reference())
            .with("contributor", [self.site.primary.reference()])
            .with("careTeam", [reference(plan.team)])
            .with("addresses", [reference(plan.condition)])
            .with("goal", goals)
            .with(
                "activity",
                activities.into_iter().map(activity).collect::<Vec<_>>(),
            );
        self.file(draft)
    }
}

fn activity(row: &Care) -> Object {
    let detail = Object::new()
        .with("kind", "ServiceRequest")
        .with("code", row.concept())
        .with("status", "in-progress");
    Object::new().with("detail", detail)
}
