//! Changing parts of a resource.

use serde_json::{Value, json};

use crate::helpers::{SYSTEM, Server, answer};
use crate::write::{backend, send};

const JSON_PATCH: &str = "application/json-patch+json";

fn patch(server: &Server, path: &str, token: &str, operations: &Value) -> reqwest::RequestBuilder {
    server
        .request("PATCH", &format!("{}/{path}", server.base))
        .bearer_auth(token)
        .header("Content-Type", JSON_PATCH)
        .body(operations.to_string())
}

fn replace(path: &str, value: &Value) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

fn code(outcome: &Value) -> &str {
    outcome["issue"][0]["code"].as_str().unwrap_or_default()
}

#[actix_web::test]
async fn a_patched_resource_is_a_new_version_that_searches_find() {
    let server = Server::start();
    backend(&server);
    let add = json!([{ "op": "add", "path": "/recordedDate", "value": "2025-01-02" }]);
    let response = patch(&server, "Condition/a-c", "backend", &add)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["etag"], "W/\"2\"");
    assert_eq!(
        server
            .ids("Condition?recorded-date=2025-01-02", "all-a")
            .await,
        ["a-c"]
    );
    let operation = json!({ "resourceType": "Parameters", "parameter": [{ "name": "operation", "part": [
        { "name": "type", "valueCode": "replace" },
        { "name": "path", "valueString": "Condition.recorded" },
        { "name": "value", "valueDateTime": "2025-03-04" }
    ]}] });
    let (status, outcome) = answer(send(
        &server,
        "PATCH",
        "Condition/a-c",
        "backend",
        &operation,
    ))
    .await;
    assert_eq!((status, code(&outcome)), (422, "processing"));
    let by_path = operation
        .to_string()
        .replace("Condition.recorded", "Condition.recordedDate");
    let by_path: Value = serde_json::from_str(&by_path).unwrap();
    let (status, patched) =
        answer(send(&server, "PATCH", "Condition/a-c", "backend", &by_path)).await;
    assert_eq!(
        (status, patched["recordedDate"].as_str()),
        (200, Some("2025-03-04"))
    );
    assert_eq!(patched["meta"]["versionId"], "3");
}

#[actix_web::test]
async fn a_patch_that_cannot_be_done_leaves_the_stored_version() {
    let server = Server::start();
    backend(&server);
    for (operations, status, want) in [
        (json!({ "op": "remove" }), 400, "structure"),
        (json!([{ "op": "foo", "path": "/code" }]), 400, "structure"),
        (
            json!([{ "op": "remove", "path": "code" }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "test", "path": "/code/text", "value": "x" }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "remove", "path": "/code/coding/7" }]),
            422,
            "processing",
        ),
        (replace("/id", &json!("x")), 422, "invariant"),
        (
            replace("/resourceType", &json!("Patient")),
            422,
            "invariant",
        ),
        (replace("/meta/versionId", &json!("7")), 422, "invariant"),
        (replace("/onsetDateTime", &json!("yesterday")), 422, "value"),
        (
            json!([{ "op": "remove", "path": "/subject" }]),
            422,
            "required",
        ),
        (
            json!([{ "op": "add", "path": "/colour", "value": "red" }]),
            422,
            "structure",
        ),
    ] {
        let (got, outcome) = answer(patch(&server, "Condition/a-c", "backend", &operations)).await;
        assert_eq!(
            (got, code(&outcome)),
            (status, want),
            "{operations}: {outcome}"
        );
    }
    let many = vec![json!({ "op": "remove", "path": "/note" }); 100_000];
    let (status, outcome) = answer(patch(&server, "Condition/a-c", "backend", &json!(many))).await;
    assert_eq!((status, code(&outcome)), (413, "too-long"));
    let many = vec![json!({ "op": "remove", "path": "/note" }); 1001];
    let (status, outcome) = answer(patch(&server, "Condition/a-c", "backend", &json!(many))).await;
    assert_eq!((status, code(&outcome)), (413, "too-costly"));
    let (_, resource) = server.json("Condition/a-c", "backend").await;
    assert_eq!(resource["meta"]["versionId"], "1");
    let text = server
        .request("PATCH", &format!("{}/Condition/a-c", server.base))
        .bearer_auth("backend")
        .header("Content-Type", "text/plain")
        .body("x");
    assert_eq!(answer(text).await.0, 415);
}

#[actix_web::test]
async fn if_match_holds_for_patches_and_what_is_gone_stays_gone() {
    let server = Server::start();
    backend(&server);
    let operations = replace("/onsetDateTime", &json!("2016"));
    let stale =
        patch(&server, "Condition/a-c", "backend", &operations).header("If-Match", "W/\"7\"");
    let (status, outcome) = answer(stale).await;
    assert_eq!((status, code(&outcome)), (412, "conflict"));
    let fresh =
        patch(&server, "Condition/a-c", "backend", &operations).header("If-Match", "W/\"1\"");
    assert_eq!(answer(fresh).await.0, 200);
    let (status, outcome) = answer(patch(&server, "Condition/never", "backend", &operations)).await;
    assert_eq!((status, code(&outcome)), (404, "not-found"));
    let delete = send(&server, "DELETE", "Condition/a-c", "backend", &Value::Null);
    assert_eq!(answer(delete).await.0, 204);
    let (status, outcome) = answer(patch(&server, "Condition/a-c", "backend", &operations)).await;
    assert_eq!((status, code(&outcome)), (410, "deleted"));
}

#[actix_web::test]
async fn criteria_name_the_one_resource_to_patch() {
    let server = Server::start();
    backend(&server);
    let operations = replace("/onsetDateTime", &json!("2016"));
    for (path, status, want) in [
        ("Condition?patient=a", 200, ""),
        ("Condition?patient=a,b", 412, "multiple-matches"),
        ("Condition?patient=never", 404, "not-found"),
        ("Condition", 400, "required"),
        ("Condition?nothing=1", 400, "invalid"),
    ] {
        let (got, outcome) = answer(patch(&server, path, "backend", &operations)).await;
        assert_eq!((got, code(&outcome)), (status, want), "{path}");
    }
}

#[actix_web::test]
async fn simultaneous_patches_all_happen_one_after_the_other() {
    let server = Server::start();
    backend(&server);
    let operations = json!([{ "op": "add", "path": "/note", "value": [{ "text": "x" }] }]);
    let request = || answer(patch(&server, "Condition/a-c", "backend", &operations));
    let answers = futures_util::future::join_all((0..64).map(|_| request())).await;
    let mut versions = Vec::new();
    for (status, body) in &answers {
        assert_eq!(*status, 200, "{body}");
        let version = body["meta"]["versionId"].as_str().unwrap();
        versions.push(version.parse::<u32>().unwrap());
    }
    versions.sort_unstable();
    assert_eq!(versions, (2..=65).collect::<Vec<_>>());
}

#[actix_web::test]
async fn a_patch_stays_inside_the_view_before_and_after() {
    let server = Server::start();
    server
        .tokens
        .issue("cruds", "patient/Condition.cruds", Some("a"));
    server.tokens.issue("u", "patient/Condition.u", Some("a"));
    server.tokens.issue("rs", "patient/Condition.rs", Some("a"));
    let harmless = replace("/onsetDateTime", &json!("2016"));
    let never = answer(patch(&server, "Condition/never", "cruds", &harmless)).await;
    assert_eq!(never.0, 404);
    assert_eq!(
        answer(patch(&server, "Condition/b-c", "cruds", &harmless)).await,
        never
    );
    let away = replace("/subject/reference", &json!("Patient/b"));
    assert_eq!(
        answer(patch(&server, "Condition/a-c", "cruds", &away))
            .await
            .0,
        403
    );
    assert_eq!(
        answer(patch(&server, "Condition/a-c", "rs", &harmless))
            .await
            .0,
        403
    );
    assert_eq!(
        answer(patch(&server, "Condition/a-c", "u", &harmless)).await,
        (200, Value::Null)
    );
    let looking = json!([{ "op": "test", "path": "/onsetDateTime", "value": "2016" }]);
    assert_eq!(
        answer(patch(&server, "Condition/a-c", "u", &looking))
            .await
            .0,
        403,
        "a test tells what is there"
    );
    let conditional = patch(&server, "Condition?code=59621000", "cruds", &harmless);
    let (status, patched) = answer(conditional).await;
    assert_eq!((status, patched["id"].as_str()), (200, Some("a-c")));
    let theirs = patch(&server, "Condition?patient=b", "cruds", &harmless);
    assert_eq!(answer(theirs).await, never);
}

#[actix_web::test]
async fn what_may_be_changed_but_not_read_is_not_tested() {
    let server = Server::start();
    let readable = format!("patient/Observation.rs?category={SYSTEM}|laboratory");
    server.tokens.issue(
        "labs",
        &format!("{readable} patient/Observation.u"),
        Some("a"),
    );
    let looking = json!([{ "op": "test", "path": "/status", "value": "final" }]);
    assert_eq!(
        answer(patch(&server, "Observation/a-o0", "labs", &looking))
            .await
            .0,
        200
    );
    assert_eq!(
        answer(patch(&server, "Observation/a-o2", "labs", &looking))
            .await
            .0,
        404
    );
    let blind = replace("/status", &json!("amended"));
    assert_eq!(
        answer(patch(&server, "Observation/a-o2", "labs", &blind))
            .await
            .0,
        200
    );
}

#[actix_web::test]
async fn a_path_patch_may_be_written_in_xml() {
    let server = Server::start();
    backend(&server);
    let parameters = r#"<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>
        <part><name value="type"/><valueCode value="add"/></part>
        <part><name value="path"/><valueString value="Condition"/></part>
        <part><name value="name"/><valueString value="recordedDate"/></part>
        <part><name value="value"/><valueDateTime value="2025-01-02"/></part></parameter></Parameters>"#;
    let request = server
        .request("PATCH", &format!("{}/Condition/a-c", server.base))
        .bearer_auth("backend")
        .header("Content-Type", "application/fhir+xml")
        .header("Accept", "application/fhir+json")
        .body(parameters);
    let (status, patched) = answer(request).await;
    assert_eq!(
        (status, patched["recordedDate"].as_str()),
        (200, Some("2025-01-02")),
        "{patched}"
    );
}

#[actix_web::test]
async fn the_statement_names_the_formats_of_patches() {
    let server = Server::start();
    let (_, statement) = server.json("metadata", "all-a").await;
    assert_eq!(statement["patchFormat"][0], JSON_PATCH);
    let resource = &statement["rest"][0]["resource"][0];
    assert_eq!(
        (
            &resource["conditionalDelete"],
            &resource["conditionalUpdate"]
        ),
        (&json!("single"), &json!(true))
    );
    let codes: Vec<_> = resource["interaction"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["code"].clone())
        .collect();
    assert!(codes.contains(&json!("patch")));
    let system = statement["rest"][0]["interaction"].to_string();
    assert!(
        system.contains("batch") && system.contains("transaction"),
        "{system}"
    );
}
