//! A right server passes everything, and the report keeps secrets to itself.

use conformance::configuration::{Credentials, Exception, Secret};
use conformance::report::Format;
use conformance::{Level, Outcome, Report, Runner};

use crate::mock::{ADA, BOB, Mock, PASSWORD};

fn not_passed(report: &Report) -> Vec<String> {
    let results = report
        .results
        .iter()
        .filter(|result| result.outcome != Outcome::Pass);
    results
        .map(|result| format!("{} {:?}", result.id, result.outcome))
        .collect()
}

/// Whether a check of US Core was skipped because the mock has nothing of the kind.
fn is_without_records(line: &str) -> bool {
    [
        "is not claimed",
        "claims a profile",
        "there are no references",
        "there is no ",
        "has no such search",
        "no record has",
    ]
    .iter()
    .any(|reason| line.contains("Skip") && line.contains(reason))
}

/// What the mock does by half, and what a check rightly warns of.
const LACKING: [&str; 3] = ["IMG-12", "OPS-05", "FIN-07"];

/// What the mock does not have at all; each has a test with a server that has it.
fn is_elsewhere(line: &str) -> bool {
    let names = ["TLS-", "BLK-", "GEN-", "EHL-", "IMG-", "ACC-21", "RFR-11"];
    let warns = |name: &&str| line.starts_with(*name) && line.contains("Warn");
    LACKING.iter().any(warns)
        || line.contains("Skip") && names.iter().any(|name| line.starts_with(name))
}

/// The few records of the mock do not show everything that US Core wants supported.
fn is_about_what_is_seen(line: &str) -> bool {
    line.contains("-05 Warn")
}

#[actix_web::test]
async fn a_right_server_passes_every_check() {
    let mock = Mock::start("none");
    let report = Runner::new(mock.configuration()).unwrap().run(&()).await;
    let waiting = "TOK-19 Skip { reason: \"give --code-lifetime to wait for it\" }";
    let mut others = not_passed(&report);
    others.retain(|line| {
        !is_elsewhere(line)
            && !(line.starts_with("USC-")
                && (is_without_records(line) || is_about_what_is_seen(line)))
    });
    assert_eq!(others, [waiting]);
    assert_eq!(report.exit_code(), 0);
}

#[actix_web::test]
async fn no_secret_is_in_any_report() {
    for fault in ["none", "searches-fail", "refuses-code", "query-token"] {
        let mock = Mock::start(fault);
        let report = Runner::new(mock.configuration()).unwrap().run(&()).await;
        for format in [Format::Console, Format::Json, Format::Junit, Format::Html] {
            let text = report.render(format, true);
            for secret in [
                PASSWORD,
                "-opaque-access",
                "-opaque-refresh",
                "-client-secret",
                "-one-time-code",
                "expired-token\"",
            ] {
                let place = text.find(secret);
                let around = place.map(|at| &text[at.saturating_sub(300)..at + 40]);
                assert!(
                    place.is_none(),
                    "{fault} {format:?} has {secret}: {around:?}"
                );
            }
        }
    }
}

#[actix_web::test]
async fn a_given_token_takes_the_place_of_the_login() {
    let mock = Mock::start("none");
    let mut configuration = mock.configuration();
    configuration.credentials =
        Credentials::Token(Secret::from("access-token-of-ada-1".to_owned()));
    configuration.patient = Some(ADA.into());
    configuration.other_patient = Some(BOB.into());
    let report = Runner::new(configuration).unwrap().run(&()).await;
    let groups = [
        "REG", "AUT", "CON", "TOK", "RFR", "RVK", "INT", "ACC", "DOC", "OID", "USC", "TLS", "BLK",
        "GEN", "EHL", "IMG", "OPS",
    ];
    for result in &report.results {
        let is_skipped = matches!(result.outcome, Outcome::Skip { .. });
        let may_skip = groups.contains(&result.group());
        assert!(
            result.outcome == Outcome::Pass
                || (is_skipped && may_skip)
                || matches!(result.outcome, Outcome::Warn { .. })
                    && (result.id.ends_with("-05") || LACKING.contains(&result.id.as_str())),
            "{result:?}"
        );
    }
    assert_eq!(report.exit_code(), 0);
}

#[actix_web::test]
async fn an_expired_code_is_waited_for() {
    for (fault, passes) in [("none", true), ("eternal-code", false)] {
        let mock = Mock::brief(fault);
        let mut configuration = mock.configuration();
        configuration.only = vec!["TOK-19".into()];
        configuration.code_lifetime = Some(std::time::Duration::ZERO);
        let report = Runner::new(configuration).unwrap().run(&()).await;
        assert_eq!(
            report.results[0].outcome == Outcome::Pass,
            passes,
            "{fault}"
        );
    }
}

#[actix_web::test]
async fn without_credentials_the_open_checks_run_and_the_others_say_why_not() {
    let mock = Mock::start("none");
    let mut configuration = mock.configuration();
    configuration.credentials = Credentials::None;
    let report = Runner::new(configuration).unwrap().run(&()).await;
    let result = |id: &str| &report.result(id).unwrap().outcome;
    for id in ["PRE-02", "DSC-01", "DSC-06", "ACC-01", "ACC-02", "LAB-01"] {
        assert_eq!(*result(id), Outcome::Pass, "{id}");
    }
    for id in ["TOK-01", "LAB-02", "SRC-01", "API-01", "ACC-05"] {
        assert!(
            result(id).reason().unwrap().contains("--username"),
            "{id}: {:?}",
            result(id)
        );
    }
    assert_eq!(report.totals().fail, 0);
}

#[actix_web::test]
async fn the_wanted_patient_is_chosen_and_an_unknown_one_is_not() {
    let mock = Mock::start("none");
    let mut configuration = mock.configuration();
    configuration.patient = Some(BOB.into());
    configuration.only = vec!["TOK-01".into(), "PAT-04".into()];
    let report = Runner::new(configuration.clone()).unwrap().run(&()).await;
    assert_eq!(not_passed(&report), Vec::<String>::new());
    configuration.patient = Some("nobody".into());
    let report = Runner::new(configuration).unwrap().run(&()).await;
    assert!(
        report
            .result("TOK-01")
            .unwrap()
            .outcome
            .reason()
            .unwrap()
            .contains("not offered")
    );
}

#[actix_web::test]
async fn a_known_fault_warns_until_its_day() {
    let mock = Mock::start("pkce-plain");
    for (until, code) in [("2999-12-31", 0), ("2001-01-01", 1)] {
        let mut configuration = mock.configuration();
        configuration.only = vec!["DSC".into()];
        let exception = Exception {
            reason: "next release".into(),
            until: until.parse().unwrap(),
        };
        configuration.exceptions.insert("DSC-02".into(), exception);
        let report = Runner::new(configuration).unwrap().run(&()).await;
        assert_eq!(report.exit_code(), code, "{until}");
    }
}

#[actix_web::test]
async fn an_exchange_is_cited_by_every_check_that_rests_on_it() {
    let mock = Mock::start("none");
    let mut configuration = mock.configuration();
    configuration.only = vec!["LAB-03".into(), "LAB-04".into()];
    let report = Runner::new(configuration).unwrap().run(&()).await;
    for id in ["LAB-03", "LAB-04"] {
        let result = report.result(id).unwrap();
        let cites = |place: &usize| report.exchanges[*place].url.contains("category=laboratory");
        assert!(result.exchanges.iter().any(cites), "{id}");
    }
}

#[test]
fn only_required_checks_can_fail_a_run() {
    let levels: Vec<_> = conformance::catalogue::catalogue()
        .iter()
        .map(|check| check.level)
        .collect();
    assert!(levels.contains(&Level::Required) && levels.contains(&Level::Warning));
}

#[actix_web::test]
async fn a_path_with_an_empty_segment_may_be_refused() {
    let mock = Mock::start("no-double-slash");
    let mut configuration = mock.configuration();
    configuration.only = vec!["DSC-15".into()];
    let report = Runner::new(configuration).unwrap().run(&()).await;
    let slashed = |exchange: &conformance::Exchange| exchange.url.contains("fhir//");
    let asked: Vec<_> = report.exchanges.iter().filter(|one| slashed(one)).collect();
    assert!(asked.iter().all(|exchange| exchange.status == Some(404)) && asked.len() == 2);
    assert_eq!(report.results[0].outcome, Outcome::Pass);
}

#[actix_web::test]
async fn a_first_query_that_fails_is_part_of_a_comparison() {
    let mock = Mock::start("searches-fail");
    let mut configuration = mock.configuration();
    configuration.only = vec!["LAB".into(), "PAT".into()];
    let report = Runner::new(configuration).unwrap().run(&()).await;
    let calls = &report.profile.calls;
    let told: Vec<_> = calls.iter().map(|call| (&*call.name, call.count)).collect();
    assert_eq!(told, [("PAT", 1), ("LAB", 0)]);
    assert!(calls[1].status.is_some_and(|status| status >= 400));
}

#[actix_web::test]
async fn a_token_that_is_refused_is_told_once_and_fails_nothing() {
    let mock = Mock::start("none");
    let mut configuration = mock.configuration();
    configuration.credentials = Credentials::Token(Secret::from("over-since-long".to_owned()));
    configuration.patient = Some(ADA.into());
    configuration.only = vec!["API".into(), "LAB".into(), "ACC".into()];
    let report = Runner::new(configuration).unwrap().run(&()).await;
    assert_eq!((report.totals().fail, report.totals().error), (0, 0));
    let (reason, ids) = &report.undecided()[0];
    assert!(reason.contains("refused with 401"), "{reason}");
    assert!(ids.len() > 10);
}
