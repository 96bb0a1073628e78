//! Writes at the same time, and what a write makes of ids, versions and references it is sent.

use serde_json::{Value, json};

use crate::helpers::{Server, answer};
use crate::write::{backend, condition, send};

fn named(id: &str) -> Value {
    let mut body = condition("a");
    body["id"] = json!(id);
    body
}

#[actix_web::test]
async fn simultaneous_updates_make_versions_without_a_gap() {
    let server = Server::start();
    backend(&server);
    let body = named("a-c");
    let request = || answer(send(&server, "PUT", "Condition/a-c", "backend", &body));
    let answers = futures_util::future::join_all((0..64).map(|_| request())).await;
    assert!(answers.iter().all(|(status, _)| *status == 200));
    let mut versions: Vec<u32> = answers
        .iter()
        .map(|(_, body)| body["meta"]["versionId"].as_str().unwrap().parse().unwrap())
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=65).collect::<Vec<_>>());
}

#[actix_web::test]
async fn simultaneous_updates_and_deletes_have_an_order() {
    let server = Server::start();
    backend(&server);
    let body = named("a-c");
    let request = |at: usize| {
        let (method, body) = if at.is_multiple_of(2) {
            ("PUT", &body)
        } else {
            ("DELETE", &Value::Null)
        };
        send(&server, method, "Condition/a-c", "backend", body).send()
    };
    let answers = futures_util::future::join_all((0..64).map(request)).await;
    let mut made: Vec<(u32, u16)> = Vec::new();
    for response in answers {
        let response = response.unwrap();
        if let Some(etag) = response.headers().get("etag") {
            let version = etag
                .to_str()
                .unwrap()
                .trim_matches(|letter| "W/\"".contains(letter));
            made.push((version.parse().unwrap(), response.status().as_u16()));
        }
    }
    made.sort_unstable();
    let mut is_there = true;
    for (at, (version, status)) in made.iter().enumerate() {
        assert_eq!(*version, u32::try_from(at).unwrap() + 2, "{made:?}");
        match status {
            200 => assert!(is_there, "{made:?}"),
            201 => assert!(!is_there, "{made:?}"),
            _ => assert!(is_there, "what is gone is not deleted again: {made:?}"),
        }
        is_there = *status != 204;
    }
}

#[actix_web::test]
async fn ids_and_versions_in_a_body_are_the_servers_to_give() {
    let server = Server::start();
    backend(&server);
    let mut body = named("a-c");
    body["meta"] = json!({ "versionId": "77", "lastUpdated": "1999-01-01T00:00:00Z" });
    let (status, made) = answer(send(&server, "POST", "Condition", "backend", &body)).await;
    assert_eq!(status, 201);
    assert_ne!(made["id"], "a-c");
    assert_eq!(made["meta"]["versionId"], "1");
    assert_ne!(made["meta"]["lastUpdated"], "1999-01-01T00:00:00Z");
    for (id, want) in [(None, "required"), (Some("other"), "invalid")] {
        let mut body = condition("a");
        if let Some(id) = id {
            body["id"] = json!(id);
        }
        let (status, outcome) =
            answer(send(&server, "PUT", "Condition/a-c", "backend", &body)).await;
        assert_eq!(
            (status, outcome["issue"][0]["code"].as_str()),
            (400, Some(want))
        );
    }
}

#[actix_web::test]
async fn references_are_kept_as_written_or_refused_and_never_followed() {
    let server = Server::start();
    backend(&server);
    for (reference, status, code) in [
        ("Practitioner/p", 422, "invalid"),
        ("Patient/", 400, "value"),
        ("Patient/1/extra", 400, "value"),
        ("Patient?identifier=1", 400, "value"),
        ("http://127.0.0.1:1/fhir/Patient/1", 201, ""),
        ("Patient/never", 201, ""),
    ] {
        let mut body = condition("a");
        body["subject"]["reference"] = json!(reference);
        let (got, answered) = answer(send(&server, "POST", "Condition", "backend", &body)).await;
        assert_eq!(got, status, "{reference}: {answered}");
        if status == 201 {
            assert_eq!(answered["subject"]["reference"], reference);
        } else {
            assert_eq!(answered["issue"][0]["code"], code, "{reference}");
        }
    }
}

#[actix_web::test]
async fn if_match_is_a_list_of_versions_and_nothing_else() {
    let server = Server::start();
    backend(&server);
    let body = named("a-c");
    for (value, status, code) in [
        ("abc", 400, "value"),
        ("*", 400, "value"),
        ("W/3", 400, "value"),
        ("W/\"7\"", 412, "conflict"),
        ("W/\"7\", W/\"8\"", 412, "conflict"),
    ] {
        let request =
            send(&server, "PUT", "Condition/a-c", "backend", &body).header("If-Match", value);
        let (got, outcome) = answer(request).await;
        assert_eq!(
            (got, outcome["issue"][0]["code"].as_str()),
            (status, Some(code)),
            "{value}"
        );
    }
    let request =
        send(&server, "PUT", "Condition/a-c", "backend", &body).header("If-None-Match", "*");
    let (got, outcome) = answer(request).await;
    assert_eq!(
        (got, outcome["issue"][0]["code"].as_str()),
        (412, Some("duplicate"))
    );
    for value in ["\"1\"", "W/\"9\", W/\"2\""] {
        let request =
            send(&server, "PUT", "Condition/a-c", "backend", &body).header("If-Match", value);
        assert_eq!(answer(request).await.0, 200, "{value}");
    }
}

#[actix_web::test]
async fn what_is_out_of_sight_is_never_unmodified() {
    let server = Server::start();
    let never = server.json("Observation/never", "all-a").await;
    for (name, value) in [
        ("If-None-Match", "W/\"1\""),
        ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"),
    ] {
        let theirs = answer(server.get("Observation/b-o0", "all-a").header(name, value)).await;
        assert_eq!(theirs, never, "{name}");
    }
}

#[actix_web::test]
async fn simultaneous_edits_by_operations_all_happen() {
    let server = Server::start();
    backend(&server);
    let tag = |at: usize| {
        json!({ "resourceType": "Parameters", "parameter": [{ "name": "meta", "valueMeta": {
            "tag": [{ "system": "http://example.org/t", "code": format!("t{at}") }] } }] })
    };
    let add = |at: usize| answer(server.post("Condition/a-c/$meta-add", "backend", &tag(at)));
    let answers = futures_util::future::join_all((0..64).map(add)).await;
    for (status, body) in &answers {
        assert_eq!(*status, 200, "{body}");
    }
    let (_, resource) = server.json("Condition/a-c", "backend").await;
    assert_eq!(resource["meta"]["versionId"], "65");
    assert_eq!(resource["meta"]["tag"].as_array().unwrap().len(), 64);
}
