//! `s4s seed --advance … --to`: time goes on for a running server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{Days, NaiveDate};
use seed_data::{Config, DEFAULT_AS_OF, Population};
use serde_json::Value;

use crate::helpers::{Running, run};

/// Nothing of the first content was recorded later; the server records the news now.
const LAST_CHECK: &str = "2026-01-01T00:00:00.000Z";
const PATIENTS: u64 = 5;

fn demo(file: &str) -> String {
    format!("{}/../authz/demo/{file}", env!("CARGO_MANIFEST_DIR"))
}

/// The demo clients, of which the backend service may write.
fn clients_that_write(folder: &Path) -> String {
    let text = std::fs::read_to_string(demo("clients.json")).unwrap();
    let path = folder.join("clients.json");
    std::fs::write(&path, text.replace("system/*.rs", "system/*.cruds")).unwrap();
    path.to_str().unwrap().to_owned()
}

fn stack(clients: &str) -> Running {
    Running::start(&[
        "--ephemeral",
        "--fhir-port",
        "0",
        "--authz-port",
        "0",
        "--patients",
        "5",
        "--clients",
        clients,
    ])
}

/// Sends the news of a month; returns the exit code and what was said.
fn send(base: &str, client: &str, more: &[&str]) -> (Option<i32>, String) {
    let key = demo("demo-backend.published-private-key.jwk.json");
    let patients = PATIENTS.to_string();
    let mut arguments = vec!["seed", "--patients", &patients, "--advance", "P30D"];
    arguments.extend(["--to", base, "--client-id", client, "--key", &key]);
    arguments.extend(more);
    let output = run(&arguments);
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// The ids of the news of a period, by type.
fn news(from: NaiveDate, until: NaiveDate) -> BTreeMap<&'static str, BTreeSet<String>> {
    let population = Population::new(Config {
        patients: PATIENTS,
        ..Config::default()
    });
    let mut news: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for seed in population
        .advance(from, until)
        .flat_map(|record| record.seeds)
    {
        news.entry(seed.resource_type).or_default().insert(seed.id);
    }
    news
}

/// How many resources of each type a client that comes back finds.
async fn found(
    base: &str,
    types: impl Iterator<Item = &'static str>,
) -> BTreeMap<&'static str, usize> {
    let mirror = base.replace("/api/fhir", "/api/open-fhir");
    let mut found = BTreeMap::new();
    for kind in types {
        let url = format!("{mirror}/{kind}?_lastUpdated=gt{LAST_CHECK}&_summary=count");
        let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        let total = answer["total"].as_u64().unwrap();
        found.insert(kind, usize::try_from(total).unwrap());
    }
    found
}

fn counts(news: &BTreeMap<&'static str, BTreeSet<String>>) -> BTreeMap<&'static str, usize> {
    news.iter().map(|(kind, ids)| (*kind, ids.len())).collect()
}

#[tokio::test]
async fn a_client_that_comes_back_finds_exactly_the_news() {
    let folder = tempfile::tempdir().unwrap();
    let running = stack(&clients_that_write(folder.path()));
    let base = running.fhir();
    let [month, two] = [30, 60].map(|days| DEFAULT_AS_OF + Days::new(days));
    let mut expected = news(DEFAULT_AS_OF, month);
    let types: Vec<&'static str> = news(DEFAULT_AS_OF, two).into_keys().collect();
    assert!(types.contains(&"Encounter") && types.contains(&"Observation"));
    let before = found(&base, types.iter().copied()).await;
    assert!(before.values().all(|count| *count == 0), "{before:?}");

    let (code, said) = send(&base, "demo-backend", &[]);
    assert_eq!(code, Some(0), "{said}");
    let after = found(&base, expected.keys().copied()).await;
    assert_eq!(after, counts(&expected));

    // The month after.
    let (code, said) = send(&base, "demo-backend", &["--after", "P30D"]);
    assert_eq!(code, Some(0), "{said}");
    for (kind, ids) in news(month, two) {
        expected.entry(kind).or_default().extend(ids);
    }
    let later = found(&base, expected.keys().copied()).await;
    assert_eq!(later, counts(&expected));
    assert!(later["Encounter"] > after["Encounter"]);
}

#[tokio::test]
async fn who_may_not_write_is_told_so() {
    let running = stack(&demo("clients.json"));
    let (code, said) = send(&running.fhir(), "demo-backend", &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("403") || said.contains("scope"), "{said}");
    let (code, said) = send(&running.fhir(), "nobody", &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("invalid_client") || said.contains("client"),
        "{said}"
    );
    let (code, said) = send("http://127.0.0.1:9/fhir", "demo-backend", &[]);
    assert_eq!(code, Some(1), "{said}");
}
