//! A server as one run saw it: how it answered the calls of the categories and what it claims. Two
//! servers are compared by it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Call;
use super::call::{of_collection, of_patient, of_refusal};
use crate::category::CATEGORIES;
use crate::context::Context;

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
        calls.extend(match context.gathered(category).await {
            Some(Ok(collection)) => Some(of_collection(context, category, &collection)),
            Some(Err(_)) => of_refusal(context, category).await,
            None if !category.is_list() => of_patient(context, category),
            None => None,
        });
    }
    Profile {
        calls,
        claims: statement.map(claims).unwrap_or_default(),
        smart: smart.map(features).unwrap_or_default(),
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
}
