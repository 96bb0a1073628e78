//! The conformance runner against our own stack.

use crate::helpers::{Running, run};

const LOGIN: [&str; 4] = ["--username", "daniel-adams", "--password", "demo-password"];

#[test]
fn our_own_stack_passes_every_required_check() {
    let running = Running::up();
    let fhir = running.fhir();
    let mut arguments = vec!["check", &fhir, "--patient", "smart-1288992"];
    arguments.extend(LOGIN);
    let output = run(&arguments);
    let table = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{table}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        table.contains("DSC-01") && table.contains("LAB-"),
        "{table}"
    );
}

#[test]
fn without_a_login_only_what_needs_no_token_is_decided() {
    let running = Running::up();
    let output = run(&["check", &running.fhir()]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn a_server_is_compared_with_one_that_is_started_for_it() {
    let running = Running::up();
    let fhir = running.fhir();
    let mut arguments = vec![
        "check",
        &fhir,
        "--only",
        "DSC,LAB-03,EHL",
        "--patient",
        "smart-1288992",
    ];
    arguments.extend(LOGIN);
    arguments.extend(["--client-id", "demo-app", "--format", "html", "--against"]);
    let output = run(&arguments);
    let page = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{page}");
    assert!(
        page.contains("<h2 id=\"comparison\">Compared</h2>"),
        "{page}"
    );
    assert!(page.contains("0 differently"), "{page}");
}

#[test]
fn a_server_that_is_not_there_is_exit_code_3() {
    assert_eq!(
        run(&["check", "http://127.0.0.1:9/fhir"]).status.code(),
        Some(3)
    );
}

#[test]
fn the_list_of_checks_is_printed() {
    let output = run(&["check", "--list"]);
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().lines().count() > 100);
}

const KEY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../authz/demo/demo-backend.published-private-key.jwk.json"
);

/// A row of the README: how many checks of a group there are and how they ended.
fn row(group: &str, results: &[&serde_json::Value]) -> String {
    let count = |word: &str| {
        let all = results.iter();
        let found = all.filter(|result| result["outcome"] == word).count();
        match found {
            0 => String::new(),
            found => found.to_string(),
        }
    };
    let title = conformance::catalogue::group_title(group);
    let counts = ["pass", "fail", "warn", "skip"].map(count).join(" | ");
    format!("| {group} | {title} | {counts} |\n")
}

fn table(report: &serde_json::Value) -> String {
    let results: Vec<_> = report["results"].as_array().unwrap().iter().collect();
    let group = |result: &serde_json::Value| {
        let id = result["id"].as_str().unwrap().to_owned();
        id.split('-').next().unwrap().to_owned()
    };
    let mut text = String::from(
        "| | Group | passed | failed | warnings | skipped |\n|---|---|---|---|---|---|\n",
    );
    for rows in results.chunk_by(|one, other| group(one) == group(other)) {
        text.push_str(&row(&group(rows[0]), rows));
    }
    text
}

#[test]
fn the_readme_shows_the_results_of_our_own_stack() {
    let running = Running::up();
    let fhir = running.fhir();
    let mirror = fhir.replace("/api/fhir", "/api/open-fhir");
    let mut arguments = vec![
        "check",
        &fhir,
        "--patient",
        "smart-1288992",
        "--format",
        "json",
    ];
    arguments.extend(LOGIN);
    arguments.extend([
        "--client-id",
        "demo-app",
        "--confidential-client-id",
        "demo-confidential",
    ]);
    arguments.extend(["--confidential-client-secret", "demo-confidential-secret"]);
    arguments.extend([
        "--second-username",
        "joseph-ross",
        "--second-password",
        "demo-password",
    ]);
    arguments.extend([
        "--backend-client-id",
        "demo-backend",
        "--backend-key-file",
        KEY,
    ]);
    arguments.extend(["--open-base", &mirror]);
    let output = run(&arguments);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let table = table(&report);
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/results.md");
    std::fs::write(path, &table).unwrap();
    let readme = include_str!("../../../README.md");
    let (_, after) = readme.split_once("<!-- results -->\n").unwrap();
    let (written, _) = after.split_once("<!-- end of results -->").unwrap();
    assert!(
        written.trim() == table.trim(),
        "copy {path} into the README:\n{table}"
    );
    assert_eq!(output.status.code(), Some(0));
}
