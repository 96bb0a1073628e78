//! What is said when the database fails or is slow, and when input makes no sense at all.

use reqwest::Method;
use serde_json::Value;

use crate::helpers::*;

#[tokio::test]
async fn a_failing_database_is_told_to_the_app_once_the_app_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn_with(on_disk(&folder)).await;
    let fault = |sql: &str| database(&folder).execute_batch(sql).unwrap();
    fault("ALTER TABLE grant_request RENAME TO gone");
    let mut browser = Browser::default();
    let page = browser.authorize(&server, &request(&[])).await;
    let answer = query_of(page.location());
    assert_eq!(
        (answer["error"].as_str(), answer["state"].as_str()),
        ("server_error", STATE)
    );
    fault("ALTER TABLE client RENAME TO gone_too");
    let page = browser.authorize(&server, &request(&[])).await;
    assert_eq!((page.status.as_u16(), page.location), (500, None));
    assert!(page.text.contains("Reference:") && !page.text.contains("client"));
    let response = server.form("/oauth/token", None, &refresh("x")).await;
    assert_eq!(response.status(), 500);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], "server_error");
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_a_reason_to_come_back_later() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn_with(on_disk(&folder)).await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["access_token"].as_str().unwrap();
    let blocking = database(&folder);
    blocking.execute_batch("BEGIN IMMEDIATE").unwrap();
    let pairs = [("token", token), ("client_id", "demo-app")];
    let (revoked, mut browser) = (
        server.form("/oauth/revoke", None, &pairs),
        Browser::default(),
    );
    let pairs = request(&[]);
    let (revoked, asked) = tokio::join!(revoked, browser.authorize(&server, &pairs));
    assert_eq!(revoked.status(), 503);
    assert!(revoked.headers().contains_key("retry-after"));
    let body: Value = revoked.json().await.unwrap();
    assert_eq!(body["error"], "temporarily_unavailable");
    let answer = query_of(asked.location());
    assert_eq!(answer["error"], "temporarily_unavailable");
    // Reading goes on, and nothing was revoked.
    assert!(server.is_active(token).await);
    blocking.execute_batch("ROLLBACK").unwrap();
    let pairs = [("token", token), ("client_id", "demo-app")];
    assert_eq!(
        server.form("/oauth/revoke", None, &pairs).await.status(),
        200
    );
}

#[tokio::test]
async fn no_input_makes_any_endpoint_fail() {
    let server = spawn().await;
    let long = "x".repeat(30_000);
    let nested = format!("a{}=1", "%5Bb%5D".repeat(1000));
    let texts = [
        "a=1&a=1&a=1",
        "%00=%ff",
        "=&=&&&=",
        "grant=%zz",
        nested.as_str(),
        long.as_str(),
        "grant=../../etc/passwd&client_id='; DROP TABLE user; --",
        "token=\u{1f489}&code=\u{202e}",
    ];
    for path in [
        "/oauth/authorize",
        "/oauth/token",
        "/oauth/introspect",
        "/oauth/revoke",
        "/oauth/register",
        "/oauth/register/x%00",
        "/oauth/userinfo",
        "/oauth/logout",
        "/oauth/debug/token",
        "/api/me",
        "/login",
        "/consent",
        "/select-patient",
        "/launch",
        "/password",
        "/apps/revoke",
        "/.well-known/smart-configuration",
    ] {
        for text in texts {
            let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            for request in [
                server.request(Method::GET, &format!("{path}?{query}")),
                server
                    .request(Method::POST, path)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(text.to_owned()),
                server
                    .request(Method::POST, path)
                    .header("content-type", "application/json")
                    .body(text.to_owned()),
            ] {
                let status = request.send().await.unwrap().status();
                assert!(!status.is_server_error(), "{path} {status}");
            }
        }
    }
}
