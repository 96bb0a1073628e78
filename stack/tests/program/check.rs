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
