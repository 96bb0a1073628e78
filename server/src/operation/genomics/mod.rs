//! Genomics operations (HL7 Genomics Reporting 3.0.0, "FHIR Genomics Operations"): what one person's
//! variants and haplotypes are, asked for by place or gene.

pub mod haplotypes;
mod region;
pub mod variants;

use fhir::resource_type::ResourceType;
use serde_json::{Value, json};
use smart::scope::Action;

use super::argument::illegal;
use super::{Arguments, Call, Needs, Parameter, found, input};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::Problem;
use crate::search::plan::Plan;
use crate::search::query::{Handling, Query};
use crate::search::reference::is_id;

const LOINC: &str = "http://loinc.org";
/// Component: germline or somatic.
const SOURCE_CLASS: &str = "48002-0";

const SUBJECT: Parameter = input("subject", 1, "1", "string", "Whose: Patient/[id] or [id].");
const TESTS: Parameter = input(
    "testIdentifiers",
    0,
    "*",
    "string",
    "Only what a report with one of these identifiers ([system]|[value]) holds.",
);
const DATES: Parameter = input(
    "testDateRange",
    0,
    "1",
    "Period",
    "Only what was found in this period.",
);
const SPECIMENS: Parameter = input(
    "specimenIdentifiers",
    0,
    "*",
    "string",
    "Only what was found in a specimen with one of these identifiers ([system]|[value]).",
);
const CLASS: Parameter = input(
    "genomicSourceClass",
    0,
    "1",
    "string",
    "Only 'germline' or only 'somatic'.",
);

/// Whose results are looked at, and which of them.
#[derive(Debug)]
struct Subject {
    patients: ResourceType,
    observations: ResourceType,
    id: String,
    filters: Vec<(String, String)>,
}

impl Subject {
    fn parse(arguments: &Arguments) -> Result<Self, Problem> {
        let text = arguments.text("subject").unwrap_or_default();
        let id = text.strip_prefix("Patient/").unwrap_or(text);
        if !is_id(id) {
            return Err(illegal(
                "subject",
                text,
                "Patient/[id] or the logical id of a Patient",
            ));
        }
        let ty = |name| ResourceType::parse(name).ok_or_else(|| Problem::unknown_type(name));
        Ok(Self {
            patients: ty("Patient")?,
            observations: ty("Observation")?,
            id: id.to_owned(),
            filters: filters(arguments)?,
        })
    }

    fn needs(&self) -> Needs {
        Needs {
            reads: vec![self.patients],
            reads_all: true,
            ..Needs::action(self.observations, Action::Search)
        }
    }

    /// The subject's observations that satisfy `criteria` and the filters of the call.
    fn query(&self, call: &Call<'_>, criteria: &[(&str, String)]) -> Result<Query, Problem> {
        let mut pairs = vec![("patient".to_owned(), self.id.clone())];
        pairs.extend(
            criteria
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        pairs.extend(self.filters.clone());
        Query::parse(self.observations, &pairs, Handling::Strict, &call.context)
    }

    /// That the caller may see the subject: of anybody else nothing is said, not even that there
    /// is nothing.
    fn check(&self, means: Means<'_>, authorized: &Authorized) -> Result<(), Problem> {
        let seen = authorized
            .included(self.patients)
            .ok_or_else(Problem::not_found)?;
        let plan = Plan::read(self.patients, &self.id, seen);
        means
            .store
            .read(&plan)?
            .map(|_| ())
            .ok_or_else(Problem::not_found)
    }
}

/// The narrowing parameters as search parameters.
fn filters(arguments: &Arguments) -> Result<Vec<(String, String)>, Problem> {
    let mut filters = Vec::new();
    for (name, parameter) in [
        ("testIdentifiers", "_has:DiagnosticReport:result:identifier"),
        ("specimenIdentifiers", "specimen:Specimen.identifier"),
    ] {
        let items: Vec<_> = arguments.items(name).collect();
        if !items.is_empty() {
            filters.push((parameter.to_owned(), items.join(",")));
        }
    }
    for period in arguments.complex("testDateRange") {
        for (member, prefix) in [("start", "ge"), ("end", "le")] {
            let bound = period[member].as_str();
            filters.extend(bound.map(|bound| ("date".to_owned(), format!("{prefix}{bound}"))));
        }
    }
    if let Some(class) = arguments.text("genomicSourceClass") {
        let answer = match class {
            "germline" => "LA6683-2",
            "somatic" => "LA6684-0",
            other => return Err(illegal("genomicSourceClass", other, "germline, somatic")),
        };
        filters.push(with_component(SOURCE_CLASS, &format!("{LOINC}|{answer}")));
    }
    Ok(filters)
}

/// That an observation has a component with this code and one of these values.
fn with_component(code: &str, value: &str) -> (String, String) {
    let value = format!("{LOINC}|{code}${value}");
    ("component-code-value-concept".to_owned(), value)
}

/// The observations that a query finds.
fn observations(
    means: Means<'_>,
    authorized: &Authorized,
    query: &Query,
) -> Result<Vec<Value>, Problem> {
    let mut observations = Vec::new();
    found::each(means, authorized, query, |matched| {
        if matched.resource["status"] != "entered-in-error" {
            observations.push(matched.resource.clone());
        }
    })?;
    Ok(observations)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The component with this LOINC code.
fn component<'a>(observation: &'a Value, code: &str) -> Option<&'a Value> {
    items(&observation["component"]).find(|component| has_code(&component["code"], code))
}

/// Whether a concept has this LOINC code.
fn has_code(concept: &Value, code: &str) -> bool {
    items(&concept["coding"]).any(|coding| coding["system"] == LOINC && coding["code"] == code)
}

fn part(name: &str, resource: &Value) -> Value {
    json!({ "name": name, "resource": resource })
}

fn answer(name: &str, groups: Vec<Vec<Value>>) -> Outcome {
    let parameters: Vec<Value> = groups
        .into_iter()
        .map(|parts| json!({ "name": name, "part": parts }))
        .collect();
    Outcome::Answer(json!({ "resourceType": "Parameters", "parameter": parameters }))
}
