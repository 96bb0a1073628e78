//! What is taken at a visit of a statistical patient is what a clinician would take.

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
