//! One call of a run and what its answer looked like, without anything of a person in it: status,
//! headers, counts, elements, code systems and codes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::category::Category;
use crate::collection::Collection;
use crate::context::Context;
use crate::http::Exchange;
use crate::resource::codings;

/// Headers that say something about how an API behaves.
const HEADERS: &[&str] = &[
    "cache-control",
    "content-type",
    "etag",
    "last-modified",
    "vary",
];

/// One call and its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Code of the category, as in `LAB`.
    pub name: String,
    /// What was asked, with `{patient}` for the patient.
    pub request: String,
    /// Status of the first page.
    pub status: Option<u16>,
    /// Headers of the first page that matter; those that differ by nature only as `present`.
    pub headers: BTreeMap<String, String>,
    /// Records on all pages.
    pub count: usize,
    /// `Bundle.total` of the first page.
    #[serde(default)]
    pub total: Option<u64>,
    /// Relations of the links of the first page.
    #[serde(default)]
    pub links: BTreeSet<String>,
    /// In how many records an element is populated, by path.
    pub elements: BTreeMap<String, usize>,
    /// How often a code is used, by code system.
    pub codes: BTreeMap<String, BTreeMap<String, usize>>,
}

/// A search that led to records, or to none.
pub(super) fn of_collection(
    context: &Context,
    category: &Category,
    collection: &Collection,
) -> Call {
    let exchanges = context.client.log.exchanges();
    let first = collection.exchanges.first();
    let mut call = Call::new(category, first.and_then(|place| exchanges.get(*place)));
    call.count = collection.resources.len();
    call.total = collection.first["total"].as_u64();
    let links = collection.first["link"].as_array().into_iter().flatten();
    let relations = links.filter_map(|link| link["relation"].as_str());
    call.links = relations.map(str::to_owned).collect();
    for record in &collection.resources {
        call.add(record);
    }
    call
}

/// A search that was asked for and led to no Bundle, which is what differs most.
pub(super) async fn of_refusal(context: &Context, category: &Category) -> Option<Call> {
    let patient = &context.session().await.ok()?.patient;
    let url = context.search_url(category.searched, &category.query_for(patient));
    let url = context.client.redactor.url(&url.ok()?);
    let exchanges = context.client.log.exchanges();
    let asked = exchanges.iter().find(|exchange| exchange.url == url)?;
    Some(Call::new(category, Some(asked)))
}

/// The read of the patient.
pub(super) fn of_patient(context: &Context, category: &Category) -> Option<Call> {
    let answer = context.patient_read()?;
    let exchanges = context.client.log.exchanges();
    let mut call = Call::new(category, exchanges.get(answer.exchange));
    if let Ok(record) = answer.resource(category.resource_type) {
        call.count = 1;
        call.add(&record);
    }
    Some(call)
}

impl Call {
    fn new(category: &Category, exchange: Option<&Exchange>) -> Self {
        let headers = exchange.into_iter().flat_map(|one| &one.answer_headers);
        Self {
            name: category.code.to_owned(),
            request: request(category),
            status: exchange.and_then(|exchange| exchange.status),
            headers: headers
                .filter(|(name, _)| HEADERS.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), kept(name, value)))
                .collect(),
            ..Self::default()
        }
    }

    fn add(&mut self, record: &Value) {
        let mut paths = BTreeSet::new();
        populate(record, "", &mut paths);
        for path in paths {
            *self.elements.entry(path).or_default() += 1;
        }
        for (system, code) in codings(record) {
            let codes = self.codes.entry(system.to_owned()).or_default();
            *codes.entry(code.to_owned()).or_default() += 1;
        }
    }
}

/// What is asked, with a place for the patient.
fn request(category: &Category) -> String {
    let query: Vec<_> = category
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if query.is_empty() {
        return format!("GET {}/{{patient}}", category.searched);
    }
    format!("GET {}?{}", category.searched, query.join("&"))
}

/// The value of a header, unless it differs by nature.
fn kept(name: &str, value: &str) -> String {
    match name {
        "etag" | "last-modified" => "present".to_owned(),
        _ => value.to_owned(),
    }
}

/// Deepest element that is told apart; deeper ones count as their parent.
const DEEPEST: usize = 3;

fn populate(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| *name != "resourceType") {
                let below = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                if below.split('.').count() < DEEPEST {
                    populate(member, &below, paths);
                }
                paths.insert(below);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| populate(item, path, paths)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_are_counted_once_per_record_and_codes_by_system() {
        let mut call = Call::default();
        call.add(
            &json!({"resourceType": "X", "name": [{"given": ["a"]}, {"given": ["b"]}],
            "code": {"coding": [{"system": "s", "code": "1"}, {"system": "s", "code": "1"}]}}),
        );
        assert_eq!(call.elements["name.given"], 1);
        assert_eq!(call.codes["s"]["1"], 2);
        assert!(call.elements.contains_key("code.coding.system"));
    }
}
