//! `DocumentReference/$docref`: a patient's documents (US Core, operation `docref`).

mod document;
mod on_demand;

use std::sync::Arc;

use fhir::resource_type::ResourceType;
use serde_json::{Value, json};
use smart::scope::Action;

use super::argument::illegal;
use super::found;
use super::{Arguments, Call, Level, Needs, Operation, Request, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::{Kind, Problem};
use crate::search::date;
use crate::search::plan::Plan;
use crate::search::query::Query;
use crate::search::reference::is_id;
use crate::store::Stored;
use document::written;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "docref",
    id: "docref",
    definition: "http://hl7.org/fhir/us/core/OperationDefinition/docref",
    title: "Fetch document references",
    description: "A patient's documents of a type, by default continuity of care documents (LOINC 34133-9), for care in a period; without a period the most recent one that is current. Where a summary is asked for (LOINC 34133-9 or 60591-5) one made on demand comes first: its attachment is the patient's $summary.",
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
            "true: only documents that are made on demand; otherwise stored ones too.",
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
    /// What is made on demand, if that fits.
    summary: Option<on_demand::Summary>,
    text: String,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let patient = arguments.text("patient").unwrap_or_default();
    if !is_id(patient) {
        return Err(illegal("patient", patient, "the logical id of a Patient"));
    }
    let (start, end) = (arguments.period("start")?, arguments.period("end")?);
    let types = types(&arguments)?;
    let summary = on_demand::Summary::fitting(patient, &types, &arguments);
    let pairs = [
        ("patient".to_owned(), patient.to_owned()),
        ("type".to_owned(), types),
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
        summary,
        text: found::text("DocumentReference/$docref", &shown),
    }))
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
        Needs {
            // A summary is offered to who may read the patient; documents to all who may search.
            reads: ResourceType::parse("Patient").into_iter().collect(),
            reads_none: true,
            ..Needs::action(self.query.resource_type, Action::Search)
        }
    }

    fn queries(&self) -> Vec<&Query> {
        vec![&self.query]
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let stored = if self.on_demand {
            Vec::new()
        } else {
            self.stored(means, authorized)?
        };
        let made = match &self.summary {
            Some(summary) if is_seen(means, authorized, &summary.patient)? => {
                summary.reference(means)
            }
            _ => {
                let searchset = found::searchset(means, stored, self.text.clone(), Vec::new());
                return Ok(Outcome::Searchset(searchset));
            }
        };
        self.bundle(means, &made, &stored).map(Outcome::Answer)
    }
}

impl DocRef {
    /// The stored documents, the latest first.
    fn stored(&self, means: Means<'_>, authorized: &Authorized) -> Result<Vec<Stored>, Problem> {
        let mut ids: Vec<(i64, String)> = Vec::new();
        found::each(means, authorized, &self.query, |matched| {
            if self.is_wanted(&matched.resource) {
                let at = written(&matched.resource).unwrap_or(i64::MIN);
                ids.push((at, matched.id.to_owned()));
            }
        })?;
        ids.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        if self.care.is_none() {
            ids.truncate(1);
        }
        let ids: Vec<String> = ids.into_iter().map(|(_, id)| id).collect();
        found::fetch(means, authorized, self.query.resource_type, &ids)
    }

    /// What is made on demand is stored nowhere, so it has no address.
    fn bundle(&self, means: Means<'_>, made: &Value, stored: &[Stored]) -> Result<Value, Problem> {
        let base = means.base;
        let mut entries = vec![json!({
            "fullUrl": format!("urn:uuid:{}", means.ids.next()),
            "resource": made,
            "search": { "mode": "match" },
        })];
        for stored in stored {
            let resource: Value =
                serde_json::from_slice(&stored.body).map_err(|error| Problem::internal(&error))?;
            entries.push(json!({
                "fullUrl": format!("{base}/{}/{}", stored.resource_type, stored.id),
                "resource": resource,
                "search": { "mode": "match" },
            }));
        }
        Ok(json!({
            "resourceType": "Bundle",
            "type": "searchset",
            "total": entries.len(),
            "link": [{ "relation": "self", "url": format!("{base}/{}", self.text) }],
            "entry": entries,
        }))
    }
}

/// Whether the caller may read the patient.
fn is_seen(means: Means<'_>, authorized: &Authorized, patient: &str) -> Result<bool, Problem> {
    let readable = ResourceType::parse("Patient")
        .and_then(|ty| authorized.included(ty).map(|restriction| (ty, restriction)));
    match readable {
        Some((ty, restriction)) => {
            let found = means.store.read(&Plan::read(ty, patient, restriction))?;
            Ok(found.is_some())
        }
        None => Ok(false),
    }
}
