//! Formats, parts of resources, compression.

use std::collections::BTreeSet;
use std::io::Write as _;

use fhir::xml;
use serde_json::{Value, json};

use crate::helpers::{Server, answer};
use crate::write::{backend, send};

const JSON: &str = "application/fhir+json; charset=utf-8";
const XML: &str = "application/fhir+xml; charset=utf-8";

/// Status, content type and body.
async fn text(request: reqwest::RequestBuilder) -> (u16, String, String) {
    let response = request.send().await.unwrap();
    let media_type = response
        .headers()
        .get("content-type")
        .map_or(String::new(), |value| value.to_str().unwrap().to_owned());
    (
        response.status().as_u16(),
        media_type,
        response.text().await.unwrap(),
    )
}

#[actix_web::test]
async fn every_answer_comes_in_xml_too_and_says_the_same() {
    let server = Server::start();
    for (path, token, status) in [
        ("Patient/a", "all-a", 200),
        ("Observation?code=http://loinc.org|1000-0", "all-a", 200),
        ("Observation?nonsense=1", "all-a", 200),
        (
            "Observation?_include=Observation:subject&_summary=true",
            "all-a",
            200,
        ),
        ("_history?_count=3", "all-a", 200),
        ("metadata", "all-a", 200),
        ("Patient/b", "all-a", 404),
        ("Foo/1", "all-a", 404),
        ("Patient/a", "unknown", 401),
        ("Patient?birthdate=x", "all-a", 400),
        ("a/b/c/d/e", "all-a", 404),
    ] {
        let plain = text(server.get(path, token)).await;
        let accept = server
            .get(path, token)
            .header("Accept", "application/fhir+xml");
        let (got, media_type, body) = text(accept).await;
        assert_eq!((got, media_type.as_str()), (status, XML), "{path}");
        assert_eq!((plain.0, plain.1.as_str()), (status, JSON), "{path}");
        let mut back = xml::read(body.as_bytes()).unwrap();
        let mut json: Value = serde_json::from_str(&plain.2).unwrap();
        // Two requests, two times and two page links.
        for bundle in [&mut back, &mut json] {
            if bundle["resourceType"] == "Bundle" {
                bundle["meta"] = Value::Null;
                bundle["link"] = Value::Null;
            }
        }
        assert_eq!(back, json, "{path}");
    }
}

#[actix_web::test]
async fn a_form_may_ask_for_xml_and_any_answer_may_be_indented() {
    let server = Server::start();
    let url = format!("{}/Patient/_search", server.base);
    let form = server
        .request("POST", &url)
        .bearer_auth("all-a")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("_id=a&_format=xml&_pretty=true");
    let (status, media_type, body) = text(form).await;
    assert_eq!((status, media_type.as_str()), (200, XML));
    assert!(
        body.starts_with("<Bundle xmlns=\"http://hl7.org/fhir\">\n  <"),
        "{body}"
    );
    let (_, _, body) = text(server.get("Patient/b?_pretty=true", "all-a")).await;
    assert!(body.starts_with("{\n  \"resourceType\""), "{body}");
}

#[actix_web::test]
async fn what_cannot_be_had_is_406_with_an_outcome() {
    let server = Server::start();
    for (path, accept) in [
        ("Patient/a", "text/csv"),
        ("Patient/a", "application/pdf"),
        ("metadata", "text/csv"),
        ("Patient/a", "application/fhir+json; fhirVersion=3.0"),
        ("Patient/a?_format=foo", "*/*"),
    ] {
        let request = server.get(path, "all-a").header("Accept", accept);
        let (status, outcome) = answer(request).await;
        assert_eq!(status, 406, "{path} {accept}");
        assert_eq!(outcome["issue"][0]["code"], "not-supported");
    }
    // `_format` goes first.
    let request = server
        .get("Patient/a?_format=json", "all-a")
        .header("Accept", "application/fhir+xml");
    assert_eq!(text(request).await.1, JSON);
    let request = server
        .get("Patient/a", "all-a")
        .header("Accept-Encoding", "identity;q=0, zz");
    let (status, outcome) = answer(request).await;
    assert_eq!(
        (status, &outcome["issue"][0]["code"]),
        (406, &json!("not-supported"))
    );
}

fn post(
    server: &Server,
    media_type: &str,
    body: impl Into<reqwest::Body>,
) -> reqwest::RequestBuilder {
    server
        .request("POST", &format!("{}/Condition", server.base))
        .bearer_auth("backend")
        .header("Content-Type", media_type)
        .body(body)
}

const CONDITION: &str = "<Condition xmlns=\"http://hl7.org/fhir\"><code><text value=\"Ache &amp; pain\"/></code><subject><reference value=\"Patient/a\"/></subject></Condition>";

#[actix_web::test]
async fn a_resource_sent_as_xml_is_stored_as_json() {
    let server = Server::start();
    backend(&server);
    for media_type in [
        "application/fhir+xml",
        "application/xml; charset=UTF-8",
        "text/xml",
        "application/xml+fhir",
        "application/fhir+xml; fhirVersion=4.0",
    ] {
        let (status, stored) = answer(post(&server, media_type, CONDITION)).await;
        assert_eq!(status, 201, "{media_type}: {stored}");
        assert_eq!(stored["code"]["text"], "Ache & pain");
        let path = format!("Condition/{}", stored["id"].as_str().unwrap());
        assert_eq!(server.json(&path, "all-a").await.1, stored);
    }
}

#[actix_web::test]
async fn bodies_that_are_not_what_they_say_are_refused() {
    let server = Server::start();
    backend(&server);
    let json = r#"{"resourceType":"Condition","subject":{"reference":"Patient/a"}}"#;
    let doctype = format!("<!DOCTYPE Condition SYSTEM \"http://localhost/x\">{CONDITION}");
    let laughs = format!(
        "<!DOCTYPE a [<!ENTITY a \"ha\">{}]>{CONDITION}",
        "<!ENTITY b \"&a;&a;\">".repeat(1000)
    );
    let deep = CONDITION.replace("<code>", &"<extension url=\"u\">".repeat(100_000));
    for (media_type, body, status, code) in [
        ("application/fhir+json", CONDITION, 400, "structure"),
        ("application/fhir+xml", json, 400, "structure"),
        ("application/fhir+xml", "", 400, "structure"),
        ("application/fhir+xml", &doctype, 400, "security"),
        ("application/fhir+xml", &laughs, 400, "security"),
        ("application/fhir+xml", &deep, 400, "too-costly"),
        (
            "application/fhir+xml",
            &CONDITION.replace("fhir\"", "fhirs\""),
            400,
            "structure",
        ),
        (
            "application/fhir+xml",
            &CONDITION.replace("Ache &amp; pain", ""),
            400,
            "structure",
        ),
        (
            "application/fhir+xml",
            &CONDITION.replace("<code>", "<code foo=\"x\">"),
            400,
            "structure",
        ),
        (
            "application/fhir+xml",
            &CONDITION.replace("<code>", "<cod/><code>"),
            400,
            "structure",
        ),
        (
            "application/fhir+xml",
            &CONDITION.replace("Condition", "Patient"),
            400,
            "structure",
        ),
        (
            "application/fhir+xml; charset=utf-16",
            CONDITION,
            415,
            "not-supported",
        ),
        (
            "application/fhir+xml; fhirVersion=3.0",
            CONDITION,
            415,
            "not-supported",
        ),
        ("application/fhir+turtle", CONDITION, 415, "not-supported"),
        ("text/plain", json, 415, "not-supported"),
        (
            "multipart/form-data; boundary=x",
            json,
            415,
            "not-supported",
        ),
        ("", json, 415, "not-supported"),
    ] {
        let (got, outcome) = answer(post(&server, media_type, body.to_owned())).await;
        let shown: String = body.chars().take(200).collect();
        assert_eq!(got, status, "{media_type}: {shown}: {outcome}");
        assert_eq!(outcome["issue"][0]["code"], code, "{media_type}: {shown}");
    }
}

#[actix_web::test]
async fn a_narrative_that_acts_is_refused_in_xml_too() {
    let server = Server::start();
    backend(&server);
    for inside in [
        "<script>x</script>",
        "<p onload=\"x\">y</p>",
        "<a href=\"javascript:x\">y</a>",
        "<iframe/>",
        "<img src=\"http://elsewhere/x.png\"/>",
    ] {
        let text = format!(
            "<text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">{inside}</div></text><code>"
        );
        let body = CONDITION.replace("<code>", &text);
        let (status, outcome) = answer(post(&server, "application/fhir+xml", body)).await;
        assert_eq!(status, 422, "{inside}");
        assert_eq!(outcome["issue"][0]["code"], "invariant", "{inside}");
    }
}

fn compressed(coding: &str, plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        "gzip" => {
            let mut to = flate2::write::GzEncoder::new(&mut out, flate2::Compression::fast());
            to.write_all(plain).unwrap();
            to.finish().unwrap();
        }
        "br" => {
            let mut to = brotli::CompressorWriter::new(&mut out, 4096, 5, 22);
            to.write_all(plain).unwrap();
        }
        _ => out = zstd::encode_all(plain, 3).unwrap(),
    }
    out
}

#[actix_web::test]
async fn compressed_bodies_are_read_and_bombs_are_413() {
    let server = Server::start();
    backend(&server);
    let bomb = vec![b' '; 20_000_000];
    for coding in ["gzip", "br", "zstd"] {
        let send =
            |body| post(&server, "application/fhir+xml", body).header("Content-Encoding", coding);
        let (status, _) = answer(send(compressed(coding, CONDITION.as_bytes()))).await;
        assert_eq!(status, 201, "{coding}");
        let (status, outcome) = answer(send(compressed(coding, &bomb))).await;
        assert_eq!(status, 413, "{coding}");
        assert_eq!(outcome["issue"][0]["code"], "too-long");
        let (status, _) = answer(send(CONDITION.as_bytes().to_vec())).await;
        assert_eq!(status, 400, "{coding}");
    }
    for coding in ["zz", "gzip, gzip"] {
        let request =
            post(&server, "application/fhir+xml", CONDITION).header("Content-Encoding", coding);
        assert_eq!(answer(request).await.0, 415, "{coding}");
    }
    let long = vec![b' '; 10 * 1024 * 1024 + 1];
    assert_eq!(
        answer(post(&server, "application/fhir+json", long)).await.0,
        413
    );
}

#[actix_web::test]
async fn long_answers_are_compressed_in_any_coding_and_short_ones_are_not() {
    let server = Server::start();
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let get = |path: &str| {
            server
                .get(path, "all-a")
                .header("Accept-Encoding", coding)
                .send()
        };
        let long = get("metadata").await.unwrap();
        assert_eq!(long.headers()["content-encoding"], coding);
        let short = get("Patient/a").await.unwrap();
        assert_eq!(short.status(), 200);
        assert!(
            !short.headers().contains_key("content-encoding"),
            "{coding}"
        );
        assert_eq!(short.json::<Value>().await.unwrap()["id"], "a");
    }
}

#[actix_web::test]
async fn parts_of_resources_are_marked_and_keep_what_must_be_there() {
    let server = Server::start();
    for (path, kept, cut) in [
        (
            "Observation/a-o0?_summary=true",
            "valueQuantity",
            "category",
        ),
        ("Observation/a-o0?_summary=text", "status", "valueQuantity"),
        (
            "Observation/a-o0?_elements=subject",
            "subject",
            "valueQuantity",
        ),
        (
            "Observation/a-o0/_history/1?_elements=Observation.subject",
            "status",
            "valueQuantity",
        ),
        ("metadata?_summary=true", "fhirVersion", "rest"),
    ] {
        let (status, part) = server.json(path, "all-a").await;
        assert_eq!(status, 200, "{path}: {part}");
        assert_eq!(part["meta"]["tag"][0]["code"], "SUBSETTED", "{path}");
        assert!(part.get(kept).is_some(), "{path}: {part}");
        assert!(
            part.get(cut).is_none() || path.starts_with("metadata"),
            "{path}: {part}"
        );
    }
    for path in [
        "Observation?_elements=subject&_include=Observation:subject",
        "Observation/_history?_elements=subject",
    ] {
        let (_, bundle) = server.json(path, "all-a").await;
        let first = &bundle["entry"][0]["resource"];
        assert_eq!(
            first["meta"]["tag"][0]["code"], "SUBSETTED",
            "{path}: {bundle}"
        );
        assert!(first.get("valueQuantity").is_none() && first.get("subject").is_some());
        assert!(
            bundle["link"][0]["url"]
                .as_str()
                .unwrap()
                .contains("_elements=subject")
        );
    }
    let (_, bundle) = server
        .json(
            "Observation?_elements=subject&_include=Observation:subject",
            "all-a",
        )
        .await;
    let last = bundle["entry"].as_array().unwrap().last().unwrap();
    assert_eq!(last["search"]["mode"], "include");
    assert!(
        last["resource"].get("birthDate").is_some(),
        "what came along is whole"
    );
    let (_, whole) = server
        .json("Observation/a-o0?_summary=false", "all-a")
        .await;
    assert_eq!(whole["meta"].get("tag"), None);
}

#[actix_web::test]
async fn parameters_of_parts_are_checked() {
    let server = Server::start();
    for path in [
        "Observation/a-o0?_summary=maybe",
        "Observation/a-o0?_summary=count",
        "Observation/a-o0?_summary=",
        "Observation/a-o0?_elements=",
        "Observation/a-o0?_elements=a,,b",
        "Observation/a-o0?_elements=a%20b",
        "Observation/a-o0?_elements=status&_summary=true",
        "Observation/a-o0?_elements=frob",
        "Observation?_elements=status,frob",
        "Observation/_history?_elements=Patient.status",
        "Observation?_summary=text&_include=Observation:subject",
    ] {
        assert_eq!(server.json(path, "all-a").await.0, 400, "{path}");
    }
    for path in [
        "Observation?_elements=value[x],valueQuantity,value,id,meta,Observation.code",
        "Observation?_elements=status,Patient.name&_include=Observation:subject",
        "?_type=Patient,Observation&_elements=name,status",
        "metadata?_elements=fhirVersion",
    ] {
        assert_eq!(server.json(path, "all-a").await.0, 200, "{path}");
    }
    let (status, count) = server.json("Observation?_summary=count", "all-a").await;
    assert_eq!((status, &count["total"]), (200, &json!(4)));
    assert_eq!(
        server
            .json("Observation/_history?_summary=count", "all-a")
            .await
            .0,
        200
    );
}

#[actix_web::test]
async fn what_the_statement_names_can_be_read_and_found_by_any_token() {
    let server = Server::start_with_definitions();
    server
        .tokens
        .issue("narrow", "patient/Observation.rs", Some("a"));
    let (_, statement) = server.json("metadata", "narrow").await;
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    let of_patient = resources.iter().find(|it| it["type"] == "Patient").unwrap();
    let all = resources.iter().chain([&statement["rest"][0]]);
    let operations = all.flat_map(|place| definitions_in(&place["operation"]));
    let operations: BTreeSet<_> = operations.map(|url| ("OperationDefinition", url)).collect();
    let parameters = definitions_in(&of_patient["searchParam"]).map(|url| ("SearchParameter", url));
    assert!(operations.len() > 20);
    for (ty, url) in operations.into_iter().chain(parameters) {
        let found = server.ids(&format!("{ty}?url={url}"), "narrow").await;
        assert_eq!(found.len(), 1, "{url}");
        let (status, read) = server.json(&format!("{ty}/{}", found[0]), "narrow").await;
        assert_eq!((status, read["url"].as_str()), (200, Some(url)));
    }
    assert_eq!(server.json("ValueSet", "narrow").await.0, 403);
    backend(&server);
    let path = "SearchParameter/Patient-language";
    let (_, read) = server.json(path, "narrow").await;
    assert_eq!(
        answer(send(&server, "PUT", path, "narrow", &read)).await.0,
        403
    );
}

fn definitions_in(named: &Value) -> impl Iterator<Item = &str> {
    let named = named.as_array().into_iter().flatten();
    named.filter_map(|named| named["definition"].as_str())
}

#[actix_web::test]
async fn a_part_is_not_written_back() {
    let server = Server::start();
    backend(&server);
    let (_, part) = server.json("Condition/a-c?_summary=true", "backend").await;
    let (status, outcome) = answer(send(&server, "PUT", "Condition/a-c", "backend", &part)).await;
    assert_eq!(status, 422);
    assert_eq!(outcome["issue"][0]["code"], "business-rule");
}
