//! Who read whose data is told where the token does not say it.

use serde_json::json;

use crate::helpers::*;

/// A professional's app, a service, and an app of patient `a`.
fn server() -> Server {
    let server = Server::start();
    server.tokens.insert(
        "professional",
        smart::introspection::Introspection {
            active: true,
            scope: Some("user/*.cruds".into()),
            client_id: Some("app".into()),
            sub: Some("dr".into()),
            fhir_user: Some(format!("{}/Practitioner/p", server.base)),
            ..Default::default()
        },
    );
    server.tokens.issue_to_service("service", "system/*.rs");
    server
}

#[actix_web::test]
async fn every_way_of_reading_for_a_professional_tells_whose_data_it_was() {
    let server = server();
    let (a, b, both): (&[&str], &[&str], &[&str]) = (&["a"], &["b"], &["a", "b"]);
    for (path, purpose, patients) in [
        ("Patient/a", "Patient", a),
        ("Condition/b-c", "Condition", b),
        ("Condition/b-c/_history/1", "Condition", b),
        ("Condition/b-c/_history", "Condition", b),
        (
            "Observation?category=laboratory",
            "Observation?category=laboratory",
            both,
        ),
        ("Observation?patient=a", "Observation", a),
        (
            "Condition?_id=a-c&_include=Condition:subject",
            "Condition",
            a,
        ),
        ("Patient?_id=b&_revinclude=Condition:subject", "Patient", b),
        ("Patient/a/Observation", "Observation", a),
        ("Condition/_history", "Condition", both),
        ("Patient/b/$everything", "Patient", b),
        (
            "Observation/$lastn?patient=a&category=laboratory",
            "Observation?category=laboratory",
            a,
        ),
        ("Binary/a-bin", "Binary", a),
        ("Provenance/prov-both", "Provenance", &[]),
        ("Practitioner/p", "Practitioner", &[]),
        ("Observation?code=unknown", "Observation", &[]),
        ("Observation?_summary=count", "Observation", &[]),
        ("Patient/nobody", "Patient", &[]),
    ] {
        for (token, patients) in [("professional", patients), ("service", &[])] {
            let response = server.get(path, token).send().await.unwrap();
            assert!(
                response.status() == 200 || path.ends_with("nobody"),
                "{path}"
            );
            let told = server.tokens.told();
            let wanted = (
                token.to_owned(),
                purpose.to_owned(),
                patients
                    .iter()
                    .map(|id| (*id).to_owned())
                    .collect::<Vec<_>>(),
            );
            let wanted = if patients.is_empty() {
                vec![]
            } else {
                vec![wanted]
            };
            assert_eq!(told, wanted, "{path}");
        }
    }
    let entries = ["Condition/a-c", "Observation?patient=b", "Patient/nobody"]
        .map(|url| json!({"request": {"method": "GET", "url": url}}));
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": entries});
    let response = server
        .post("", "professional", &batch)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let told = server.tokens.told();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].2, ["a", "b"]);
}

#[actix_web::test]
async fn a_token_for_one_record_tells_nothing_more() {
    let server = server();
    for path in [
        "Patient/a",
        "Observation?category=laboratory",
        "Patient/a/$everything",
    ] {
        let response = server.get(path, "all-a").send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
    assert_eq!(server.tokens.told(), vec![]);
}

#[actix_web::test]
async fn what_cannot_be_told_is_not_read() {
    let server = server();
    server.tokens.keep_nothing();
    for path in ["Patient/a", "Observation?category=laboratory"] {
        let response = server.get(path, "professional").send().await.unwrap();
        assert_eq!(response.status(), 503, "{path}");
        assert!(response.headers().contains_key("retry-after"));
        let text = response.text().await.unwrap();
        assert!(
            !text.contains("Patient/a") && !text.contains("birthDate"),
            "{text}"
        );
    }
    let response = server.get("Patient/a", "all-a").send().await.unwrap();
    assert_eq!(response.status(), 200);
}
