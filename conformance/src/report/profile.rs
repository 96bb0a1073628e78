//! What the answers to the calls of a run looked like, without anything of a person in it: counts,
//! elements, code systems and codes. Two servers are compared by it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::category::{CATEGORIES, Category};
use crate::collection::Collection;
use crate::context::Context;
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
    /// In how many records an element is populated, by path.
    pub elements: BTreeMap<String, usize>,
    /// How often a code is used, by code system.
    pub codes: BTreeMap<String, BTreeMap<String, usize>>,
}

/// A server as one run saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The calls of the categories.
    pub calls: Vec<Call>,
    /// What the CapabilityStatement claims by type: interactions, `?` and search parameters, `$` and
    /// operations, profiles, includes; and of the server as a whole.
    pub claims: BTreeMap<String, BTreeSet<String>>,
    /// Capabilities and endpoints of the SMART configuration.
    pub smart: BTreeSet<String>,
}

/// The profile of what a run has fetched; nothing more is asked.
pub(crate) async fn describe(context: &Context) -> Profile {
    let [statement, smart] = context.documents();
    let mut calls = Vec::new();
    for category in CATEGORIES {
        if let Some(collection) = context.gathered(category).await {
            calls.push(call(context, category, &collection));
        }
    }
    Profile {
        calls,
        claims: statement.map(claims).unwrap_or_default(),
        smart: smart.map(features).unwrap_or_default(),
    }
}

fn call(context: &Context, category: &Category, collection: &Collection) -> Call {
    let exchanges = context.client.log.exchanges();
    let first = collection
        .exchanges
        .first()
        .and_then(|place| exchanges.get(*place));
    let query: Vec<_> = category
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut call = Call {
        name: category.code.to_owned(),
        request: format!("GET {}?{}", category.searched, query.join("&")),
        status: first.and_then(|exchange| exchange.status),
        count: collection.resources.len(),
        ..Call::default()
    };
    for (name, value) in first
        .into_iter()
        .flat_map(|exchange| &exchange.answer_headers)
    {
        if HEADERS.contains(&name.as_str()) {
            let differs = matches!(name.as_str(), "etag" | "last-modified");
            let kept = if differs {
                "present".to_owned()
            } else {
                value.clone()
            };
            call.headers.insert(name.clone(), kept);
        }
    }
    for record in &collection.resources {
        call.add(record);
    }
    call
}

impl Call {
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

/// What is claimed of the server as a whole: version, formats, guides.
fn whole(statement: &Value) -> BTreeSet<String> {
    let lists = [
        "format",
        "patchFormat",
        "instantiates",
        "implementationGuide",
    ];
    let words = lists.iter().flat_map(|name| texts(&statement[*name]));
    words
        .chain(statement["fhirVersion"].as_str())
        .map(str::to_owned)
        .collect()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str)
}

/// A canonical URL without the part that all of its guide share.
fn short(canonical: &str) -> &str {
    canonical.rsplit('/').next().unwrap_or(canonical)
}

fn claims(statement: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let rests = statement["rest"].as_array().into_iter().flatten();
    let resources = rests
        .filter_map(|rest| rest["resource"].as_array())
        .flatten();
    let words = |rows: &Value, member: &str, prefix: &str| -> Vec<String> {
        let rows = rows.as_array().into_iter().flatten();
        rows.filter_map(|row| row[member].as_str())
            .map(|word| format!("{prefix}{word}"))
            .collect()
    };
    let of_types = resources.filter_map(|resource| {
        let mut all: BTreeSet<_> = words(&resource["interaction"], "code", "")
            .into_iter()
            .collect();
        all.extend(words(&resource["searchParam"], "name", "?"));
        all.extend(words(&resource["operation"], "name", "$"));
        let profiles = texts(&resource["supportedProfile"]);
        all.extend(profiles.map(|url| format!("profile {}", short(url))));
        for (member, word) in [
            ("searchInclude", "_include"),
            ("searchRevInclude", "_revinclude"),
        ] {
            all.extend(texts(&resource[member]).map(|value| format!("{word}={value}")));
        }
        Some((resource["type"].as_str()?.to_owned(), all))
    });
    let server = ("CapabilityStatement".to_owned(), whole(statement));
    of_types.chain([server]).collect()
}

fn features(smart: &Value) -> BTreeSet<String> {
    let lists = [
        "capabilities",
        "grant_types_supported",
        "code_challenge_methods_supported",
    ];
    let words = lists
        .iter()
        .filter_map(|name| smart[*name].as_array())
        .flatten();
    let mut all: BTreeSet<_> = words.filter_map(Value::as_str).map(str::to_owned).collect();
    let members = smart
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name);
    all.extend(members.filter(|name| name.ends_with("_endpoint")).cloned());
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_words_by_type() {
        let claims = claims(
            &json!({"fhirVersion": "4.0.1", "format": ["json", 5], "rest": [{"resource": [
            {"type": "Patient", "interaction": [{"code": "read"}], "searchParam": [{"name": "name"}],
             "supportedProfile": ["http://a.example/StructureDefinition/x|1"], "searchRevInclude": ["A:b"]},
            {"type": 5}, null]}]}),
        );
        let words = |name: &str| claims[name].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(
            words("Patient"),
            ["?name", "_revinclude=A:b", "profile x|1", "read"]
        );
        assert_eq!(words("CapabilityStatement"), ["4.0.1", "json"]);
    }

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
