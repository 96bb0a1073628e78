//! Signing keys over time, and ID tokens for clients that want another algorithm.

use chrono::TimeDelta;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::helpers::*;

async fn published(server: &TestServer) -> JwkSet {
    let request = server.request(reqwest::Method::GET, "/oauth/jwks");
    request.send().await.unwrap().json().await.unwrap()
}

/// The algorithm of a token that verifies against the published keys.
fn verified(keys: &JwkSet, token: &str, client: &str) -> Option<Algorithm> {
    let header = decode_header(token).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap())?;
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[client]);
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(key).unwrap();
    decode::<Value>(token, &key, &validation)
        .ok()
        .map(|_| header.alg)
}

#[tokio::test]
async fn old_tokens_verify_after_a_rotation_and_new_ones_use_the_new_key() {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = || authz::Configuration {
        database: authz::Database::File(folder.path().join("authz.sqlite")),
        ..configuration()
    };
    let first = spawn_with(on_disk()).await;
    let old = first.tokens(SCOPE).await;
    let old = old["id_token"].as_str().unwrap();
    drop(first);
    let second = spawn_at(on_disk(), start_of_time() + TimeDelta::days(90)).await;
    let new = second.tokens(SCOPE).await;
    let new = new["id_token"].as_str().unwrap();
    let keys = published(&second).await;
    assert_eq!(keys.keys.len(), 4);
    for token in [old, new] {
        assert_eq!(verified(&keys, token, "demo-app"), Some(Algorithm::RS256));
    }
    assert_ne!(
        decode_header(old).unwrap().kid,
        decode_header(new).unwrap().kid
    );
    drop(second);
    let third = spawn_at(on_disk(), start_of_time() + TimeDelta::days(180)).await;
    assert_eq!(verified(&published(&third).await, old, "demo-app"), None);
}

#[tokio::test]
async fn a_client_that_asks_for_es256_gets_it() {
    let server = spawn().await;
    let body = json!({"redirect_uris": ["http://127.0.0.1/callback"], "scope": "openid",
        "token_endpoint_auth_method": "none", "id_token_signed_response_alg": "ES256"});
    let register = server.request(reqwest::Method::POST, "/oauth/register");
    let client: Value = register
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(client["id_token_signed_response_alg"], "ES256");
    let id = client["client_id"].as_str().unwrap();
    let pairs = request(&[("client_id", Some(id)), ("scope", Some("openid"))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mut form = exchange(&code);
    form.retain(|(name, _)| *name != "client_id");
    form.push(("client_id", id));
    let (_, tokens) = server.token(None, &form).await;
    let token = tokens["id_token"].as_str().unwrap();
    let keys = published(&server).await;
    assert_eq!(verified(&keys, token, id), Some(Algorithm::ES256));
    for word in ["none", "HS256", "RS384"] {
        let mut body = body.clone();
        body["id_token_signed_response_alg"] = json!(word);
        let register = server.request(reqwest::Method::POST, "/oauth/register");
        assert_eq!(register.json(&body).send().await.unwrap().status(), 400);
    }
}
