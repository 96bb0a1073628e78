//! Every resource is valid FHIR R4.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use fhir::validate::{Issue, Options, parse_and_validate};
use seed_data::{Config, DEFAULT_AS_OF, Named, Population, Record, Richness};

/// Faults with the first resource that has each and how many have it.
type Faults = BTreeMap<String, (String, usize)>;

fn faults(records: impl Iterator<Item = Record>) -> Faults {
    let mut faults = Faults::new();
    for seed in records.flat_map(|record| record.seeds) {
        let outcome = parse_and_validate(seed.json.as_bytes(), None, &Options::default());
        for issue in outcome.issues.into_iter().filter(Issue::is_error) {
            let place = issue.expression.unwrap_or_default();
            let link = format!("{}/{}", seed.resource_type, seed.id);
            let fault = faults
                .entry(format!("{place}: {}", issue.diagnostics))
                .or_insert((link, 0));
            fault.1 += 1;
        }
    }
    faults
}

fn assert_valid(records: impl Iterator<Item = Record>) {
    let faults = faults(records);
    assert!(faults.is_empty(), "{faults:#?}");
}

fn population(patients: u64, named: Named) -> Population {
    Population::new(Config {
        patients,
        named,
        ..Config::default()
    })
}

#[test]
fn every_resource_of_the_named_people_and_of_some_others_is_valid() {
    assert_valid(population(20, Named::All).records());
}

#[test]
fn news_are_valid() {
    let until: NaiveDate = DEFAULT_AS_OF + Days::new(40);
    assert_valid(population(10, Named::Core).advance(until));
}

#[test]
#[ignore = "takes minutes in a debug build"]
fn every_resource_of_a_thousand_people_is_valid() {
    assert_valid(population(1_000, Named::None).records());
}

#[test]
fn long_and_short_records_are_valid() {
    for richness in [Richness::Slim, Richness::Rich] {
        let population = Population::new(Config {
            patients: 5,
            named: Named::None,
            richness,
            ..Config::default()
        });
        assert_valid(population.records());
    }
}
