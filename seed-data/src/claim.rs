//! The profiles that a resource claims in `meta.profile`.

use serde_json::Value;

use crate::config::UsCore;
use crate::record::Seed;
use crate::table::profile::{PROFILES, Profile};

/// Writes the profiles of a version of US Core that are about the resource into its `meta`.
pub(crate) fn write(seed: &mut Seed, version: UsCore) {
    let rows = PROFILES
        .iter()
        .filter(|row| row.resource == seed.resource_type && row.is_in(version))
        .collect::<Vec<_>>();
    if rows.is_empty() {
        return;
    }
    let resource: Value = serde_json::from_str(&seed.json).unwrap_or_default();
    let mut claims: Vec<String> = rows
        .into_iter()
        .filter(|row| is_about(row, &resource) && is_allowed(row, version, &seed.json))
        .map(|row| row.canonical(version))
        .collect();
    claims.dedup();
    if !claims.is_empty() {
        seed.claim(&claims);
    }
}

/// What one version of a profile does not allow, as it stands in the JSON.
const NOT_ALLOWED: [(&str, UsCore, &str); 1] = [
    // Its tag is also on what is told in social history, but it is about surveys only.
    (
        "us-core-observation-sdoh-assessment",
        UsCore::V5_0_1,
        "\"code\":\"social-history\"",
    ),
];

fn is_allowed(row: &Profile, version: UsCore, json: &str) -> bool {
    let mut not_allowed = NOT_ALLOWED.iter();
    !not_allowed.any(|(name, of, text)| *name == row.name && *of == version && json.contains(text))
}

/// Whether one of the codings that the profile asks for is there; any value when it asks for none.
fn is_about(row: &Profile, resource: &Value) -> bool {
    if row.element.is_empty() {
        return true;
    }
    let element = &resource[row.element];
    if row.system.is_empty() && row.codes.is_empty() {
        return !element.is_null();
    }
    codings(element).any(|coding| {
        let is = |member: &str, wanted: &str| {
            let own = coding[member].as_str().unwrap_or("");
            wanted.is_empty() || wanted.split(',').any(|one| one == own)
        };
        is("system", row.system) && is("code", row.codes)
    })
}

/// The codings of a concept or of a list of concepts.
fn codings(element: &Value) -> impl Iterator<Item = &Value> {
    let one = std::slice::from_ref(element);
    let concepts = element.as_array().map_or(one, Vec::as_slice);
    concepts
        .iter()
        .filter_map(|concept| concept["coding"].as_array())
        .flatten()
}
