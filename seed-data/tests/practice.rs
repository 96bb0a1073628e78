//! What is measured, tested, prescribed and followed up in statistical patients is what a clinician would expect.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

mod corpus;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};
use corpus::{corpus, of_type, subject, text};
use serde_json::Value;

fn statistical(kind: &str) -> impl Iterator<Item = &'static Value> {
    of_type(corpus(), kind).filter(|resource| text(resource, "/id").starts_with("pop-"))
}

fn day(resource: &Value, pointer: &str) -> NaiveDate {
    text(resource, pointer)[..10].parse().unwrap()
}

/// The codes of what was observed, by the address of the encounter.
fn observed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut codes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for observation in statistical("Observation") {
        codes
            .entry(text(observation, "/encounter/reference"))
            .or_default()
            .insert(text(observation, "/code/coding/0/code"));
    }
    codes
}

/// Whether the encounter is no emergency and no stay, where everything is measured.
fn is_ambulatory(encounter: &Value) -> bool {
    let urgent_care = "702927004";
    text(encounter, "/class/code") == "AMB"
        && text(encounter, "/type/0/coding/0/code") != urgent_care
}

#[test]
fn grown_ups_are_not_measured_again_and_again() {
    let mut heights: BTreeMap<&str, Vec<NaiveDate>> = BTreeMap::new();
    for observation in statistical("Observation") {
        let patient = subject(observation);
        let encounter = &corpus()[text(observation, "/encounter/reference")];
        let taken = day(observation, "/effectiveDateTime");
        let birth = corpus::birth(&corpus()[patient]);
        let years = taken.years_since(birth).unwrap();
        if text(observation, "/code/coding/0/code") == "8302-2"
            && (18..65).contains(&years)
            && is_ambulatory(encounter)
        {
            heights.entry(patient).or_default().push(taken);
        }
    }
    let mut pairs = 0;
    for dates in heights.values_mut() {
        dates.sort();
        for pair in dates.windows(2) {
            assert!(pair[0] + Months::new(22) <= pair[1], "{pair:?}");
            pairs += 1;
        }
    }
    assert!(pairs > 10 && heights.len() > 30, "{pairs}");
}

#[test]
fn the_feverish_have_their_temperature_taken_and_the_breathless_their_breath() {
    let observed = observed();
    let (mut feverish, mut breathless, mut well) = (0, 0, 0);
    for encounter in statistical("Encounter").filter(|encounter| is_ambulatory(encounter)) {
        let link = format!("Encounter/{}", text(encounter, "/id"));
        let Some(taken) = observed
            .get(link.as_str())
            .filter(|codes| codes.contains("8867-4"))
        else {
            continue;
        };
        let reason = text(encounter, "/reasonCode/0/coding/0/code");
        let (influenza, pneumonia, covid) = ("6142004", "233604007", "840539006");
        let (asthma, copd) = ("195967001", "13645005");
        if [influenza, pneumonia, covid].contains(&reason) {
            feverish += 1;
            assert!(taken.contains("8310-5"), "{link}");
        }
        if [influenza, pneumonia, covid, asthma, copd].contains(&reason) {
            breathless += 1;
            assert!(
                taken.contains("59408-5") && taken.contains("9279-1"),
                "{link}"
            );
        }
        if !taken.contains("59408-5") {
            well += 1;
        }
    }
    assert!(
        feverish > 10 && breathless > feverish,
        "{feverish} {breathless}"
    );
    assert!(well > 300, "{well}");
}

#[test]
fn check_ups_do_not_repeat_a_lipid_panel_within_two_years() {
    let mut panels: BTreeMap<&str, Vec<(NaiveDate, bool)>> = BTreeMap::new();
    for report in statistical("DiagnosticReport") {
        if text(report, "/code/coding/0/code") == "24331-1" {
            let encounter = &corpus()[text(report, "/encounter/reference")];
            let check_up = text(encounter, "/type/0/coding/0/code") == "162673000";
            let taken = day(report, "/effectiveDateTime");
            panels
                .entry(subject(report))
                .or_default()
                .push((taken, check_up));
        }
    }
    let mut repeated = 0;
    for dates in panels.values_mut() {
        dates.sort();
        for pair in dates.windows(2).filter(|pair| pair[1].1) {
            assert!(pair[0].0 + Months::new(22) <= pair[1].0, "{pair:?}");
            repeated += 1;
        }
    }
    assert!(repeated > 5, "{repeated}");
}

/// The statistical patients that a resource of a type with one of the codes is about.
fn having(kind: &str, element: &str, codes: &[&str]) -> BTreeSet<&'static str> {
    let pointer = format!("/{element}/coding/0/code");
    statistical(kind)
        .filter(|resource| codes.contains(&text(resource, &pointer)))
        .map(subject)
        .collect()
}

#[test]
fn high_blood_pressure_comes_with_hypertension_on_record() {
    let hypertensive = having("Condition", "code", &["59621000", "1201005", "398254007"]);
    let (mut high, mut normal) = (0, 0);
    for panel in statistical("Observation")
        .filter(|observation| text(observation, "/code/coding/0/code") == "85354-9")
    {
        let part = |place: usize| {
            corpus::number(panel, &format!("/component/{place}/valueQuantity/value")).unwrap()
        };
        if part(0) < 140.0 && part(1) < 90.0 {
            normal += 1;
        } else {
            high += 1;
            assert!(hypertensive.contains(subject(panel)), "{panel}");
        }
    }
    assert!(high > 20 && normal > high, "{high} {normal}");
}

#[test]
fn whoever_takes_drugs_against_attacks_has_one_for_the_attack() {
    let drugs = |codes: &[&str]| -> BTreeSet<&str> {
        statistical("MedicationRequest")
            .filter(|request| {
                let whole = request.to_string();
                codes.iter().any(|code| whole.contains(code))
            })
            .map(subject)
            .collect()
    };
    let controlled = drugs(&["Fluticasone propionate", "montelukast", "tiotropium"]);
    let relieved = drugs(&["Albuterol"]);
    assert!(controlled.len() > 2, "{controlled:?}");
    assert!(
        controlled.is_subset(&relieved),
        "{controlled:?} {relieved:?}"
    );
}

#[test]
fn most_grown_ups_are_vaccinated_twice() {
    let doses = |code: &str| {
        let mut doses: BTreeMap<&str, usize> = BTreeMap::new();
        for shot in statistical("Immunization") {
            let given = text(shot, "/status") == "completed";
            if given && text(shot, "/vaccineCode/coding/0/code") == code {
                *doses.entry(subject(shot)).or_default() += 1;
            }
        }
        doses
    };
    let zoster = doses("187");
    let twice = zoster.values().filter(|count| **count == 2).count();
    assert!(twice * 10 >= zoster.len() * 7, "{zoster:?}");
    let covid = doses("208");
    assert!(covid.len() > 40, "{covid:?}");
    assert!(covid.values().all(|count| *count <= 2), "{covid:?}");
}

#[test]
fn cancer_is_followed_up_at_least_once_a_year() {
    let lung_cancer = "254637007";
    let mut years: BTreeSet<String> = BTreeSet::new();
    for encounter in statistical("Encounter") {
        if subject(encounter) == "Patient/pop-000007"
            && text(encounter, "/reasonCode/0/coding/0/code") == lung_cancer
        {
            years.insert(text(encounter, "/period/start")[..4].to_owned());
        }
    }
    let expected = ["2022", "2023", "2024", "2025"];
    assert!(
        expected.iter().all(|year| years.contains(*year)),
        "{years:?}"
    );
}

#[test]
fn a_panel_has_results_and_no_value_of_its_own() {
    let panels = [
        "24320-4", "24323-8", "24331-1", "58410-2", "57021-8", "24325-3", "24357-6",
    ];
    let ordered = having("DiagnosticReport", "code", &panels);
    assert!(ordered.len() > 20, "{ordered:?}");
    for observation in of_type(corpus(), "Observation") {
        let code = text(observation, "/code/coding/0/code");
        assert!(!panels.contains(&code), "{observation}");
    }
}

#[test]
fn the_newborn_are_small() {
    let mut newborn = 0;
    for observation in statistical("Observation") {
        let taken = day(observation, "/effectiveDateTime");
        let age = taken - corpus::birth(&corpus()[subject(observation)]);
        let Some(value) = corpus::number(observation, "/valueQuantity/value") else {
            continue;
        };
        let limits = match text(observation, "/code/coding/0/code") {
            "8302-2" => 44.0..56.0,
            "29463-7" => 2.2..5.0,
            "9843-4" => 31.0..39.0,
            _ => continue,
        };
        if age.num_days() <= 8 {
            newborn += 1;
            assert!(limits.contains(&value), "{observation}");
        }
    }
    assert!(newborn > 15, "{newborn}");
}
