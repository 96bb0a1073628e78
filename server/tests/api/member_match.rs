//! `Patient/$member-match`.

use serde_json::{Value, json};
use smart::Introspection;

use crate::helpers::{Server, answer, records, sources};

fn server() -> Server {
    let mut world = records("a");
    world.extend(records("b"));
    // Twins: the same description; the coverage tells them apart.
    for patient in ["a", "b"] {
        world.push(json!({ "resourceType": "Coverage", "id": format!("{patient}-cov"), "status": "active",
            "subscriberId": format!("sub-{patient}"), "payor": [{ "display": "Plan" }],
            "identifier": [{ "system": "http://plan", "value": "family",
                "type": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MB" }] } }],
            "beneficiary": { "reference": format!("Patient/{patient}") } }));
    }
    let server = Server::start_in(sources(world));
    for (token, scope) in [
        ("plan", "system/Patient.rs system/Coverage.rs"),
        ("half", "system/Patient.rs"),
    ] {
        let answer = Introspection {
            active: true,
            scope: Some(scope.into()),
            client_id: Some(token.into()),
            sub: Some(token.into()),
            ..Introspection::default()
        };
        server.tokens.insert(token, answer);
    }
    server
}

fn asked(born: &str, coverage: &Value, consent: Option<Value>) -> Value {
    let mut coverage = coverage.clone();
    coverage["resourceType"] = json!("Coverage");
    coverage["status"] = json!("active");
    coverage["beneficiary"] = json!({ "display": "Ana" });
    coverage["payor"] = json!([{ "display": "Plan" }]);
    let patient = json!({ "resourceType": "Patient", "birthDate": born, "gender": "female",
        "name": [{ "family": "Núñez-Smith", "given": ["Ana"] }] });
    let mut members = vec![
        json!({ "name": "MemberPatient", "resource": patient }),
        json!({ "name": "CoverageToMatch", "resource": coverage }),
    ];
    members.extend(consent.map(|consent| json!({ "name": "Consent", "resource": consent })));
    json!({ "resourceType": "Parameters", "parameter": members })
}

async fn matched(server: &Server, body: &Value) -> (u16, Value) {
    answer(server.post("Patient/$member-match", "plan", body)).await
}

#[actix_web::test]
async fn one_member_is_found_by_description_and_coverage() {
    let server = server();
    let by_subscriber = json!({ "subscriberId": "sub-b" });
    let (status, found) = matched(&server, &asked("1980-05-06", &by_subscriber, None)).await;
    assert_eq!(status, 200, "{found}");
    assert_eq!(found["parameter"][0]["name"], "MemberIdentifier");
    assert_eq!(found["parameter"][0]["valueIdentifier"]["value"], "family");
    assert_eq!(
        found["parameter"][1]["valueReference"]["reference"],
        "Patient/b"
    );
}

#[actix_web::test]
async fn nobody_and_several_are_told_alike() {
    let server = server();
    let by_subscriber = |id: &str| json!({ "subscriberId": id });
    let family = json!({ "identifier": [{ "system": "http://plan", "value": "family" }] });
    let several = matched(&server, &asked("1980-05-06", &family, None)).await;
    assert_eq!(several.0, 422);
    for body in [
        asked("1980-05-06", &by_subscriber("sub-c"), None),
        asked("1931-01-01", &by_subscriber("sub-b"), None),
    ] {
        assert_eq!(matched(&server, &body).await, several);
    }
}

#[actix_web::test]
async fn a_consent_must_be_in_force_and_both_types_readable() {
    let server = server();
    let coverage = json!({ "subscriberId": "sub-b" });
    let consent = |status: &str| {
        json!({ "resourceType": "Consent", "status": status,
            "scope": { "text": "privacy" }, "category": [{ "text": "x" }], "policyRule": { "text": "x" } })
    };
    for (status, wanted) in [("active", 200), ("inactive", 422)] {
        let body = asked("1980-05-06", &coverage, Some(consent(status)));
        assert_eq!(matched(&server, &body).await.0, wanted, "{status}");
    }
    let body = asked("1980-05-06", &coverage, None);
    let half = answer(server.post("Patient/$member-match", "half", &body)).await;
    assert_eq!(half.0, 403);
    let odd = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "MemberPatient", "valueString": "Ana" }, { "name": "CoverageToMatch", "valueString": "x" }] });
    assert_eq!(matched(&server, &odd).await.0, 400);
}
