//! US Core: `$validate` against its profiles, and what the `CapabilityStatement` says of it.

use serde_json::{Value, json};

use crate::helpers::{Server, answer};

const PATIENT: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";

fn inside(resource: &Value, profile: &str) -> Value {
    json!({ "resourceType": "Parameters", "parameter": [
        { "name": "resource", "resource": resource },
        { "name": "profile", "valueUri": profile },
    ]})
}

/// The errors of an outcome: where and on behalf of what.
fn errors(outcome: &Value) -> Vec<(String, String)> {
    let issues = outcome["issue"].as_array().unwrap().iter();
    let errors = issues.filter(|issue| issue["severity"] == "error");
    errors
        .map(|issue| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&issue["expression"][0]), text(&issue["diagnostics"]))
        })
        .collect()
}

async fn validate(server: &Server, path: &str, body: &Value) -> Vec<(String, String)> {
    let (status, outcome) = answer(server.post(path, "all-a", body)).await;
    assert_eq!(status, 200, "{outcome}");
    errors(&outcome)
}

#[actix_web::test]
async fn a_resource_is_held_against_the_profile_asked_for() {
    let server = Server::start();
    let nameless = json!({
        "resourceType": "Patient",
        "identifier": [{ "system": "http://example.org", "value": "1" }],
        "gender": "female",
    });
    let asked = format!("{PATIENT}|6.1.0");
    let bare = format!("Patient/$validate?profile={asked}");
    for errors in [
        validate(&server, &bare, &nameless).await,
        validate(&server, "Patient/$validate", &inside(&nameless, &asked)).await,
        validate(
            &server,
            "Patient/$validate?mode=profile",
            &inside(&nameless, PATIENT),
        )
        .await,
    ] {
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].0, "Patient.name");
        assert!(errors[0].1.contains(PATIENT), "{errors:?}");
    }
    let mut named = nameless.clone();
    named["name"] = json!([{ "family": "A" }]);
    assert_eq!(validate(&server, &bare, &named).await, []);
    assert_eq!(validate(&server, "Patient/$validate", &nameless).await, []);
}

#[actix_web::test]
async fn a_claim_is_checked_by_validate_and_not_by_a_write() {
    let server = Server::start();
    server.tokens.issue("writer", "patient/*.cruds", Some("a"));
    let profile = PATIENT.replace("patient", "condition-problems-health-concerns");
    let claiming = json!({
        "resourceType": "Condition",
        "meta": { "profile": [profile] },
        "subject": { "reference": "Patient/a" },
    });
    let errors = validate(&server, "Condition/$validate", &claiming).await;
    assert!(
        errors
            .iter()
            .any(|(place, _)| place == "Condition.category"),
        "{errors:?}"
    );
    let (status, _) = answer(server.post("Condition", "writer", &claiming)).await;
    assert_eq!(status, 201);
}

#[actix_web::test]
async fn a_profile_that_is_not_known_or_of_another_type_is_refused() {
    let server = Server::start();
    for profile in [
        "http://example.org/StructureDefinition/x".to_owned(),
        format!("{PATIENT}|2.0.0"),
        PATIENT.replace("patient", "organization"),
    ] {
        let body = inside(&json!({ "resourceType": "Patient" }), &profile);
        let (status, outcome) = answer(server.post("Patient/$validate", "all-a", &body)).await;
        assert_eq!(status, 400, "{profile}");
        let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
        assert!(said.contains(PATIENT), "{said}");
    }
}

#[actix_web::test]
async fn the_capability_statement_names_the_profiles_of_the_release() {
    let server = Server::start();
    let (status, statement) = server.json("metadata", "all-a").await;
    assert_eq!(status, 200);
    let instantiates = statement["instantiates"][0].as_str().unwrap();
    assert_eq!(
        instantiates,
        "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server|8.0.0"
    );
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    let of = |ty: &str| {
        resources
            .iter()
            .find(|resource| resource["type"] == ty)
            .unwrap()
    };
    assert_eq!(
        of("Patient")["supportedProfile"],
        json!([format!("{PATIENT}|8.0.0")])
    );
    assert!(
        of("Observation")["supportedProfile"]
            .as_array()
            .unwrap()
            .len()
            > 20
    );
    assert_eq!(of("Account").get("supportedProfile"), None);
}
