//! What comes along with matches: wildcards, targets, iteration and its limit.

use serde_json::{Value, json};
use smart::Introspection;

use crate::helpers::{Server, answer};

/// Ids of what came along, sorted, and what the outcome entry says.
async fn along(server: &Server, path: &str, token: &str) -> (String, String) {
    let (status, bundle) = server.json(path, token).await;
    assert_eq!(status, 200, "{path}: {bundle}");
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let of = |mode: &str| -> Vec<Value> {
        let mut found = entries.clone();
        found.retain(|entry| entry["search"]["mode"] == mode);
        found
    };
    let mut ids: Vec<_> = of("include")
        .iter()
        .map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    let said = of("outcome")
        .iter()
        .map(|entry| {
            entry["resource"]["issue"][0]["diagnostics"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    (ids.join(" "), said)
}

#[actix_web::test]
async fn wildcards_and_targets_stay_inside_the_callers_view() {
    let server = Server::start();
    for (path, want) in [
        ("Condition?_include=*", "a"),
        ("Condition?_include=Condition:*", "a"),
        ("Condition?_include=Condition:subject:Patient", "a"),
        ("Condition?_include=Condition:subject:Group", ""),
        ("Condition?_revinclude=*", "a-prov"),
        ("Patient?_revinclude=Observation:*", "a-o0 a-o1 a-o2 a-o3"),
        ("Condition?_revinclude=*&_include:iterate=*", "a a-prov p"),
        (
            "?_type=Condition,Observation&_id=a-c,a-o1&_include=Observation:subject",
            "a",
        ),
    ] {
        assert_eq!(along(&server, path, "all-a").await.0, want, "{path}");
    }
    let (all, _) = along(&server, "Patient?_revinclude=*", "all-a").await;
    assert!(
        all.contains("a-c") && all.contains("a-o3") && !all.contains("b-"),
        "{all}"
    );
    server
        .tokens
        .issue("conditions", "patient/Condition.rs", Some("a"));
    assert_eq!(
        along(&server, "Condition?_include=*&_revinclude=*", "conditions")
            .await
            .0,
        ""
    );
}

#[actix_web::test]
async fn iteration_stops_and_says_so() {
    let server = Server::start();
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
    // A chain of six organizations, and two that are part of each other.
    let parent = |at: usize| {
        if at < 6 {
            format!("o{}", at + 1)
        } else {
            "o5".into()
        }
    };
    for at in 1..=6 {
        let id = format!("o{at}");
        let body = json!({ "resourceType": "Organization", "id": id, "name": id,
            "partOf": { "reference": format!("Organization/{}", parent(at)) } });
        let put = server
            .request("PUT", &format!("{}/Organization/{id}", server.base))
            .bearer_auth("backend")
            .header("Content-Type", "application/fhir+json")
            .body(body.to_string());
        assert_eq!(answer(put).await.0, 201);
    }
    let path = |id: &str| format!("Organization?_id={id}&_include:iterate=Organization:partof");
    let (ids, said) = along(&server, &path("o1"), "backend").await;
    assert_eq!(ids, "o2 o3 o4 o5");
    assert!(said.contains("':iterate' went on 3 times"), "{said}");
    // A circle ends by itself.
    assert_eq!(
        along(&server, &path("o6"), "backend").await,
        ("o5".into(), String::new())
    );
    let once = "Organization?_id=o1&_include=Organization:partof";
    assert_eq!(
        along(&server, once, "backend").await,
        ("o2".into(), String::new())
    );
}
