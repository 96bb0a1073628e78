//! `Patient/$everything`.

use serde_json::{Value, json};

use crate::helpers::{Server, answer};

fn entries(bundle: &Value) -> Vec<String> {
    bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| {
            let part = |name: &str| entry["resource"][name].as_str().unwrap().to_owned();
            format!("{}/{}", part("resourceType"), part("id"))
        })
        .collect()
}

/// Every page of a walk, in turn.
async fn pages(server: &Server, path: &str, token: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let (status, bundle) = server.json(&path, token).await;
        assert_eq!(status, 200, "{path}: {bundle}");
        assert_eq!(bundle["type"], "searchset");
        pages.push(entries(&bundle));
        next = bundle["link"]
            .as_array()
            .unwrap()
            .iter()
            .find(|link| link["relation"] == "next")
            .map(|link| {
                link["url"]
                    .as_str()
                    .unwrap()
                    .replace(&format!("{}/", server.base), "")
            });
    }
    pages
}

const RECORD: [&str; 11] = [
    "Patient/a",
    "Binary/a-bin",
    "Condition/a-c",
    "DocumentReference/a-d",
    "MedicationRequest/a-m",
    "Observation/a-o0",
    "Observation/a-o1",
    "Observation/a-o2",
    "Observation/a-o3",
    "Provenance/a-prov",
    "Practitioner/p",
];

#[actix_web::test]
async fn the_record_comes_with_what_it_refers_to_and_with_nobody_elses() {
    let server = Server::start();
    for path in ["Patient/a/$everything", "Patient/$everything"] {
        let (status, bundle) = server.json(path, "all-a").await;
        assert_eq!(status, 200, "{path}");
        assert_eq!(entries(&bundle), RECORD, "{path}");
        assert_eq!(bundle["total"], 11);
        assert_eq!(bundle["entry"][10]["search"]["mode"], "include");
    }
    let post = server.post(
        "Patient/a/$everything",
        "all-a",
        &json!({ "resourceType": "Parameters" }),
    );
    assert_eq!(entries(&answer(post).await.1), RECORD);
}

#[actix_web::test]
async fn pages_hold_everything_once_and_links_open_nothing_to_others() {
    let server = Server::start();
    for count in [1, 2, 3, 4, 10, 11, 12] {
        let pages = pages(
            &server,
            &format!("Patient/a/$everything?_count={count}"),
            "all-a",
        )
        .await;
        assert!(pages.iter().all(|page| page.len() <= count), "{pages:?}");
        assert_eq!(pages.concat(), RECORD, "_count={count}");
    }
    let (_, bundle) = server.json("Patient/a/$everything?_count=3", "all-a").await;
    let next = bundle["link"][1]["url"].as_str().unwrap().to_owned();
    assert_eq!(
        answer(server.request("GET", &next).bearer_auth("all-b"))
            .await
            .0,
        404
    );
    server
        .tokens
        .issue("other-a", "patient/Patient.rs", Some("a"));
    let narrowed = answer(server.request("GET", &next).bearer_auth("other-a")).await;
    assert!(
        entries(&narrowed.1).is_empty(),
        "a link carries no right: {narrowed:?}"
    );
    let moved = next.replace("Patient/a/", "Patient/b/");
    assert_ne!(
        answer(server.request("GET", &moved).bearer_auth("all-b"))
            .await
            .0,
        200
    );
}

#[actix_web::test]
async fn another_patient_is_answered_like_one_that_never_was() {
    let server = Server::start();
    let never = server.json("Patient/never/$everything", "all-a").await;
    assert_eq!(never.0, 404);
    assert_eq!(server.json("Patient/b/$everything", "all-a").await, never);
    server
        .tokens
        .issue("labs", "patient/Observation.rs", Some("a"));
    assert_eq!(server.json("Patient/a/$everything", "labs").await.0, 403);
    assert_eq!(
        server.json("Observation/a-o0/$everything", "all-a").await.0,
        404
    );
}

#[actix_web::test]
async fn each_type_is_inside_its_own_restriction() {
    let server = Server::start();
    let labs = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    let scope = format!("patient/Patient.r patient/Observation.rs?category={labs}");
    server.tokens.issue("granular", &scope, Some("a"));
    let (_, bundle) = server.json("Patient/a/$everything", "granular").await;
    assert_eq!(
        entries(&bundle),
        ["Patient/a", "Observation/a-o0", "Observation/a-o1"]
    );
    let wide = "Patient/a/$everything?_type=Condition";
    assert_eq!(server.json(wide, "granular").await.0, 403);
    let mixed = server
        .json(
            "Patient/a/$everything?_type=Condition,Observation",
            "granular",
        )
        .await;
    assert_eq!(entries(&mixed.1), ["Observation/a-o0", "Observation/a-o1"]);
}

#[actix_web::test]
async fn a_backend_service_may_walk_through_all_records() {
    let server = Server::start();
    server
        .tokens
        .issue("system", "system/Patient.rs system/Condition.rs", None);
    server.tokens.insert(
        "system",
        smart::Introspection {
            active: true,
            scope: Some("system/Patient.rs system/Condition.rs".into()),
            client_id: Some("backend".into()),
            sub: Some("backend".into()),
            ..smart::Introspection::default()
        },
    );
    let (_, bundle) = server.json("Patient/$everything", "system").await;
    assert_eq!(
        entries(&bundle),
        ["Patient/a", "Patient/b", "Condition/a-c", "Condition/b-c"]
    );
}

#[actix_web::test]
async fn the_record_is_narrowed_by_type_by_care_and_by_update() {
    let server = Server::start();
    let types = "Patient/a/$everything?_type=Patient,Observation&_type=Practitioner";
    let (_, bundle) = server.json(types, "all-a").await;
    assert_eq!(
        entries(&bundle).len(),
        5,
        "nothing of these types refers to a practitioner"
    );
    let care =
        "Patient/a/$everything?_type=Observation,Patient,Condition&start=2024-02-01&end=2024-03";
    let (_, bundle) = server.json(care, "all-a").await;
    assert_eq!(
        entries(&bundle),
        ["Patient/a", "Observation/a-o1", "Observation/a-o2"]
    );
    let (_, bundle) = server
        .json("Patient/a/$everything?_since=2025-12-31T00:00:00Z", "all-a")
        .await;
    assert_eq!(bundle["total"], 0);
    server.tokens.issue("writer", "patient/*.cruds", Some("a"));
    let meta = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "meta", "valueMeta": { "tag": [{ "code": "x" }] } }] });
    assert_eq!(
        answer(server.post("Condition/a-c/$meta-add", "writer", &meta))
            .await
            .0,
        200
    );
    let (_, bundle) = server
        .json("Patient/a/$everything?_since=2025-12-31T00:00:00Z", "all-a")
        .await;
    assert_eq!(entries(&bundle), ["Condition/a-c"]);
}

#[actix_web::test]
async fn values_that_mean_nothing_are_refused() {
    let server = Server::start();
    for query in [
        "start=yesterday",
        "_since=2099-01-01T00:00:00Z",
        "_since=x",
        "_type=Foo",
        "_count=0",
        "_count=-1",
        "_cursor=abc",
        "frob=1",
        "start=2020&start=2021",
    ] {
        let (status, outcome) = server
            .json(&format!("Patient/a/$everything?{query}"), "all-a")
            .await;
        assert_eq!(status, 400, "{query}");
        assert_eq!(outcome["resourceType"], "OperationOutcome");
    }
}
