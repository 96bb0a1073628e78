//! Data quality, as the conformance runner judges it (its group QLT): ranges, units, order, ages, code systems.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

mod corpus;

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use corpus::{birth, corpus, number, objects, of_type, subject, text};
use serde_json::Value;

/// What a code may show: LOINC, UCUM unit, least and most.
const RANGES: [(&str, &str, f64, f64); 22] = [
    ("8480-6", "mm[Hg]", 60.0, 240.0),
    ("8462-4", "mm[Hg]", 30.0, 140.0),
    ("8867-4", "/min", 35.0, 200.0),
    ("9279-1", "/min", 6.0, 70.0),
    ("8310-5", "Cel", 34.0, 42.0),
    ("8302-2", "cm", 40.0, 215.0),
    ("29463-7", "kg", 1.8, 220.0),
    ("39156-5", "kg/m2", 10.0, 60.0),
    ("59408-5", "%", 70.0, 100.0),
    ("9843-4", "cm", 30.0, 62.0),
    ("2345-7", "mg/dL", 30.0, 600.0),
    ("2160-0", "mg/dL", 0.1, 15.0),
    ("2951-2", "mmol/L", 115.0, 165.0),
    ("2823-3", "mmol/L", 2.0, 7.5),
    ("4548-4", "%", 3.5, 16.0),
    ("2093-3", "mg/dL", 60.0, 450.0),
    ("2085-9", "mg/dL", 15.0, 120.0),
    ("13457-7", "mg/dL", 10.0, 350.0),
    ("718-7", "g/dL", 4.0, 22.0),
    ("6690-2", "10*3/uL", 0.5, 60.0),
    ("777-3", "10*3/uL", 10.0, 900.0),
    ("17861-6", "mg/dL", 5.0, 15.0),
];

/// Everything with a code and a quantity: observations and their components.
fn measured() -> impl Iterator<Item = (&'static str, &'static Value)> {
    of_type(corpus(), "Observation").flat_map(|observation| {
        let parts = observation["component"].as_array();
        let parts = parts.into_iter().flatten().chain([observation]);
        parts.map(|part| (text(observation, "/id"), part))
    })
}

#[test]
fn values_are_plausible_for_their_code_and_unit() {
    let mut judged: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, part) in measured() {
        let code = text(part, "/code/coding/0/code");
        let row = RANGES.iter().find(|row| row.0 == code);
        let (Some((code, unit, least, most)), Some(value)) =
            (row, number(part, "/valueQuantity/value"))
        else {
            continue;
        };
        *judged.entry(code).or_default() += 1;
        assert_eq!(text(part, "/valueQuantity/code"), *unit, "{id}");
        assert!((*least..=*most).contains(&value), "{id}: {code} {value}");
    }
    assert_eq!(judged.len(), RANGES.len(), "{judged:?}");
}

#[test]
fn a_code_has_one_unit_everywhere() {
    let mut units: BTreeMap<&str, &str> = BTreeMap::new();
    for (id, part) in measured() {
        let unit = text(part, "/valueQuantity/code");
        let code = text(part, "/code/coding/0/code");
        if !unit.is_empty() {
            assert_eq!(*units.entry(code).or_insert(unit), unit, "{id}: {code}");
        }
    }
}

#[test]
fn dates_are_of_this_age_and_inside_a_lifetime() {
    const AHEAD: [&str; 3] = ["Appointment", "Slot", "Schedule"];
    let month = Days::new(30);
    for (key, resource) in corpus() {
        let kind = key.split('/').next().unwrap();
        let patient = corpus().get(subject(resource));
        let death: Option<NaiveDate> =
            patient.and_then(|patient| text(patient, "/deceasedDateTime").get(..10)?.parse().ok());
        for name in [
            "effectiveDateTime",
            "performedDateTime",
            "occurrenceDateTime",
            "authoredOn",
        ] {
            let Some(day) = resource[name].as_str().and_then(|day| day.get(..10)) else {
                continue;
            };
            let day: NaiveDate = day.parse().unwrap();
            assert!(
                AHEAD.contains(&kind) || (1_900..=2_026).contains(&day.year()),
                "{key}"
            );
            assert!(
                patient.is_none_or(|patient| day + month >= birth(patient)),
                "{key}"
            );
            assert!(death.is_none_or(|death| day <= death + month), "{key}");
        }
    }
}

#[test]
fn conditions_and_procedures_fit_the_sex() {
    const OF_WOMEN: [&str; 8] = [
        "72892002",
        "11687002",
        "254837009",
        "398254007",
        "24623002",
        "177184002",
        "11466000",
        "66348005",
    ];
    const OF_MEN: [&str; 2] = ["266569009", "399068003"];
    let mut judged = 0;
    for resource in ["Condition", "Procedure"]
        .iter()
        .flat_map(|kind| of_type(corpus(), kind))
    {
        let code = text(resource, "/code/coding/0/code");
        let sex = text(&corpus()[subject(resource)], "/gender");
        judged += usize::from(OF_WOMEN.contains(&code) || OF_MEN.contains(&code));
        assert!(!OF_WOMEN.contains(&code) || sex != "male", "{resource}");
        assert!(!OF_MEN.contains(&code) || sex != "female", "{resource}");
    }
    assert!(judged > 5, "{judged}");
}

#[test]
fn elements_use_the_code_systems_that_are_expected() {
    const EXPECTED: [(&str, &str, &str); 6] = [
        (
            "Condition",
            "/code/coding/0/system",
            "http://snomed.info/sct",
        ),
        ("Observation", "/code/coding/0/system", "http://loinc.org"),
        (
            "DiagnosticReport",
            "/code/coding/0/system",
            "http://loinc.org",
        ),
        (
            "Immunization",
            "/vaccineCode/coding/0/system",
            "http://hl7.org/fhir/sid/cvx",
        ),
        (
            "MedicationRequest",
            "/medicationCodeableConcept/coding/0/system",
            "http://www.nlm.nih.gov/research/umls/rxnorm",
        ),
        (
            "Procedure",
            "/code/coding/0/system",
            "http://snomed.info/sct",
        ),
    ];
    for (kind, pointer, system) in EXPECTED {
        let all: Vec<&str> = of_type(corpus(), kind)
            .map(|resource| text(resource, pointer))
            .filter(|found| !found.is_empty())
            .collect();
        let fitting = all.iter().filter(|found| **found == system).count();
        assert!(
            !all.is_empty() && fitting * 100 >= all.len() * 97,
            "{kind}: {fitting} of {}",
            all.len()
        );
    }
}

#[test]
fn small_children_are_not_asked_about_tobacco() {
    for observation in of_type(corpus(), "Observation") {
        if text(observation, "/code/coding/0/code") != "72166-2" {
            continue;
        }
        let born = birth(&corpus()[subject(observation)]);
        let day: NaiveDate = text(observation, "/effectiveDateTime")[..10]
            .parse()
            .unwrap();
        assert!(day.years_since(born).unwrap() >= 12, "{observation}");
    }
}

#[test]
fn references_to_patients_are_relative_and_point_to_the_right_type() {
    for (key, resource) in corpus() {
        let mut seen = Vec::new();
        objects(resource, &mut seen);
        for object in seen {
            for name in ["subject", "patient", "beneficiary"] {
                let link = object
                    .get(name)
                    .and_then(|target| target["reference"].as_str());
                let is_relative = link.is_none_or(|link| link.starts_with("Patient/"));
                assert!(is_relative, "{key}: {link:?}");
            }
        }
    }
}
