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
use serde_json::{Value, json};

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

/// What the validator finds when a member of the first such resource of the complete patient is another, or none.
fn spoilt(kind: &str, member: &str, value: Value) -> Findings {
    let population = population(0, Named::Core);
    let mut record = population
        .records()
        .find(|record| record.patient.as_deref() == Some("elena-tsosie"))
        .unwrap();
    record.seeds.retain(|seed| seed.resource_type == kind);
    record.seeds.truncate(1);
    let seed = record.seeds.first_mut().unwrap();
    seed.earlier.clear();
    let mut resource: Value = serde_json::from_str(&seed.json).unwrap();
    let before = match value {
        Value::Null => resource.as_object_mut().unwrap().remove(member),
        value => resource
            .as_object_mut()
            .unwrap()
            .insert(member.to_owned(), value),
    };
    assert!(before.is_some(), "{member} was there");
    seed.json = resource.to_string();
    let mut found = Findings::default();
    found.look_at(&record, &faults::options(population.config().us_core));
    found
}

/// The other tests of this file can fail: what is wrong by base R4, by a profile, or by the profile's name is found.
#[test]
fn a_fault_of_base_r4_and_one_of_a_profile_are_found() {
    let sound = spoilt("Condition", "recordedDate", json!("2020-01-01"));
    assert!(sound.faults.is_empty() && sound.claims == 1, "{sound:#?}");
    let unknown = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-shot|8.0.0";
    let faults = [
        ("Observation", "status", json!("finished")),
        ("Observation", "status", Value::Null),
        ("Condition", "recordedDate", json!("yesterday")),
        // These are optional in base R4.
        ("Patient", "name", Value::Null),
        ("Encounter", "type", Value::Null),
        ("Condition", "category", Value::Null),
        ("Immunization", "meta", json!({"profile": [unknown]})),
    ];
    for (kind, member, value) in faults {
        let found = spoilt(kind, member, value);
        assert!(!found.faults.is_empty(), "{kind}.{member}");
    }
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
