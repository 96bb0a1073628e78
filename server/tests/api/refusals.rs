//! The negative catalogue of searches: what each request is answered with.

use serde_json::{Value, json};
use smart::Introspection;

use crate::helpers::{Server, answer, ids};
use crate::shelf::Shelf;

/// Case of the catalogue, request, status and issue code.
const ANSWERS: &[(&str, &str, u16, &str)] = &[
    ("F-125", "Observation?date=abc", 400, "value"),
    ("F-126", "Observation?code:foo=x", 400, "not-supported"),
    ("F-126", "Observation?date:exact=2020", 400, "not-supported"),
    ("F-126", "Observation?code:missing=maybe", 400, "value"),
    ("F-127", "Observation?date=2023-13", 400, "value"),
    ("F-127", "Observation?date=20230101", 400, "value"),
    ("F-127", "Observation?date=gtfoo", 400, "value"),
    ("F-127", "Observation?date=ge2023-02-30", 400, "value"),
    ("F-127", "Observation?date=gege2023", 400, "value"),
    ("F-128", "Observation?date=zz2020", 400, "value"),
    (
        "F-129",
        "Observation?value-quantity=5.4|http://u",
        400,
        "value",
    ),
    ("F-129", "Observation?value-quantity=abc||mg", 400, "value"),
    ("F-129", "Observation?value-quantity=1e400", 400, "value"),
    ("F-130", "Observation?code=a|b|c", 400, "value"),
    ("F-130", "Observation?subject=Patient/", 400, "value"),
    ("F-130", "Observation?subject=Foo/1", 400, "value"),
    ("F-131", "Patient?name=,", 400, "value"),
    ("F-131", r"Patient?name=\x", 400, "value"),
    ("F-132", "Patient?_count=-1", 400, "value"),
    ("F-132", "Patient?_count=abc", 400, "value"),
    ("F-133", "Patient?_sort=foo", 400, "not-supported"),
    ("F-133", "Patient?_sort=-", 400, "not-supported"),
    (
        "F-133",
        "Patient?_sort=_id,_id,_id,_id,_id,_id",
        400,
        "not-supported",
    ),
    (
        "F-133",
        "Patient?_sort=_id,_id,_id&_sort=_id,_id,_id",
        400,
        "not-supported",
    ),
    ("F-134", "Patient?_include=Foo:bar", 400, "not-supported"),
    ("F-134", "Patient?_include=Patient", 400, "not-supported"),
    ("F-134", "Patient?_include=*:*:*", 400, "not-supported"),
    (
        "F-135",
        "Observation?patient.link.link.link.link.name=a",
        400,
        "too-costly",
    ),
    (
        "F-135",
        "Patient?_has:Observation:subject:_has:Provenance:target:_has:Provenance:target:_has:Provenance:target:agent=x",
        400,
        "too-costly",
    ),
    ("F-140", "?_type=Patient,Foo", 400, "not-supported"),
    ("F-144", "Patient?_query=foo", 400, "not-supported"),
    (
        "F-144",
        "Patient?_containedType=contained",
        400,
        "not-supported",
    ),
];

#[actix_web::test]
async fn each_case_is_refused_as_the_catalogue_says_even_when_lenient() {
    let server = Server::start();
    for (case, path, status, code) in ANSWERS {
        for handling in ["lenient", "strict"] {
            let request = server
                .get(path, "all-a")
                .header("Prefer", format!("handling={handling}"));
            let (got, body) = answer(request).await;
            assert_eq!(got, *status, "{case} {path}: {body}");
            assert_eq!(body["issue"][0]["code"], *code, "{case} {path}: {body}");
        }
    }
}

#[actix_web::test]
async fn long_lists_and_many_parameters_are_too_costly() {
    let server = Server::start();
    let post = |pairs: Vec<(String, String)>| {
        let url = format!("{}/Observation/_search", server.base);
        answer(
            server
                .request("POST", &url)
                .bearer_auth("all-a")
                .form(&pairs),
        )
    };
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let list = |length: usize| vec!["x"; length].join(",");
    for pairs in [
        vec![pair("_id", list(10_000))],
        vec![pair("code", list(501))],
        vec![pair("code", list(300)), pair("category", list(300))],
        vec![pair("code", "x".into()); 101],
        vec![pair("_include", "Observation:subject".into()); 51],
    ] {
        let (status, body) = post(pairs).await;
        assert_eq!(
            (status, &body["issue"][0]["code"]),
            (400, &json!("too-costly"))
        );
    }
    assert_eq!(post(vec![pair("code", list(500))]).await.0, 200);
    assert_eq!(post(vec![pair("status", "final".into()); 100]).await.0, 200);
}

#[actix_web::test]
async fn a_page_has_at_most_a_thousand_and_zero_asks_for_the_total() {
    let server = Server::start();
    let (_, bundle) = server.json("Observation?_count=1000000000", "all-a").await;
    assert!(
        bundle["link"][0]["url"]
            .as_str()
            .unwrap()
            .ends_with("_count=1000")
    );
    for query in ["_count=0", "_summary=count"] {
        let (_, bundle) = server.json(&format!("Observation?{query}"), "all-a").await;
        assert_eq!((&bundle["total"], bundle.get("entry")), (&json!(4), None));
        assert_eq!(bundle["link"].as_array().unwrap().len(), 1);
    }
    for (total, said) in [
        ("none", Value::Null),
        ("estimate", json!(4)),
        ("accurate", json!(4)),
    ] {
        let (_, bundle) = server
            .json(&format!("Observation?_total={total}&_count=2"), "all-a")
            .await;
        assert_eq!(bundle["total"], said, "{total}");
    }
}

#[actix_web::test]
async fn empty_values_are_left_out_and_reported() {
    let server = Server::start();
    let (status, bundle) = server
        .json("Observation?category=&status=final", "all-a")
        .await;
    assert_eq!((status, ids(&bundle).len()), (200, 4));
    let last = bundle["entry"].as_array().unwrap().last().unwrap();
    assert_eq!(last["search"]["mode"], "outcome");
    assert!(
        !bundle["link"][0]["url"]
            .as_str()
            .unwrap()
            .contains("category")
    );
}

#[actix_web::test]
async fn an_absolute_reference_to_elsewhere_matches_nothing() {
    let server = Server::start();
    let path = "Observation?subject=http://evil.example/Patient/a";
    assert_eq!(server.ids(path, "all-a").await, [""; 0]);
}

#[actix_web::test]
async fn url_and_body_of_a_posted_search_are_one_search() {
    let server = Server::start();
    let url = format!("{}/Observation/_search?status=final", server.base);
    let post = |form: &[(&str, &str)]| {
        answer(server.request("POST", &url).bearer_auth("all-a").form(form))
    };
    assert_eq!(ids(&post(&[("category", "vital-signs")]).await.1), ["a-o2"]);
    assert_eq!(ids(&post(&[("status", "amended")]).await.1), [""; 0]);
    let (status, _) = post(&[("patient", "Patient/b")]).await;
    assert_eq!(status, 200);
}

#[actix_web::test]
async fn a_walk_meets_no_row_twice_and_misses_none_that_stays() {
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
    let put = |id: &str| {
        let body = json!({ "resourceType": "Basic", "id": id, "code": { "text": id } });
        server
            .request("PUT", &format!("{}/Basic/{id}", server.base))
            .bearer_auth("backend")
            .header("Content-Type", "application/fhir+json")
            .body(body.to_string())
    };
    for id in ["b1", "b2", "b3", "b4", "b5"] {
        assert_eq!(put(id).send().await.unwrap().status(), 201, "{id}");
    }
    let mut url = format!("{}/Basic?_count=2", server.base);
    let mut seen = Vec::new();
    for round in 0.. {
        let (_, bundle) = answer(server.request("GET", &url).bearer_auth("backend")).await;
        seen.extend(ids(&bundle));
        let links = bundle["link"].as_array().unwrap().clone();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
            break;
        };
        next["url"].as_str().unwrap().clone_into(&mut url);
        if round == 0 {
            let gone = server
                .request("DELETE", &format!("{}/Basic/b1", server.base))
                .bearer_auth("backend");
            assert!(gone.send().await.unwrap().status().is_success());
            assert_eq!(put("b6").send().await.unwrap().status(), 201);
        }
    }
    assert_eq!(seen, ["b1", "b2", "b3", "b4", "b5"]);
}

/// Texts that mean something to databases, globs, full-text engines, formatters and shells.
const PAYLOADS: &[&str] = &[
    "' OR 1=1 --",
    "\" OR \"\"=\"",
    "'); DROP TABLE resource; --",
    "%' AND 1=1 AND '%'='",
    "_%",
    "*",
    "a*",
    "NEAR(a b)",
    "words: a",
    "a NOT b",
    "{a b}: c",
    "^a",
    "a + b",
    "$.body",
    "%s%n%x",
    "../../etc/passwd",
    "\u{0}",
    "\u{FFFF}",
    "\u{10FFFF}",
    "🩺",
    "9223372036854775808",
    "-0",
    "1e308",
    "0000-00-00",
    "((((((((",
    "a$b$c",
    "|||",
];

#[test]
fn no_text_is_more_than_a_text_to_any_kind_of_parameter() {
    let shelf = Shelf::of(&[
        json!({ "resourceType": "Patient", "id": "a", "name": [{ "family": "O'Neil \"x\" _%" }] }),
    ]);
    for name in [
        "Patient?name",
        "Patient?name:exact",
        "Patient?name:contains",
        "Patient?name:text",
        "Patient?identifier",
        "Patient?identifier:of-type",
        "Patient?gender:in",
        "Patient?gender:not",
        "Patient?birthdate",
        "Patient?organization",
        "Patient?organization:identifier",
        "Patient?general-practitioner.name",
        "Patient?_has:Observation:subject:code",
        "Patient?_list",
        "Patient?_text",
        "Patient?_content",
        "Patient?_filter",
        "Patient?_id",
        "Patient?_profile:below",
        "Patient?_source:above",
        "Patient?_lastUpdated",
        "Observation?code-value-quantity",
        "Observation?value-quantity",
        "RiskAssessment?probability",
        "Location?near",
        "Patient?_sort",
        "Patient?_include",
        "Patient?_total",
        "Patient?_summary",
    ] {
        for payload in PAYLOADS {
            let search = format!("{name}={}", payload.replace('&', ""));
            if let Err(problem) = shelf.find(&search) {
                assert_eq!(problem.kind.status(), 400, "{search}: {problem}");
                assert!(problem.diagnostics.len() <= 1024, "{search}");
            }
        }
    }
    assert_eq!(shelf.find("Patient?name=o'neil").as_deref(), Ok("a"));
    assert_eq!(shelf.find("Patient?name:contains=_%").as_deref(), Ok("a"));
    assert_eq!(shelf.find("Patient?name:contains=%o").as_deref(), Ok(""));
}
