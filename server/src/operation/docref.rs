//! `DocumentReference/$docref`: a patient's documents (US Core, operation `docref`).

use std::sync::Arc;

use serde_json::Value;
use smart::scope::Action;

use super::argument::illegal;
use super::found;
use super::{Arguments, Call, Level, Needs, Operation, Request, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::{Kind, Problem};
use crate::search::date;
use crate::search::query::Query;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "docref",
    id: "docref",
    definition: "http://hl7.org/fhir/us/core/OperationDefinition/docref",
    title: "Fetch document references",
    description: "A patient's documents of a type, by default continuity of care documents (LOINC 34133-9), for care in a period; without a period the most recent one that is current. Documents are not made on demand.",
    levels: &[Level::Type],
    types: &["DocumentReference"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input("patient", 1, "1", "id", "The patient."),
        input(
            "start",
            0,
            "1",
            "dateTime",
            "Only documents about care that touches this date or later.",
        ),
        input(
            "end",
            0,
            "1",
            "dateTime",
            "Only documents about care that touches this date or earlier.",
        ),
        input(
            "type",
            0,
            "1",
            "string",
            "The type, as system|code or code, or as a Coding or CodeableConcept in a Parameters.",
        ),
        input(
            "on-demand",
            0,
            "1",
            "boolean",
            "true: only documents that can be made on demand, of which there are none.",
        ),
        input(
            "profile",
            0,
            "*",
            "canonical",
            "Only documents whose format is this profile.",
        ),
        output(
            "return",
            1,
            "1",
            "Bundle",
            "A searchset of DocumentReference.",
        ),
    ],
    searches: false,
    read,
};

/// What is asked for when no type is.
const CONTINUITY_OF_CARE: &str = "http://loinc.org|34133-9";

#[derive(Debug)]
struct DocRef {
    query: Query,
    care: Option<date::Range>,
    profiles: Vec<String>,
    on_demand: bool,
    text: String,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let patient = arguments.text("patient").unwrap_or_default();
    if !is_id(patient) {
        return Err(illegal("patient", patient, "the logical id of a Patient"));
    }
    let (start, end) = (arguments.period("start")?, arguments.period("end")?);
    let pairs = [
        ("patient".to_owned(), patient.to_owned()),
        ("type".to_owned(), types(&arguments)?),
    ];
    let mut shown = pairs.to_vec();
    for name in ["start", "end", "on-demand", "profile"] {
        let given = arguments
            .texts(name)
            .map(|value| (name.to_owned(), value.to_owned()));
        shown.extend(given);
    }
    Ok(Arc::new(DocRef {
        query: found::query(call, &pairs)?,
        care: (start.is_some() || end.is_some()).then(|| date::Range::between(start, end)),
        profiles: arguments.texts("profile").map(str::to_owned).collect(),
        on_demand: arguments.boolean("on-demand")?.unwrap_or(false),
        text: found::text("DocumentReference/$docref", &shown),
    }))
}

fn is_id(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_letter)
}

/// The types asked for, as a token search writes them.
fn types(arguments: &Arguments) -> Result<String, Problem> {
    if let Some(text) = arguments.text("type") {
        return Ok(text.to_owned());
    }
    let Some(complex) = arguments.complex("type").next() else {
        return Ok(CONTINUITY_OF_CARE.to_owned());
    };
    let codings = complex["coding"].as_array().cloned();
    let tokens: Vec<String> = codings
        .unwrap_or_else(|| vec![complex.clone()])
        .iter()
        .filter_map(|coding| {
            let code = coding["code"].as_str()?;
            Some(match coding["system"].as_str() {
                Some(system) => format!("{system}|{code}"),
                None => code.to_owned(),
            })
        })
        .collect();
    if tokens.is_empty() {
        return Err(
            Problem::new(Kind::Value, "The parameter 'type' holds no code.").at_parameter("type"),
        );
    }
    Ok(tokens.join(","))
}

impl Request for DocRef {
    fn needs(&self) -> Needs {
        Needs::action(self.query.resource_type, Action::Search)
    }

    fn queries(&self) -> Vec<&Query> {
        vec![&self.query]
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let mut ids: Vec<(i64, String)> = Vec::new();
        if !self.on_demand {
            found::each(means, authorized, &self.query, |matched| {
                if self.is_wanted(&matched.resource) {
                    let at = written(&matched.resource).unwrap_or(i64::MIN);
                    ids.push((at, matched.id.to_owned()));
                }
            })?;
        }
        ids.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        if self.care.is_none() {
            ids.truncate(1);
        }
        let ids: Vec<String> = ids.into_iter().map(|(_, id)| id).collect();
        let stored = found::fetch(means, authorized, self.query.resource_type, &ids)?;
        let ignored = self.query.ignored.clone();
        Ok(Outcome::Searchset(found::searchset(
            means,
            stored,
            self.text.clone(),
            ignored,
        )))
    }
}

impl DocRef {
    fn is_wanted(&self, document: &Value) -> bool {
        let status = document["status"].as_str().unwrap_or_default();
        let fits = match self.care {
            Some(asked) => status != "entered-in-error" && touches(document, asked),
            None => status == "current",
        };
        fits && self.has_profile(document)
    }

    fn has_profile(&self, document: &Value) -> bool {
        let formats = || {
            document["content"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|content| content["format"]["code"].as_str())
        };
        self.profiles.is_empty()
            || formats().any(|format| self.profiles.iter().any(|wanted| wanted == format))
    }
}

/// Whether the care a document is about touches the period; by its own date if it says nothing.
fn touches(document: &Value, asked: date::Range) -> bool {
    let parse = |value: &Value| value.as_str().and_then(date::Range::parse);
    let period = &document["context"]["period"];
    let care = match (parse(&period["start"]), parse(&period["end"])) {
        (None, None) => parse(&document["date"]),
        (start, end) => Some(date::Range::between(start, end)),
    };
    care.is_none_or(|care| care.low <= asked.high && care.high >= asked.low)
}

fn written(document: &Value) -> Option<i64> {
    document["date"]
        .as_str()
        .and_then(date::Range::parse)
        .map(|range| range.low)
}
