//! What a patient's app may write: nothing that leaves its record, widens it or belongs to no one.

use serde_json::{Value, json};

use crate::helpers::{SYSTEM, Server, answer};
use crate::write::{backend, condition, send};

fn cruds(server: &Server) {
    server.tokens.issue("cruds", "patient/*.cruds", Some("a"));
}

#[actix_web::test]
async fn what_is_made_must_say_whose_it_is() {
    let server = Server::start();
    cruds(&server);
    let with = |subject: Value| {
        let mut body = condition("a");
        body["subject"] = subject;
        body
    };
    let contained = json!({ "resourceType": "Condition", "subject": { "reference": "#p" },
        "contained": [{ "resourceType": "Patient", "id": "p" }] });
    let both = json!({ "resourceType": "Condition", "subject": { "reference": "Patient/b" },
        "asserter": { "reference": "Practitioner/p" } });
    for body in [
        with(json!({ "reference": "Patient/b" })),
        with(json!({ "reference": "Patient/never" })),
        with(json!({ "display": "Patient/a" })),
        with(json!({ "identifier": { "system": "http://x", "value": "a" } })),
        with(json!({ "reference": "urn:uuid:11111111-1111-4111-8111-111111111111" })),
        with(json!({ "reference": "http://elsewhere.example/fhir/Patient/a" })),
        contained,
        both,
        json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" } }),
        json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" },
            "focus": [{ "reference": "Patient/a" }], "subject": { "reference": "Patient/b" } }),
    ] {
        let path = body["resourceType"].as_str().unwrap();
        let (status, outcome) = answer(send(&server, "POST", path, "cruds", &body)).await;
        assert_eq!(status, 403, "{body}: {outcome}");
        assert_eq!(outcome["issue"][0]["code"], "forbidden");
    }
    let own = send(&server, "POST", "Condition", "cruds", &condition("a"));
    assert_eq!(answer(own).await.0, 201);
}

#[actix_web::test]
async fn a_link_to_another_patient_opens_nothing() {
    let server = Server::start();
    cruds(&server);
    let (_, mut patient) = server.json("Patient/a", "cruds").await;
    patient["link"] = json!([{ "other": { "reference": "Patient/b" }, "type": "seealso" }]);
    patient["generalPractitioner"] = json!([{ "reference": "Practitioner/p" }]);
    let put = send(&server, "PUT", "Patient/a", "cruds", &patient);
    let status = answer(put).await.0;
    assert!([200, 403].contains(&status), "{status}");
    for path in ["Patient/b", "Condition/b-c", "Observation/b-o0"] {
        assert_eq!(server.json(path, "cruds").await.0, 404, "{path}");
    }
    assert_eq!(server.ids("Patient", "cruds").await, ["a"]);
    let included = server.json("Patient?_include=Patient:link", "cruds").await;
    assert_eq!(included.1["entry"].as_array().unwrap().len(), 1);
    assert_eq!(
        server.ids("Patient?_has:Patient:link:_id=a", "cruds").await,
        [""; 0]
    );
}

#[actix_web::test]
async fn labels_that_a_client_sets_open_and_close_nothing() {
    let server = Server::start();
    cruds(&server);
    let mut body = condition("a");
    body["meta"] = json!({ "security": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "U" }],
        "tag": [{ "system": "http://x", "code": "public" }], "source": "http://x" });
    let (status, made) = answer(send(&server, "POST", "Condition", "cruds", &body)).await;
    assert_eq!(status, 201);
    let path = format!("Condition/{}", made["id"].as_str().unwrap());
    assert_eq!(server.json(&path, "all-a").await.0, 200);
    assert_eq!(server.json(&path, "all-b").await.0, 404);
}

#[actix_web::test]
async fn what_moves_out_of_the_view_is_not_written() {
    let server = Server::start();
    let scope = format!("patient/Observation.cruds?category={SYSTEM}|laboratory");
    server.tokens.issue("labs", &scope, Some("a"));
    let (_, mut observation) = server.json("Observation/a-o0", "labs").await;
    observation["category"][0]["coding"][0]["code"] = json!("vital-signs");
    let put = send(&server, "PUT", "Observation/a-o0", "labs", &observation);
    assert_eq!(answer(put).await.0, 403);
    observation.as_object_mut().unwrap().remove("id");
    let post = send(&server, "POST", "Observation", "labs", &observation);
    assert_eq!(answer(post).await.0, 403);
    observation["category"][0]["coding"][0]["code"] = json!("laboratory");
    let post = send(&server, "POST", "Observation", "labs", &observation);
    assert_eq!(answer(post).await.0, 201);
}

#[actix_web::test]
async fn content_that_could_act_is_sent_as_a_file() {
    let server = Server::start();
    backend(&server);
    for media_type in ["text/html", "image/svg+xml", "application/xhtml+xml"] {
        let body = json!({ "resourceType": "Binary", "contentType": media_type, "data": "PHNjcmlwdC8+",
            "securityContext": { "reference": "DocumentReference/a-d" } });
        let (status, made) = answer(send(&server, "POST", "Binary", "backend", &body)).await;
        assert_eq!(status, 201, "{made}");
        let path = format!("Binary/{}", made["id"].as_str().unwrap());
        let request = server.get(&path, "all-a").header("Accept", "*/*");
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], media_type);
        assert_eq!(response.headers()["content-disposition"], "attachment");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.contains("sandbox"), "{policy}");
        assert_eq!(server.json(&path, "all-b").await.0, 404);
    }
}
