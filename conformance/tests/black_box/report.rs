//! The page, the comparison with an earlier run and with another server.

use std::process::{Command, Output};

use conformance::report::{Comparison, Format, Saved};
use conformance::{Report, Runner};
use serde_json::Value;

use crate::mock::{Mock, PASSWORD};

async fn run(mock: &Mock, only: &[&str]) -> Report {
    let mut configuration = mock.configuration();
    configuration.only = only.iter().map(|id| (*id).to_owned()).collect();
    Runner::new(configuration).unwrap().run(&()).await
}

async fn conformance(arguments: Vec<String>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    command
        .args(arguments)
        .env_clear()
        .env("S4S_CHECK_PASSWORD", PASSWORD);
    actix_web::rt::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[actix_web::test]
async fn the_page_stands_alone_and_shows_every_check() {
    let mock = Mock::start("bad-status");
    let report = run(&mock, &["DSC", "LAB", "TOK"]).await;
    let page = report.render(Format::Html, false);
    for result in &report.results {
        assert!(page.contains(&format!("id=\"{}\"", result.id)));
    }
    for outside in [" src=", "<link", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("http://loinc.org") && page.contains("Some required checks failed"));
}

#[actix_web::test]
async fn what_a_server_says_does_not_become_markup_of_the_page() {
    let mock = Mock::start("hostile-status");
    let report = run(&mock, &["LAB"]).await;
    let page = report.render(Format::Html, false);
    assert!(page.contains("&lt;img") && !page.contains("<img"));
}

#[actix_web::test]
async fn two_servers_are_set_side_by_side() {
    let (right, wrong) = (Mock::start("none"), Mock::start("no-version-id"));
    let only = ["DSC", "LAB"];
    let (here, there) = (run(&right, &only).await, run(&wrong, &only).await);
    let comparison = Comparison::of(&Saved::from(&here), &Saved::from(&there));
    let ids: Vec<_> = comparison.checks.iter().map(|check| &check.id).collect();
    assert_eq!(ids, ["LAB-05"]);
    let differences = &comparison.calls[0].differences;
    assert_eq!(differences[0].what, "element meta.versionId");
    assert!(comparison.claims.is_empty());
}

#[actix_web::test]
async fn claims_of_two_servers_are_compared() {
    let (right, wrong) = (Mock::start("none"), Mock::start("no-immunization-claim"));
    let (here, there) = (run(&right, &["DSC"]).await, run(&wrong, &["DSC"]).await);
    let comparison = Comparison::of(&Saved::from(&here), &Saved::from(&there));
    assert_eq!(comparison.claims[0].what, "Immunization");
}

#[actix_web::test]
async fn a_later_run_tells_what_changed_and_another_server_what_differs() {
    let (right, wrong) = (Mock::start("none"), Mock::start("pkce-plain"));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let common = "--only DSC --rate 10000 --format json --out";
    let first = format!("{} {common} {}", right.base(), path("first.json"));
    assert!(conformance(words(&first)).await.status.success());
    let compared = [
        format!("--baseline {}", path("first.json")),
        format!("--against {}", right.base()),
    ];
    for flags in compared {
        let next = format!("{} {flags} {common} {}", wrong.base(), path("next.json"));
        assert_eq!(conformance(words(&next)).await.status.code(), Some(1));
        let text = std::fs::read_to_string(path("next.json")).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["comparison"]["checks"][0]["id"], "DSC-02", "{flags}");
        assert_eq!(report["comparison"]["checks"][0]["there"][0], "pass");
    }
    let wrong_file = format!("{} --baseline /nowhere.json", wrong.base());
    assert_eq!(conformance(words(&wrong_file)).await.status.code(), Some(2));
}

#[actix_web::test]
async fn the_list_for_programs_is_the_catalogue() {
    let output = conformance(vec!["--list".into(), "--format".into(), "json".into()]).await;
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let catalogue = conformance::catalogue::catalogue();
    assert_eq!(rows.len(), catalogue.len());
    assert_eq!(rows[0]["id"], catalogue[0].id.as_ref());
    assert!(rows[0]["requirement"]["link"].is_string());
}
