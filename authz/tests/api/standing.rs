//! What the operator does to accounts and clients between two starts, and what ends with it.

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use authz::Configuration;
use serde_json::{Value, json};

use crate::helpers::*;

const ADA: &str = "ada";
const OTHER: &str = "another long password";

/// A PHC string at some cost.
fn hash(password: &str, memory: u32) -> String {
    let params = Params::new(memory, 2, 1, None).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), b"0123456789abcdef")
        .unwrap()
        .to_string()
}

/// Ada, who may act for Daniel and Amy, with the password of the demo users.
fn ada() -> Value {
    json!({"username": ADA, "name": "Ada", "role": "representative",
        "fhirUser": "RelatedPerson/ada", "passwordHash": hash("demo-password", 19_456),
        "patients": [
            {"id": DANIEL, "name": "Daniel", "relationship": "represented"},
            {"id": AMY, "name": "Amy", "relationship": "represented"}]})
}

fn changed(user: &Value, name: &str, value: Value) -> Value {
    let mut user = user.clone();
    user[name] = value;
    user
}

/// A start with these people.
async fn start(folder: &tempfile::TempDir, users: &[Value]) -> TestServer {
    spawn_with(with_users(folder, users)).await
}

fn with_users(folder: &tempfile::TempDir, users: &[Value]) -> Configuration {
    let path = folder.path().join("users.json");
    std::fs::write(&path, json!({ "users": users }).to_string()).unwrap();
    Configuration {
        users: Some(path),
        ..on_disk(folder)
    }
}

/// Tokens for the record of a patient.
async fn tokens_for(server: &TestServer, browser: &mut Browser, patient: &str) -> Value {
    let path = browser
        .reach_consent_as(server, ADA, &request(&[]), patient)
        .await;
    let code = query_of(&browser.agree(server, &path).await)
        .remove("code")
        .unwrap();
    let (status, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

/// Whether access and refresh token are alive; they must agree.
async fn is_alive(server: &TestServer, tokens: &Value) -> bool {
    let active = server
        .is_active(tokens["access_token"].as_str().unwrap())
        .await;
    let (status, _) = server
        .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
        .await;
    assert_eq!(status == 200, active);
    active
}

async fn is_signed_in(server: &TestServer, browser: &mut Browser) -> bool {
    browser.get(server, "/apps").await.status == 200
}

async fn knows(server: &TestServer, password: &str) -> bool {
    let page = Browser::default()
        .sign_in(server, "/login", ADA, password)
        .await;
    page.status == 303
}

#[tokio::test]
async fn an_account_that_was_taken_away_comes_back_with_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder, &[ada()]).await;
    let mut browser = Browser::default();
    let tokens = tokens_for(&first, &mut browser, DANIEL).await;
    first.stopped().await;
    let without = start(&folder, &[]).await;
    assert!(!is_alive(&without, &tokens).await);
    without.stopped().await;
    let again = start(&folder, &[ada()]).await;
    assert!(!is_alive(&again, &tokens).await);
    assert!(!is_signed_in(&again, &mut browser).await);
    assert!(knows(&again, "demo-password").await);
    assert_eq!(outcomes(&folder, "revocation"), ["right-ended"]);
}

#[tokio::test]
async fn the_right_to_act_for_a_patient_ends_what_was_shared_of_that_patient_only() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder, &[ada()]).await;
    let mut browser = Browser::default();
    let of_daniel = tokens_for(&first, &mut browser, DANIEL).await;
    let of_amy = tokens_for(&first, &mut browser, AMY).await;
    let code = {
        let path = browser
            .reach_consent_as(&first, ADA, &request(&[]), AMY)
            .await;
        query_of(&browser.agree(&first, &path).await)
            .remove("code")
            .unwrap()
    };
    first.stopped().await;
    let daniel = json!([{"id": DANIEL, "name": "Daniel", "relationship": "represented"}]);
    let second = start(&folder, &[changed(&ada(), "patients", daniel)]).await;
    assert!(is_alive(&second, &of_daniel).await);
    assert!(!is_alive(&second, &of_amy).await);
    assert_eq!(second.token(None, &exchange(&code)).await.0, 400);
    assert!(is_signed_in(&second, &mut browser).await);
    second.stopped().await;
    let third = start(&folder, &[ada()]).await;
    assert!(!is_alive(&third, &of_amy).await);
}

#[tokio::test]
async fn another_role_or_another_resource_ends_everything() {
    for (name, value) in [
        ("role", json!("practitioner")),
        ("fhirUser", json!("RelatedPerson/other")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let first = start(&folder, &[ada()]).await;
        let mut browser = Browser::default();
        let tokens = tokens_for(&first, &mut browser, DANIEL).await;
        first.stopped().await;
        let second = start(&folder, &[changed(&ada(), name, value)]).await;
        assert!(!is_alive(&second, &tokens).await, "{name}");
        assert!(!is_signed_in(&second, &mut browser).await, "{name}");
        assert_eq!(outcomes(&folder, "revocation"), ["by-operator"], "{name}");
    }
}

#[tokio::test]
async fn a_restart_and_another_name_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder, &[ada()]).await;
    let mut browser = Browser::default();
    let tokens = tokens_for(&first, &mut browser, DANIEL).await;
    first.stopped().await;
    let second = start(&folder, &[changed(&ada(), "name", json!("Ada B."))]).await;
    assert!(is_alive(&second, &tokens).await);
    assert!(is_signed_in(&second, &mut browser).await);
}

#[tokio::test]
async fn a_password_that_was_chosen_stands_until_the_operator_gives_another() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder, &[ada()]).await;
    let mut browser = Browser::of(&first, ADA).await;
    let csrf = browser.get(&first, "/password").await.csrf();
    let fields = [
        ("csrf_token", csrf.as_str()),
        ("current", "demo-password"),
        ("new", OTHER),
    ];
    let page = browser.post(&first, "/password", &fields).await;
    assert_eq!(page.location(), "/login");
    first.stopped().await;
    // The file still holds the hash of the old one, which somebody else may know.
    let second = start(&folder, &[ada()]).await;
    assert!(!knows(&second, "demo-password").await);
    assert!(knows(&second, OTHER).await);
    browser.sign_in(&second, "/login", ADA, OTHER).await;
    let tokens = tokens_for(&second, &mut browser, DANIEL).await;
    second.stopped().await;
    let reset = hash("what the operator gave", 19_456);
    let third = start(&folder, &[changed(&ada(), "passwordHash", json!(reset))]).await;
    assert!(!knows(&third, OTHER).await);
    assert!(knows(&third, "what the operator gave").await);
    assert!(!is_signed_in(&third, &mut browser).await);
    assert!(!is_alive(&third, &tokens).await);
    assert_eq!(
        outcomes(&folder, "password-change"),
        ["success", "by-operator"]
    );
}

#[tokio::test]
async fn a_hash_of_another_cost_is_refused_in_a_file_and_made_anew_at_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let clock = smart::clock::ManualClock::new(start_of_time());
    for cheap in [hash("demo-password", 1024), "plain".to_owned()] {
        let user = changed(&ada(), "passwordHash", json!(cheap));
        let started = authz::Application::build(
            with_users(&folder, &[user]),
            std::sync::Arc::new(clock.clone()),
            authz::Random::seeded(1),
        );
        let error = started.await.unwrap_err().to_string();
        assert!(error.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{error}");
    }
    // An earlier version may have stored such a hash.
    let server = start(&folder, &[ada()]).await;
    let stored = || -> String {
        database(&folder)
            .query_row("SELECT password_hash FROM user", [], |row| row.get(0))
            .unwrap()
    };
    database(&folder)
        .execute(
            "UPDATE user SET password_hash = ?1",
            [hash("demo-password", 1024)],
        )
        .unwrap();
    assert!(!knows(&server, "wrong").await);
    assert!(stored().contains("m=1024"));
    assert!(knows(&server, "demo-password").await);
    assert!(stored().contains("m=19456"));
    assert!(knows(&server, "demo-password").await);
}

#[tokio::test]
async fn a_client_that_was_taken_away_comes_back_with_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.json");
    let write = |clients: Value| {
        std::fs::write(&path, json!({ "clients": clients }).to_string()).unwrap();
    };
    let mine = json!([{"client_id": "mine", "client_name": "Mine", "scope": SCOPE,
        "token_endpoint_auth_methods": ["none"], "redirect_uris": ["http://127.0.0.1/callback"]}]);
    let start = async || {
        spawn_with(Configuration {
            clients: Some(path.clone()),
            ..on_disk(&folder)
        })
        .await
    };
    write(mine.clone());
    let first = start().await;
    let pairs = request(&[("client_id", Some("mine"))]);
    let code = first.code(&mut Browser::default(), &pairs).await;
    let mut form = exchange(&code);
    form.retain(|(name, _)| *name != "client_id");
    form.push(("client_id", "mine"));
    let (status, tokens) = first.token(None, &form).await;
    assert_eq!(status, 200, "{tokens}");
    let token = tokens["access_token"].as_str().unwrap();
    assert!(first.is_active(token).await);
    first.stopped().await;
    write(json!([]));
    assert!(!start().await.is_active(token).await);
    write(mine);
    assert!(!start().await.is_active(token).await);
}
