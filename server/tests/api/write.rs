//! Creating, updating, deleting; versions and history.

use serde_json::{Value, json};
use smart::Introspection;

use crate::helpers::{SYSTEM, Server, answer};

const FHIR: &str = "application/fhir+json";

pub fn condition(patient: &str) -> Value {
    json!({ "resourceType": "Condition", "subject": { "reference": format!("Patient/{patient}") },
        "code": { "text": "Ache" }, "recordedDate": "2025-01-02" })
}

/// A backend service that may do everything.
pub fn backend(server: &Server) {
    server.tokens.insert(
        "backend",
        Introspection {
            active: true,
            scope: Some("system/*.cruds".into()),
            client_id: Some("service".into()),
            sub: Some("service".into()),
            ..Introspection::default()
        },
    );
}

pub fn send(
    server: &Server,
    method: &str,
    path: &str,
    token: &str,
    body: &Value,
) -> reqwest::RequestBuilder {
    server
        .request(method, &format!("{}/{path}", server.base))
        .bearer_auth(token)
        .header("Content-Type", FHIR)
        .body(body.to_string())
}

#[actix_web::test]
async fn a_created_resource_is_read_found_updated_and_deleted() {
    let server = Server::start();
    backend(&server);
    let created = send(&server, "POST", "Condition", "backend", &condition("a"))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 201);
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(created.headers()["etag"], "W/\"1\"");
    let mut resource: Value = created.json().await.unwrap();
    let id = resource["id"].as_str().unwrap().to_owned();
    assert_eq!(
        location,
        format!("{}/Condition/{id}/_history/1", server.base)
    );
    assert_eq!(resource["meta"]["versionId"], "1");
    assert_eq!(
        server.json(&format!("Condition/{id}"), "all-a").await,
        (200, resource.clone())
    );
    assert!(
        server
            .ids("Condition?recorded-date=2025-01-02", "all-a")
            .await
            .contains(&id)
    );

    resource["recordedDate"] = json!("2025-03-04");
    let path = format!("Condition/{id}");
    let (status, updated) = answer(send(&server, "PUT", &path, "backend", &resource)).await;
    assert_eq!(
        (status, updated["meta"]["versionId"].as_str()),
        (200, Some("2"))
    );
    assert_eq!(
        server
            .ids("Condition?recorded-date=2025-01-02", "all-a")
            .await,
        Vec::<String>::new()
    );
    assert_eq!(
        server
            .ids("Condition?recorded-date=2025-03-04", "all-a")
            .await,
        [id.as_str()]
    );
    let (_, first) = server.json(&format!("{path}/_history/1"), "all-a").await;
    assert_eq!(first["recordedDate"], "2025-01-02");

    assert_eq!(
        answer(send(&server, "DELETE", &path, "backend", &Value::Null))
            .await
            .0,
        204
    );
    assert_eq!(
        answer(send(&server, "DELETE", &path, "backend", &Value::Null))
            .await
            .0,
        204
    );
    assert_eq!(server.json(&path, "backend").await.0, 410);
    assert_eq!(server.json(&path, "all-a").await.0, 404);
    assert_eq!(
        server
            .ids("Condition?recorded-date=2025-03-04", "backend")
            .await,
        Vec::<String>::new()
    );
    let (_, history) = server.json(&format!("{path}/_history"), "backend").await;
    let methods: Vec<_> = history["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["request"]["method"].clone())
        .collect();
    assert_eq!(methods, ["DELETE", "PUT", "POST"]);
    assert_eq!(
        server
            .json(&format!("{path}/_history/3"), "backend")
            .await
            .0,
        410
    );
    let (status, back) = answer(send(&server, "PUT", &path, "backend", &resource)).await;
    assert_eq!(
        (status, back["meta"]["versionId"].as_str()),
        (201, Some("4"))
    );
}

#[actix_web::test]
async fn an_update_may_make_a_resource_under_the_id_given() {
    let server = Server::start();
    backend(&server);
    let mut resource = condition("a");
    resource["id"] = json!("mine");
    let put =
        |path: &'static str, body: Value| answer(send(&server, "PUT", path, "backend", &body));
    assert_eq!(put("Condition/mine", resource.clone()).await.0, 201);
    assert_eq!(put("Condition/other", resource.clone()).await.0, 400);
    assert_eq!(put("Condition/mine", condition("a")).await.0, 400);
    assert_eq!(put("Condition/_", resource).await.0, 400);
}

#[actix_web::test]
async fn versions_named_by_if_match_must_be_the_stored_one() {
    let server = Server::start();
    backend(&server);
    let (_, resource) = server.json("Condition/a-c", "backend").await;
    let put = |header: &'static str, value: &'static str| {
        answer(send(&server, "PUT", "Condition/a-c", "backend", &resource).header(header, value))
    };
    assert_eq!(put("If-Match", "W/\"7\"").await.0, 412);
    assert_eq!(put("If-Match", "abc").await.0, 400);
    assert_eq!(put("If-None-Match", "*").await.0, 412);
    assert_eq!(put("If-Match", "W/\"1\"").await.0, 200);
    assert_eq!(put("If-Match", "W/\"1\"").await.0, 412);
}

#[actix_web::test]
async fn of_simultaneous_updates_of_one_version_exactly_one_wins() {
    let server = Server::start();
    backend(&server);
    let (_, resource) = server.json("Condition/a-c", "backend").await;
    let request = || {
        answer(
            send(&server, "PUT", "Condition/a-c", "backend", &resource)
                .header("If-Match", "W/\"1\""),
        )
    };
    let statuses: Vec<_> = futures_util::future::join_all((0..64).map(|_| request()))
        .await
        .into_iter()
        .map(|(status, _)| status)
        .collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 63);
}

#[actix_web::test]
async fn simultaneous_conditional_creates_make_one_resource() {
    let server = Server::start();
    backend(&server);
    let mut body = condition("a");
    body["identifier"] = json!([{ "system": "http://x", "value": "1" }]);
    let request = || {
        answer(
            send(&server, "POST", "Condition", "backend", &body)
                .header("If-None-Exist", "identifier=http://x|1"),
        )
    };
    let answers = futures_util::future::join_all((0..64).map(|_| request())).await;
    assert_eq!(
        answers.iter().filter(|(status, _)| *status == 201).count(),
        1
    );
    assert_eq!(
        answers.iter().filter(|(status, _)| *status == 200).count(),
        63
    );
    let first = answers[0].1["id"].clone();
    assert!(answers.iter().all(|(_, body)| body["id"] == first));
    let ids = server
        .ids("Condition?identifier=http://x|1", "backend")
        .await;
    assert_eq!(ids.len(), 1);
    for criteria in [
        "",
        "nothing=1",
        "_count=1",
        "identifier=http://x|1&_sort=_id",
    ] {
        let request =
            send(&server, "POST", "Condition", "backend", &body).header("If-None-Exist", criteria);
        assert_eq!(answer(request).await.0, 400, "{criteria}");
    }
    let many =
        send(&server, "POST", "Condition", "backend", &body).header("If-None-Exist", "patient=a,b");
    assert_eq!(answer(many).await.0, 412);
}

#[actix_web::test]
async fn a_resource_that_is_not_valid_changes_nothing() {
    let server = Server::start();
    backend(&server);
    for (body, status) in [
        (json!({ "resourceType": "Condition" }), 422),
        (
            json!({ "resourceType": "Condition", "subject": { "reference": "Patient/a" }, "colour": "red" }),
            400,
        ),
        (json!({ "resourceType": "Patient" }), 400),
        (json!([]), 400),
    ] {
        let (got, outcome) = answer(send(&server, "POST", "Condition", "backend", &body)).await;
        assert_eq!(got, status, "{body}: {outcome}");
        assert_eq!(outcome["resourceType"], "OperationOutcome");
    }
    let wrong_type = server
        .request("POST", &format!("{}/Condition", server.base))
        .bearer_auth("backend")
        .header("Content-Type", "text/plain")
        .body("x");
    assert_eq!(answer(wrong_type).await.0, 415);
    assert_eq!(server.ids("Condition", "backend").await.len(), 2);
}

#[actix_web::test]
async fn each_letter_writes_its_own_way_and_only_inside_the_view() {
    let server = Server::start();
    server.tokens.issue("c", "patient/Condition.c", Some("a"));
    server.tokens.issue("u", "patient/Condition.u", Some("a"));
    server.tokens.issue("d", "patient/Condition.d", Some("a"));
    server
        .tokens
        .issue("cruds", "patient/Condition.cruds", Some("a"));
    let post = |token: &'static str, patient: &str| {
        answer(send(
            &server,
            "POST",
            "Condition",
            token,
            &condition(patient),
        ))
    };
    assert_eq!(
        post("c", "a").await,
        (201, Value::Null),
        "nothing is shown to a token that may not read"
    );
    assert_eq!(post("cruds", "a").await.1["resourceType"], "Condition");
    for (token, patient) in [("c", "b"), ("u", "a"), ("d", "a"), ("all-a", "a")] {
        assert_eq!(post(token, patient).await.0, 403, "{token} {patient}");
    }
    let put = |token: &'static str, id: &'static str, patient: &str| {
        let mut body = condition(patient);
        body["id"] = json!(id);
        let path: &'static str = if id == "a-c" {
            "Condition/a-c"
        } else {
            "Condition/b-c"
        };
        answer(send(&server, "PUT", path, token, &body))
    };
    assert_eq!(
        put("u", "b-c", "a").await.0,
        405,
        "another patient's resource is not there, and ids are not this token's to choose"
    );
    assert_eq!(put("u", "a-c", "b").await.0, 403, "nothing is given away");
    assert_eq!(put("c", "a-c", "a").await.0, 403);
    assert_eq!(put("u", "a-c", "a").await.0, 200);
    let delete = |token: &'static str, path: &'static str| {
        answer(send(&server, "DELETE", path, token, &Value::Null))
    };
    assert_eq!(delete("u", "Condition/a-c").await.0, 403);
    assert_eq!(
        delete("d", "Condition/b-c").await.0,
        204,
        "as if it were not there"
    );
    assert_eq!(server.json("Condition/b-c", "all-b").await.0, 200);
    assert_eq!(delete("d", "Condition/a-c").await.0, 204);
    assert_eq!(server.json("Condition/a-c", "all-a").await.0, 404);
}

#[actix_web::test]
async fn a_version_is_seen_only_with_its_own_content_and_the_current_one() {
    let server = Server::start();
    backend(&server);
    let (_, mut moved) = server.json("Condition/a-c", "backend").await;
    moved["subject"]["reference"] = json!("Patient/b");
    assert_eq!(
        answer(send(&server, "PUT", "Condition/a-c", "backend", &moved))
            .await
            .0,
        200
    );
    for path in [
        "Condition/a-c",
        "Condition/a-c/_history/1",
        "Condition/a-c/_history/2",
        "Condition/a-c/_history",
    ] {
        assert_eq!(server.json(path, "all-a").await.0, 404, "{path}");
    }
    assert_eq!(
        server.json("Condition/a-c/_history/1", "all-b").await.0,
        404
    );
    assert_eq!(
        server.json("Condition/a-c/_history/2", "all-b").await.0,
        200
    );
    let (_, history) = server.json("Condition/a-c/_history", "all-b").await;
    assert_eq!(history["entry"].as_array().unwrap().len(), 1);
    let scope = format!("patient/Observation.rs?category={SYSTEM}|laboratory");
    server.tokens.issue("labs", &scope, Some("a"));
    let (_, mut observation) = server.json("Observation/a-o0", "backend").await;
    observation["category"][0]["coding"][0]["code"] = json!("vital-signs");
    assert_eq!(
        answer(send(
            &server,
            "PUT",
            "Observation/a-o0",
            "backend",
            &observation
        ))
        .await
        .0,
        200
    );
    for version in [1, 2] {
        assert_eq!(
            server
                .json(&format!("Observation/a-o0/_history/{version}"), "labs")
                .await
                .0,
            404
        );
    }
}

#[actix_web::test]
async fn answers_are_as_prefer_asks_and_decimals_stay_as_written() {
    let server = Server::start();
    backend(&server);
    let body = r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00},"subject":{"reference":"Patient/a"}}"#;
    let post = |prefer: &'static str| {
        server
            .request("POST", &format!("{}/Observation", server.base))
            .bearer_auth("backend")
            .header("Content-Type", "application/json; charset=utf-8")
            .header("Prefer", prefer)
            .body(body)
            .send()
    };
    assert_eq!(
        post("return=minimal").await.unwrap().text().await.unwrap(),
        ""
    );
    assert!(
        post("return=OperationOutcome")
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("OperationOutcome")
    );
    let shown = post("return=representation").await.unwrap();
    let headers = shown.headers();
    assert_eq!(headers["content-location"], headers["location"]);
    let shown = shown.text().await.unwrap();
    assert!(shown.contains("\"value\":1.00"), "{shown}");
}

#[actix_web::test]
async fn validating_says_what_a_write_would_say_and_stores_nothing() {
    let server = Server::start();
    let body = json!({ "resourceType": "Condition" });
    let (status, outcome) =
        answer(send(&server, "POST", "Condition/$validate", "all-a", &body)).await;
    assert_eq!(status, 200);
    assert_eq!(outcome["issue"][0]["severity"], "error");
    let (status, outcome) = answer(send(
        &server,
        "POST",
        "Condition/$validate",
        "all-a",
        &condition("a"),
    ))
    .await;
    assert_eq!(
        (status, outcome["issue"][0]["severity"].as_str()),
        (200, Some("information"))
    );
    assert_eq!(server.ids("Condition", "all-a").await, ["a-c"]);
    assert_eq!(
        answer(send(
            &server,
            "POST",
            "Condition/$validate",
            "garbage",
            &body
        ))
        .await
        .0,
        401
    );
    assert_eq!(server.json("Condition/$validate", "all-a").await.0, 400);
}
