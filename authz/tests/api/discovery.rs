//! The documents by which apps find their way.

use reqwest::Method;
use serde_json::Value;

use crate::helpers::*;

const DOCUMENTS: [&str; 3] = [
    "/.well-known/smart-configuration",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

async fn document(server: &TestServer, path: &str) -> Value {
    let request = server
        .request(Method::GET, path)
        .header("accept", "application/xml")
        .header("origin", "https://anywhere.example")
        .header("x-forwarded-host", "evil.example");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert!(
        !response
            .headers()
            .contains_key("access-control-allow-credentials")
    );
    response.json().await.unwrap()
}

#[tokio::test]
async fn the_documents_agree_and_every_endpoint_exists() {
    let server = spawn().await;
    let smart = document(&server, DOCUMENTS[0]).await;
    for path in DOCUMENTS {
        let other = document(&server, path).await;
        for (name, value) in smart.as_object().unwrap() {
            assert_eq!(&other[name], value, "{path} {name}");
        }
    }
    assert_eq!(smart["issuer"], server.issuer());
    for (name, value) in smart.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let path = value
                .as_str()
                .unwrap()
                .strip_prefix(&server.issuer())
                .unwrap()
                .to_owned();
            let response = server.request(Method::GET, &path).send().await.unwrap();
            assert_ne!(response.status(), 404, "{name}");
        }
    }
}

#[tokio::test]
async fn openid_discovery_has_what_openid_requires() {
    let server = spawn().await;
    let openid = document(&server, DOCUMENTS[1]).await;
    assert_eq!(openid["subject_types_supported"][0], "public");
    assert_eq!(openid["id_token_signing_alg_values_supported"][0], "RS256");
    assert_eq!(
        openid["response_types_supported"],
        serde_json::json!(["code"])
    );
    assert_eq!(
        openid["code_challenge_methods_supported"],
        serde_json::json!(["S256"])
    );
}

#[tokio::test]
async fn every_listed_scope_is_granted_when_asked_for() {
    let server = spawn().await;
    let smart = document(&server, DOCUMENTS[0]).await;
    let mut browser = Browser::default();
    for scope in smart["scopes_supported"].as_array().unwrap() {
        let scope = scope.as_str().unwrap();
        // These need a launch, and a service without people.
        if ["launch", "launch/encounter"].contains(&scope) || scope.starts_with("system/") {
            continue;
        }
        let location = browser
            .authorize(&server, &request(&[("scope", Some(scope))]))
            .await;
        assert!(location.location().starts_with("/login?grant="), "{scope}");
    }
}

#[tokio::test]
async fn keys_have_no_private_members_and_documents_are_read_only() {
    let server = spawn().await;
    let jwks = document(&server, "/oauth/jwks").await;
    let key = jwks["keys"][0].as_object().unwrap();
    let names: Vec<_> = key.keys().map(String::as_str).collect();
    assert_eq!(names, ["kty", "use", "alg", "kid", "n", "e"]);
    for path in DOCUMENTS.into_iter().chain(["/oauth/jwks"]) {
        let response = server.request(Method::POST, path).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["allow"]),
            (405, &"GET".parse().unwrap())
        );
    }
}

#[tokio::test]
async fn the_in_process_configuration_is_the_published_one() {
    let server = spawn().await;
    let published = document(&server, DOCUMENTS[0]).await;
    let own = server.in_process.configuration().await.unwrap();
    assert_eq!(serde_json::to_value(own).unwrap(), published);
}
