//! What is on disk, and what a restart finds.

use std::sync::Arc;

use authz::{Application, Configuration, Database, Random};
use rusqlite::Connection;
use smart::clock::ManualClock;

use crate::helpers::*;

#[tokio::test]
async fn no_secret_is_on_disk_in_clear_and_the_trail_is_append_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn_with(on_disk(&folder)).await;
    let mut browser = Browser::default();
    let code = server.code(&mut browser, &request(&[])).await;
    let (_, tokens) = server.token(None, &exchange(&code)).await;
    let (_, renewed) = server
        .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
        .await;
    let waiting = browser
        .authorize(&server, &request(&[]))
        .await
        .location()
        .to_owned();
    let secrets = [
        code.as_str(),
        tokens["access_token"].as_str().unwrap(),
        tokens["refresh_token"].as_str().unwrap(),
        tokens["id_token"].as_str().unwrap(),
        renewed["access_token"].as_str().unwrap(),
        renewed["refresh_token"].as_str().unwrap(),
        waiting.split_once('=').unwrap().1,
        browser
            .cookie
            .as_deref()
            .unwrap()
            .split_once('=')
            .unwrap()
            .1,
        VERIFIER,
        "demo-password",
        "demo-confidential-secret",
        "rs-secret",
    ];
    for entry in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in secrets {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{}…", &secret[..4]);
        }
    }
    let database = Connection::open(folder.path().join("data/authz.sqlite")).unwrap();
    let events: Vec<String> = database
        .prepare("SELECT event || ' ' || outcome FROM audit ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for event in [
        "sign-in success",
        "consent success",
        "code-exchange success",
        "refresh success",
    ] {
        assert!(
            events.iter().any(|known| known == event),
            "{event} {events:?}"
        );
    }
    assert!(database.execute("DELETE FROM audit", []).is_err());
    assert!(
        database
            .execute("UPDATE audit SET outcome = 'x'", [])
            .is_err()
    );
}

#[tokio::test]
async fn a_restart_keeps_tokens_keys_and_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let first = spawn_with(on_disk(&folder)).await;
    let tokens = first.tokens(SCOPE).await;
    let jwks = first
        .request(reqwest::Method::GET, "/oauth/jwks")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    drop(first);
    let second = spawn_with(on_disk(&folder)).await;
    assert!(
        second
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );
    let again = second
        .request(reqwest::Method::GET, "/oauth/jwks")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert_eq!(jwks, again);
    assert_eq!(
        second
            .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_demo_database_opens_no_door_in_production() {
    let folder = tempfile::tempdir().unwrap();
    let demo = spawn_with(on_disk(&folder)).await;
    let tokens = demo.tokens(SCOPE).await;
    drop(demo);
    let production = spawn_with(Configuration {
        profile: authz::Profile::Production,
        ..on_disk(&folder)
    })
    .await;
    assert!(
        !production
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );
    let (status, _) = production
        .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
        .await;
    assert_eq!(status, 401);
    let mut browser = Browser::default();
    assert_eq!(
        browser
            .sign_in(&production, "/login", "daniel-adams", "demo-password")
            .await
            .status,
        401
    );
}

async fn start_error(configuration: Configuration) -> String {
    let clock = Arc::new(ManualClock::new(start_of_time()));
    Application::build(configuration, clock, Random::seeded(1))
        .await
        .unwrap_err()
        .to_string()
}

#[tokio::test]
async fn what_prevents_a_start_is_one_clear_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let error = start_error(Configuration {
        listen: vec![taken.local_addr().unwrap()],
        ..configuration()
    })
    .await;
    assert!(error.starts_with("cannot listen on 127.0.0.1:"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "{}").unwrap();
    let error = start_error(Configuration {
        database: Database::File(file.join("authz.sqlite")),
        ..configuration()
    })
    .await;
    assert!(error.contains("cannot be created or written"), "{error}");
    let error = start_error(Configuration {
        users: Some(file),
        ..configuration()
    })
    .await;
    assert!(error.contains("is not valid"), "{error}");
    let error = start_error(Configuration {
        issuer: Some("nonsense/".into()),
        ..configuration()
    })
    .await;
    assert!(error.contains("the issuer must be"), "{error}");
}
