//! Backend services: tokens without a person, for what the operator authorized beforehand.

use authz::Profile;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::helpers::*;
use crate::jwt::*;

fn backend() -> Value {
    json!({"client_id": "backend", "client_name": "Backend", "redirect_uris": [],
        "token_endpoint_auth_methods": ["private_key_jwt"], "grant_types": ["client_credentials"],
        "jwks": {"keys": [EC.jwk()]}, "scope": "system/Patient.rs system/Observation.rs"})
}

async fn server() -> (TestServer, tempfile::TempDir) {
    spawn_with_clients(json!([backend()])).await
}

async fn ask(server: &TestServer, scope: Option<&str>) -> (u16, Value) {
    let mut pairs = vec![("grant_type", "client_credentials")];
    pairs.extend(scope.map(|scope| ("scope", scope)));
    let text = EC.assertion(server, "backend");
    let response = server
        .form("/oauth/token", None, &with_assertion(&pairs, &text))
        .await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["pragma"], "no-cache");
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_backend_service_gets_a_short_token_and_nothing_else() {
    let (server, _folder) = server().await;
    let (status, tokens) = ask(&server, Some("system/Patient.rs")).await;
    assert_eq!(status, 200, "{tokens}");
    let names: Vec<_> = tokens.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in", "scope"]);
    assert_eq!(
        (&tokens["expires_in"], &tokens["scope"]),
        (&300.into(), &"system/Patient.rs".into())
    );
    let token = tokens["access_token"].as_str().unwrap();
    let answer = server.introspect(token).await;
    let now = start_of_time().timestamp();
    assert_eq!(
        answer,
        json!({"active": true, "scope": "system/Patient.rs", "client_id": "backend",
            "exp": now + 300, "iat": now, "iss": server.issuer(), "aud": FHIR_BASE,
            "sub": "backend", "token_type": "Bearer"})
    );
    let in_process = server.in_process.introspect(token).await.unwrap();
    assert_eq!(serde_json::to_value(in_process).unwrap(), answer);
    server.advance(TimeDelta::seconds(300));
    assert!(!server.is_active(token).await);
}

#[tokio::test]
async fn only_what_was_authorized_beforehand_is_granted() {
    let (server, _folder) = server().await;
    for (scope, granted) in [
        ("system/*.rs", "system/Patient.rs system/Observation.rs"),
        (
            "system/*.read",
            "system/Patient.read system/Observation.read",
        ),
        (
            "system/Patient.cruds system/Condition.rs",
            "system/Patient.rs",
        ),
        (
            "system/Patient.rs openid patient/*.rs offline_access",
            "system/Patient.rs",
        ),
        (
            "system/Observation.rs?category=laboratory",
            "system/Observation.rs?category=laboratory",
        ),
    ] {
        let (status, tokens) = ask(&server, Some(scope)).await;
        assert_eq!(
            (status, &tokens["scope"]),
            (200, &granted.into()),
            "{scope}"
        );
    }
    for scope in [
        None,
        Some(""),
        Some("system/Condition.rs"),
        Some("system/Patient.cud"),
        Some("patient/*.rs user/*.rs"),
        Some("openid fhirUser launch offline_access"),
        Some("nonsense"),
    ] {
        let (status, body) = ask(&server, scope).await;
        assert_eq!(
            (status, &body["error"]),
            (400, &"invalid_scope".into()),
            "{scope:?}"
        );
    }
}

#[tokio::test]
async fn no_other_client_gets_such_a_token() {
    let server = spawn().await;
    let pairs = [
        ("grant_type", "client_credentials"),
        ("scope", "system/*.rs"),
    ];
    let public = [pairs.to_vec(), vec![("client_id", "demo-app")]].concat();
    let registration = server.request(reqwest::Method::POST, "/oauth/register");
    let body = json!({"redirect_uris": ["https://app.example/cb"], "scope": "system/*.rs",
        "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [EC.jwk()]}});
    let client: Value = registration
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let text = EC.assertion(&server, client["client_id"].as_str().unwrap());
    let registered = with_assertion(&pairs, &text);
    for (basic, pairs) in [
        (None, public),
        (Some(BASIC), pairs.to_vec()),
        (None, registered),
    ] {
        let (status, body) = server.token(basic, &pairs).await;
        assert_eq!(
            (status.as_u16(), &body["error"]),
            (400, &"unauthorized_client".into())
        );
    }
    let secret = server.token(Some("demo-backend:secret"), &pairs).await;
    assert_eq!(
        (secret.0.as_u16(), &secret.1["error"]),
        (401, &"invalid_client".into())
    );
    let nobody = server.token(None, &pairs).await;
    assert_eq!(
        (nobody.0.as_u16(), &nobody.1["error"]),
        (401, &"invalid_client".into())
    );
}

#[tokio::test]
async fn a_backend_service_cannot_send_people_here() {
    let mut client = backend();
    client["redirect_uris"] = json!(["http://127.0.0.1/callback"]);
    let (server, _folder) = spawn_with_clients(json!([client])).await;
    let pairs = request(&[("client_id", Some("backend"))]);
    let page = Browser::default().authorize(&server, &pairs).await;
    assert_eq!(query_of(page.location())["error"], "unauthorized_client");
}

#[tokio::test]
async fn a_token_for_another_resource_is_refused() {
    let (server, _folder) = server().await;
    let text = EC.assertion(&server, "backend");
    let pairs = [
        ("grant_type", "client_credentials"),
        ("scope", "system/Patient.rs"),
        ("resource", "https://other.example"),
    ];
    let (status, body) = server.token(None, &with_assertion(&pairs, &text)).await;
    assert_eq!(
        (status.as_u16(), &body["error"]),
        (400, &"invalid_target".into())
    );
}

#[tokio::test]
async fn a_backend_service_may_look_at_and_revoke_its_own_token() {
    let (server, _folder) = server().await;
    let (_, tokens) = ask(&server, Some("system/Patient.rs")).await;
    let token = tokens["access_token"].as_str().unwrap();
    let pairs = [("token", token)];
    let text = EC.assertion(&server, "backend");
    let looked = server
        .form("/oauth/introspect", None, &with_assertion(&pairs, &text))
        .await;
    assert_eq!(looked.json::<Value>().await.unwrap()["active"], true);
    let others = server.form("/oauth/revoke", Some(BASIC), &pairs).await;
    assert_eq!(others.status(), 400);
    assert!(server.is_active(token).await);
    let text = EC.assertion(&server, "backend");
    let own = server
        .form("/oauth/revoke", None, &with_assertion(&pairs, &text))
        .await;
    assert_eq!(own.status(), 200);
    assert!(!server.is_active(token).await);
}

#[tokio::test]
async fn the_published_demo_key_is_the_demo_backend_s_and_opens_nothing_in_production() {
    let key: Value = serde_json::from_str(include_str!(
        "../../demo/demo-backend.published-private-key.jwk.json"
    ))
    .unwrap();
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let point = [vec![4], bytes("x"), bytes("y")].concat();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(
        &ECDSA_P384_SHA384_FIXED_SIGNING,
        &bytes("d"),
        &point,
    )
    .unwrap();
    let signer = Signer::of("demo-backend", pair);
    let pairs = [
        ("grant_type", "client_credentials"),
        ("scope", "system/*.rs"),
    ];
    let demo = spawn().await;
    let text = signer.assertion(&demo, "demo-backend");
    assert_eq!(
        demo.token(None, &with_assertion(&pairs, &text)).await.0,
        200
    );
    let production = spawn_with(authz::Configuration {
        profile: Profile::Production,
        ..configuration()
    })
    .await;
    let text = signer.assertion(&production, "demo-backend");
    assert_eq!(
        production
            .token(None, &with_assertion(&pairs, &text))
            .await
            .0,
        401
    );
}
