//! User-access brands: for anyone, from the server's own organizations and endpoints.

use serde_json::{Value, json};

use crate::helpers::{MADE_FOR, Server, answer, sources};

fn world() -> Vec<server::load::Source> {
    sources(vec![
        json!({ "resourceType": "Organization", "id": "head", "name": "Cedar Health", "active": true,
            "identifier": [{ "system": "urn:ietf:rfc:3986", "value": "https://cedar.example.org" }],
            "telecom": [{ "system": "url", "value": "https://cedar.example.org" }],
            "endpoint": [{ "reference": "Endpoint/api" }] }),
        json!({ "resourceType": "Organization", "id": "part", "name": "Oak Clinic",
            "partOf": { "reference": "Organization/head" } }),
        json!({ "resourceType": "Organization", "id": "payer", "name": "A payer" }),
        json!({ "resourceType": "Endpoint", "id": "api", "status": "active", "address": MADE_FOR,
            "connectionType": { "system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "code": "hl7-fhir-rest" },
            "payloadType": [{ "text": "any" }] }),
    ])
}

#[actix_web::test]
async fn brands_are_public_and_are_fetched_again_only_when_they_changed() {
    let server = Server::start_in(world());
    let url = format!("{}/user-access-brands", server.base);
    let response = server
        .request("GET", &url)
        .header("Origin", "https://app.example.org")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let etag = response.headers()["etag"].to_str().unwrap().to_owned();
    assert!(etag.starts_with("W/"), "{etag}");
    let bundle: Value = response.json().await.unwrap();
    let ids: Vec<_> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["resource"]["id"])
        .collect();
    assert_eq!(ids, ["head", "part", "api"]);
    assert_eq!(bundle["entry"][2]["resource"]["address"], server.base);
    let portal = &bundle["entry"][0]["resource"]["extension"][0];
    assert_eq!(
        portal["url"],
        "http://hl7.org/fhir/StructureDefinition/organization-portal"
    );
    let again = server
        .request("GET", &url)
        .header("If-None-Match", etag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
}

#[actix_web::test]
async fn a_server_without_brands_says_so() {
    let server = Server::start();
    let url = format!("{}/user-access-brands", server.base);
    let (status, outcome) = answer(server.request("GET", &url)).await;
    assert_eq!(
        (status, &outcome["resourceType"]),
        (404, &json!("OperationOutcome"))
    );
}

#[actix_web::test]
async fn a_change_is_seen_soon() {
    let server = Server::start_in(world());
    server.tokens.issue_to_service("writer", "system/*.cruds");
    let url = format!("{}/user-access-brands", server.base);
    let (_, before) = answer(server.request("GET", &url)).await;
    server.clock.advance(chrono::TimeDelta::seconds(1));
    let (_, mut part) = server.json("Organization/part", "writer").await;
    part["name"] = json!("Oak Avenue Clinic");
    let put = server
        .request("PUT", &format!("{}/Organization/part", server.base))
        .bearer_auth("writer")
        .header("Content-Type", "application/fhir+json")
        .body(part.to_string());
    assert_eq!(answer(put).await.0, 200);
    server.clock.advance(chrono::TimeDelta::seconds(10));
    let (_, after) = answer(server.request("GET", &url)).await;
    assert_eq!(before["entry"][1]["resource"]["name"], "Oak Clinic");
    assert_eq!(after["entry"][1]["resource"]["name"], "Oak Avenue Clinic");
    assert_ne!(before["timestamp"], after["timestamp"]);
}
