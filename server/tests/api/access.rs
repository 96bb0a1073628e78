//! What a token opens, and that nothing else opens anything.

use serde_json::Value;
use smart::Introspection;

use crate::helpers::{SYSTEM, Server, answer};

async fn status(server: &Server, path: &str, token: &str) -> u16 {
    server.json(path, token).await.0
}

#[actix_web::test]
async fn no_token_is_401_with_a_bare_challenge_and_an_outcome() {
    let server = Server::start();
    for path in [
        "Patient/a",
        "Observation?patient=a",
        "Foo/1",
        "Observation/nothing",
    ] {
        let response = server
            .request("GET", &format!("{}/{path}", server.base))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 401, "{path}");
        assert_eq!(
            response.headers()["www-authenticate"],
            r#"Bearer realm="s4s""#
        );
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["resourceType"], "OperationOutcome");
        assert_eq!(body["issue"][0]["code"], "login");
    }
}

#[actix_web::test]
async fn a_token_that_means_nothing_is_401_invalid_token() {
    let server = Server::start();
    for token in ["garbage", "all-a-truncated", "x".repeat(4097).as_str()] {
        let response = server.get("Patient/a", token).send().await.unwrap();
        assert_eq!(response.status(), 401);
        let challenge = response.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            challenge.contains(r#"error="invalid_token""#),
            "{challenge}"
        );
    }
}

#[actix_web::test]
async fn a_token_outside_the_authorization_header_counts_for_nothing() {
    let server = Server::start();
    let url = format!("{}/Patient/a?access_token=all-a", server.base);
    assert_eq!(answer(server.request("GET", &url)).await.0, 401);
    let basic = server
        .request("GET", &format!("{}/Patient/a", server.base))
        .basic_auth("all-a", Some("x"));
    assert_eq!(answer(basic).await.0, 401);
    let twice = server
        .get("Patient/a", "all-a")
        .header("Authorization", "Bearer all-b");
    assert_eq!(answer(twice).await.0, 400);
}

#[actix_web::test]
async fn another_patients_record_answers_like_one_that_never_was() {
    let server = Server::start();
    let never = server.json("Observation/never-was", "all-a").await;
    assert_eq!(never.0, 404);
    for path in [
        "Patient/b",
        "Condition/b-c",
        "MedicationRequest/b-m",
        "DocumentReference/b-d",
        "Binary/b-bin",
        "Observation/b-o0",
        "Provenance/b-prov",
        "Provenance/prov-both",
        "Patient/never-was",
    ] {
        assert_eq!(server.json(path, "all-a").await, never, "{path}");
    }
    for path in [
        "Patient/a",
        "Condition/a-c",
        "DocumentReference/a-d",
        "Binary/a-bin",
        "Observation/a-o0",
        "Provenance/a-prov",
    ] {
        assert_eq!(status(&server, path, "all-a").await, 200, "{path}");
    }
}

#[actix_web::test]
async fn a_search_never_leaves_the_compartment() {
    let server = Server::start();
    for path in [
        "Observation",
        "Observation?patient=a",
        "Observation?subject=Patient/a",
        "Observation?_count=1000",
        "Observation?status=final",
        "Observation?category:not=nothing",
        "Observation?patient:missing=false",
        "Observation?_id=a-o0,a-o1,a-o2,a-o3,b-o0,b-o1",
        "Observation?_lastUpdated=gt2000",
    ] {
        assert_eq!(
            server.ids(path, "all-a").await,
            ["a-o0", "a-o1", "a-o2", "a-o3"],
            "{path}"
        );
    }
    for path in [
        "Observation?patient=b",
        "Observation?subject=Patient/b",
        "Observation?_id=b-o0",
        "Patient?_id=b",
    ] {
        assert_eq!(
            server.ids(path, "all-a").await,
            Vec::<String>::new(),
            "{path}"
        );
    }
    assert_eq!(server.ids("Patient", "all-a").await, ["a"]);
    assert_eq!(server.ids("Provenance", "all-a").await, ["a-prov"]);
    assert_eq!(server.ids("Binary", "all-a").await, ["a-bin"]);
}

#[actix_web::test]
async fn totals_count_only_what_may_be_seen() {
    let server = Server::start();
    for path in [
        "Observation?_summary=count",
        "Observation?_count=0",
        "Observation?_total=accurate&_count=1",
    ] {
        let (_, bundle) = server.json(path, "all-a").await;
        assert_eq!(bundle["total"], 4, "{path}");
    }
}

#[actix_web::test]
async fn shared_resources_come_along_and_groups_never_do() {
    let server = Server::start();
    assert_eq!(status(&server, "Organization/o", "all-a").await, 200);
    assert_eq!(server.ids("Practitioner", "all-a").await, ["p"]);
    assert_eq!(status(&server, "Group/g", "all-a").await, 403);
    assert_eq!(status(&server, "Group", "all-a").await, 403);
}

#[actix_web::test]
async fn a_type_outside_the_scopes_is_403_whether_data_exist_or_not() {
    let server = Server::start();
    server
        .tokens
        .issue("observations", "patient/Observation.rs", Some("a"));
    assert_eq!(
        status(&server, "Observation/a-o0", "observations").await,
        200
    );
    let mut bodies = Vec::new();
    for path in ["Condition/a-c", "Condition/b-c", "Condition/never"] {
        let response = server.get(path, "observations").send().await.unwrap();
        assert_eq!(response.status(), 403, "{path}");
        let challenge = response.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(challenge.contains(r#"error="insufficient_scope""#));
        bodies.push(response.text().await.unwrap());
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
}

#[actix_web::test]
async fn each_letter_opens_its_own_interaction_only() {
    let server = Server::start();
    server.tokens.issue("r", "patient/Observation.r", Some("a"));
    server.tokens.issue("s", "patient/Observation.s", Some("a"));
    server
        .tokens
        .issue("write", "patient/Observation.write", Some("a"));
    for (token, read, search) in [("r", 200, 403), ("s", 403, 200), ("write", 403, 403)] {
        assert_eq!(
            status(&server, "Observation/a-o0", token).await,
            read,
            "{token}"
        );
        assert_eq!(
            status(&server, "Observation", token).await,
            search,
            "{token}"
        );
    }
}

#[actix_web::test]
async fn a_granular_scope_holds_in_search_total_and_read() {
    let server = Server::start();
    let scope = format!("patient/Observation.rs?category={SYSTEM}|laboratory");
    server.tokens.issue("labs", &scope, Some("a"));
    for path in [
        "Observation",
        "Observation?category:not=laboratory-x",
        "Observation?category=laboratory,vital-signs",
    ] {
        assert_eq!(server.ids(path, "labs").await, ["a-o0", "a-o1"], "{path}");
    }
    assert_eq!(
        server.ids("Observation?category=vital-signs", "labs").await,
        Vec::<String>::new()
    );
    let (_, count) = server.json("Observation?_summary=count", "labs").await;
    assert_eq!(count["total"], 2);
    assert_eq!(status(&server, "Observation/a-o0", "labs").await, 200);
    assert_eq!(status(&server, "Observation/a-o2", "labs").await, 404);
    let union = format!("{scope} patient/Observation.rs?category={SYSTEM}|vital-signs");
    server.tokens.issue("union", &union, Some("a"));
    assert_eq!(
        server.ids("Observation", "union").await,
        ["a-o0", "a-o1", "a-o2"]
    );
}

#[actix_web::test]
async fn content_is_seen_only_with_the_document_it_hangs_on() {
    let server = Server::start();
    server
        .tokens
        .issue("binary", "patient/Binary.rs", Some("a"));
    server.tokens.issue(
        "both",
        "patient/Binary.rs patient/DocumentReference.rs",
        Some("a"),
    );
    assert_eq!(status(&server, "Binary/a-bin", "binary").await, 404);
    assert_eq!(status(&server, "Binary/a-bin", "both").await, 200);
    assert_eq!(status(&server, "Binary/b-bin", "both").await, 404);
}

#[actix_web::test]
async fn levels_give_no_more_than_their_holder_has() {
    let server = Server::start();
    server.tokens.issue("no-patient", "patient/*.rs", None);
    server.tokens.issue("user-of-a", "user/*.rs", Some("a"));
    server
        .tokens
        .issue("system-with-user", "system/*.rs", Some("a"));
    server.tokens.issue("empty", "", Some("a"));
    server.tokens.insert(
        "backend",
        Introspection {
            active: true,
            scope: Some("system/Observation.rs".into()),
            client_id: Some("service".into()),
            sub: Some("service".into()),
            ..Introspection::default()
        },
    );
    server.tokens.insert(
        "practitioner",
        Introspection {
            active: true,
            scope: Some("user/Observation.rs".into()),
            client_id: Some("app".into()),
            sub: Some("dr".into()),
            fhir_user: Some(format!("{}/Practitioner/p", server.base)),
            ..Introspection::default()
        },
    );
    for token in ["no-patient", "system-with-user", "empty"] {
        assert_eq!(status(&server, "Observation", token).await, 403, "{token}");
    }
    assert_eq!(server.ids("Observation", "user-of-a").await.len(), 4);
    assert_eq!(server.ids("Observation", "backend").await.len(), 8);
    assert_eq!(server.ids("Observation", "practitioner").await.len(), 8);
}

#[actix_web::test]
async fn an_authorization_server_that_is_down_opens_nothing() {
    let server = Server::start();
    server.tokens.go_down();
    let response = server.get("Patient/a", "all-a").send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
}

#[actix_web::test]
async fn a_page_link_serves_only_its_owner() {
    let server = Server::start();
    let (_, bundle) = server.json("Observation?_count=1", "all-a").await;
    let next = bundle["link"][1]["url"].as_str().unwrap().to_owned();
    let follow = |token: &'static str| server.request("GET", &next).bearer_auth(token);
    assert_eq!(answer(follow("all-a")).await.0, 200);
    assert_eq!(answer(follow("all-b")).await.0, 404);
    assert_eq!(answer(server.request("GET", &next)).await.0, 401);
    let damaged = next.replace("_cursor=", "_cursor=x");
    assert_eq!(
        answer(server.request("GET", &damaged).bearer_auth("all-a"))
            .await
            .0,
        400
    );
}

#[actix_web::test]
async fn what_speaks_of_hidden_resources_is_hidden_too() {
    let server = Server::start();
    server.tokens.issue(
        "provenance",
        "patient/Provenance.rs patient/Observation.rs",
        Some("a"),
    );
    for path in [
        "Provenance",
        "Provenance?target=Condition/a-c",
        "Provenance?target=Condition/never",
    ] {
        assert_eq!(
            server.ids(path, "provenance").await,
            Vec::<String>::new(),
            "{path}"
        );
    }
    assert_eq!(
        status(&server, "Provenance/a-prov", "provenance").await,
        404
    );
    server.tokens.issue(
        "both",
        "patient/Provenance.rs patient/Condition.rs",
        Some("a"),
    );
    assert_eq!(server.ids("Provenance", "both").await, ["a-prov"]);
}

#[actix_web::test]
async fn a_page_link_tells_nothing_about_what_is_out_of_sight() {
    use base64::Engine as _;
    let server = Server::start();
    let (_, bundle) = server.json("Observation?_count=1", "all-a").await;
    let next = bundle["link"][1]["url"].as_str().unwrap();
    let cursor = next.split("_cursor=").nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(cursor)
        .unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("\"k\""));
}
