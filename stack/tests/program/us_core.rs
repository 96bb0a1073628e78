//! Every search and comparator that a release of US Core asks for, with values from the records
//! themselves, on a stack of that release: the runner's checks USC, which are made of its table.

use std::collections::BTreeSet;

use crate::helpers::{Running, run};

const RELEASES: [&str; 6] = ["3.1.1", "4.0.0", "5.0.1", "6.1.0", "7.0.0", "8.0.0"];
/// Somebody with every type of US Core.
const PATIENT: &str = "elena-tsosie";

/// The output of the checks of a release, all of which pass or have nothing to look at.
fn checked(release: &str) -> String {
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
    ]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{release}: {table}");
    table
}

/// Names of checks with this outcome.
fn with<'a>(table: &'a str, outcome: &str) -> BTreeSet<&'a str> {
    table
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix(outcome))
        .filter_map(|rest| rest.split_whitespace().next())
        .collect()
}

/// Checks that were left out because the release has no such search.
fn not_asked(table: &str) -> BTreeSet<&str> {
    let lines: Vec<&str> = table.lines().collect();
    lines
        .windows(2)
        .filter(|two| two[1].contains("has no such search"))
        .filter_map(|two| two[0].trim_start().strip_prefix("skip"))
        .filter_map(|rest| rest.split_whitespace().next())
        .collect()
}

#[test]
fn every_search_of_every_release_of_us_core_finds_what_it_is_for() {
    for release in RELEASES {
        let table = checked(release);
        assert!(with(&table, "pass").len() > 100, "{release}: {table}");
        // The stack's observations claim no profile, and releases leave many kinds of them to R4.
        let unclaimed = ["USC-Observation-04", "USC-Observation-05"];
        let mut warned = with(&table, "warn");
        warned.retain(|check| !unclaimed.contains(check));
        assert_eq!(warned, BTreeSet::new(), "{release}: {table}");
        let not_asked = not_asked(&table);
        for skipped in with(&table, "skip") {
            let Some((ty, number)) = skipped.rsplit_once('-') else {
                continue;
            };
            let is_excused = match number {
                "01" | "02" => not_asked.contains(skipped),
                "03" => not_asked.contains(format!("{ty}-01").as_str()),
                // What is claimed and supported depends on the record, not on searches.
                _ => true,
            };
            assert!(is_excused, "{release} {skipped}: {table}");
        }
    }
}
