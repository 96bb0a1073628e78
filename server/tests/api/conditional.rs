//! Writes whose target is named by criteria, and what they say to whom.

use serde_json::{Value, json};

use crate::helpers::{Server, answer};
use crate::write::{backend, condition, send};

fn identified(patient: &str, value: &str) -> Value {
    let mut body = condition(patient);
    body["identifier"] = json!([{ "system": "http://x", "value": value }]);
    body
}

fn code(outcome: &Value) -> &str {
    outcome["issue"][0]["code"].as_str().unwrap_or_default()
}

#[actix_web::test]
async fn a_conditional_update_makes_or_replaces_the_one_resource_found() {
    let server = Server::start();
    backend(&server);
    let put =
        |path: &'static str, body: Value| answer(send(&server, "PUT", path, "backend", &body));
    let path = "Condition?identifier=http://x|1";
    let (status, made) = put(path, identified("a", "1")).await;
    assert_eq!(status, 201);
    let (status, again) = put(path, identified("a", "1")).await;
    assert_eq!((status, &again["id"]), (200, &made["id"]));
    assert_eq!(again["meta"]["versionId"], "2");
    assert_eq!(put(path, again.clone()).await.0, 200);
    let mut other = again.clone();
    other["id"] = json!("other");
    let (status, outcome) = put(path, other.clone()).await;
    assert_eq!((status, code(&outcome)), (400, "invalid"));
    let nothing = "Condition?identifier=http://x|2";
    let (status, named) = put(nothing, other).await;
    assert_eq!((status, named["id"].as_str()), (201, Some("other")));
    let (status, outcome) = put("Condition?identifier=http://x|3", again).await;
    assert_eq!((status, code(&outcome)), (412, "duplicate"));
    let (status, outcome) = put("Condition?patient=a", condition("a")).await;
    assert_eq!((status, code(&outcome)), (412, "multiple-matches"));
}

#[actix_web::test]
async fn a_conditional_delete_takes_one_resource_and_never_many() {
    let server = Server::start();
    backend(&server);
    let delete =
        |path: &'static str| answer(send(&server, "DELETE", path, "backend", &Value::Null));
    let (status, outcome) = delete("Condition?patient=a,b").await;
    assert_eq!((status, code(&outcome)), (412, "multiple-matches"));
    assert_eq!(server.ids("Condition", "backend").await, ["a-c", "b-c"]);
    assert_eq!(delete("Condition?patient=a").await.0, 204);
    assert_eq!(
        delete("Condition?patient=a").await.0,
        204,
        "nothing is found"
    );
    assert_eq!(server.ids("Condition", "backend").await, ["b-c"]);
}

#[actix_web::test]
async fn criteria_of_a_write_are_all_understood_or_it_is_refused() {
    let server = Server::start();
    backend(&server);
    for method in ["PUT", "DELETE"] {
        for (query, want) in [
            ("", "required"),
            ("?", "required"),
            ("?_format=json", "required"),
            ("?nothing=1", "invalid"),
            ("?patient=a&nothing=1", "invalid"),
            ("?patient=a&_count=1", "invalid"),
            ("?patient=a&_sort=_id", "invalid"),
            ("?patient:Patient.name=Smith", "invalid"),
            ("?patient=a&recorded-date=x", "value"),
        ] {
            let path = format!("Condition{query}");
            let request = send(&server, method, &path, "backend", &condition("a"));
            let (status, outcome) = answer(request).await;
            assert_eq!(
                (status, code(&outcome)),
                (400, want),
                "{method} {path}: {outcome}"
            );
        }
    }
    assert_eq!(server.ids("Condition", "backend").await, ["a-c", "b-c"]);
    for criteria in [
        "http://x/Condition?identifier=1",
        "Condition?identifier=1",
        "",
        "_count=1",
    ] {
        let request = send(&server, "POST", "Condition", "backend", &condition("a"))
            .header("If-None-Exist", criteria);
        let (status, outcome) = answer(request).await;
        assert_eq!((status, code(&outcome)), (400, "invalid"), "{criteria}");
    }
}

#[actix_web::test]
async fn simultaneous_conditional_updates_make_one_resource() {
    let server = Server::start();
    backend(&server);
    let body = identified("a", "1");
    let request = || {
        let path = "Condition?identifier=http://x|1";
        answer(send(&server, "PUT", path, "backend", &body))
    };
    let answers = futures_util::future::join_all((0..64).map(|_| request())).await;
    let mut versions: Vec<u32> = answers
        .iter()
        .map(|(_, body)| body["meta"]["versionId"].as_str().unwrap().parse().unwrap())
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=64).collect::<Vec<_>>());
    assert_eq!(
        answers.iter().filter(|(status, _)| *status == 201).count(),
        1
    );
}

#[actix_web::test]
async fn criteria_need_the_right_to_search() {
    let server = Server::start();
    for (token, scope) in [("c", "c"), ("u", "u"), ("d", "d")] {
        server
            .tokens
            .issue(token, &format!("patient/Condition.{scope}"), Some("a"));
    }
    let body = condition("a");
    let path = "Condition?identifier=http://x|1";
    let create = send(&server, "POST", "Condition", "c", &body)
        .header("If-None-Exist", "identifier=http://x|1");
    let update = send(&server, "PUT", path, "u", &body);
    let delete = send(&server, "DELETE", path, "d", &Value::Null);
    for request in [create, update, delete] {
        let (status, outcome) = answer(request).await;
        assert_eq!((status, code(&outcome)), (403, "forbidden"));
    }
}

#[actix_web::test]
async fn what_is_out_of_sight_is_not_found_by_criteria() {
    let server = Server::start();
    backend(&server);
    server
        .tokens
        .issue("cruds", "patient/Condition.cruds", Some("a"));
    let theirs = identified("b", "1");
    assert_eq!(
        answer(send(&server, "POST", "Condition", "backend", &theirs))
            .await
            .0,
        201
    );
    let path = "Condition?identifier=http://x|1";
    let delete = send(&server, "DELETE", path, "cruds", &Value::Null);
    assert_eq!(answer(delete).await.0, 204);
    let update = send(&server, "PUT", path, "cruds", &identified("a", "1"));
    assert_eq!(answer(update).await.0, 201);
    let create = send(&server, "POST", "Condition", "cruds", &identified("a", "1"))
        .header("If-None-Exist", "identifier=http://x|1");
    assert_eq!(answer(create).await.0, 200);
    assert_eq!(
        server.ids(path, "backend").await.len(),
        2,
        "one of each patient"
    );
}

#[actix_web::test]
async fn an_id_in_use_out_of_sight_answers_like_a_free_one() {
    let server = Server::start();
    backend(&server);
    server
        .tokens
        .issue("cruds", "patient/Condition.cruds", Some("a"));
    let (_, gone) = server.json("Condition/b-c", "backend").await;
    let mut bodies = Vec::new();
    let again = async || {
        let mut answers = Vec::new();
        for id in ["b-c", "never"] {
            let mut body = condition("a");
            body["id"] = json!(id);
            for (name, value) in [
                ("If-Match", "W/\"1\""),
                ("If-Match", "W/\"9\""),
                ("If-None-Match", "*"),
            ] {
                let path = format!("Condition/{id}");
                let request = send(&server, "PUT", &path, "cruds", &body).header(name, value);
                let response = request.send().await.unwrap();
                assert_eq!(response.status(), 405);
                assert!(response.headers().contains_key("allow"));
                answers.push(response.text().await.unwrap());
            }
        }
        answers
    };
    bodies.extend(again().await);
    let delete = send(&server, "DELETE", "Condition/b-c", "backend", &Value::Null);
    assert_eq!(answer(delete).await.0, 204);
    bodies.extend(again().await);
    assert!(
        bodies.windows(2).all(|pair| pair[0] == pair[1]),
        "{bodies:?}"
    );
    assert_eq!(gone["id"], "b-c");
}

#[actix_web::test]
async fn what_all_patients_share_is_not_one_patients_to_change() {
    let server = Server::start();
    server.tokens.issue("cruds", "patient/*.cruds", Some("a"));
    let (_, organization) = server.json("Organization/o", "cruds").await;
    for (method, path) in [
        ("PUT", "Organization/o"),
        ("POST", "Organization"),
        ("DELETE", "Organization/o"),
    ] {
        let request = send(&server, method, path, "cruds", &organization);
        assert_eq!(answer(request).await.0, 403, "{method}");
    }
}
