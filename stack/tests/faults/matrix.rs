//! The matrix: which fault is found by which check.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use conformance::catalogue::catalogue;
use conformance::{Level, Outcome, Report, Runner};

use super::Stack;
use super::fault::{FAULTS, Fault, NONE};

/// Required checks without a fault of the servers, and why.
const WITHOUT: &[(&str, &str)] = &[
    (
        "PRE-01",
        "it is about the runner's own configuration, which the command refuses when it is wrong",
    ),
    (
        "TLS",
        "our servers leave TLS to a proxy; conformance/tests/black_box/transport.rs has its faults",
    ),
    (
        "USC-QuestionnaireResponse-01",
        "no patient of the demo's accounts has a questionnaire",
    ),
    (
        "USC-QuestionnaireResponse-03",
        "no patient of the demo's accounts has a questionnaire",
    ),
    (
        "USC-QuestionnaireResponse-04",
        "no patient of the demo's accounts has a questionnaire",
    ),
    (
        "USC-QuestionnaireResponse-06",
        "no patient of the demo's accounts has a questionnaire",
    ),
    (
        "USC-Goal-04",
        "no fault breaks this profile yet without breaking R4 as well",
    ),
    (
        "USC-MedicationRequest-04",
        "no fault breaks this profile yet without breaking R4 as well",
    ),
    (
        "USC-Immunization-04",
        "the profile requires nothing that R4 does not, and IMM-06 is about R4",
    ),
    (
        "IMG-06",
        "no fault has been made yet for the images that our own server serves",
    ),
    (
        "IMG-07",
        "no fault has been made yet for the images that our own server serves",
    ),
    (
        "IMG-08",
        "no fault has been made yet for the images that our own server serves",
    ),
];

/// Groups of the template that every category goes through.
const CATEGORIES: &[&str] = &[
    "PAT", "SMK", "PRB", "MRQ", "MST", "MDS", "MAD", "ALG", "LAB", "VIT", "PRC", "IMM", "DOC",
    "DXR", "ENC", "CPL", "CTM", "GOL", "DEV", "PRV",
];

fn faults() -> impl Iterator<Item = &'static Fault> {
    FAULTS.iter().copied().flatten()
}

/// The checks of a row, each by its id.
fn named(fault: &Fault) -> Vec<String> {
    let all = catalogue();
    let ids = || all.iter().map(|check| check.id.to_string());
    let of = |name: &str| -> Vec<String> {
        if let Some(number) = name.strip_prefix("USC-each-") {
            let ending = format!("-{number}");
            return ids()
                .filter(|id| id.starts_with("USC-") && id.len() > 6 && id.ends_with(&ending))
                .collect();
        }
        if let Some(number) = name.strip_prefix("each-") {
            let wanted: Vec<_> = CATEGORIES
                .iter()
                .map(|code| format!("{code}-{number}"))
                .collect();
            return ids().filter(|id| wanted.contains(id)).collect();
        }
        vec![name.to_owned()]
    };
    fault.checks.iter().flat_map(|name| of(name)).collect()
}

async fn run(stack: &Stack, fault: &'static Fault, number: usize, only: Vec<String>) -> Report {
    stack.relay.switch(fault, number);
    let mut configuration = stack.configuration();
    (fault.setting)(&mut configuration);
    configuration.only = only;
    Runner::new(configuration).unwrap().run(&()).await
}

/// Whether a result says that the claim does not hold.
fn is_found(level: Level, outcome: &Outcome) -> bool {
    match level {
        Level::Required => matches!(outcome, Outcome::Fail { .. }),
        _ => matches!(outcome, Outcome::Warn { .. }),
    }
}

/// What cannot be decided about the demo's records and accounts, with or without a fault.
fn undecided(report: &Report) -> BTreeSet<String> {
    let skipped = report
        .results
        .iter()
        .filter(|result| matches!(result.outcome, Outcome::Skip { .. }));
    skipped.map(|result| result.id.clone()).collect()
}

#[actix_web::test]
async fn every_required_check_finds_its_fault_and_fails_without_none() {
    let stack = Stack::start();
    let whole = run(&stack, &NONE, 0, Vec::new()).await;
    let failed: Vec<_> = whole
        .results
        .iter()
        .filter(|result| matches!(result.outcome, Outcome::Fail { .. } | Outcome::Error { .. }))
        .collect();
    assert!(failed.is_empty(), "without a fault: {failed:#?}");
    let undecided = undecided(&whole);
    let (mut missed, mut found) = (Vec::new(), BTreeMap::<&str, BTreeSet<String>>::new());
    let only: Option<String> = std::env::var("FAULT").ok();
    for (number, fault) in faults()
        .enumerate()
        .filter(|(_, fault)| only.as_deref().is_none_or(|only| only == fault.name))
    {
        let report = run(&stack, fault, number + 1, named(fault)).await;
        for result in &report.results {
            if is_found(result.level, &result.outcome) {
                found
                    .entry(fault.name)
                    .or_default()
                    .insert(result.id.clone());
            } else if !WITHOUT.iter().any(|(id, _)| *id == result.id)
                && (!undecided.contains(&result.id)
                    || !fault.checks.iter().any(|name| name.contains("each")))
            {
                missed.push(format!(
                    "{}: {} {:?}",
                    fault.name, result.id, result.outcome
                ));
            }
        }
    }
    publish(&found, &undecided);
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
    let seen: BTreeSet<_> = found.values().flatten().collect();
    let lonely: Vec<_> = catalogue()
        .into_iter()
        .filter(|check| check.level == Level::Required && !seen.contains(&check.id.to_string()))
        .filter(|check| !WITHOUT.iter().any(|(id, _)| check.is_named(id)))
        .map(|check| check.id.to_string())
        .collect();
    assert!(
        only.is_some() || lonely.is_empty(),
        "required checks without a fault: {lonely:?}"
    );
}

/// Writes the matrix to a file that is not kept: a row for each fault, a column for each check.
fn publish(found: &BTreeMap<&str, BTreeSet<String>>, undecided: &BTreeSet<String>) {
    let columns: BTreeSet<_> = found.values().flatten().collect();
    let mut text = String::from("fault");
    for id in &columns {
        let _ = write!(text, "\t{id}");
    }
    text.push('\n');
    for (name, ids) in found {
        text.push_str(name);
        for id in &columns {
            text.push_str(if ids.contains(*id) { "\tx" } else { "\t" });
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "undecided with the demo's records\t{}",
        undecided.iter().cloned().collect::<Vec<_>>().join(" ")
    );
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/self-test.tsv"), text).unwrap();
}
