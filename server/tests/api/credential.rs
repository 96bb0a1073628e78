//! Tokens: where they are taken from, and what each scope opens from one request to the next.

use serde_json::{Value, json};
use smart::Introspection;

use crate::helpers::{SYSTEM, Server, answer};
use crate::write::{condition, send};

async fn status(request: reqwest::RequestBuilder) -> u16 {
    answer(request).await.0
}

#[actix_web::test]
async fn a_token_is_taken_from_the_authorization_header_alone() {
    let server = Server::start();
    let url = format!("{}/Patient/a", server.base);
    let get = |header: &str, value: &str| server.request("GET", &url).header(header, value);
    for (value, want) in [
        ("Bearer all-a", 200),
        ("bearer all-a", 200),
        ("BEARER   all-a", 200),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Bearer all-a x", 401),
        ("Basic YWxsLWE6", 401),
        ("all-a", 401),
    ] {
        assert_eq!(status(get("Authorization", value)).await, want, "{value}");
    }
    let cookie = get("Cookie", "access_token=all-a; session=all-a; token=all-a");
    assert_eq!(status(cookie).await, 401);
    let search = format!("{}/Patient/_search", server.base);
    let form = server
        .request("POST", &search)
        .form(&[("access_token", "all-a")]);
    assert_eq!(status(form).await, 401);
}

#[actix_web::test]
async fn a_token_sent_twice_is_an_invalid_request() {
    let server = Server::start();
    let twice = server
        .get("Patient/a", "all-a")
        .header("Authorization", "Bearer all-b");
    let also_in_url = server.get("Patient/a?access_token=all-a", "all-a");
    for request in [twice, also_in_url] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400);
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        assert!(
            challenge.contains("error=\"invalid_request\""),
            "{challenge}"
        );
        let outcome: Value = response.json().await.unwrap();
        assert_eq!(outcome["issue"][0]["code"], "invalid");
    }
}

#[actix_web::test]
async fn a_token_that_ends_on_the_way_opens_no_further_page() {
    let server = Server::start();
    server.tokens.issue("short", "patient/*.rs", Some("a"));
    let (_, page) = server.json("Observation?_count=1", "short").await;
    let next = page["link"]
        .as_array()
        .unwrap()
        .iter()
        .find(|link| link["relation"] == "next");
    let next = next.unwrap()["url"].as_str().unwrap();
    let follow = || server.request("GET", next).bearer_auth("short");
    assert_eq!(status(follow()).await, 200);
    server.tokens.insert("short", Introspection::default());
    assert_eq!(status(follow()).await, 401);
}

#[actix_web::test]
async fn a_scope_that_became_narrower_holds_from_the_next_request_on() {
    let server = Server::start();
    server.tokens.issue("t", "patient/*.rs", Some("a"));
    assert_eq!(server.json("Condition/a-c", "t").await.0, 200);
    assert_eq!(server.ids("Observation", "t").await.len(), 4);
    let narrow = format!("patient/Observation.rs?category={SYSTEM}|laboratory");
    server.tokens.issue("t", &narrow, Some("a"));
    assert_eq!(server.json("Condition/a-c", "t").await.0, 403);
    assert_eq!(server.ids("Observation", "t").await, ["a-o0", "a-o1"]);
}

#[actix_web::test]
async fn each_letter_opens_its_interactions_and_no_other() {
    let server = Server::start();
    for letter in ["c", "r", "u", "d", "s", "rs", "ru", "cud"] {
        let scope = format!("patient/Condition.{letter}");
        server.tokens.issue(letter, &scope, Some("a"));
    }
    for (method, path, needed) in [
        ("GET", "Condition/a-c", "r"),
        ("GET", "Condition/a-c/_history", "r"),
        ("GET", "Condition/a-c/_history/1", "r"),
        ("GET", "Condition/_history", "r"),
        ("HEAD", "Condition/a-c", "r"),
        ("GET", "Condition", "s"),
        ("GET", "Patient/a/Condition", "s"),
        ("GET", "?_type=Condition", "s"),
        ("POST", "Condition", "c"),
        ("PUT", "Condition/a-c", "u"),
        ("PUT", "Condition/never", "u"),
        ("PATCH", "Condition/a-c", "u"),
        ("DELETE", "Condition/never", "d"),
        ("PUT", "Condition?patient=a", "u and s"),
        ("DELETE", "Condition?identifier=x", "d and s"),
        ("PATCH", "Condition?identifier=x", "u and s"),
        ("POST", "Condition/a-c/$meta-add", "u and r"),
        ("POST", "Condition/a-c/$meta-delete", "u and r"),
    ] {
        for token in ["c", "r", "u", "d", "s", "rs", "ru", "cud"] {
            let mut body = condition("a");
            if !path.contains('?') {
                body["id"] = json!(path.rsplit('/').next().unwrap());
            }
            if path.contains("$meta") {
                body = json!({ "resourceType": "Parameters", "parameter": [
                    { "name": "meta", "valueMeta": { "tag": [{ "code": "x" }] } }] });
            }
            let mut request = send(&server, method, path, token, &body);
            if method == "PATCH" {
                request = server
                    .request(method, &format!("{}/{path}", server.base))
                    .bearer_auth(token)
                    .header("Content-Type", "application/json-patch+json")
                    .body(r#"[{"op":"replace","path":"/onsetDateTime","value":"2016"}]"#);
            }
            let got = status(request).await;
            let has = |letter: &str| token.contains(letter);
            let holds = needed.split(" and ").all(has);
            assert_eq!(got != 403, holds, "{method} {path} with {token}: {got}");
        }
    }
}

#[actix_web::test]
async fn a_constraint_that_cannot_be_understood_opens_nothing() {
    let server = Server::start();
    for constraint in [
        "nonsense=x",
        "category:foo=laboratory",
        "date=soon",
        "patient.name=x",
        "category=laboratory&nonsense=x",
    ] {
        let scope = format!("patient/Observation.rs?{constraint}");
        server.tokens.issue("odd", &scope, Some("a"));
        for path in ["Observation", "Observation/a-o0", "Observation/_history"] {
            for handling in ["lenient", "strict"] {
                let request = server
                    .get(path, "odd")
                    .header("Prefer", format!("handling={handling}"));
                let got = status(request).await;
                assert!([401, 403].contains(&got), "{constraint} {path}: {got}");
            }
        }
    }
}

#[actix_web::test]
async fn the_refusal_of_a_type_is_the_same_for_what_is_there_gone_or_never_was() {
    let server = Server::start();
    crate::write::backend(&server);
    let delete = send(&server, "DELETE", "Condition/b-c", "backend", &Value::Null);
    assert_eq!(status(delete).await, 204);
    server
        .tokens
        .issue("labs", "patient/Observation.rs", Some("a"));
    let never = server.json("Condition/never", "labs").await;
    assert_eq!(never.0, 403);
    for path in ["Condition/a-c", "Condition/b-c", "Condition/a-c/_history"] {
        assert_eq!(server.json(path, "labs").await, never, "{path}");
    }
}

#[actix_web::test]
async fn a_constraint_holds_in_every_form_of_a_search() {
    let server = Server::start();
    let scope = format!("patient/Observation.rs?category={SYSTEM}|laboratory");
    server.tokens.issue("labs", &scope, Some("a"));
    let url = format!("{}/Observation/_search", server.base);
    for form in [
        &[("category", "vital-signs,laboratory")][..],
        &[("_id", "a-o0,a-o1,a-o2,a-o3")],
        &[("_content", "laboratory")],
        &[("_filter", "category ne laboratory or status eq final")],
        &[],
    ] {
        let post = server.request("POST", &url).bearer_auth("labs").form(form);
        let (got, bundle) = answer(post).await;
        assert_eq!(got, 200, "{form:?}: {bundle}");
        assert_eq!(crate::helpers::ids(&bundle), ["a-o0", "a-o1"], "{form:?}");
    }
}
