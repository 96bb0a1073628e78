//! The program: exit codes and outputs.

use std::process::{Command, Output};

use crate::mock::{Mock, PASSWORD};

/// Runs the program off the reactor, which serves the mock meanwhile.
async fn conformance(arguments: &[&str], password: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    command.args(arguments).env_clear();
    if !password.is_empty() {
        command.env("S4S_CHECK_PASSWORD", password);
    }
    actix_web::rt::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[actix_web::test]
async fn the_list_is_the_catalogue() {
    let output = conformance(&["--list"], "").await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    for check in conformance::catalogue::catalogue() {
        assert!(text.contains(check.id.as_ref()) && text.contains(check.claim.as_ref()));
    }
}

#[actix_web::test]
async fn a_right_server_is_exit_code_0_and_a_wrong_one_is_1() {
    for (fault, expected) in [("none", 0), ("pkce-plain", 1)] {
        let mock = Mock::start(fault);
        let base = mock.base();
        let arguments = [base.as_str(), "--username", "ada", "--rate", "10000"];
        let output = conformance(&arguments, PASSWORD).await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(code(&output), expected, "{text}");
        assert!(text.contains("DSC-02") && !text.contains('\u{1b}'));
    }
}

#[actix_web::test]
async fn wrong_usage_is_exit_code_2() {
    let here = "http://127.0.0.1:9/fhir";
    let wrong: &[&[&str]] = &[
        &[],
        &["not a url"],
        &[here, "--token", "t"],
        &[here, "--username", "u"],
        &[here, "--only", "XYZ-99"],
        &[here, "--no-such-flag"],
        &[here, "--config", "/nowhere.toml"],
        &[here, "--rate", "0"],
        &[here, "--requests", "0"],
        &[here, "--pages", "0"],
        &[here, "--total-time", "0"],
        &[here, "--out", "/nowhere/report.html"],
        &["--list", "--format", "junit"],
        &["http://ada:secret@127.0.0.1:9/fhir"],
        &[here, "--client-secret", "s"],
    ];
    for arguments in wrong {
        let output = conformance(arguments, "").await;
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("error"),
            "{arguments:?}"
        );
    }
}

#[actix_web::test]
async fn an_unreachable_server_is_exit_code_3() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/fhir", listener.local_addr().unwrap());
    drop(listener);
    let output = conformance(&[&base], "").await;
    assert_eq!(code(&output), 3);
    assert!(String::from_utf8_lossy(&output.stdout).contains("not reachable"));
}

#[actix_web::test]
async fn a_configuration_file_and_report_files_work() {
    let mock = Mock::start("none");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("password"), format!("{PASSWORD}\n")).unwrap();
    let text = format!(
        "base-url = '{}'\nusername = 'ada'\npassword-file = 'password'\nrate = 10000.0\n\
         only = ['DSC', 'TOK']\n[exceptions]\nDSC-16 = {{ reason = 'r', until = '2030-01-01' }}\n",
        mock.base(),
    );
    std::fs::write(path("check.toml"), text).unwrap();
    for format in ["json", "junit", "console"] {
        let arguments = [
            "--config",
            &path("check.toml"),
            "--format",
            format,
            "--out",
            &path(format),
        ];
        let output = conformance(&arguments, "").await;
        assert_eq!(
            code(&output),
            0,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path("json")).unwrap()).unwrap();
    assert_eq!(report["exit_code"], 0);
    assert_eq!(report["results"][0]["outcome"], "pass");
    assert_eq!(report["totals"]["fail"], 0);
    assert!(report["totals"]["pass"].as_u64() > Some(30));
    assert!(
        std::fs::read_to_string(path("junit"))
            .unwrap()
            .starts_with("<?xml")
    );
}

#[actix_web::test]
async fn an_unknown_key_in_the_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("check.toml").display().to_string();
    std::fs::write(
        &path,
        "base-url = 'http://127.0.0.1:9/f'\npasword-file = 'x'\n",
    )
    .unwrap();
    let output = conformance(&["--config", &path], "").await;
    assert_eq!(code(&output), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("pasword-file"));
}
