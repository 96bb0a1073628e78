//! Every search and comparator that a release of US Core asks for, with values from the records
//! themselves, on a stack of that release: the runner's checks USC, which are made of its table.

use serde_json::Value;

use crate::helpers::{Running, run};

const RELEASES: [&str; 6] = ["3.1.1", "4.0.0", "5.0.1", "6.1.0", "7.0.0", "8.0.0"];
/// Somebody with every type of US Core.
const PATIENT: &str = "elena-tsosie";

/// What this person's records do not show of what profiles want supported; others show it
/// (`seed-data/COVERAGE.md`).
const UNSEEN: &[&str] = &[
    "us-core-observation-social-history: Observation.category:sdoh",
    "us-core-average-blood-pressure: Observation.component:systolic.value",
];

/// The results of the checks of a release: id, outcome and reason of each.
fn checked(release: &str) -> Vec<(String, String, String)> {
    let running = Running::start(&[
        "--ephemeral",
        "--fhir-port",
        "0",
        "--authz-port",
        "0",
        "--patients",
        "0",
        "--us-core",
        release,
    ]);
    let mirror = running.fhir().replace("/api/fhir", "/api/open-fhir");
    let output = run(&[
        "check",
        &mirror,
        "--token",
        "none-is-needed",
        "--patient",
        PATIENT,
        "--us-core",
        release,
        "--only",
        "USC",
        "--format",
        "json",
    ]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = report["results"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    results
        .map(|row| {
            (
                text(&row["id"]),
                text(&row["outcome"]),
                text(&row["reason"]),
            )
        })
        .collect()
}

#[test]
fn every_search_of_every_release_of_us_core_finds_what_it_is_for() {
    for release in RELEASES {
        let results = checked(release);
        let of = |word: &str| {
            let found = results.iter().filter(|(_, outcome, _)| outcome == word);
            found.collect::<Vec<_>>()
        };
        assert!(of("pass").len() > 100, "{release}: {results:#?}");
        let is_unseen = |(id, _, why): &&(String, String, String)| {
            id == "USC-Observation-05" && UNSEEN.contains(&why.as_str())
        };
        assert!(
            of("fail").is_empty() && of("error").is_empty() && of("warn").iter().all(is_unseen),
            "{release}: {:#?}",
            [of("fail"), of("warn"), of("error")].concat()
        );
        let not_asked = |id: &str| {
            let mut skipped = of("skip").into_iter();
            skipped.any(|(found, _, why)| found == id && why.contains("has no such search"))
        };
        for (skipped, _, why) in of("skip") {
            let Some((ty, number)) = skipped.rsplit_once('-') else {
                continue;
            };
            let is_excused = match number {
                "01" | "02" => not_asked(skipped),
                "03" => not_asked(&format!("{ty}-01")),
                // What is claimed and supported depends on the record, not on searches.
                _ => true,
            };
            assert!(is_excused, "{release} {skipped}: {why}");
        }
    }
}
