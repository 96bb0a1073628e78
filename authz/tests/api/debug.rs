//! The endpoints by which a test suite makes and looks at tokens.

use authz::{Configuration, Profile, Secret};
use reqwest::Method;
use serde_json::{Value, json};

use crate::helpers::*;

async fn debuggable() -> TestServer {
    spawn_with(Configuration {
        debug_token: Some(Secret::new("admin")),
        ..configuration()
    })
    .await
}

fn wanted() -> Value {
    json!({"client_id": "demo-app", "username": "daniel-adams", "patient_id": DANIEL})
}

async fn make(server: &TestServer, admin: Option<&str>, body: &Value) -> (u16, Value) {
    let request = server
        .request(Method::POST, "/oauth/debug/token")
        .json(body);
    let request = match admin {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn look(server: &TestServer, token: &str) -> (u16, Value) {
    let path = format!("/oauth/debug/introspect?token={token}");
    let request = server.request(Method::GET, &path).bearer_auth("admin");
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn an_administrator_makes_tokens_that_work_and_looks_at_them() {
    let server = debuggable().await;
    let now = start_of_time().timestamp();
    let mut body = wanted();
    body["access_lifetime"] = json!(60);
    body["approval_expires"] = json!(now + 7200);
    body["scope"] = json!("patient/Condition.rs offline_access system/*.rs");
    let (status, tokens) = make(&server, Some("admin"), &body).await;
    assert_eq!(status, 200, "{tokens}");
    let access = tokens["access_token"].as_str().unwrap();
    let answer = server.introspect(access).await;
    assert_eq!(
        (&answer["scope"], &answer["exp"]),
        (
            &"patient/Condition.rs offline_access".into(),
            &(now + 60).into()
        )
    );
    let (_, seen) = look(&server, access).await;
    assert_eq!(
        seen,
        json!({"active": true, "access_expires": now + 60, "approval_expires": now + 7200,
            "client_id": "demo-app", "username": "daniel-adams",
            "scope": "patient/Condition.rs offline_access", "security_labels": ["problems"],
            "token_type": "Bearer"})
    );
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(look(&server, refresh_token).await.1["active"], true);
    assert_eq!(server.token(None, &refresh(refresh_token)).await.0, 200);
    for unknown in ["", "unknown", refresh_token] {
        let (status, answer) = look(&server, unknown).await;
        assert_eq!((status, answer), (400, json!({"error": "no_token"})));
    }
}

#[tokio::test]
async fn each_mistake_has_its_word() {
    let server = debuggable().await;
    for (name, value, error) in [
        ("username", json!("nobody"), "no_user"),
        ("client_id", json!("nothing"), "no_client"),
        ("patient_id", json!("elena-tsosie"), "no_patient_for_user"),
        ("access_lifetime", json!("x"), "malformed_lifetime"),
        ("access_lifetime", json!(-1), "malformed_lifetime"),
        ("approval_expires", json!("x"), "malformed_expiration"),
        ("approval_expires", json!(1), "malformed_expiration"),
        ("scope", json!("system/*.rs"), "invalid_scope"),
        ("username", json!(4), "invalid_request"),
    ] {
        let mut body = wanted();
        body[name] = value;
        let (status, answer) = make(&server, Some("admin"), &body).await;
        assert_eq!((status, &answer["error"]), (400, &error.into()), "{body}");
    }
}

#[tokio::test]
async fn nobody_else_gets_in_and_mostly_there_is_no_door() {
    let server = debuggable().await;
    for token in [None, Some("wrong")] {
        assert_eq!(make(&server, token, &wanted()).await.0, 401);
    }
    let usual = spawn().await;
    let production = spawn_with(Configuration {
        profile: Profile::Production,
        debug_token: Some(Secret::new("admin")),
        ..configuration()
    })
    .await;
    for server in [usual, production] {
        assert_eq!(make(&server, Some("admin"), &wanted()).await.0, 404);
        assert_eq!(look(&server, "x").await.0, 404);
    }
}
