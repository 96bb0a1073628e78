//! The two servers as two processes that meet over HTTP only.

use crate::helpers::{Running, free_port, run};

#[test]
fn two_processes_with_a_shared_secret_make_one_stack() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let (fhir_port, authz_port) = (free_port().to_string(), free_port().to_string());
    let fhir = format!("http://localhost:{fhir_port}/api/fhir");
    let issuer = format!("http://localhost:{authz_port}");
    let secret = ["--resource-server-secret", "a-shared-secret-of-this-test"];
    let common = ["--ephemeral", "--data", data];
    let _authz = Running::start(
        &[
            &["authz", "--port", &authz_port, "--fhir-base", &fhir],
            &secret[..],
            &common,
        ]
        .concat(),
    );
    let _fhir = Running::start(
        &[
            &[
                "fhir",
                "--port",
                &fhir_port,
                "--issuer",
                &issuer,
                "--patients",
                "1",
            ],
            &secret[..],
            &common,
        ]
        .concat(),
    );
    let output = run(&[
        "check",
        &fhir,
        "--username",
        "daniel-adams",
        "--password",
        "demo-password",
        "--patient",
        "smart-1288992",
    ]);
    let table = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{table}");
    assert!(table.contains("LAB-"), "{table}");
}

#[test]
fn a_wrong_secret_opens_nothing() {
    let (fhir_port, authz_port) = (free_port().to_string(), free_port().to_string());
    let fhir = format!("http://localhost:{fhir_port}/api/fhir");
    let issuer = format!("http://localhost:{authz_port}");
    let _authz = Running::start(&[
        "authz",
        "--ephemeral",
        "--port",
        &authz_port,
        "--fhir-base",
        &fhir,
        "--resource-server-secret",
        "one-secret-of-this-test",
    ]);
    let _fhir = Running::start(&[
        "fhir",
        "--ephemeral",
        "--port",
        &fhir_port,
        "--issuer",
        &issuer,
        "--patients",
        "0",
        "--resource-server-secret",
        "another-secret-of-this-test",
    ]);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let status = actix_web::rt::System::new().block_on(async {
        let request = client
            .get(format!("{fhir}/Patient/smart-1288992"))
            .bearer_auth("anything");
        request.send().await.unwrap().status()
    });
    assert_eq!(status, 503);
}
