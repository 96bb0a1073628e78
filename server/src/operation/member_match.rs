//! `Patient/$member-match`: the member of a health plan whom another plan describes (Da Vinci HRex,
//! operation `member-match`).
//!
//! A member is matched when one patient, and no other, agrees with the description and has a
//! coverage that is the one described. Nobody and several are told alike.

use std::sync::Arc;

use fhir::resource_type::ResourceType;
use serde_json::{Value, json};
use smart::scope::Action;

use super::matching::{criteria, identifiers, items, score};
use super::{Arguments, Call, Level, Needs, Operation, Request, found, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::{Kind, Problem};
use crate::search::date;
use crate::search::plan::{Condition, Plan};
use crate::search::query::Query;
use crate::search::record::Patients;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "member-match",
    id: "member-match",
    definition: "http://hl7.org/fhir/us/davinci-hrex/OperationDefinition/member-match",
    title: "Find the member whom another health plan describes",
    description: "Answers the identifier of the one patient who agrees with MemberPatient and has the coverage of CoverageToMatch; 422 when there is none or more than one, and when a Consent that is sent is not in force.",
    levels: &[Level::Type],
    types: &["Patient"],
    affects_state: false,
    is_mirrored: false,
    parameters: &[
        input("MemberPatient", 1, "1", "Patient", "The person."),
        input(
            "CoverageToMatch",
            1,
            "1",
            "Coverage",
            "The coverage of the person here: identifier or subscriberId must agree.",
        ),
        input(
            "CoverageToLink",
            0,
            "1",
            "Coverage",
            "The coverage of the person elsewhere; it is not stored.",
        ),
        input(
            "Consent",
            0,
            "1",
            "Consent",
            "The person's consent; it must be active, and today in its period.",
        ),
        output("MemberIdentifier", 1, "1", "Identifier", "The member."),
        output("MemberId", 1, "1", "Reference", "The member's Patient."),
    ],
    searches: false,
    read,
};

/// Least score at which a coverage settles who is meant: name and birth date agree.
const LEAST: u32 = 65;
const IDENTIFIER_TYPES: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
/// Types of identifiers that name a member.
const MEMBER: &[&str] = &["UMB", "MB"];

#[derive(Debug)]
struct MemberMatch {
    patient: Value,
    coverage: Value,
    coverages: ResourceType,
    queries: Vec<Query>,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let patient = resource(&arguments, "MemberPatient", "Patient")?;
    let coverage = resource(&arguments, "CoverageToMatch", "Coverage")?;
    if arguments.resource("Consent").is_some() {
        let consent = resource(&arguments, "Consent", "Consent")?;
        check_consent(&consent, call.context.now.timestamp_millis())?;
    }
    let queries = criteria(&patient)
        .into_iter()
        .map(|pair| found::query(call, &[pair]))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(MemberMatch {
        patient,
        coverage,
        coverages: ResourceType::parse("Coverage").ok_or_else(Problem::not_found)?,
        queries,
    }))
}

fn resource(arguments: &Arguments, name: &str, ty: &str) -> Result<Value, Problem> {
    arguments
        .resource(name)
        .filter(|resource| resource["resourceType"] == ty)
        .cloned()
        .ok_or_else(|| {
            Problem::new(Kind::Value, format!("The parameter '{name}' takes a {ty}."))
                .at_parameter(name)
        })
}

fn check_consent(consent: &Value, now: i64) -> Result<(), Problem> {
    let period = &consent["provision"]["period"];
    let edge = |member: &str| period[member].as_str().and_then(date::Range::parse);
    let in_period = edge("start").is_none_or(|start| start.low <= now)
        && edge("end").is_none_or(|end| end.high >= now);
    if consent["status"] == "active" && in_period {
        return Ok(());
    }
    Err(Problem::new(
        Kind::NoMember,
        "The consent is not in force: it must be active, and today in its period.",
    )
    .at_parameter("Consent"))
}

impl Request for MemberMatch {
    fn needs(&self) -> Needs {
        Needs {
            reads: vec![self.coverages],
            reads_all: true,
            ..ResourceType::parse("Patient")
                .map(|ty| Needs::action(ty, Action::Search))
                .unwrap_or_default()
        }
    }

    fn queries(&self) -> Vec<&Query> {
        self.queries.iter().collect()
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let mut members: Vec<(Value, Value)> = Vec::new();
        for patient in self.candidates(means, authorized)? {
            let coverage = self.coverage(means, authorized, &patient)?;
            members.extend(coverage.map(|coverage| (patient, coverage)));
        }
        match members.as_slice() {
            [(patient, coverage)] => Ok(Outcome::Answer(answer(patient, coverage))),
            _ => Err(Problem::new(
                Kind::NoMember,
                "The description and the coverage do not agree with exactly one member.",
            )),
        }
    }
}

impl MemberMatch {
    fn candidates(&self, means: Means<'_>, authorized: &Authorized) -> Result<Vec<Value>, Problem> {
        let mut candidates: Vec<Value> = Vec::new();
        for query in &self.queries {
            found::each(means, authorized, query, |matched| {
                let is_new = candidates.iter().all(|one| one["id"] != matched.id);
                if is_new && score(&self.patient, &matched.resource) >= LEAST {
                    candidates.push(matched.resource.clone());
                }
            })?;
        }
        Ok(candidates)
    }

    /// The patient's coverage that is the one described.
    fn coverage(
        &self,
        means: Means<'_>,
        authorized: &Authorized,
        patient: &Value,
    ) -> Result<Option<Value>, Problem> {
        let id = patient["id"].as_str().unwrap_or_default();
        let conditions: Vec<Condition> = Patients::one(id)
            .record(self.coverages)
            .into_iter()
            .collect();
        let Some(restriction) = authorized.included(self.coverages) else {
            return Ok(None);
        };
        let mut same = None;
        let plan = Plan::within(self.coverages, restriction, conditions);
        means.store.each(&plan, |found| {
            if let Ok(coverage) = serde_json::from_slice(found.body)
                && is_same(&self.coverage, &coverage)
            {
                same = Some(coverage);
            }
        })?;
        Ok(same)
    }
}

/// Whether two descriptions of a coverage have an identifier or the subscriber's id in common.
fn is_same(asked: &Value, coverage: &Value) -> bool {
    let theirs = identifiers(coverage);
    let subscriber = asked["subscriberId"].as_str();
    identifiers(asked).iter().any(|one| theirs.contains(one))
        || subscriber.is_some_and(|id| coverage["subscriberId"] == id)
}

fn answer(patient: &Value, coverage: &Value) -> Value {
    let id = patient["id"].as_str().unwrap_or_default();
    json!({
        "resourceType": "Parameters",
        "parameter": [
            { "name": "MemberIdentifier", "valueIdentifier": member_identifier(patient, coverage) },
            { "name": "MemberId", "valueReference": { "reference": format!("Patient/{id}") } },
        ],
    })
}

/// What the plan calls the member: an identifier of that type, else the subscriber's id, else what
/// the record is known by.
fn member_identifier(patient: &Value, coverage: &Value) -> Value {
    let of_member = |resource| {
        items(resource, "identifier")
            .find(|one| {
                items(&one["type"], "coding").any(|coding| {
                    coding["system"] == IDENTIFIER_TYPES
                        && coding["code"]
                            .as_str()
                            .is_some_and(|code| MEMBER.contains(&code))
                })
            })
            .cloned()
    };
    let subscriber = || {
        let value = coverage["subscriberId"].as_str()?;
        let code = json!([{ "system": IDENTIFIER_TYPES, "code": "MB" }]);
        Some(json!({ "type": { "coding": code }, "value": value }))
    };
    of_member(patient)
        .or_else(|| of_member(coverage))
        .or_else(subscriber)
        .or_else(|| items(patient, "identifier").next().cloned())
        .unwrap_or_else(|| json!({ "value": patient["id"] }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coverage_is_the_same_by_identifier_or_subscriber() {
        let coverage =
            json!({ "subscriberId": "7", "identifier": [{ "system": "s", "value": "1" }] });
        for (asked, same) in [
            (json!({ "subscriberId": "7" }), true),
            (json!({ "subscriberId": "8" }), false),
            (
                json!({ "identifier": [{ "system": "s", "value": "1" }] }),
                true,
            ),
            (
                json!({ "identifier": [{ "system": "t", "value": "1" }] }),
                false,
            ),
            (json!({}), false),
        ] {
            assert_eq!(is_same(&asked, &coverage), same, "{asked}");
        }
    }

    #[test]
    fn a_consent_that_is_over_is_not_in_force() {
        let consent = |status: &str, end: &str| json!({ "status": status, "provision": { "period": { "start": "2020-01-01", "end": end } } });
        let now = 1_767_225_600_000; // 2026-01-01
        assert!(check_consent(&consent("active", "2027"), now).is_ok());
        assert!(check_consent(&consent("active", "2025"), now).is_err());
        assert!(check_consent(&consent("draft", "2027"), now).is_err());
    }
}
