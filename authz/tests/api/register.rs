//! Dynamic registration.

use authz::{Configuration, Profile, Secret};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::helpers::*;

async fn register(server: &TestServer, body: String) -> Response {
    let request = server.request(Method::POST, "/oauth/register");
    request
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_registered_app_can_run_the_flow() {
    let server = spawn().await;
    let body = json!({
        "redirect_uris": ["http://127.0.0.1/callback"],
        "client_name": "My App",
        "scope": "launch/patient patient/*.cruds system/*.rs",
        "client_id": "chosen", "client_secret": "chosen",
    });
    let response = register(&server, body.to_string()).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let client: Value = response.json().await.unwrap();
    assert_eq!(client["client_secret_expires_at"], 0);
    assert_eq!(client["scope"], "launch/patient patient/*.cruds");
    let id = client["client_id"].as_str().unwrap();
    assert_ne!(id, "chosen");
    let code = server
        .code(
            &mut Browser::default(),
            &request(&[("client_id", Some(id))]),
        )
        .await;
    let mut pairs = exchange(&code);
    pairs.retain(|(name, _)| *name != "client_id");
    let basic = format!("{id}:{}", client["client_secret"].as_str().unwrap());
    let (status, tokens) = server.token(Some(&basic), &pairs).await;
    assert_eq!(
        (status.as_u16(), &tokens["scope"]),
        (200, &"launch/patient patient/*.rs".into())
    );
}

#[tokio::test]
async fn bad_metadata_are_refused() {
    let server = spawn().await;
    for (body, error) in [
        ("", "invalid_client_metadata"),
        ("null", "invalid_client_metadata"),
        ("{}", "invalid_redirect_uri"),
        (
            r#"{"redirect_uris":["javascript:alert(1)"]}"#,
            "invalid_redirect_uri",
        ),
        (
            r#"{"redirect_uris":["https://a.example/cb#x"]}"#,
            "invalid_redirect_uri",
        ),
        (
            r#"{"redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"private_key_jwt"}"#,
            "invalid_client_metadata",
        ),
    ] {
        let response = register(&server, body.to_owned()).await;
        assert_eq!(response.status(), 400, "{body}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"], error, "{body}");
    }
    let uris = json!(["https://a.example/cb"]);
    let key = crate::jwt::EC.jwk();
    let private = json!({"keys": [{"kty": "RSA", "kid": "a", "n": "AQ", "e": "AQAB", "d": "AQ"}]});
    for keys in [
        json!({"jwks": {"keys": []}}),
        json!({"jwks": {"keys": [key, key]}}),
        json!({"jwks": private}),
        json!({"jwks": {"keys": [{"kty": "oct", "kid": "a", "k": "AQ"}]}}),
        json!({"jwks": {"keys": [key]}, "jwks_uri": "https://a.example/jwks"}),
        json!({"jwks_uri": "http://a.example/jwks"}),
        json!({"jwks_uri": "https://a.example:22/jwks"}),
        json!({"jwks_uri": "https://169.254.169.254/latest/meta-data"}),
        json!({"jwks_uri": "file:///etc/passwd"}),
        json!({"jwks_uri": "https://a.example/jwks", "token_endpoint_auth_signing_alg": "RS256"}),
    ] {
        let mut body = keys;
        body["redirect_uris"] = uris.clone();
        body["token_endpoint_auth_method"] = "private_key_jwt".into();
        let response = register(&server, body.to_string()).await;
        assert_eq!(response.status(), 400, "{body}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"], "invalid_client_metadata", "{body}");
    }
    for refused in [
        json!({"sector_identifier_uri": "http://a.example/s"}),
        json!({"backchannel_logout_uri": "http://a.example/b"}),
        json!({"backchannel_logout_uri": "file:///etc/passwd"}),
        json!({"initiate_login_uri": "http://a.example/l"}),
        json!({"logo_uri": "javascript:alert(1)"}),
        json!({"request_uris": ["https://a.example/r"]}),
        json!({"grant_types": ["implicit"]}),
        json!({"grant_types": ["client_credentials"]}),
        json!({"grant_types": ["refresh_token"]}),
        json!({"response_types": ["code", "token"]}),
        json!({"token_endpoint_auth_method": "client_secret_jwt"}),
    ] {
        let mut body = refused;
        body["redirect_uris"] = uris.clone();
        let response = register(&server, body.to_string()).await;
        assert_eq!(response.status(), 400, "{body}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"], "invalid_client_metadata", "{body}");
    }
    let long = format!("https://a.example/{}", "x".repeat(2048));
    let many: Vec<String> = (0..11).map(|n| format!("https://a.example/{n}")).collect();
    for uris in [
        json!([]),
        json!("https://a.example/cb"),
        json!(["/cb"]),
        json!(["https://*.example/cb"]),
        json!(["http://a.example/cb"]),
        json!(["data:text/html,x"]),
        json!(["https://user@a.example/cb"]),
        json!(["myapp:/cb"]),
        json!([long]),
        json!(many),
    ] {
        let body = json!({ "redirect_uris": uris });
        let response = register(&server, body.to_string()).await;
        assert_eq!(response.status(), 400, "{body}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"], "invalid_redirect_uri", "{body}");
    }
    let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(17 * 1024));
    assert_eq!(register(&server, large).await.status(), 413);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let response = server
            .request(method, "/oauth/register")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 405);
    }
}

#[tokio::test]
async fn the_eleventh_registration_within_an_hour_must_wait() {
    let server = spawn().await;
    let body = || r#"{"redirect_uris":["https://a.example/cb"]}"#.to_owned();
    for _ in 0..10 {
        assert_eq!(register(&server, body()).await.status(), 201);
    }
    let refused = register(&server, body()).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "3600");
    server.advance(chrono::TimeDelta::hours(1));
    assert_eq!(register(&server, body()).await.status(), 201);
}

#[tokio::test]
async fn production_needs_an_initial_access_token_or_has_no_registration() {
    let production = || Configuration {
        profile: Profile::Production,
        ..configuration()
    };
    let closed = spawn_with(production()).await;
    let body = r#"{"redirect_uris":["https://a.example/cb"]}"#;
    assert_eq!(register(&closed, body.into()).await.status(), 404);
    let document: Value = closed
        .request(Method::GET, "/.well-known/smart-configuration")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(document.get("registration_endpoint"), None);

    let guarded = spawn_with(Configuration {
        initial_access_token: Some(Secret::new("let-me-in")),
        ..production()
    })
    .await;
    let refused = register(&guarded, body.into()).await;
    assert_eq!(refused.status(), 401);
    assert!(
        refused.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Bearer")
    );
    let admitted = guarded
        .request(Method::POST, "/oauth/register")
        .bearer_auth("let-me-in")
        .header("Content-Type", "application/json")
        .body(body);
    assert_eq!(admitted.send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn metadata_that_a_form_of_another_site_could_send_are_refused() {
    let server = spawn().await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request = server
            .request(Method::POST, "/oauth/register")
            .header("Content-Type", content_type)
            .body(r#"{"redirect_uris":["https://app.example/cb"]}"#);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400, "{content_type}");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["error"], "invalid_client_metadata");
    }
}
