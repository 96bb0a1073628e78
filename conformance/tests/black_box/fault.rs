//! Every check finds its fault: the mock is wrong in one point, and the checks named in the row do
//! not pass.

use std::collections::BTreeSet;

use conformance::catalogue::catalogue;
use conformance::{Level, Outcome, Runner};

use crate::mock::Mock;

/// Fault of the mock and the checks that must find it.
const FAULTS: &[(&str, &[&str])] = &[
    ("old-date", &["PRE-03"]),
    ("well-known-as-text", &["DSC-01"]),
    ("pkce-plain", &["DSC-02"]),
    ("no-offline", &["DSC-03"]),
    ("relative-endpoint", &["DSC-04"]),
    ("no-introspection", &["DSC-05"]),
    ("fhir-3", &["DSC-06"]),
    ("no-immunization-claim", &["DSC-07", "IMM-01"]),
    ("no-observation-claim", &["LAB-01", "VIT-01", "SMK-01"]),
    ("no-medication-claim", &["DSC-08", "MRQ-01", "MAD-01"]),
    ("no-search-claim", &["DSC-09"]),
    ("no-security-service", &["DSC-10"]),
    ("no-oauth-uris", &["DSC-11"]),
    ("other-token-uri", &["DSC-12"]),
    ("picky-accept", &["DSC-13"]),
    ("no-profiles", &["DSC-14"]),
    ("no-double-slash", &["DSC-15"]),
    ("no-cors", &["DSC-16"]),
    ("foreign-brands", &["DSC-17"]),
    ("registers-with-200", &["REG-02"]),
    ("straight-to-callback", &["AUT-01"]),
    ("refuses-password", &["CON-02"]),
    ("loses-state", &["CON-07"]),
    ("refuses-code", &["TOK-01"]),
    ("no-life", &["TOK-01"]),
    ("cacheable-token", &["TOK-02"]),
    ("no-refresh-token", &["TOK-03"]),
    ("excess-scope", &["TOK-22"]),
    ("open-reads", &["ACC-01", "SRC-05"]),
    ("no-challenge", &["ACC-01"]),
    ("any-token", &["ACC-02", "ACC-03"]),
    ("query-token", &["ACC-04"]),
    ("leak-by-id", &["ACC-05", "ACC-06"]),
    ("leak-by-search", &["ACC-07"]),
    ("leak-unnamed", &["ACC-08"]),
    ("leak-by-subject", &["ACC-09"]),
    ("no-etag", &["API-01"]),
    ("bare-404", &["API-02"]),
    ("unknown-type-200", &["API-03"]),
    ("lenient-values", &["API-04"]),
    ("unknown-in-self", &["API-05"]),
    ("never-304", &["API-06"]),
    ("json-for-xml", &["API-07"]),
    ("relative-full-url", &["SRC-01"]),
    ("empty-is-404", &["SRC-02"]),
    ("no-next", &["SRC-03", "SRC-04"]),
    ("lost-records", &["SRC-04"]),
    ("internal-links", &["SRC-04", "SRC-05"]),
    (
        "ge-for-gt",
        &["SRC-06", "SRC-08", "LAB-11", "PRB-11", "FIN-02"],
    ),
    ("loses-oldest", &["SRC-07"]),
    ("no-offset", &["SRC-09"]),
    ("first-bound-only", &["SRC-10"]),
    ("no-subject", &["SRC-11"]),
    ("ignores-system", &["SRC-12"]),
    ("no-version-id", &["SRC-13", "LAB-05"]),
    ("searches-fail", &["LAB-02", "VIT-02"]),
    ("no-laboratory", &["LAB-03"]),
    ("foreign-laboratory", &["LAB-04", "LAB-08"]),
    ("bad-status", &["LAB-06"]),
    ("unknown-element", &["LAB-06"]),
    ("dangling", &["LAB-08"]),
    ("bad-code", &["LAB-09"]),
    ("read-differs", &["LAB-10", "PAT-10"]),
    ("ignores-last-updated", &["LAB-12", "SRC-10"]),
    ("active-narrative", &["LAB-14"]),
    ("wrong-size", &["DOC-20"]),
    ("no-beneficiary", &["FIN-01"]),
    ("no-benefits", &["FIN-03"]),
    ("no-modality", &["IMG-02"]),
];

#[actix_web::test]
async fn every_fault_is_found_by_its_checks() {
    let mut missed = Vec::new();
    for (fault, ids) in FAULTS {
        let mock = Mock::start(fault);
        let mut configuration = mock.configuration();
        configuration.only = ids.iter().map(|id| (*id).to_owned()).collect();
        let report = Runner::new(configuration).unwrap().run(&()).await;
        for result in &report.results {
            let found = match result.level {
                Level::Required => matches!(result.outcome, Outcome::Fail { .. }),
                _ => matches!(result.outcome, Outcome::Warn { .. }),
            };
            if !found {
                missed.push(format!("{fault}: {} {:?}", result.id, result.outcome));
            }
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// Checks that have no fault here: they are about the configuration, or their fault has a test of
/// its own (`PRE-02`: an unreachable server).
const WITHOUT: &[&str] = &["PRE-01", "PRE-02", "PRE-04"];

#[test]
fn every_check_has_a_fault() {
    let tried: BTreeSet<_> = FAULTS.iter().flat_map(|(_, ids)| *ids).copied().collect();
    let numbers: BTreeSet<_> = tried
        .iter()
        .filter_map(|id| id.strip_prefix("LAB-"))
        .collect();
    for check in catalogue() {
        let number = check.id.split('-').nth(1).unwrap_or_default();
        let is_template = ![
            "PRE", "DSC", "REG", "AUT", "CON", "TOK", "ACC", "API", "SRC", "FIN", "IMG",
        ]
        .contains(&check.group());
        let has_fault =
            tried.contains(check.id.as_ref()) || (is_template && numbers.contains(number));
        assert!(
            has_fault || WITHOUT.contains(&check.id.as_ref()),
            "{check:?}"
        );
    }
}
