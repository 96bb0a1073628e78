//! Pushed authorization requests (RFC 9126).

use chrono::TimeDelta;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::helpers::*;
use crate::jwt::*;

const REDIRECTED: &str = "http://127.0.0.1:9/callback";

async fn push(server: &TestServer, basic: Option<&str>, pairs: &Pairs<'_>) -> Response {
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    server.form("/oauth/par", basic, &pairs).await
}

async fn pushed(server: &TestServer, pairs: &Pairs<'_>) -> String {
    let response = push(server, None, pairs).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["expires_in"], 90);
    let uri = body["request_uri"].as_str().unwrap();
    assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:"));
    uri.to_owned()
}

fn referring(client: &str, uri: &str) -> Pairs<'static> {
    vec![
        ("client_id", client.to_owned()),
        ("request_uri", uri.to_owned()),
    ]
}

async fn refused(response: Response, status: u16, error: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(
        response.headers().contains_key("www-authenticate"),
        status == 401
    );
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], error);
}

#[tokio::test]
async fn a_pushed_request_runs_the_flow_and_only_what_was_pushed_counts() {
    let server = spawn().await;
    let uri = pushed(&server, &request(&[])).await;
    let mut pairs = referring("demo-app", &uri);
    pairs.push(("scope", "openid".into()));
    pairs.push(("state", "other".into()));
    pairs.push(("redirect_uri", "https://evil.example".into()));
    let mut browser = Browser::default();
    let location = browser.approve(&server, &pairs, DANIEL).await;
    assert!(location.starts_with(REDIRECTED));
    let mut answer = query_of(&location);
    assert_eq!(answer["state"], STATE);
    let code = answer.remove("code").unwrap();
    let (status, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!((status.as_u16(), &tokens["scope"]), (200, &SCOPE.into()));
}

#[tokio::test]
async fn a_confidential_client_must_prove_who_it_is() {
    let server = spawn().await;
    let pairs = request(&[("client_id", Some("demo-confidential"))]);
    for basic in [None, Some("demo-confidential:wrong")] {
        refused(push(&server, basic, &pairs).await, 401, "invalid_client").await;
    }
    assert_eq!(push(&server, Some(BASIC), &pairs).await.status(), 201);
    let keyed = json!({"client_id": "keyed", "client_name": "Keyed", "jwks": {"keys": [EC.jwk()]},
        "token_endpoint_auth_methods": ["private_key_jwt"], "scope": "patient/*.rs",
        "redirect_uris": ["http://127.0.0.1/callback"]});
    let (server, _folder) = spawn_with_clients(json!([keyed])).await;
    let pairs = request(&[("client_id", Some("keyed"))]);
    for (aud, status) in [
        ("/oauth/par", 201),
        ("/oauth/token", 201),
        ("/oauth/x", 401),
    ] {
        let mut claims = claims(&server, "keyed");
        claims["aud"] = json!(format!("{}{aud}", server.issuer()));
        let mut pairs = pairs.clone();
        pairs.push(("client_assertion_type", ASSERTION_TYPE.into()));
        pairs.push(("client_assertion", EC.sign(&EC.header(), &claims)));
        assert_eq!(push(&server, None, &pairs).await.status(), status, "{aud}");
    }
    // An audience that is right here is not right at the token endpoint.
    let mut claims = claims(&server, "keyed");
    claims["aud"] = json!(format!("{}/oauth/par", server.issuer()));
    let text = EC.sign(&EC.header(), &claims);
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let (status, _) = server.token(None, &with_assertion(&form, &text)).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn what_the_authorization_endpoint_would_refuse_is_refused_at_once() {
    let server = spawn().await;
    let reference = pushed(&server, &request(&[])).await;
    for (name, value, error) in [
        ("request_uri", Some(reference.as_str()), "invalid_request"),
        ("request", Some("x"), "request_not_supported"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("redirect_uri", None, "invalid_request"),
        (
            "redirect_uri",
            Some("https://evil.example"),
            "invalid_request",
        ),
        ("scope", Some("nothing"), "invalid_scope"),
        ("aud", Some("https://other.example"), "invalid_request"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("state", None, "invalid_request"),
    ] {
        let response = push(&server, None, &request(&[(name, value)])).await;
        refused(response, 400, error).await;
    }
    let mut twice = request(&[]);
    twice.push(("scope", "openid".into()));
    refused(push(&server, None, &twice).await, 400, "invalid_request").await;
    let get = server
        .request(Method::GET, "/oauth/par")
        .send()
        .await
        .unwrap();
    assert_eq!(get.headers()["allow"], "POST");
    refused(get, 405, "invalid_request").await;
}

#[tokio::test]
async fn a_reference_that_means_nothing_is_told_to_whom_it_can_be() {
    let server = spawn().await;
    let late = pushed(&server, &request(&[])).await;
    server.advance(TimeDelta::seconds(90));
    let foreign = pushed(&server, &request(&[])).await;
    let unknown = "urn:ietf:params:oauth:request_uri:unknown";
    for (client, uri) in [
        ("demo-app", late.as_str()),
        ("demo-app", unknown),
        ("demo-confidential", foreign.as_str()),
    ] {
        let mut browser = Browser::default();
        let page = browser.authorize(&server, &referring(client, uri)).await;
        assert_eq!(
            (page.status.as_u16(), &page.location),
            (400, &None),
            "{uri}"
        );
        let mut pairs = referring(client, uri);
        pairs.push(("redirect_uri", REDIRECTED.into()));
        pairs.push(("state", "s".into()));
        let page = browser.authorize(&server, &pairs).await;
        let answer = query_of(page.location());
        assert_eq!(
            (answer["error"].as_str(), answer["state"].as_str()),
            ("invalid_request_uri", "s")
        );
    }
}

#[tokio::test]
async fn a_reference_may_be_followed_twice_but_decided_once() {
    let server = spawn().await;
    let uri = pushed(&server, &request(&[])).await;
    let pairs = referring("demo-app", &uri);
    let mut browser = Browser::default();
    let abandoned = browser.reach_consent(&server, &pairs, DANIEL).await;
    let path = browser.reach_consent(&server, &pairs, DANIEL).await;
    let location = browser.agree(&server, &path).await;
    assert!(query_of(&location).contains_key("code"));
    let mut fields = browser.get(&server, &abandoned).await.fields("#consent");
    fields.push(("decision".into(), "approve".into()));
    let second = browser.post(&server, &abandoned, &fields).await;
    assert_eq!((second.status.as_u16(), second.location), (400, None));
    let again = browser.authorize(&server, &pairs).await;
    assert_eq!((again.status.as_u16(), again.location), (400, None));
}

#[tokio::test]
async fn a_client_that_promised_to_push_must_push() {
    let server = spawn().await;
    let metadata = json!({"redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none", "require_pushed_authorization_requests": true});
    let client = server.register(&metadata).await;
    assert_eq!(client["require_pushed_authorization_requests"], true);
    let id = client["client_id"].as_str().unwrap();
    let pairs = request(&[("client_id", Some(id))]);
    let page = Browser::default().authorize(&server, &pairs).await;
    assert_eq!((page.status.as_u16(), &page.location), (400, &None));
    assert!(page.text.contains("must push its requests"));
    let uri = pushed(&server, &pairs).await;
    let mut browser = Browser::default();
    let page = browser.authorize(&server, &referring(id, &uri)).await;
    assert_eq!(page.status, 303);

    let file = json!({"client_id": "strict", "client_name": "Strict", "scope": "patient/*.rs",
        "token_endpoint_auth_methods": ["none"], "redirect_uris": ["http://127.0.0.1/callback"],
        "require_pushed_authorization_requests": true});
    let (server, _folder) = spawn_with_clients(json!([file])).await;
    let pairs = request(&[("client_id", Some("strict"))]);
    let page = Browser::default().authorize(&server, &pairs).await;
    assert_eq!(query_of(page.location())["error"], "invalid_request");
    let wrong = json!({"redirect_uris": ["https://a.example/cb"],
        "require_pushed_authorization_requests": "yes"});
    let register = server.request(Method::POST, "/oauth/register");
    let response = register.json(&wrong).send().await.unwrap();
    refused(response, 400, "invalid_client_metadata").await;
}

#[tokio::test]
async fn the_endpoint_is_published() {
    let server = spawn().await;
    let path = "/.well-known/openid-configuration";
    let document: Value = server
        .request(Method::GET, path)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        document["pushed_authorization_request_endpoint"],
        format!("{}/oauth/par", server.issuer())
    );
}

#[tokio::test]
async fn what_was_pushed_lies_sealed_in_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn_with(on_disk(&folder)).await;
    let secret = "an-unmistakable-state-of-an-app";
    let uri = pushed(&server, &request(&[("state", Some(secret))])).await;
    let reference = uri.rsplit(':').next().unwrap();
    for entry in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for text in [secret, reference, "code_challenge_method=S256"] {
            let found = bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes());
            assert!(!found, "{text}");
        }
    }
    // Bytes that were tampered with are no request.
    let sql = "UPDATE pushed_request SET sealed = zeroblob(length(sealed))";
    assert_eq!(database(&folder).execute(sql, []).unwrap(), 1);
    let page = Browser::default()
        .authorize(&server, &referring("demo-app", &uri))
        .await;
    assert_eq!((page.status.as_u16(), page.location), (400, None));
}
