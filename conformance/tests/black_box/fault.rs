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
    ("other-at-double-slash", &["DSC-15"]),
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
    ("no-secret-end", &["REG-01"]),
    (
        "registers-anything",
        &["REG-03", "REG-04", "REG-05", "REG-06"],
    ),
    ("chosen-id", &["REG-07"]),
    ("unlimited", &["REG-09", "CON-17", "OPS-02"]),
    ("any-response-type", &["AUT-02", "AUT-03"]),
    ("errors-on-page", &["AUT-02", "AUT-11", "AUT-12"]),
    ("any-client", &["AUT-04", "AUT-05"]),
    ("no-redirect-needed", &["AUT-06"]),
    ("any-redirect", &["AUT-07", "AUT-08"]),
    ("prefix-redirect", &["AUT-08"]),
    ("no-scope-needed", &["AUT-09"]),
    ("grants-anything", &["AUT-10"]),
    ("no-state-needed", &["AUT-11"]),
    ("any-aud", &["AUT-12", "AUT-13"]),
    ("no-pkce", &["AUT-14", "AUT-15"]),
    ("repeats", &["AUT-16"]),
    ("no-post-authorize", &["AUT-17"]),
    ("framed", &["AUT-18"]),
    ("unescaped", &["AUT-19"]),
    ("no-iss", &["AUT-20"]),
    ("tells-users", &["CON-01"]),
    ("no-choice", &["CON-03"]),
    ("any-patient", &["CON-04"]),
    ("no-deny", &["CON-05"]),
    ("deny-approves", &["CON-06"]),
    ("cuts-state", &["CON-08"]),
    ("plain-state", &["CON-09"]),
    ("trusts-fields", &["CON-10"]),
    ("no-csrf", &["CON-11", "RVK-07"]),
    ("ignores-ticks", &["CON-12", "ACC-17"]),
    ("any-date", &["CON-13"]),
    ("approves-twice", &["CON-14"]),
    ("bare-cookie", &["CON-15"]),
    ("open-redirect", &["CON-16"]),
    ("fixed-session", &["CON-18"]),
    ("no-language", &["CON-19"]),
    ("no-list", &["CON-20", "RVK-01"]),
    ("token-by-get", &["TOK-04"]),
    ("one-error", &["TOK-06", "TOK-07", "RFR-04"]),
    ("token-errors-500", &["TOK-05", "TOK-08", "RFR-05"]),
    ("any-uri", &["TOK-09", "TOK-10"]),
    ("reusable-code", &["TOK-11"]),
    ("any-holder", &["TOK-12", "RFR-06"]),
    ("any-secret", &["TOK-13", "TOK-14", "RFR-07"]),
    ("no-verifier-needed", &["TOK-15", "TOK-16", "TOK-17"]),
    ("plain-verifier", &["TOK-18"]),
    ("mixes-patients", &["TOK-21"]),
    ("any-content", &["TOK-23"]),
    ("secret-in-query", &["TOK-24"]),
    ("no-cors", &["TOK-25", "API-11"]),
    ("weak-tokens", &["TOK-26"]),
    ("refresh-fails", &["RFR-01"]),
    ("bare-refresh", &["RFR-01"]),
    ("dead-refresh", &["RFR-02"]),
    ("no-grant-type-needed", &["RFR-03"]),
    ("ignores-refresh-scope", &["RFR-08"]),
    ("wider-refresh", &["RFR-09"]),
    ("no-rotation", &["RFR-10"]),
    ("other-patient-on-refresh", &["RFR-12"]),
    ("cacheable-refresh", &["RFR-13"]),
    ("ends-nothing", &["RVK-02", "RVK-03"]),
    ("revokes-nothing", &["RVK-04", "RVK-10"]),
    ("revokes-foreign", &["RVK-05"]),
    ("ends-for-anyone", &["RVK-06"]),
    ("ends-by-get", &["RVK-07"]),
    ("ends-all", &["RVK-08"]),
    ("never-again", &["RVK-09"]),
    ("revokes-one", &["RVK-10"]),
    ("introspects-no-patient", &["INT-01"]),
    ("open-introspection", &["INT-02"]),
    ("talkative-introspection", &["INT-03"]),
    ("stale-introspection", &["INT-04"]),
    ("introspects-get", &["INT-05"]),
    ("introspects-less", &["INT-06"]),
    ("introspects-refresh", &["INT-07"]),
    ("cacheable-introspection", &["INT-08"]),
    ("introspects-asked", &["INT-09"]),
    ("leaky-include", &["ACC-10"]),
    ("leaky-everything", &["ACC-10"]),
    ("leaky-history", &["ACC-11"]),
    ("ignores-scope", &["ACC-12", "ACC-13", "ACC-17"]),
    ("ignores-scope-in-reads", &["ACC-13", "ACC-17"]),
    ("ignores-scope-everywhere", &["ACC-17"]),
    ("writable", &["ACC-14"]),
    ("open-binaries", &["ACC-15", "DOC-22"]),
    ("leak-by-search", &["ACC-16"]),
    ("no-practitioners", &["ACC-18"]),
    ("leaky-filters", &["ACC-19"]),
    ("trusts-forwarded", &["ACC-20"]),
    ("no-history", &["API-08"]),
    ("talkative-errors", &["API-09"]),
    ("no-head", &["API-10"]),
    ("invalid", &["API-13"]),
    ("ignores-results", &["SRC-15"]),
    ("breaks-on-stray", &["SRC-16"]),
    ("no-id-token", &["OID-01"]),
    ("other-issuer", &["OID-02"]),
    ("no-openid-keys", &["OID-03"]),
    ("other-key", &["OID-04"]),
    ("no-nonce", &["OID-05"]),
    ("relative-user", &["OID-06"]),
    ("private-key", &["OID-07"]),
    ("breaks-on-long", &["OPS-01"]),
    ("banner", &["OPS-03"]),
    ("sniffable", &["OPS-04"]),
    ("no-policies", &["OPS-06"]),
    ("cacheable-records", &["OPS-07"]),
    ("traces", &["OPS-09"]),
    ("raw-binaries", &["DOC-21"]),
    ("no-docref", &["DOC-23"]),
    ("no-document-type", &["DOC-24"]),
    ("inline-document", &["DOC-25"]),
    ("no-use", &["FIN-04"]),
    ("wrong-sum", &["FIN-05"]),
    ("two-focal", &["FIN-06"]),
    ("leak-by-search", &["FIN-08"]),
    ("no-guides", &["USC-01"]),
    ("no-type-profiles", &["USC-02"]),
    ("no-category-claim", &["USC-03"]),
    ("leaky-include", &["USC-04"]),
    ("no-medications", &["USC-05"]),
    (
        "searches-by-code-fail",
        &["USC-Observation-01", "USC-Condition-02"],
    ),
    ("deaf-codes", &["USC-Observation-01"]),
    ("secret-for-keys", &["REG-08"]),
    ("any-assertion", &["TOK-20"]),
    ("eternal-assertion", &["TOK-20"]),
    ("replayed-assertion", &["TOK-20"]),
    ("no-gender", &["USC-Patient-04"]),
    ("dangling", &["USC-Observation-06"]),
    (
        "swaps-bounds",
        &["USC-Observation-03", "USC-Immunization-03"],
    ),
    ("implausible", &["QLT-01"]),
    ("odd-unit", &["QLT-02"]),
    ("odd-period", &["QLT-03"]),
    ("before-birth", &["QLT-04"]),
    ("far-future", &["QLT-05"]),
    ("odd-sex", &["QLT-06"]),
    ("two-records", &["QLT-07"]),
    ("local-codes", &["QLT-08", "LAB-15"]),
    ("unlinked-subject", &["QLT-09"]),
    ("odd-target", &["QLT-10"]),
    ("smoking-child", &["QLT-11"]),
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
/// its own (`PRE-02`: an unreachable server; `TOK-19`: time; `API-12`: an endless body).
const WITHOUT: &[&str] = &["PRE-01", "PRE-02", "PRE-04", "TOK-19", "API-12"];

/// Groups and checks that need more than the mock: `transport.rs` has a server at https, and the
/// self-test of the whole stack has launches, exports, images, genomics and a mirror.
const ELSEWHERE: &[&str] = &[
    "TLS", "BLK", "EHL", "GEN", "IMG", "ACC-21", "RFR-11", "FIN-07", "OPS-05", "OPS-08",
];

/// Checks of US Core whose judgement has tests of its own: what of a profile is never seen.
const SEEN: &str = "05";

#[test]
fn every_check_has_a_fault() {
    let tried: BTreeSet<_> = FAULTS.iter().flat_map(|(_, ids)| *ids).copied().collect();
    let numbers = |group: &str| -> BTreeSet<_> {
        let ids = tried.iter().filter(|id| id.starts_with(group));
        ids.filter_map(|id| id.rsplit('-').next()).collect()
    };
    let (laboratory, us_core) = (numbers("LAB-"), numbers("USC-"));
    for check in catalogue() {
        let number = check.id.rsplit('-').next().unwrap_or_default();
        let is_of_type = check.id.matches('-').count() == 2;
        let is_template = ![
            "PRE", "DSC", "REG", "AUT", "CON", "TOK", "RFR", "RVK", "INT", "ACC", "API", "SRC",
            "FIN", "IMG", "GEN", "USC", "QLT", "OID", "OPS", "TLS", "BLK", "EHL",
        ]
        .contains(&check.group());
        let has_fault = tried.contains(check.id.as_ref())
            || (is_template && laboratory.contains(number))
            || (is_of_type && us_core.contains(number));
        let is_elsewhere = ELSEWHERE.iter().any(|name| check.is_named(name));
        assert!(
            is_elsewhere
                || has_fault
                || WITHOUT.contains(&check.id.as_ref())
                || (is_of_type && number == SEEN),
            "{check:?}"
        );
    }
}
