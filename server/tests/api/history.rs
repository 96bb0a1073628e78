//! History of an instance, of a type and of the system.

use serde_json::{Value, json};

use crate::helpers::{SYSTEM, Server, answer};
use crate::write::{backend, send};

/// `Type/id/version method` of each entry, in order.
fn entries(bundle: &Value) -> Vec<String> {
    bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| {
            let url = entry["fullUrl"].as_str().unwrap();
            let address: Vec<_> = url.rsplit('/').take(2).collect();
            format!(
                "{}/{} {} {}",
                address[1],
                address[0],
                entry["response"]["etag"].as_str().unwrap(),
                entry["request"]["method"].as_str().unwrap()
            )
        })
        .collect()
}

/// Follows `next` links to the end.
async fn walk(server: &Server, path: &str, token: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next.take() {
        let (status, bundle) = server.json(&path, token).await;
        assert_eq!(status, 200, "{path}: {bundle}");
        assert_eq!(bundle["type"], "history");
        found.extend(entries(&bundle));
        next = bundle["link"]
            .as_array()
            .unwrap()
            .iter()
            .find(|link| link["relation"] == "next")
            .map(|link| link["url"].as_str().unwrap())
            .map(|url| {
                url.strip_prefix(&format!("{}/", server.base))
                    .unwrap()
                    .to_owned()
            });
    }
    found
}

async fn put(server: &Server, path: &str, change: impl FnOnce(&mut Value)) {
    let (_, mut resource) = server.json(path, "backend").await;
    change(&mut resource);
    let (status, body) = answer(send(server, "PUT", path, "backend", &resource)).await;
    assert_eq!(status, 200, "{body}");
}

async fn delete(server: &Server, path: &str) {
    let (status, _) = answer(send(server, "DELETE", path, "backend", &Value::Null)).await;
    assert_eq!(status, 204);
}

#[actix_web::test]
async fn a_type_and_the_system_have_a_history_that_pages_without_loss() {
    let server = Server::start();
    backend(&server);
    put(&server, "Condition/a-c", |it| {
        it["onsetDateTime"] = json!("2016");
    })
    .await;
    put(&server, "Condition/b-c", |it| {
        it["onsetDateTime"] = json!("2017");
    })
    .await;
    delete(&server, "Condition/b-c").await;
    let all = walk(&server, "Condition/_history", "backend").await;
    let want = [
        "Condition/b-c W/\"3\" DELETE",
        "Condition/b-c W/\"2\" PUT",
        "Condition/a-c W/\"2\" PUT",
        "Condition/b-c W/\"1\" POST",
        "Condition/a-c W/\"1\" POST",
    ];
    assert_eq!(all, want);
    for count in 1..6 {
        let path = format!("Condition/_history?_count={count}");
        assert_eq!(walk(&server, &path, "backend").await, all, "{count}");
    }
    let system = walk(&server, "_history?_count=4", "backend").await;
    assert_eq!(system.len(), 27);
    assert_eq!(system[..3], want[..3]);
}

#[actix_web::test]
async fn a_token_sees_the_history_of_its_own_view_only() {
    let server = Server::start();
    backend(&server);
    put(&server, "Condition/a-c", |it| {
        it["onsetDateTime"] = json!("2016");
    })
    .await;
    put(&server, "Condition/b-c", |it| {
        it["onsetDateTime"] = json!("2017");
    })
    .await;
    let of_a = walk(&server, "Condition/_history", "all-a").await;
    assert_eq!(
        of_a,
        ["Condition/a-c W/\"2\" PUT", "Condition/a-c W/\"1\" POST"]
    );
    let system = walk(&server, "_history?_count=3", "all-a").await;
    assert!(
        system.iter().all(|entry| !entry.contains("/b")),
        "{system:?}"
    );
    assert!(
        system
            .iter()
            .any(|entry| entry.starts_with("Organization/o"))
    );
    assert!(system.iter().any(|entry| entry.starts_with("Binary/a-bin")));
    let mut unique = system.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), system.len());
    server.tokens.issue(
        "labs",
        &format!("patient/Observation.rs?category={SYSTEM}|laboratory"),
        Some("a"),
    );
    let labs = walk(&server, "_history", "labs").await;
    assert_eq!(labs.len(), 2);
    assert_eq!(server.json("Condition/_history", "labs").await.0, 403);
    server.tokens.issue("none", "openid fhirUser", Some("a"));
    assert_eq!(server.json("_history", "none").await.0, 403);
}

#[actix_web::test]
async fn a_version_that_was_another_patients_stays_out_of_every_history() {
    let server = Server::start();
    backend(&server);
    put(&server, "Condition/a-c", |it| {
        it["subject"]["reference"] = json!("Patient/b");
    })
    .await;
    for path in [
        "Condition/_history",
        "_history",
        "Condition/_history?_count=1",
    ] {
        let of_a = walk(&server, path, "all-a").await;
        assert!(
            of_a.iter().all(|entry| !entry.starts_with("Condition/a-c")),
            "{path}"
        );
        let of_b = walk(&server, path, "all-b").await;
        assert!(
            of_b.contains(&"Condition/a-c W/\"2\" PUT".to_owned()),
            "{path}"
        );
        assert!(
            !of_b.contains(&"Condition/a-c W/\"1\" POST".to_owned()),
            "{path}"
        );
    }
    // The deletion of what was another patient's is not told either.
    delete(&server, "Condition/b-c").await;
    let gone = walk(&server, "Condition/_history", "all-b").await;
    assert!(
        gone.iter().all(|entry| !entry.starts_with("Condition/b-c")),
        "{gone:?}"
    );
}

#[actix_web::test]
async fn a_deleted_resource_that_came_back_shows_all_its_versions() {
    let server = Server::start();
    backend(&server);
    let (_, resource) = server.json("Condition/a-c", "backend").await;
    delete(&server, "Condition/a-c").await;
    let (status, _) = answer(send(&server, "PUT", "Condition/a-c", "backend", &resource)).await;
    assert_eq!(status, 201);
    let want = [
        "Condition/a-c W/\"3\" PUT",
        "Condition/a-c W/\"2\" DELETE",
        "Condition/a-c W/\"1\" POST",
    ];
    for token in ["backend", "all-a"] {
        for path in ["Condition/a-c/_history", "Condition/a-c/_history?_count=1"] {
            assert_eq!(walk(&server, path, token).await, want, "{path}");
        }
    }
    assert_eq!(
        server.json("Condition/a-c/_history/2", "all-a").await.0,
        410
    );
    for version in ["4", "0", "-1", "abc", "1180591620717411303424"] {
        let path = format!("Condition/a-c/_history/{version}");
        assert_eq!(server.json(&path, "all-a").await.0, 404, "{version}");
    }
}

#[actix_web::test]
async fn since_and_at_choose_versions_by_time() {
    let server = Server::start();
    backend(&server);
    put(&server, "Condition/a-c", |it| {
        it["onsetDateTime"] = json!("2016");
    })
    .await;
    for (query, versions) in [
        ("_since=2026-01-01T00:00:00Z", 1),
        ("_since=2026-01-01T00:00:00.001Z", 0),
        ("_since=2020-01-01T00:00:00Z", 2),
        ("_at=2025", 1),
        ("_at=2026", 1),
        ("_at=2026-01-02", 1),
        ("_at=2025-10-01", 1),
        ("_at=2025-01-01", 0),
    ] {
        let path = format!("Condition/a-c/_history?{query}");
        assert_eq!(
            walk(&server, &path, "all-a").await.len(),
            versions,
            "{query}"
        );
    }
}

#[actix_web::test]
async fn parameters_of_a_history_are_checked() {
    let server = Server::start();
    for (query, status) in [
        ("_since=2020", 400),
        ("_since=yesterday", 400),
        ("_at=garbage", 400),
        ("_count=-1", 400),
        ("_count=abc", 400),
        ("_count=1000000000", 200),
        ("_count=0", 200),
        ("_cursor=abc", 400),
        ("foo=bar", 200),
    ] {
        for path in ["Condition/a-c/_history", "Condition/_history", "_history"] {
            let (got, body) = server.json(&format!("{path}?{query}"), "all-a").await;
            assert_eq!(got, status, "{path}?{query}");
            if query == "_count=0" {
                assert!(body["total"].as_u64().unwrap() > 0 && body.get("entry").is_none());
            }
            if status == 400 {
                assert_eq!(body["issue"][0]["code"], "value", "{path}?{query}");
            }
        }
    }
    let strict = server
        .get("_history?foo=bar", "all-a")
        .header("Prefer", "handling=strict");
    assert_eq!(answer(strict).await.0, 400);
}

#[actix_web::test]
async fn a_page_link_belongs_to_its_history_and_its_owner() {
    let server = Server::start();
    let (_, first) = server.json("_history?_count=2", "all-a").await;
    let next = first["link"][1]["url"].as_str().unwrap();
    let path = next.strip_prefix(&format!("{}/", server.base)).unwrap();
    assert_eq!(server.json(path, "all-a").await.0, 200);
    assert_eq!(server.json(path, "all-b").await.0, 404);
    let elsewhere = path.replace("_history", "Condition/_history");
    assert_eq!(server.json(&elsewhere, "all-a").await.0, 400);
}

#[actix_web::test]
async fn histories_can_only_be_read() {
    let server = Server::start();
    backend(&server);
    for path in ["Condition/a-c/_history", "Condition/_history", "_history"] {
        let request = send(&server, "POST", path, "backend", &json!({}));
        assert_eq!(answer(request).await.0, 405, "{path}");
        let url = format!("{}/{path}", server.base);
        let head = server.request("HEAD", &url).bearer_auth("all-a");
        let response = head.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.text().await.unwrap(), "");
    }
}
