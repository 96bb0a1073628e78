//! Starting and stopping.

use std::net::TcpListener;

use rusqlite::{Connection, Row};

use crate::helpers::{Running, program, run};

#[test]
fn it_says_where_everything_is_and_who_can_sign_in() {
    let running = Running::up();
    assert!(running.fhir().ends_with("/api/fhir"));
    for word in [
        "daniel-adams",
        "joseph-ross",
        "demo-password",
        "demo-app",
        "open mirror",
        "portal",
    ] {
        assert!(running.said.contains(word), "{word}: {}", running.said);
    }
    let last = running.said.lines().last().unwrap();
    assert!(last.starts_with("ready"), "{last}");
}

#[test]
fn a_signal_stops_it_in_peace() {
    for signal in ["-TERM", "-INT"] {
        assert_eq!(Running::up().stop_with(signal), Some(0), "{signal}");
    }
}

#[test]
fn a_taken_port_is_one_sentence_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for flag in ["--fhir-port", "--authz-port"] {
        let other = if flag == "--fhir-port" {
            "--authz-port"
        } else {
            "--fhir-port"
        };
        let output = run(&["--ephemeral", flag, &port, other, "0"]);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{complaint}");
        assert!(
            complaint.contains(&port) && complaint.trim().lines().count() == 1,
            "{complaint}"
        );
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_one_sentence_and_exit_code_1() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let inside = file.path().join("data");
    let output = run(&[
        "--fhir-port",
        "0",
        "--authz-port",
        "0",
        "--data",
        inside.to_str().unwrap(),
    ]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(
        complaint.contains("data") && complaint.trim().lines().count() == 1,
        "{complaint}"
    );
}

#[test]
fn unknown_settings_are_refused() {
    let output = program(&["--ephemeral"])
        .env("S4S_FHIR_PROT", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("S4S_FHIR_PROT")
    );
    assert_eq!(run(&["--no-such-flag"]).status.code(), Some(2));
    assert_eq!(run(&["no-such-command"]).status.code(), Some(2));
}

#[test]
fn an_ephemeral_stack_leaves_nothing_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let running = Running::start(&[
        "--ephemeral",
        "--fhir-port",
        "0",
        "--authz-port",
        "0",
        "--patients",
        "0",
        "--data",
        data.to_str().unwrap(),
    ]);
    drop(running);
    assert!(!data.exists());
}

#[test]
fn a_second_start_finds_what_the_first_one_made() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "--fhir-port",
        "0",
        "--authz-port",
        "0",
        "--patients",
        "1",
        // Endpoints follow the address, which would change with a free port.
        "--fhir-base",
        "http://localhost:8080/api/fhir",
        "--data",
        folder.path().to_str().unwrap(),
    ];
    assert_eq!(Running::start(&arguments).stop_with("-TERM"), Some(0));
    // Not its size: whether the log was written back at the end is up to the engine.
    let content = || {
        let database = Connection::open(folder.path().join("fhir.sqlite")).unwrap();
        let sql = "SELECT count(*), sum(version), max(updated) FROM resource";
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        database
            .query_row::<(i64, i64, i64), _, _>(sql, [], row)
            .unwrap()
    };
    let before = content();
    assert!(before.0 > 1_000, "{before:?}");
    assert_eq!(Running::start(&arguments).stop_with("-TERM"), Some(0));
    assert_eq!(content(), before);
    assert!(folder.path().join("authz.sqlite").exists());
}

#[test]
fn a_first_load_that_is_killed_leaves_no_database_and_the_next_start_makes_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let (growing, database) = (
        folder.path().join("fhir.loading"),
        folder.path().join("fhir.sqlite"),
    );
    let arguments = [
        "load",
        "--data",
        data,
        "--patients",
        "100000",
        "--us-core",
        "8.0.0",
    ];
    let mut load = program(&arguments).spawn().unwrap();
    // It grows beyond its schema: resources are on their way.
    while std::fs::metadata(&growing).map_or(0, |file| file.len()) == 0 {
        assert_eq!(load.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    load.kill().unwrap();
    load.wait().unwrap();
    assert!(growing.exists() && !database.exists());
    let arguments = [
        "--fhir-port",
        "0",
        "--authz-port",
        "0",
        "--patients",
        "0",
        "--data",
        data,
    ];
    assert_eq!(Running::start(&arguments).stop_with("-TERM"), Some(0));
    assert!(database.exists() && !growing.exists());
}

#[test]
fn every_command_explains_itself() {
    for command in ["up", "fhir", "authz", "seed", "check", "healthcheck"] {
        let output = run(&[command, "--help"]);
        assert!(output.status.success(), "{command}");
        assert!(output.stdout.len() > 100, "{command}");
    }
}

#[test]
fn the_healthcheck_follows_both_servers() {
    let running = Running::up();
    let port = |url: String| {
        url.split(':')
            .nth(2)
            .unwrap()
            .split('/')
            .next()
            .unwrap()
            .to_owned()
    };
    let (fhir, authz) = (port(running.fhir()), port(running.authz()));
    let ask = |fhir: &str| {
        run(&["healthcheck", "--fhir-port", fhir, "--authz-port", &authz])
            .status
            .code()
    };
    assert_eq!(ask(&fhir), Some(0));
    assert_eq!(ask("9"), Some(1));
}
