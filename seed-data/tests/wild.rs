//! The wild pack: blemishes are labelled, resources stay valid R4, and without it nothing is spoilt.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use fhir::validate::{Issue, Options, parse_and_validate};
use seed_data::{Config, Named, Population, Seed};
use serde_json::Value;

const SYSTEM: &str = "https://example.org/fhir/CodeSystem/as-found-in-the-wild";

fn seeds(wild: bool) -> Vec<Seed> {
    let config = Config {
        patients: 25,
        named: Named::Core,
        wild,
        ..Config::default()
    };
    let records = Population::new(config).records().collect::<Vec<_>>();
    records
        .into_iter()
        .flat_map(|record| record.seeds)
        .collect()
}

/// The blemishes that the tags of a resource name.
fn labels(seed: &Seed) -> Vec<String> {
    let value: Value = serde_json::from_str(&seed.json).unwrap();
    let tags = value["meta"]["tag"].as_array().unwrap().clone();
    tags.iter()
        .filter(|tag| tag["system"] == SYSTEM)
        .map(|tag| tag["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_blemish_occurs_and_is_labelled() {
    let wild = seeds(true);
    let tame: BTreeMap<String, String> = seeds(false)
        .into_iter()
        .map(|seed| (format!("{}/{}", seed.resource_type, seed.id), seed.json))
        .collect();
    let mut seen = BTreeSet::new();
    for seed in &wild {
        let labels = labels(seed);
        let same = tame
            .get(&format!("{}/{}", seed.resource_type, seed.id))
            .is_some_and(|json| *json == seed.json);
        assert_eq!(labels.is_empty(), same, "{}", seed.id);
        assert!(labels.len() <= 1, "{}: {labels:?}", seed.id);
        seen.extend(labels);
    }
    let expected = [
        "duplicate-entry",
        "entered-in-error",
        "local-code",
        "missing-display",
        "odd-precision",
        "vague-date",
    ];
    assert_eq!(seen, expected.map(str::to_owned).into());
}

#[test]
fn nothing_is_spoilt_unless_asked_for() {
    assert!(seeds(false).iter().all(|seed| labels(seed).is_empty()));
}

#[test]
fn spoilt_resources_are_valid_and_their_ids_unique() {
    let mut ids = BTreeSet::new();
    for seed in seeds(true) {
        assert!(
            ids.insert((seed.resource_type, seed.id.clone())),
            "{}",
            seed.id
        );
        if labels(&seed).is_empty() {
            continue;
        }
        let outcome = parse_and_validate(seed.json.as_bytes(), None, &Options::default());
        let errors: Vec<Issue> = outcome.issues.into_iter().filter(Issue::is_error).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", seed.id);
    }
}

#[test]
fn the_wild_pack_is_the_same_in_every_run() {
    assert!(seeds(true) == seeds(true));
}
