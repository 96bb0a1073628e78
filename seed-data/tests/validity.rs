//! Every resource is valid FHIR R4 and conforms to the profiles of US Core that it claims.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

mod faults;

use chrono::{Days, NaiveDate};
use faults::{Findings, assert_sound};
use fhir::validate::Options;
use seed_data::{Config, DEFAULT_AS_OF, Named, Population, Richness};

fn population(patients: u64, named: Named) -> Population {
    Population::new(Config {
        patients,
        named,
        profiles: true,
        ..Config::default()
    })
}

#[test]
fn every_resource_of_the_default_population_is_valid() {
    let found = assert_sound(&Population::new(Config {
        profiles: true,
        ..Config::default()
    }));
    assert!(found.resources > 25_000, "{}", found.resources);
    assert!(found.claims > 20_000, "{}", found.claims);
}

#[test]
fn every_resource_of_a_thousand_more_people_is_valid() {
    let found = assert_sound(&Population::new(Config {
        patients: 1_000,
        named: Named::None,
        // Another seed: these are other people than those of the default population.
        seed: 2,
        profiles: true,
        ..Config::default()
    }));
    assert!(found.resources > 150_000, "{}", found.resources);
}

#[test]
fn news_are_valid() {
    let until: NaiveDate = DEFAULT_AS_OF + Days::new(40);
    let mut found = Findings::default();
    for record in population(10, Named::Core).advance(DEFAULT_AS_OF, until) {
        found.look_at(&record, &Options::default());
    }
    assert!(found.faults.is_empty(), "{:#?}", found.faults);
    assert!(found.resources > 50, "{}", found.resources);
}

#[test]
fn long_and_short_records_are_valid() {
    for richness in [Richness::Slim, Richness::Rich] {
        assert_sound(&Population::new(Config {
            patients: 5,
            named: Named::None,
            richness,
            ..Config::default()
        }));
    }
}
