//! Every resource conforms to the profiles of US Core that it claims, release by release.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

use std::collections::BTreeMap;

use fhir::validate::{Code, Issue, Options, parse_and_validate};
use seed_data::{Config, Named, Population, UsCore};

/// What is wrong, with the first resource that has it and how many do.
type Faults = BTreeMap<String, (String, usize)>;

fn population(us_core: UsCore, patients: u64) -> Population {
    Population::new(Config {
        patients,
        named: Named::All,
        us_core,
        profiles: true,
        ..Config::default()
    })
}

/// An error, or a claim that could not be checked.
fn is_fault(issue: &Issue) -> bool {
    issue.is_error() || issue.code == Code::NotFound
}

fn faults(us_core: UsCore, patients: u64) -> (Faults, usize) {
    let options = Options {
        claims: true,
        us_core: us_core.version().parse().unwrap(),
        ..Options::default()
    };
    let mut faults = Faults::new();
    let mut claims = 0;
    for seed in population(us_core, patients)
        .records()
        .flat_map(|record| record.seeds)
    {
        let outcome = parse_and_validate(seed.json.as_bytes(), None, &options);
        let resource = outcome.resource.unwrap();
        claims += resource["meta"]["profile"].as_array().map_or(0, Vec::len);
        for issue in outcome.issues.iter().filter(|issue| is_fault(issue)) {
            let link = format!("{}/{}", seed.resource_type, seed.id);
            faults.entry(issue.to_string()).or_insert((link, 0)).1 += 1;
        }
    }
    (faults, claims)
}

fn assert_claims_hold(us_core: UsCore) {
    let (faults, claims) = faults(us_core, 5);
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(claims > 1_000, "only {claims} claims");
}

#[test]
fn claims_of_3_1_1_hold() {
    assert_claims_hold(UsCore::V3_1_1);
}

#[test]
fn claims_of_4_0_0_hold() {
    assert_claims_hold(UsCore::V4_0_0);
}

#[test]
fn claims_of_5_0_1_hold() {
    assert_claims_hold(UsCore::V5_0_1);
}

#[test]
fn claims_of_6_1_0_hold() {
    assert_claims_hold(UsCore::V6_1_0);
}

#[test]
fn claims_of_7_0_0_hold() {
    assert_claims_hold(UsCore::V7_0_0);
}

#[test]
fn claims_of_8_0_0_hold() {
    assert_claims_hold(UsCore::V8_0_0);
}

#[test]
#[ignore = "takes minutes in a debug build"]
fn claims_of_the_whole_default_population_hold() {
    for us_core in UsCore::ALL {
        let (faults, _) = faults(us_core, 100);
        assert!(faults.is_empty(), "{}: {faults:#?}", us_core.version());
    }
}
