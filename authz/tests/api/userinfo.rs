//! The userinfo endpoint.

use reqwest::Method;
use serde_json::Value;

use crate::helpers::*;

#[tokio::test]
async fn it_says_what_the_id_token_said() {
    let server = spawn().await;
    let tokens = server.tokens("openid fhirUser profile patient/*.rs").await;
    for method in [Method::GET, Method::POST] {
        let response = server
            .request(method, "/oauth/userinfo")
            .bearer_auth(tokens["access_token"].as_str().unwrap())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["name"], "Daniel Adams");
        assert_eq!(answer["fhirUser"], format!("{FHIR_BASE}/Patient/{DANIEL}"));
        assert!(answer["sub"].is_string());
    }
    let bare = server.tokens("openid").await;
    let request = server.request(Method::GET, "/oauth/userinfo");
    let token = bare["access_token"].as_str().unwrap();
    let answer: Value = request
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn every_other_token_is_refused_with_its_challenge() {
    let server = spawn().await;
    let tokens = server.tokens("launch/patient patient/*.rs").await;
    let token = tokens["access_token"].as_str().unwrap();
    let query = format!("?access_token={token}");
    for (bearer, query, status, error, challenge) in [
        (
            None,
            "",
            401,
            "invalid_token",
            Some("Bearer realm=\"userinfo\""),
        ),
        (
            Some("bad"),
            "",
            401,
            "invalid_token",
            Some("Bearer realm=\"userinfo\", error=\"invalid_token\""),
        ),
        (Some(token), query.as_str(), 400, "invalid_request", None),
        (
            Some(token),
            "",
            403,
            "insufficient_scope",
            Some("Bearer realm=\"userinfo\", error=\"insufficient_scope\", scope=\"openid\""),
        ),
    ] {
        let request = server.request(Method::GET, &format!("/oauth/userinfo{query}"));
        let request = match bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let told = response.headers().get("www-authenticate");
        assert_eq!(told.map(|value| value.to_str().unwrap()), challenge);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], error);
    }
}
