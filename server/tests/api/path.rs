//! Paths: each is one thing or nothing, and nothing is made of it by tidying up.

use serde_json::{Value, json};

use crate::helpers::{Server, answer};
use crate::write::{backend, condition, send};

/// Status and body of a path that no client library tidies up.
async fn raw(server: &Server, method: &str, path: &str) -> (u16, Value) {
    use std::io::{Read as _, Write as _};
    let address = server.origin.replace("http://localhost", "127.0.0.1");
    let text = format!(
        "{method} /api/fhir{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer all-a\r\nConnection: close\r\n\r\n"
    );
    let answer = actix_web::rt::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    })
    .await
    .unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[actix_web::test]
async fn a_path_is_never_tidied_into_another() {
    let server = Server::start();
    for path in [
        "/Patient/../metadata",
        "/Patient/%2e%2e/metadata",
        "/Patient/./a",
        "//Patient/a",
        "/Patient//a",
        "/Patient/a/",
        "/Patient/a//",
        "/Patient/",
        "/Patient/a;jsessionid=1",
        "/Patient/%252e",
        "/Patient/%C3%A9",
        "/Patient/a%20b",
        "/Patient/%2Fa",
        "/Patient/a%2F",
        "/Patient/a/_history/",
        "/Patient/a/_history/1/2",
        "/_history/",
        "//metadata",
        "/metadata/",
    ] {
        let (status, outcome) = raw(&server, "GET", path).await;
        assert_eq!(status, 404, "{path}: {outcome}");
        assert_eq!(outcome["issue"][0]["code"], "not-found", "{path}");
    }
}

#[actix_web::test]
async fn a_base_url_put_together_wrongly_is_told_so_without_a_token() {
    let server = Server::start();
    for path in ["/metadata", "metadata/", "/.well-known/smart-configuration"] {
        let url = format!("{}/{path}", server.base);
        let (status, outcome) = answer(server.request("GET", &url)).await;
        assert_eq!(status, 404, "{path}");
        let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
        assert!(said.contains("one slash too many"), "{said}");
    }
}

#[actix_web::test]
async fn what_anyone_may_ask_takes_get_alone() {
    let server = Server::start();
    for path in ["metadata", ".well-known/smart-configuration"] {
        let url = format!("{}/{path}", server.base);
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"] {
            let response = server.request(method, &url).send().await.unwrap();
            assert_eq!(response.status(), 405, "{method} {path}");
            assert_eq!(response.headers()["allow"], "GET, HEAD");
            let outcome: Value = response.json().await.unwrap();
            assert_eq!(outcome["issue"][0]["code"], "not-supported");
        }
    }
}

#[actix_web::test]
async fn every_route_names_the_methods_it_takes() {
    let server = Server::start();
    backend(&server);
    for (path, allow) in [
        ("", "GET, HEAD, POST"),
        ("_history", "GET, HEAD"),
        ("_search", "POST"),
        ("Patient", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ("Patient/_search", "POST"),
        ("Patient/_history", "GET, HEAD"),
        ("Patient/a", "GET, HEAD, PUT, PATCH, DELETE"),
        ("Patient/a/_history", "GET, HEAD"),
        ("Patient/a/_history/1", "GET, HEAD"),
        ("Patient/a/Observation", "GET, HEAD"),
        ("Patient/a/Observation/_search", "POST"),
        ("Patient/a/$everything", "GET, HEAD, POST"),
    ] {
        let url = format!("{}/{path}", server.base);
        for method in ["PUT", "PATCH", "DELETE", "POST", "FOO", "OPTIONS", "TRACE"] {
            if allow.split(", ").any(|allowed| allowed == method) {
                continue;
            }
            let request = server.request(method, &url).bearer_auth("backend");
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 405, "{method} {path}");
            assert_eq!(response.headers()["allow"], allow, "{method} {path}");
            let outcome: Value = response.json().await.unwrap();
            assert_eq!(outcome["resourceType"], "OperationOutcome");
        }
    }
}

#[actix_web::test]
async fn head_answers_like_get_wherever_there_is_a_get() {
    let server = Server::start();
    for path in [
        "metadata",
        "Patient/a",
        "Patient/b",
        "Patient/a/_history/1",
        "Patient/a/_history",
        "Patient?name=x",
        "Patient?birthdate=x",
        "Patient/a/Observation",
        "?_type=Patient",
        "Patient/a/$everything",
        "Binary/a-bin",
        "Foo",
        "a/b/c/d/e",
    ] {
        let get = server.get(path, "all-a").send().await.unwrap();
        let url = format!("{}/{path}", server.base);
        let head = server.request("HEAD", &url).bearer_auth("all-a");
        let head = head.send().await.unwrap();
        assert_eq!(head.status(), get.status(), "{path}");
        for name in [
            "content-type",
            "etag",
            "last-modified",
            "vary",
            "cache-control",
        ] {
            assert_eq!(
                head.headers().get(name),
                get.headers().get(name),
                "{path} {name}"
            );
        }
        assert_eq!(head.text().await.unwrap(), "", "{path}");
    }
}

#[actix_web::test]
async fn an_id_that_no_url_can_carry_is_not_given_away() {
    let server = Server::start();
    backend(&server);
    for id in [".", ".."] {
        let mut resource = condition("a");
        resource["id"] = json!(id);
        let request = json!({ "method": "PUT", "url": format!("Condition/{id}") });
        let entry = json!({ "request": request, "resource": resource });
        let body = json!({ "resourceType": "Bundle", "type": "batch", "entry": [entry] });
        let (status, answered) = answer(send(&server, "POST", "", "backend", &body)).await;
        assert_eq!(status, 200);
        let status = answered["entry"][0]["response"]["status"].as_str().unwrap();
        assert!(status.starts_with("400"), "{id}: {answered}");
    }
    let mut resource = condition("a");
    resource["id"] = json!("a..b");
    let request = send(&server, "PUT", "Condition/a..b", "backend", &resource);
    assert_eq!(answer(request).await.0, 201);
}
