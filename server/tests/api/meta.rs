//! `$meta`, `$meta-add`, `$meta-delete`.

use serde_json::{Value, json};

use crate::helpers::{Server, answer};

fn labels() -> Value {
    json!({ "resourceType": "Parameters", "parameter": [{ "name": "meta", "valueMeta": {
        "profile": ["http://example.org/p"],
        "tag": [{ "system": "http://example.org/t", "code": "seen" }],
        "security": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R" }]
    } }] })
}

fn meta(parameters: &Value) -> &Value {
    &parameters["parameter"][0]["valueMeta"]
}

#[actix_web::test]
async fn what_may_be_read_but_not_written_is_not_edited() {
    let server = Server::start();
    server.tokens.issue(
        "reader",
        "patient/Condition.rs patient/Condition.u?category=http://example.org/c|nothing",
        Some("a"),
    );
    for id in ["a-c", "never"] {
        let call = server.post(&format!("Condition/{id}/$meta-add"), "reader", &labels());
        let (status, outcome) = answer(call).await;
        assert_eq!(status, 404, "{id}: {outcome}");
    }
}

fn server() -> Server {
    let server = Server::start();
    server.tokens.issue("writer", "patient/*.cruds", Some("a"));
    server
}

#[actix_web::test]
async fn labels_are_added_once_and_removed_again_as_new_versions() {
    let server = server();
    let add = || server.post("Condition/a-c/$meta-add", "writer", &labels());
    let (status, first) = answer(add()).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(meta(&first)["versionId"], "2");
    assert_eq!(meta(&first)["tag"][0]["code"], "seen");
    let (_, again) = answer(add()).await;
    assert_eq!(again, first, "what is there is not added twice");
    let (_, resource) = server.json("Condition/a-c", "all-a").await;
    assert_eq!(&resource["meta"], meta(&first));
    assert_eq!(resource["onsetDateTime"], "2015");
    assert_eq!(
        server
            .ids("Condition?_tag=http://example.org/t|seen", "all-a")
            .await,
        ["a-c"]
    );

    let delete = server.post("Condition/a-c/$meta-delete", "writer", &labels());
    let (status, left) = answer(delete).await;
    assert_eq!(status, 200);
    assert_eq!(meta(&left)["versionId"], "3");
    assert_eq!(meta(&left).get("tag"), None);
    assert!(server.ids("Condition?_tag=seen", "all-a").await.is_empty());
}

#[actix_web::test]
async fn labels_in_use_are_told_of_what_the_token_may_read() {
    let server = server();
    server
        .tokens
        .issue("writer-b", "patient/*.cruds", Some("b"));
    answer(server.post("Condition/b-c/$meta-add", "writer-b", &labels())).await;
    let (_, nothing) = server.json("Condition/$meta", "all-a").await;
    assert_eq!(nothing, json!({ "resourceType": "Parameters" }));
    for path in ["Condition/$meta", "$meta", "Condition/b-c/$meta"] {
        let (status, found) = server.json(path, "all-b").await;
        assert_eq!(status, 200, "{path}");
        assert_eq!(
            meta(&found)["profile"],
            json!(["http://example.org/p"]),
            "{path}"
        );
        assert_eq!(meta(&found)["tag"][0]["code"], "seen", "{path}");
    }
}

#[actix_web::test]
async fn labels_are_changed_by_post_with_the_right_to_update_alone() {
    let server = server();
    let path = "Condition/a-c/$meta-add";
    assert_eq!(answer(server.post(path, "all-a", &labels())).await.0, 403);
    assert_eq!(server.json(path, "writer").await.0, 405);
    let empty = json!({ "resourceType": "Parameters" });
    assert_eq!(answer(server.post(path, "writer", &empty)).await.0, 400);
    let unknown = answer(server.post("Condition/never/$meta-add", "writer", &labels())).await;
    assert_eq!(unknown.0, 404);
    let others = answer(server.post("Condition/b-c/$meta-add", "writer", &labels())).await;
    assert_eq!(others, unknown);
    assert_eq!(server.json("Condition/b-c/$meta", "all-a").await, unknown);
    server
        .tokens
        .issue("labs", "patient/Observation.rs", Some("a"));
    assert_eq!(server.json("Condition/$meta", "labs").await.0, 403);
}
