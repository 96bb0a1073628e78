//! Coverage: who pays, with the member number.

use chrono::NaiveDate;

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, named_reference, period, typed_identifier};
use crate::json::Object;
use crate::moment::Moment;
use crate::table::care::{ClaimCode, Organization};
use crate::world;

/// A plan of a payer: keys of `organizations.tsv` and `claims.tsv`, names of the group and the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) payer: &'static str,
    kind: &'static str,
    pub(crate) group: (&'static str, &'static str),
    benefits: (&'static str, &'static str),
}

/// Medicare.
pub(crate) const MEDICARE: Plan = Plan {
    payer: "payer-medicare",
    kind: "1",
    group: ("MCR-OK", "Medicare beneficiaries"),
    benefits: ("AB", "Parts A and B with drug plan"),
};
/// Medicaid and CHIP.
pub(crate) const MEDICAID: Plan = Plan {
    payer: "payer-medicaid",
    kind: "2",
    group: ("MCD-1", "State Medicaid"),
    benefits: ("FULL", "Full benefits"),
};
/// Insurance through work.
pub(crate) const COMMERCIAL: Plan = Plan {
    payer: "payer-commercial",
    kind: "512",
    group: ("EMP-4417", "Employees of Tulsa area"),
    benefits: ("PPO-500", "Prairie PPO 500"),
};

/// A coverage on record.
#[derive(Debug, Clone)]
pub(crate) struct Insurance {
    /// `Coverage/…`.
    pub(crate) link: String,
    pub(crate) plan: Plan,
    /// The first day on which it pays.
    pub(crate) since: NaiveDate,
}

impl Insurance {
    /// The reference to the payer.
    pub(crate) fn payer(&self) -> Object {
        payer(self.plan)
    }
}

fn payer(plan: Plan) -> Object {
    named_reference(
        &world::organization(plan.payer),
        Organization::of(plan.payer).name,
    )
}

impl ClaimCode {
    /// The row as a `CodeableConcept`.
    pub(crate) fn concept(&self) -> Object {
        concept(Coding::new(self.system, self.code, self.display))
    }
}

impl Chart {
    /// Writes a Coverage of the patient's own from `since`.
    pub(crate) fn write_coverage(&mut self, plan: Plan, since: NaiveDate) {
        let member = format!("MBR{:09}", self.stream("member").below(1_000_000_000));
        let event = Moment::at(since, 600, self.zone());
        let kind = ClaimCode::named("coverage.type", plan.kind);
        let number = typed_identifier(
            "MB",
            &format!("https://example.org/{}/member", plan.payer),
            &member,
        );
        let draft = self.draft("Coverage", &format!("cov-{}", plan.payer), event, Lag::Note);
        let draft = draft
            .with("identifier", [number])
            .with("status", "active")
            .with("type", kind.concept())
            .with("subscriber", self.subject())
            .with("subscriberId", &member)
            .with("beneficiary", self.subject())
            .with(
                "relationship",
                ClaimCode::named("coverage.relationship", "self").concept(),
            )
            .with("period", period(since, self.identity.death))
            .with("payor", [payer(plan)])
            .with(
                "class",
                [class("group", plan.group), class("plan", plan.benefits)],
            );
        let link = self.file(draft);
        self.insurance = Some(Insurance { link, plan, since });
    }
}

fn class(kind: &str, (value, name): (&str, &str)) -> Object {
    Object::new()
        .with("type", ClaimCode::named("coverage.class", kind).concept())
        .with("value", value)
        .with("name", name)
}
