//! Resources fit the version of US Core that they are made for, and claim its profiles when asked to.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

use seed_data::{Config, Named, Population, Seed, UsCore};
use serde_json::Value;

fn seeds(us_core: UsCore, profiles: bool) -> Vec<Seed> {
    let config = Config {
        patients: 4,
        named: Named::Core,
        us_core,
        profiles,
        ..Config::default()
    };
    let records = Population::new(config).records().collect::<Vec<_>>();
    records
        .into_iter()
        .flat_map(|record| record.seeds)
        .collect()
}

fn claims(seed: &Seed) -> Vec<String> {
    let resource: Value = serde_json::from_str(&seed.json).unwrap();
    let list = resource["meta"]["profile"].as_array().cloned();
    let list = list.unwrap_or_default();
    list.iter()
        .map(|profile| profile.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn sex_is_a_code_up_to_7_0_0_and_a_coding_from_8_0_0_on() {
    for version in UsCore::ALL {
        let seeds = seeds(version, false);
        let patient = seeds.iter().find(|seed| seed.id == "elena-tsosie").unwrap();
        let patient: Value = serde_json::from_str(&patient.json).unwrap();
        let extensions = patient["extension"].as_array().unwrap();
        let sex = extensions
            .iter()
            .find(|extension| extension["url"].as_str().unwrap().ends_with("us-core-sex"))
            .unwrap();
        let (code, coding) = (&sex["valueCode"], &sex["valueCoding"]["code"]);
        let [there, absent] = if version < UsCore::V8_0_0 {
            [code, coding]
        } else {
            [coding, code]
        };
        assert_eq!((there.as_str(), absent), (Some("248152002"), &Value::Null));
    }
}

#[test]
fn profiles_are_claimed_only_when_asked_for() {
    let plain = seeds(UsCore::V6_1_0, false);
    let claiming = seeds(UsCore::V6_1_0, true);
    assert!(plain.iter().all(|seed| claims(seed).is_empty()));
    assert!(claiming.iter().any(|seed| !claims(seed).is_empty()));
    for (plain, claiming) in plain.iter().zip(&claiming) {
        let mut resource: Value = serde_json::from_str(&claiming.json).unwrap();
        let meta = resource["meta"].as_object_mut().unwrap();
        meta.shift_remove("profile");
        assert_eq!(resource.to_string(), plain.json, "{}", plain.id);
    }
}

#[test]
fn every_version_claims_its_own_profiles() {
    const HOME: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
    let own = |version: UsCore, link: &str| {
        let (kind, id) = link.split_once('/').unwrap();
        let seeds = seeds(version, true);
        let seed = seeds
            .iter()
            .find(|seed| seed.resource_type == kind && seed.id == id);
        claims(seed.unwrap())
    };
    for version in UsCore::ALL {
        let expected = format!("{HOME}us-core-patient|{}", version.version());
        assert_eq!(own(version, "Patient/elena-tsosie"), [expected]);
    }
    let asthma = |version| own(version, "Condition/elena-tsosie-c-asthma").remove(0);
    assert_eq!(
        asthma(UsCore::V4_0_0),
        format!("{HOME}us-core-condition|4.0.0")
    );
    assert_eq!(
        asthma(UsCore::V8_0_0),
        format!("{HOME}us-core-condition-problems-health-concerns|8.0.0")
    );
    let pressure = seeds(UsCore::V3_1_1, true)
        .into_iter()
        .flat_map(|seed| claims(&seed));
    let base = "http://hl7.org/fhir/StructureDefinition/bp";
    assert!(pressure.into_iter().any(|claim| claim == base));
}
