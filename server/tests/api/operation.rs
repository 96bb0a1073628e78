//! The seam of operations: routes, methods, levels, definitions; and `$validate`, `$versions`.

use serde_json::{Value, json};

use crate::helpers::{Server, answer};

async fn status(server: &Server, method: &str, path: &str, token: &str) -> u16 {
    server
        .request(method, &format!("{}/{path}", server.base))
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[actix_web::test]
async fn an_operation_that_is_not_offered_is_404_and_one_at_the_wrong_level_405() {
    let server = Server::start();
    for path in [
        "$frobnicate",
        "Patient/$frobnicate",
        "Patient/a/$frobnicate",
    ] {
        let (status, outcome) = server.json(path, "all-a").await;
        assert_eq!(status, 404, "{path}");
        assert_eq!(outcome["issue"][0]["code"], "not-supported", "{path}");
    }
    for path in ["$validate", "Patient/$versions", "Patient/a/$versions"] {
        let (status, outcome) = server.json(path, "all-a").await;
        assert_eq!(status, 405, "{path}");
        let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
        assert!(said.contains("[base]/"), "{said}");
    }
    assert_eq!(server.json("Foo/$validate", "all-a").await.0, 404);
}

#[actix_web::test]
async fn operations_are_told_to_nobody_without_a_token() {
    let server = Server::start();
    for path in [
        "$versions",
        "$frobnicate",
        "Patient/a/$validate",
        "$validate",
    ] {
        assert_eq!(status(&server, "GET", path, "garbage").await, 401, "{path}");
        assert_eq!(status(&server, "PUT", path, "garbage").await, 401, "{path}");
    }
}

#[actix_web::test]
async fn methods_that_an_operation_does_not_take_are_405_with_allow() {
    let server = Server::start();
    let request = server.request("PUT", &format!("{}/$versions", server.base));
    let response = request.bearer_auth("all-a").send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, HEAD, POST");
}

#[actix_web::test]
async fn parameters_that_an_operation_does_not_take_are_refused_by_name() {
    let server = Server::start();
    let (status, outcome) = server.json("$versions?frob=1", "all-a").await;
    assert_eq!(status, 400);
    let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
    assert!(said.contains("frob"), "{said}");
    let lenient = server
        .get("$versions?frob=1", "all-a")
        .header("Prefer", "handling=lenient");
    assert_eq!(answer(lenient).await.0, 200);
}

#[actix_web::test]
async fn the_versions_of_fhir_are_told_by_get_and_post() {
    let server = Server::start();
    let (status, parameters) = server.json("$versions", "all-a").await;
    assert_eq!(status, 200);
    assert_eq!(parameters["parameter"][0]["valueCode"], "4.0");
    let body = json!({ "resourceType": "Parameters" });
    assert_eq!(
        answer(server.post("$versions", "all-a", &body)).await.0,
        200
    );
    let bodyless = server.request("POST", &format!("{}/$versions", server.base));
    assert_eq!(answer(bodyless.bearer_auth("all-a")).await.0, 200);
}

#[actix_web::test]
async fn every_operation_that_the_statement_names_has_a_definition_with_its_url() {
    let server = Server::start();
    let (_, statement) = server.json("metadata", "all-a").await;
    let rest = &statement["rest"][0];
    let of_types = rest["resource"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|resource| resource["operation"].as_array());
    let mut named: Vec<_> = of_types
        .chain(rest["operation"].as_array())
        .flatten()
        .map(|operation| operation["definition"].as_str().unwrap().to_owned())
        .collect();
    named.sort();
    named.dedup();
    let mut defined: Vec<_> = server::operation::definitions()
        .map(|definition| definition["url"].as_str().unwrap().to_owned())
        .collect();
    defined.sort();
    assert_eq!(named, defined);
}

fn issues(outcome: &Value) -> Vec<String> {
    outcome["issue"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| {
            let part = |name: &str| issue[name].as_str().unwrap().to_owned();
            format!("{} {}", part("severity"), part("code"))
        })
        .collect()
}

#[actix_web::test]
async fn a_stored_resource_can_be_validated_by_who_may_read_it() {
    let server = Server::start();
    for method in ["GET", "POST"] {
        let url = format!("{}/Condition/a-c/$validate", server.base);
        let (status, outcome) = answer(server.request(method, &url).bearer_auth("all-a")).await;
        assert_eq!(status, 200, "{method}");
        assert_eq!(outcome["resourceType"], "OperationOutcome");
    }
    let unknown = server.json("Condition/never/$validate", "all-a").await;
    assert_eq!(unknown.0, 404);
    assert_eq!(
        server.json("Condition/b-c/$validate", "all-a").await,
        unknown
    );
    server
        .tokens
        .issue("labs", "patient/Observation.rs", Some("a"));
    assert_eq!(server.json("Condition/a-c/$validate", "labs").await.0, 403);
}

#[actix_web::test]
async fn the_mode_decides_what_is_looked_at() {
    let server = Server::start();
    server.tokens.issue("writer", "patient/*.cruds", Some("a"));
    let patient = json!({ "resourceType": "Patient", "id": "z" });
    let sent = server.post("Patient/a/$validate?mode=update", "all-a", &patient);
    let found = issues(&answer(sent).await.1);
    assert!(found.contains(&"error value".to_owned()), "{found:?}");
    let sent = server.post("Patient/$validate?mode=create", "all-a", &patient);
    assert!(!issues(&answer(sent).await.1)[0].starts_with("error"));
    let delete = "Condition/a-c/$validate?mode=delete";
    assert_eq!(server.json(delete, "writer").await.0, 200);
    assert_eq!(server.json(delete, "all-a").await.0, 403);
    assert_eq!(
        server
            .json("Condition/b-c/$validate?mode=delete", "writer")
            .await
            .0,
        404
    );
    let inside = json!({ "resourceType": "Parameters", "parameter": [{ "name": "mode", "valueCode": "delete" }] });
    let sent = server.post("Condition/a-c/$validate", "writer", &inside);
    assert_eq!(answer(sent).await.0, 200, "a deletion needs no resource");
    let empty = json!({ "resourceType": "Parameters" });
    let sent = server.post("Condition/a-c/$validate?mode=delete", "writer", &empty);
    assert_eq!(answer(sent).await.0, 200);
    for path in [
        "Patient/$validate?mode=delete",
        "Patient/$validate?mode=profile",
        "Patient/a/$validate?mode=guess",
        "Patient/$validate",
    ] {
        assert_eq!(server.json(path, "all-a").await.0, 400, "{path}");
    }
}

#[actix_web::test]
async fn a_resource_is_validated_as_it_is_or_inside_parameters() {
    let server = Server::start();
    let inside = |resource: &Value| {
        json!({ "resourceType": "Parameters",
            "parameter": [{ "name": "resource", "resource": resource }] })
    };
    let good = json!({ "resourceType": "Patient", "gender": "female" });
    let bad = json!({ "resourceType": "Patient", "gender": "x" });
    for (body, error) in [
        (good.clone(), false),
        (inside(&good), false),
        (bad.clone(), true),
        (inside(&bad), true),
        (json!({ "resourceType": "Group" }), true),
    ] {
        let (status, outcome) = answer(server.post("Patient/$validate", "all-a", &body)).await;
        assert_eq!(status, 200);
        assert_eq!(issues(&outcome)[0].starts_with("error"), error, "{body}");
    }
    let other = inside(&json!({ "resourceType": "Group" }));
    assert_eq!(
        answer(server.post("Patient/$validate", "all-a", &other))
            .await
            .0,
        400
    );
    let odd = json!({ "resourceType": "Parameters", "parameter": [{ "name": "frob", "valueCode": "x" }] });
    assert_eq!(
        answer(server.post("Patient/$validate", "all-a", &odd))
            .await
            .0,
        400
    );
}

#[actix_web::test]
async fn a_profile_is_never_pretended_to_be_checked() {
    let server = Server::start();
    let patient = json!({ "resourceType": "Patient" });
    let path = "Patient/$validate?profile=http://example.org/unknown";
    let (status, outcome) = answer(server.post(path, "all-a", &patient)).await;
    assert_eq!(
        (status, issues(&outcome)[0].as_str()),
        (400, "error not-supported")
    );
    let path = "Patient/$validate?profile=http://hl7.org/fhir/StructureDefinition/Patient";
    assert_eq!(answer(server.post(path, "all-a", &patient)).await.0, 200);
}
