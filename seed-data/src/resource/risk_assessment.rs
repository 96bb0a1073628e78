//! `RiskAssessment`: how likely something is, by a score.

use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::element::{reference, text_only};
use crate::json::Object;
use crate::resource::encounter::Visit;

/// A score and what it foretells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Risk {
    /// The key of the condition behind it.
    pub(crate) condition: &'static str,
    pub(crate) method: &'static str,
    pub(crate) outcome: &'static str,
    /// In tenths of a percent.
    pub(crate) probability: i64,
    pub(crate) reason: &'static str,
}

impl Chart {
    /// Writes an assessment of the Condition at `problem`, made in `visit`.
    pub(crate) fn write_risk_assessment(
        &mut self,
        visit: &Visit,
        risk: &Risk,
        problem: Option<&str>,
    ) {
        let when = visit.start.plus_minutes(12);
        let key = format!("risk-{}-{}", risk.condition, when.date().format("%Y%m%d"));
        let prediction = Object::new()
            .with("outcome", text_only(risk.outcome))
            .with(
                "probabilityDecimal",
                Decimal::thousandths(risk.probability * 100),
            )
            .with("rationale", risk.reason);
        let draft = self.draft("RiskAssessment", &key, when, Lag::Visit);
        let draft = draft
            .with("status", "final")
            .with("method", text_only(risk.method))
            .with("subject", self.subject())
            .with("encounter", reference(&visit.link))
            .with("occurrenceDateTime", when)
            .with("condition", problem.map(reference))
            .with("performer", visit.practitioner.reference())
            .with("prediction", [prediction])
            .told(&format!("{}: {}.", risk.outcome, risk.reason));
        self.file(draft);
    }
}
