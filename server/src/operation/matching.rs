//! `Patient/$match`: who a description of a person may be (R4, operation `Patient-match`).
//!
//! Candidates are found by identifier, by birth date and by family name, inside what the token may
//! search; each is graded by what agrees and what contradicts.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir::resource_type::ResourceType;
use serde_json::{Value, json};
use smart::scope::Action;

use super::found::{self, escaped};
use super::{Call, Level, Needs, Operation, Request, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::{Kind, Problem};
use crate::search::fold::fold;
use crate::search::query::Query;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "match",
    id: "Patient-match",
    definition: "http://hl7.org/fhir/OperationDefinition/Patient-match",
    title: "Find a patient by a description",
    description: "Grades the patients that a description may mean, by identifiers, name, birth date, gender, telecom and postal code.",
    levels: &[Level::Type],
    types: &["Patient"],
    affects_state: false,
    is_mirrored: false,
    parameters: &[
        input(
            "resource",
            1,
            "1",
            "Resource",
            "A Patient that holds what is known.",
        ),
        input(
            "onlyCertainMatches",
            0,
            "1",
            "boolean",
            "true: the one certain match, or none.",
        ),
        input("count", 0, "1", "integer", "How many at most, 100 at most."),
        output(
            "return",
            1,
            "1",
            "Bundle",
            "A searchset with scores and grades, the best first.",
        ),
    ],
    searches: false,
    read,
};

const DEFAULT_COUNT: u32 = 20;
const MAX_COUNT: u32 = 100;
const GRADE: &str = "http://hl7.org/fhir/StructureDefinition/match-grade";

/// Least score of a grade, best first (R4, code system `match-grade`).
const GRADES: &[(u32, &str)] = &[(90, "certain"), (65, "probable"), (40, "possible")];

#[derive(Debug)]
struct Matching {
    patient: Value,
    queries: Vec<Query>,
    only_certain: bool,
    count: u32,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let patient = arguments
        .resource("resource")
        .filter(|resource| resource["resourceType"] == "Patient")
        .ok_or_else(|| {
            Problem::new(Kind::Value, "The parameter 'resource' takes a Patient.")
                .at_parameter("resource")
        })?;
    let queries = criteria(patient)
        .into_iter()
        .map(|pair| found::query(call, &[pair]))
        .collect::<Result<Vec<_>, _>>()?;
    if queries.is_empty() {
        return Err(Problem::new(
            Kind::Invalid,
            "To match, a Patient needs an identifier with a system, a birth date or a family name.",
        ));
    }
    Ok(Arc::new(Matching {
        patient: patient.clone(),
        queries,
        only_certain: arguments.boolean("onlyCertainMatches")?.unwrap_or(false),
        count: arguments
            .number("count", 1)?
            .unwrap_or(DEFAULT_COUNT)
            .min(MAX_COUNT),
    }))
}

/// The searches that find candidates.
pub(super) fn criteria(patient: &Value) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = identifiers(patient)
        .into_iter()
        .map(|(system, value)| {
            (
                "identifier".to_owned(),
                format!("{}|{}", escaped(system), escaped(value)),
            )
        })
        .collect();
    if let Some(date) = patient["birthDate"].as_str() {
        pairs.push(("birthdate".into(), date.into()));
    }
    for family in names(patient).filter_map(|name| name["family"].as_str()) {
        pairs.push(("family".into(), escaped(family)));
    }
    pairs.truncate(10);
    pairs
}

pub(super) fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[name].as_array().into_iter().flatten()
}

fn names(patient: &Value) -> impl Iterator<Item = &Value> {
    items(patient, "name")
}

pub(super) fn identifiers(patient: &Value) -> Vec<(&str, &str)> {
    items(patient, "identifier")
        .filter_map(|one| Some((one["system"].as_str()?, one["value"].as_str()?)))
        .collect()
}

impl Request for Matching {
    fn needs(&self) -> Needs {
        match ResourceType::parse("Patient") {
            Some(ty) => Needs::action(ty, Action::Search),
            None => Needs::default(),
        }
    }

    fn queries(&self) -> Vec<&Query> {
        self.queries.iter().collect()
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let mut graded: BTreeMap<String, (u32, Value)> = BTreeMap::new();
        for query in &self.queries {
            found::each(means, authorized, query, |matched| {
                let score = score(&self.patient, &matched.resource);
                graded.insert(matched.id.to_owned(), (score, matched.resource.clone()));
            })?;
        }
        let mut graded: Vec<(u32, Value)> = graded.into_values().collect();
        graded.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        graded.retain(|(score, _)| grade(*score).is_some());
        if self.only_certain {
            graded.retain(|(score, _)| grade(*score) == Some("certain"));
            // Two who are certain are none.
            if graded.len() > 1 {
                graded.clear();
            }
        }
        graded.truncate(self.count as usize);
        Ok(Outcome::Answer(bundle(means.base, graded)))
    }
}

fn bundle(base: &str, graded: Vec<(u32, Value)>) -> Value {
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": graded.len(),
        "link": [{ "relation": "self", "url": format!("{base}/Patient/$match") }],
    });
    let entries: Vec<Value> = graded
        .into_iter()
        .map(|(score, resource)| {
            let id = resource["id"].as_str().unwrap_or_default();
            json!({
                "fullUrl": format!("{base}/Patient/{id}"),
                "search": {
                    "extension": [{ "url": GRADE, "valueCode": grade(score) }],
                    "mode": "match",
                    "score": f64::from(score) / 100.0,
                },
                "resource": resource,
            })
        })
        .collect();
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}

fn grade(score: u32) -> Option<&'static str> {
    GRADES
        .iter()
        .find(|(least, _)| score >= *least)
        .map(|(_, grade)| *grade)
}

/// How well two descriptions agree, 0 to 100. An identifier counts most but does not outweigh a
/// name and a birth date that both differ.
pub(super) fn score(asked: &Value, patient: &Value) -> u32 {
    let theirs = identifiers(patient);
    let by_identifier = identifiers(asked).iter().any(|one| theirs.contains(one));
    let weights = [
        (by_identifier.then_some(true), 60),
        (same_family(asked, patient), 20),
        (same_given(asked, patient), 15),
        (same(asked, patient, "birthDate"), 30),
        (same(asked, patient, "gender"), 5),
        (same_telecom(asked, patient), 15),
        (same_postal_code(asked, patient), 10),
    ];
    let score: i32 = weights
        .iter()
        .map(|(agrees, weight)| match agrees {
            Some(true) => *weight,
            Some(false) => -weight / 2,
            None => 0,
        })
        .sum();
    score.clamp(0, 100).unsigned_abs()
}

/// Whether a member is the same; `None` when one side does not say.
fn same(asked: &Value, patient: &Value, member: &str) -> Option<bool> {
    let (asked, patient) = (asked[member].as_str()?, patient[member].as_str()?);
    Some(asked == patient)
}

fn overlap(asked: &[String], patient: &[String]) -> Option<bool> {
    (!asked.is_empty() && !patient.is_empty())
        .then(|| asked.iter().any(|one| patient.contains(one)))
}

fn texts<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<String> {
    values.filter_map(Value::as_str).map(fold).collect()
}

fn same_family(asked: &Value, patient: &Value) -> Option<bool> {
    let families = |person| texts(names(person).map(|name| &name["family"]));
    overlap(&families(asked), &families(patient))
}

fn same_given(asked: &Value, patient: &Value) -> Option<bool> {
    let given = |person| texts(names(person).flat_map(|name| items(name, "given")));
    overlap(&given(asked), &given(patient))
}

fn same_telecom(asked: &Value, patient: &Value) -> Option<bool> {
    let values = |person| texts(items(person, "telecom").map(|telecom| &telecom["value"]));
    overlap(&values(asked), &values(patient)).filter(|agrees| *agrees)
}

fn same_postal_code(asked: &Value, patient: &Value) -> Option<bool> {
    let codes = |person| texts(items(person, "address").map(|address| &address["postalCode"]));
    overlap(&codes(asked), &codes(patient)).filter(|agrees| *agrees)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(family: &str, given: &str, born: &str) -> Value {
        json!({ "name": [{ "family": family, "given": [given] }], "birthDate": born, "gender": "female" })
    }

    #[test]
    fn more_agreement_is_a_better_grade() {
        let known = json!({ "name": [{ "family": "Núñez", "given": ["Ana", "M"] }], "birthDate": "1980-05-06",
            "gender": "female", "identifier": [{ "system": "s", "value": "1" }] });
        let mut exact = person("nunez", "ana", "1980-05-06");
        assert_eq!(grade(score(&exact, &known)), Some("probable"));
        exact["identifier"] = json!([{ "system": "s", "value": "1" }]);
        assert_eq!(grade(score(&exact, &known)), Some("certain"));
        let other_birth = person("Nunez", "Ana", "1990-01-01");
        assert_eq!(grade(score(&other_birth, &known)), None);
        let wrong_person = json!({ "identifier": [{ "system": "s", "value": "1" }],
            "name": [{ "family": "Doe", "given": ["Jo"] }], "birthDate": "1950-01-01" });
        assert_eq!(grade(score(&wrong_person, &known)), None);
    }
}
