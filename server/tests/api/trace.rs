//! Why a request was refused, told to people who build apps.

use serde_json::Value;
use server::configuration::Profile;

use crate::helpers::{Server, answer};

async fn refused(server: &Server, path: &str, token: &str) -> (u16, Value) {
    answer(server.get(path, token).header("X-S4S-Trace", "1")).await
}

#[actix_web::test]
async fn a_traced_refusal_tells_what_the_token_holds_and_what_was_needed() {
    let server = Server::start();
    server.tokens.issue(
        "observations",
        "patient/Observation.rs?category=laboratory",
        Some("a"),
    );
    let (status, outcome) = refused(&server, "Condition/a-c", "observations").await;
    assert_eq!(status, 403);
    assert_eq!(outcome["issue"][0]["code"], "forbidden");
    let why = outcome["issue"][1]["diagnostics"].as_str().unwrap();
    for part in [
        "patient/Observation.rs?category=laboratory",
        "Patient/a",
        "Condition.r",
        "question mark",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert_eq!(outcome["issue"][1]["severity"], "information");
}

#[actix_web::test]
async fn a_trace_does_not_tell_whether_anything_exists() {
    let server = Server::start();
    let theirs = refused(&server, "Observation/b-o0", "all-a").await;
    assert_eq!(theirs.0, 404);
    assert_eq!(theirs, refused(&server, "Observation/never", "all-a").await);
    assert_eq!(theirs.1["issue"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn nothing_is_explained_unasked_or_in_production() {
    let server = Server::start();
    let (_, outcome) = server.json("Observation/never", "all-a").await;
    assert_eq!(outcome["issue"].as_array().unwrap().len(), 1);
    let server = Server::start_as(Profile::Production);
    let (_, outcome) = refused(&server, "Observation/never", "all-a").await;
    assert_eq!(outcome["issue"].as_array().unwrap().len(), 1);
    let (status, outcome) = refused(&server, "Observation/never", "garbage").await;
    assert_eq!(
        (status, outcome["issue"].as_array().unwrap().len()),
        (401, 1)
    );
}
