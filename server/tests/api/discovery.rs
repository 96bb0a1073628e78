//! What anyone may ask.

use serde_json::Value;
use server::configuration::Profile;

use crate::helpers::{Server, answer};

#[actix_web::test]
async fn metadata_needs_no_token_and_ignores_a_bad_one() {
    let server = Server::start();
    let url = format!("{}/metadata", server.base);
    for request in [
        server.request("GET", &url),
        server.request("GET", &url).bearer_auth("garbage"),
    ] {
        let (status, statement) = answer(request).await;
        assert_eq!(status, 200);
        assert_eq!(statement["resourceType"], "CapabilityStatement");
        assert_eq!(statement["fhirVersion"], "4.0.1");
        assert_eq!(statement["implementation"]["url"], server.base);
        assert_eq!(
            statement["rest"][0]["security"]["service"][0]["coding"][0]["code"],
            "SMART-on-FHIR"
        );
    }
}

#[actix_web::test]
async fn every_spelling_of_json_is_answered_and_nothing_else() {
    let server = Server::start();
    let url = format!("{}/metadata", server.base);
    for accept in [
        "application/fhir+json",
        "application/json",
        "application/json+fhir",
        "*/*",
    ] {
        let response = server
            .request("GET", &url)
            .header("Accept", accept)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{accept}");
        assert!(
            response.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("application/fhir+json")
        );
    }
    let (status, body) = answer(server.request("GET", &url).header("Accept", "text/csv")).await;
    assert_eq!(
        (status, body["issue"][0]["code"].as_str()),
        (406, Some("not-supported"))
    );
    assert_eq!(
        answer(server.request("GET", &format!("{url}?_format=csv")))
            .await
            .0,
        406
    );
    assert_eq!(
        answer(server.request("GET", &format!("{url}?_format=json")))
            .await
            .0,
        200
    );
}

#[actix_web::test]
async fn the_open_mirror_exists_in_the_demo_profile_only_and_never_writes() {
    let demo = Server::start();
    let open = format!("{}/api/open-fhir", demo.origin);
    let (status, statement) = answer(demo.request("GET", &format!("{open}/metadata"))).await;
    assert_eq!(status, 200);
    assert!(
        statement["description"]
            .as_str()
            .unwrap()
            .contains("Open mirror")
    );
    let (status, bundle) =
        answer(demo.request("GET", &format!("{open}/Observation?_count=1"))).await;
    assert_eq!(status, 200);
    let next = bundle["link"][1]["url"].as_str().unwrap();
    assert!(next.starts_with(&open), "{next}");
    assert_eq!(answer(demo.request("GET", next)).await.0, 200);
    assert_eq!(
        answer(demo.request("DELETE", &format!("{open}/Patient/a")))
            .await
            .0,
        405
    );
    let production = Server::start_as(Profile::Production);
    let url = format!("{}/api/open-fhir/Patient/a", production.origin);
    assert_eq!(answer(production.request("GET", &url)).await.0, 404);
}

#[actix_web::test]
async fn links_do_not_follow_a_forged_host() {
    let server = Server::start();
    let request = server
        .get("Observation?_count=1", "all-a")
        .header("X-Forwarded-Host", "evil.example")
        .header("Forwarded", "host=evil.example");
    let (_, bundle) = answer(request).await;
    assert!(!bundle.to_string().contains("evil"));
}

#[actix_web::test]
async fn health_and_readiness_reveal_nothing() {
    let server = Server::start();
    for (path, body) in [("healthz", "ok\n"), ("readyz", "ready\n")] {
        let response = server
            .request("GET", &format!("{}/{path}", server.origin))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.text().await.unwrap(), body);
    }
}

#[actix_web::test]
async fn a_missing_configuration_is_503_and_not_an_invention() {
    let server = Server::start();
    let url = format!("{}/.well-known/smart-configuration", server.base);
    let (status, body): (u16, Value) = answer(server.request("GET", &url)).await;
    assert_eq!(status, 503);
    assert_eq!(body["issue"][0]["code"], "transient");
}
