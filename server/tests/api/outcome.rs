//! What a refusal says, and what it does not.

use serde_json::{Value, json};

use crate::helpers::Server;
use crate::write::backend;

#[actix_web::test]
async fn every_refusal_is_an_outcome_that_names_its_request_and_tells_no_secret() {
    let server = Server::start();
    backend(&server);
    let long = format!("Patient?name:{}=x", "y".repeat(5000));
    let value = format!("Patient?birthdate={}", "z".repeat(5000));
    for (method, path, token, body) in [
        ("GET", "Patient/b", "all-a", ""),
        ("GET", "Foo", "all-a", ""),
        ("GET", "Patient/a", "SECRET-TOKEN", ""),
        ("GET", "Patient?birthdate=x", "all-a", ""),
        ("GET", long.as_str(), "all-a", ""),
        ("GET", value.as_str(), "all-a", ""),
        ("GET", "Patient?name=%27%3BDROP", "SECRET-TOKEN", ""),
        ("GET", "Group", "all-a", ""),
        ("GET", "a/b/c/d/e", "all-a", ""),
        ("PUT", "Patient/a/_history", "all-a", ""),
        ("POST", "Patient", "backend", "{"),
        (
            "POST",
            "Patient",
            "backend",
            "{\"resourceType\":\"Patient\",\"birthDate\":\"SECRET-VALUE\"}",
        ),
        ("POST", "", "backend", "[]"),
        ("GET", "Patient?_cursor=abc", "all-a", ""),
        ("GET", "Patient/$frob", "all-a", ""),
    ] {
        let request = server
            .request(method, &format!("{}/{path}", server.base))
            .bearer_auth(token)
            .header("Content-Type", "application/fhir+json")
            .body(body);
        let response = request.send().await.unwrap();
        let shown: String = path.chars().take(40).collect();
        assert!(response.status().as_u16() >= 400, "{method} {shown}");
        assert!(response.headers().contains_key("x-request-id"));
        assert_eq!(response.headers()["cache-control"], "no-store");
        let text = response.text().await.unwrap();
        for secret in [
            "SECRET-TOKEN",
            "SELECT",
            "sqlite",
            "/src/",
            "panicked",
            "Núñez",
        ] {
            assert!(!text.contains(secret), "{method} {shown}: {text}");
        }
        let outcome: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{shown}");
        for issue in outcome["issue"].as_array().unwrap() {
            assert!(
                ["error", "fatal", "warning", "information"]
                    .contains(&issue["severity"].as_str().unwrap())
            );
            assert!(!issue["code"].as_str().unwrap().is_empty());
            assert!(issue["details"]["text"].as_str().unwrap_or_default().len() <= 1024);
            assert!(issue["diagnostics"].as_str().unwrap_or_default().len() <= 1024);
        }
    }
}

#[actix_web::test]
async fn preferences_are_read_as_they_may_be_written_and_others_passed_over() {
    let server = Server::start();
    backend(&server);
    let body = json!({ "resourceType": "Condition", "subject": { "reference": "Patient/a" } });
    for (prefer, is_empty) in [
        ("return=minimal", true),
        ("return=\"minimal\"", true),
        ("return = minimal", true),
        ("RETURN=Minimal", true),
        ("handling=strict, return=minimal", true),
        ("return=minimal; foo=bar", true),
        ("return=foo", false),
        ("return", false),
        ("=", false),
        (",,;;", false),
    ] {
        let request = server
            .post("Condition", "backend", &body)
            .header("Prefer", prefer);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 201, "{prefer}");
        assert_eq!(
            response.text().await.unwrap().is_empty(),
            is_empty,
            "{prefer}"
        );
    }
    for (prefer, status) in [
        ("handling=\"strict\"", 400),
        ("handling = strict", 400),
        ("handling=foo", 200),
        ("handling=lenient", 200),
    ] {
        let request = server
            .get("Patient?frob=1", "all-a")
            .header("Prefer", prefer);
        assert_eq!(request.send().await.unwrap().status(), status, "{prefer}");
    }
}
