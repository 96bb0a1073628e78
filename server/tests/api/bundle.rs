//! Batches and transactions.

use serde_json::{Value, json};

use crate::helpers::{SYSTEM, Server, answer};
use crate::write::{backend, condition, send};

fn bundle(ty: &str, entries: &[Value]) -> Value {
    json!({ "resourceType": "Bundle", "type": ty, "entry": entries })
}

fn entry(method: &str, url: &str) -> Value {
    json!({ "request": { "method": method, "url": url } })
}

fn with(method: &str, url: &str, resource: &Value) -> Value {
    json!({ "request": { "method": method, "url": url }, "resource": resource })
}

fn named(full_url: &str, mut entry: Value) -> Value {
    entry["fullUrl"] = json!(full_url);
    entry
}

async fn post(server: &Server, token: &str, body: &Value) -> (u16, Value) {
    answer(send(server, "POST", "", token, body)).await
}

fn code(outcome: &Value) -> &str {
    outcome["issue"][0]["code"].as_str().unwrap_or_default()
}

fn expression(outcome: &Value) -> &str {
    outcome["issue"][0]["expression"][0]
        .as_str()
        .unwrap_or_default()
}

fn statuses(bundle: &Value) -> Vec<u16> {
    bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            entry["response"]["status"].as_str().unwrap()[..3]
                .parse()
                .unwrap()
        })
        .collect()
}

fn with_id(mut resource: Value, id: &str) -> Value {
    resource["id"] = json!(id);
    resource
}

const ONE: &str = "urn:uuid:11111111-1111-4111-8111-111111111111";
const TWO: &str = "urn:uuid:22222222-2222-4222-8222-222222222222";

fn patient(family: &str) -> Value {
    json!({ "resourceType": "Patient", "name": [{ "family": family }], "identifier": [{ "system": "http://x", "value": family }] })
}

fn of(reference: &str) -> Value {
    json!({ "resourceType": "Condition", "subject": { "reference": reference }, "code": { "text": "x" } })
}

#[actix_web::test]
async fn the_entries_of_a_transaction_name_each_other_and_happen_in_order() {
    let server = Server::start();
    backend(&server);
    let mut told = of(ONE);
    told["text"] = json!({ "status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"{ONE}\">x</a></div>") });
    let sent = bundle(
        "transaction",
        &[
            entry("GET", "Condition?patient.name=Fresh"),
            named(TWO, with("POST", "Condition", &told)),
            named(ONE, with("POST", "Patient", &patient("Fresh"))),
            with("PUT", "Condition/mine", &with_id(of(ONE), "mine")),
            entry("DELETE", "Condition/a-c"),
        ],
    );
    let (status, answered) = post(&server, "backend", &sent).await;
    assert_eq!(
        (status, answered["type"].as_str()),
        (200, Some("transaction-response")),
        "{answered}"
    );
    assert_eq!(statuses(&answered), [200, 201, 201, 201, 204]);
    let location = answered["entry"][2]["response"]["location"]
        .as_str()
        .unwrap();
    let id = location.split('/').rev().nth(2).unwrap();
    let reference = format!("Patient/{id}");
    assert_eq!(location, format!("{}/{reference}/_history/1", server.base));
    assert_eq!(answered["entry"][0]["resource"]["type"], "searchset");
    assert_eq!(
        answered["entry"][0]["resource"]["total"], 2,
        "reads come last"
    );
    let location = answered["entry"][1]["response"]["location"]
        .as_str()
        .unwrap();
    let path = location.strip_prefix(&format!("{}/", server.base)).unwrap();
    let (_, stored) = server.json(path, "backend").await;
    assert_eq!(stored["subject"]["reference"], reference);
    assert!(
        stored["text"]["div"]
            .as_str()
            .unwrap()
            .contains(&format!("href=\"{reference}\""))
    );
    assert_eq!(
        server.json("Condition/mine", "backend").await.1["subject"]["reference"],
        reference
    );
    assert_eq!(server.json("Condition/a-c", "backend").await.0, 410);
}

#[actix_web::test]
async fn nothing_of_a_refused_transaction_is_stored_and_the_entry_is_named() {
    let server = Server::start();
    backend(&server);
    let good = with("POST", "Condition", &condition("a"));
    let invalid = json!({ "resourceType": "Condition", "subject": { "reference": "Patient/a" }, "recordedDate": "soon" });
    for (bad, status, want) in [
        (json!({ "resource": condition("a") }), 400, "required"),
        (
            json!({ "request": { "url": "Condition" } }),
            400,
            "required",
        ),
        (json!({ "request": { "method": "GET" } }), 400, "required"),
        (entry("FOO", "Condition/a-c"), 400, "value"),
        (entry("GET", "http://evil/Condition/a-c"), 400, "value"),
        (entry("GET", "../Condition/a-c"), 400, "value"),
        (entry("GET", "Condition/a-c#x"), 400, "value"),
        (entry("GET", "Condition/own/../a-c"), 400, "value"),
        (entry("GET", "Condition%2Fa-c"), 400, "value"),
        (entry("GET", "condition/a-c"), 404, "not-supported"),
        (entry("GET", "Condition/never"), 404, "not-found"),
        (entry("GET", "$versions"), 400, "not-supported"),
        (
            with("POST", "Condition/$validate", &condition("a")),
            400,
            "not-supported",
        ),
        (with("POST", "Patient", &condition("a")), 400, "invalid"),
        (with("PUT", "Condition", &condition("a")), 400, "required"),
        (with("PUT", "Condition/x", &condition("a")), 400, "required"),
        (
            with("PUT", "Condition/x", &with_id(condition("a"), "y")),
            400,
            "invalid",
        ),
        (entry("POST", "Condition"), 400, "required"),
        (entry("DELETE", "Condition"), 400, "required"),
        (with("POST", "Condition", &invalid), 400, "value"),
        (with("POST", "Condition", &of(ONE)), 400, "not-found"),
        (
            with("POST", "Condition", &of("Patient?_id=never")),
            412,
            "not-found",
        ),
        (
            with("POST", "Condition", &of("Patient?gender=female")),
            412,
            "multiple-matches",
        ),
        (
            with("POST", "Condition", &of("Patient?nothing=1")),
            400,
            "invalid",
        ),
        (
            with("POST", "Condition", &of("Practitioner/p")),
            422,
            "invalid",
        ),
    ] {
        let sent = bundle("transaction", &[good.clone(), bad.clone()]);
        let (got, outcome) = post(&server, "backend", &sent).await;
        assert_eq!((got, code(&outcome)), (status, want), "{bad}: {outcome}");
        assert!(
            expression(&outcome).starts_with("Bundle.entry[1]"),
            "{bad}: {outcome}"
        );
    }
    assert_eq!(server.ids("Condition", "backend").await, ["a-c", "b-c"]);
}

#[actix_web::test]
async fn the_last_of_many_entries_undoes_all_before_it() {
    let server = Server::start();
    backend(&server);
    let mut entries = vec![with("POST", "Condition", &condition("a")); 499];
    entries.push(with(
        "POST",
        "Condition",
        &json!({ "resourceType": "Condition" }),
    ));
    let (status, outcome) = post(&server, "backend", &bundle("transaction", &entries)).await;
    assert_eq!(status, 422);
    assert!(
        expression(&outcome).starts_with("Bundle.entry[499]"),
        "{outcome}"
    );
    assert_eq!(server.ids("Condition", "backend").await.len(), 2);
    entries.pop();
    let (status, answered) = post(&server, "backend", &bundle("transaction", &entries)).await;
    assert_eq!((status, statuses(&answered).len()), (200, 499));
    entries.resize(1001, entries[0].clone());
    let (status, outcome) = post(&server, "backend", &bundle("transaction", &entries)).await;
    assert_eq!((status, code(&outcome)), (413, "too-costly"));
}

#[actix_web::test]
async fn what_is_no_batch_and_no_transaction_is_refused() {
    let server = Server::start();
    backend(&server);
    for (body, want) in [
        (condition("a"), "invalid"),
        (json!([]), "invalid"),
        (bundle("searchset", &[]), "invalid"),
        (bundle("document", &[]), "invalid"),
        (bundle("foo", &[]), "invalid"),
        (json!({ "resourceType": "Bundle" }), "required"),
        (
            json!({ "resourceType": "Bundle", "type": "batch", "entry": {} }),
            "structure",
        ),
    ] {
        let (status, outcome) = post(&server, "backend", &body).await;
        assert_eq!((status, code(&outcome)), (400, want), "{body}");
    }
    for body in [
        "{",
        "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"type\":\"batch\"}",
    ] {
        let request = server
            .request("POST", &server.base)
            .bearer_auth("backend")
            .header("Content-Type", "application/fhir+json")
            .body(body);
        assert_eq!(answer(request).await.0, 400, "{body}");
    }
    assert_eq!(
        post(&server, "backend", &bundle("transaction", &[]))
            .await
            .0,
        200
    );
    assert_eq!(
        post(&server, "garbage", &bundle("transaction", &[]))
            .await
            .0,
        401
    );
}

#[actix_web::test]
async fn no_two_entries_are_about_the_same_resource() {
    let server = Server::start();
    backend(&server);
    let own = with_id(condition("a"), "a-c");
    let mut conditional = with("POST", "Condition", &condition("a"));
    conditional["request"]["ifNoneExist"] = json!("code=none");
    for pair in [
        [
            with("PUT", "Condition/a-c", &own),
            entry("DELETE", "Condition/a-c"),
        ],
        [
            with("PUT", "Condition/a-c", &own),
            with("PUT", "Condition?patient=a", &own),
        ],
        [
            entry("DELETE", "Condition?patient=a"),
            with("PUT", "Condition?code=59621000&patient=a", &own),
        ],
        [conditional.clone(), conditional.clone()],
        [
            named(ONE, with("POST", "Condition", &own)),
            named(ONE, with("POST", "Condition", &own)),
        ],
    ] {
        let (status, outcome) = post(&server, "backend", &bundle("transaction", &pair)).await;
        assert_eq!((status, code(&outcome)), (400, "duplicate"), "{pair:?}");
        assert_eq!(expression(&outcome), "Bundle.entry[1]");
    }
    assert_eq!(
        server.json("Condition/a-c", "backend").await.1["meta"]["versionId"],
        "1"
    );
}

#[actix_web::test]
async fn references_follow_what_criteria_find() {
    let server = Server::start();
    backend(&server);
    let (_, existing) = answer(send(
        &server,
        "POST",
        "Patient",
        "backend",
        &patient("There"),
    ))
    .await;
    let existing = format!("Patient/{}", existing["id"].as_str().unwrap());
    let mut create = named(ONE, with("POST", "Patient", &patient("There")));
    create["request"]["ifNoneExist"] = json!("identifier=http://x|There");
    let update = named(
        TWO,
        with("PUT", "Patient?identifier=http://x|New", &patient("New")),
    );
    let sent = bundle(
        "transaction",
        &[
            create,
            update,
            with("POST", "Condition", &of(ONE)),
            with("POST", "Condition", &of(TWO)),
            with(
                "POST",
                "Condition",
                &of("Patient?identifier=http://x|There"),
            ),
            named(
                "http://other/fhir/Condition/9",
                with("POST", "Condition", &of("Patient/8")),
            ),
            named(
                "http://other/fhir/Patient/8",
                with("POST", "Patient", &patient("Eight")),
            ),
        ],
    );
    let request =
        send(&server, "POST", "", "backend", &sent).header("Prefer", "return=representation");
    let (status, answered) = answer(request).await;
    assert_eq!(status, 200, "{answered}");
    assert_eq!(statuses(&answered), [200, 201, 201, 201, 201, 201, 201]);
    let id = |at: usize| {
        format!(
            "Patient/{}",
            answered["entry"][at]["resource"]["id"].as_str().unwrap()
        )
    };
    let subject = |at: usize| answered["entry"][at]["resource"]["subject"]["reference"].clone();
    assert_eq!(id(0), existing);
    assert_eq!(subject(2), existing);
    assert_eq!(subject(3), id(1));
    assert_eq!(subject(4), existing);
    assert_eq!(subject(5), id(6));
}

#[actix_web::test]
async fn preconditions_hold_inside_a_transaction() {
    let server = Server::start();
    backend(&server);
    let own = with_id(condition("a"), "a-c");
    for (name, value) in [("ifMatch", "W/\"9\""), ("ifNoneMatch", "*")] {
        let mut put = with("PUT", "Condition/a-c", &own);
        put["request"][name] = json!(value);
        let (status, _) = post(&server, "backend", &bundle("transaction", &[put])).await;
        assert_eq!(status, 412, "{name}");
    }
    let mut put = with("PUT", "Condition/a-c", &own);
    put["request"]["ifMatch"] = json!("W/\"1\"");
    let operations =
        json!([{ "op": "add", "path": "/onsetDateTime", "value": "2001" }]).to_string();
    let binary = json!({ "resourceType": "Binary", "contentType": "application/json-patch+json", "data": base64(&operations) });
    let mut known = entry("GET", "Patient/a");
    known["request"]["ifNoneMatch"] = json!("W/\"1\"");
    let mut old = entry("GET", "Patient/a");
    old["request"]["ifModifiedSince"] = json!("2000-01-01T00:00:00Z");
    let sent = bundle(
        "transaction",
        &[
            put,
            with("PATCH", "Condition/b-c", &binary),
            known,
            old,
            entry("HEAD", "Patient/a"),
        ],
    );
    let (status, answered) = post(&server, "backend", &sent).await;
    assert_eq!(status, 200, "{answered}");
    assert_eq!(statuses(&answered), [200, 200, 304, 200, 200]);
    assert_eq!(answered["entry"][2].get("resource"), None);
    assert_eq!(answered["entry"][3]["resource"]["id"], "a");
    assert_eq!(answered["entry"][4].get("resource"), None);
    assert_eq!(
        server.json("Condition/b-c", "backend").await.1["onsetDateTime"],
        "2001"
    );
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[actix_web::test]
async fn each_entry_of_a_batch_stands_for_itself() {
    let server = Server::start();
    backend(&server);
    let operation = json!({ "resourceType": "Parameters", "parameter": [{ "name": "operation", "part": [
        { "name": "type", "valueCode": "add" },
        { "name": "path", "valueString": "Condition" },
        { "name": "name", "valueString": "recordedDate" },
        { "name": "value", "valueDateTime": "2025-01-02" }
    ]}] });
    let sent = bundle(
        "batch",
        &[
            with("POST", "Condition", &condition("a")),
            with("POST", "Condition", &json!({ "resourceType": "Condition" })),
            entry("GET", "Condition/never"),
            entry("FOO", "Condition/a-c"),
            json!({}),
            with("PATCH", "Condition/b-c", &operation),
            entry("GET", "Condition?recorded-date=2025-01-02"),
            entry("DELETE", "Condition/a-c"),
            with("PUT", "Condition/a-c", &with_id(condition("a"), "other")),
        ],
    );
    let (status, answered) = post(&server, "backend", &sent).await;
    assert_eq!(
        (status, answered["type"].as_str()),
        (200, Some("batch-response"))
    );
    assert_eq!(
        statuses(&answered),
        [201, 422, 404, 400, 400, 200, 200, 204, 400]
    );
    assert_eq!(
        answered["entry"][1]["response"]["outcome"]["resourceType"],
        "OperationOutcome"
    );
    assert_eq!(
        answered["entry"][6]["resource"]["total"], 2,
        "reads come last"
    );
    assert_eq!(
        answered["entry"][0].get("resource"),
        None,
        "nobody asked for it"
    );
}

#[actix_web::test]
async fn every_entry_is_authorized_by_itself() {
    let server = Server::start();
    server
        .tokens
        .issue("cruds", "patient/Condition.cruds", Some("a"));
    let never = server.json("Condition/never", "cruds").await;
    let sent = bundle(
        "batch",
        &[
            entry("GET", "Condition/a-c"),
            entry("GET", "Condition/b-c"),
            entry("GET", "Patient/a"),
            entry("GET", "Condition?patient=b"),
            with("PUT", "Condition/b-c", &with_id(condition("a"), "b-c")),
            entry("DELETE", "Condition/b-c"),
            with("POST", "Condition", &condition("b")),
            entry("GET", &format!("{}/Condition/b-c", server.base)),
        ],
    );
    let (_, answered) = post(&server, "cruds", &sent).await;
    assert_eq!(
        statuses(&answered),
        [200, 404, 403, 200, 405, 204, 403, 404]
    );
    assert_eq!(answered["entry"][1]["response"]["outcome"], never.1);
    assert_eq!(answered["entry"][3]["resource"]["total"], 0);
    assert_eq!(server.json("Condition/b-c", "all-b").await.0, 200);
    for (bad, status) in [
        (entry("GET", "Condition/b-c"), 404),
        (entry("GET", "Patient/a"), 403),
        (with("POST", "Condition", &condition("b")), 403),
        (with("POST", "Condition", &of("Patient?_id=b")), 403),
    ] {
        let good = with("POST", "Condition", &condition("a"));
        let (got, outcome) = post(
            &server,
            "cruds",
            &bundle("transaction", &[good, bad.clone()]),
        )
        .await;
        assert_eq!(got, status, "{bad}: {outcome}");
        assert!(expression(&outcome).starts_with("Bundle.entry[1]"));
    }
    assert_eq!(server.ids("Condition", "all-a").await, ["a-c"]);
    server.tokens.issue(
        "search",
        "patient/Condition.cruds patient/Patient.s",
        Some("a"),
    );
    let theirs = bundle(
        "transaction",
        &[with("POST", "Condition", &of("Patient?_id=b"))],
    );
    let (status, outcome) = post(&server, "search", &theirs).await;
    assert_eq!(
        (status, code(&outcome)),
        (412, "not-found"),
        "as if there were none"
    );
    let own = bundle(
        "transaction",
        &[with("POST", "Condition", &of("Patient?_id=a"))],
    );
    assert_eq!(post(&server, "search", &own).await.0, 200);
    server
        .tokens
        .issue("blind", "patient/Condition.c", Some("a"));
    let read = bundle("transaction", &[entry("GET", "Condition/a-c")]);
    assert_eq!(post(&server, "blind", &read).await.0, 403);
}

#[actix_web::test]
async fn content_may_hang_on_a_document_of_the_same_transaction() {
    let server = Server::start();
    server.tokens.issue("docs", "patient/*.cruds", Some("a"));
    let binary = json!({ "resourceType": "Binary", "contentType": "text/plain", "data": "aGk=", "securityContext": { "reference": TWO } });
    let document = json!({ "resourceType": "DocumentReference", "status": "current", "subject": { "reference": "Patient/a" },
        "content": [{ "attachment": { "contentType": "text/plain", "url": ONE } }] });
    let alone = bundle(
        "transaction",
        &[named(
            ONE,
            with(
                "POST",
                "Binary",
                &json!({ "resourceType": "Binary", "contentType": "text/plain", "data": "aGk=" }),
            ),
        )],
    );
    assert_eq!(post(&server, "docs", &alone).await.0, 403);
    let both = bundle(
        "transaction",
        &[
            named(ONE, with("POST", "Binary", &binary)),
            named(TWO, with("POST", "DocumentReference", &document)),
        ],
    );
    let request =
        send(&server, "POST", "", "docs", &both).header("Prefer", "return=representation");
    let (status, answered) = answer(request).await;
    assert_eq!(status, 200, "{answered}");
    let binary = answered["entry"][0]["response"]["location"]
        .as_str()
        .unwrap();
    let url = answered["entry"][1]["resource"]["content"][0]["attachment"]["url"]
        .as_str()
        .unwrap();
    assert!(binary.contains(url), "{binary} {url}");
}

#[actix_web::test]
async fn a_bundle_inside_a_bundle_is_data() {
    let server = Server::start();
    backend(&server);
    let inner = bundle("transaction", &[entry("DELETE", "Condition/a-c")]);
    let sent = bundle("transaction", &[with("POST", "Bundle", &inner)]);
    assert_eq!(post(&server, "backend", &sent).await.0, 200);
    assert_eq!(server.json("Condition/a-c", "backend").await.0, 200);
    assert_eq!(server.ids("Bundle", "backend").await.len(), 1);
}

#[actix_web::test]
async fn simultaneous_transactions_happen_as_a_whole_one_after_the_other() {
    let server = Server::start();
    backend(&server);
    let both = |at: usize| {
        let text = |id: &str| json!({ "resourceType": "Condition", "id": id, "subject": { "reference": "Patient/a" }, "code": { "text": format!("n{at}") } });
        bundle(
            "transaction",
            &[
                with("PUT", "Condition/a-c", &text("a-c")),
                with("PUT", "Condition/b-c", &text("b-c")),
            ],
        )
    };
    let all: Vec<_> = (0..64).map(both).collect();
    let answers =
        futures_util::future::join_all(all.iter().map(|sent| post(&server, "backend", sent))).await;
    assert!(answers.iter().all(|(status, _)| *status == 200));
    for version in 2..=65 {
        let mut texts = Vec::new();
        for id in ["a-c", "b-c"] {
            let (_, stored) = server
                .json(&format!("Condition/{id}/_history/{version}"), "backend")
                .await;
            texts.push(stored["code"]["text"].clone());
        }
        assert_eq!(texts[0], texts[1], "version {version}");
    }
}

#[actix_web::test]
async fn patches_of_simultaneous_transactions_all_happen() {
    let server = Server::start();
    backend(&server);
    let operations = json!([{ "op": "add", "path": "/note", "value": [{ "text": "x" }] }]);
    let binary = json!({ "resourceType": "Binary", "contentType": "application/json-patch+json", "data": base64(&operations.to_string()) });
    let both = ["Condition/a-c", "Condition/b-c"].map(|url| with("PATCH", url, &binary));
    let sent = bundle("transaction", &both);
    let answers =
        futures_util::future::join_all((0..64).map(|_| post(&server, "backend", &sent))).await;
    for (status, answered) in answers {
        assert_eq!(status, 200, "{answered}");
    }
    for url in ["Condition/a-c", "Condition/b-c"] {
        let (_, stored) = server.json(url, "backend").await;
        assert_eq!(stored["meta"]["versionId"], "65");
    }
}

#[actix_web::test]
async fn a_granular_scope_holds_for_what_entries_write() {
    let server = Server::start();
    let scope = format!("patient/Observation.cruds?category={SYSTEM}|laboratory");
    server.tokens.issue("labs", &scope, Some("a"));
    let observation = |category: &str| {
        json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" },
        "subject": { "reference": "Patient/a" }, "category": [{ "coding": [{ "system": SYSTEM, "code": category }] }] })
    };
    let sent = bundle(
        "batch",
        &[
            with("POST", "Observation", &observation("laboratory")),
            with("POST", "Observation", &observation("vital-signs")),
            entry("DELETE", "Observation/a-o2"),
            entry("GET", "Observation/a-o2"),
        ],
    );
    let (_, answered) = post(&server, "labs", &sent).await;
    assert_eq!(statuses(&answered), [201, 403, 204, 404]);
    assert_eq!(server.json("Observation/a-o2", "all-a").await.0, 200);
}

#[actix_web::test]
async fn a_bundle_is_at_most_fifty_mebibytes() {
    let server = Server::start();
    backend(&server);
    let request = server
        .request("POST", &server.base)
        .bearer_auth("backend")
        .header("Content-Type", "application/fhir+json")
        .body(" ".repeat(50 * 1024 * 1024 + 1));
    let (status, outcome) = answer(request).await;
    assert_eq!((status, code(&outcome)), (413, "too-long"));
}

#[actix_web::test]
async fn a_transaction_whose_client_left_is_in_or_out_as_a_whole() {
    use tokio::io::AsyncWriteExt as _;
    let server = Server::start();
    backend(&server);
    let address = server.origin.strip_prefix("http://").unwrap();
    for number in 0..20 {
        let identifier = json!([{ "system": "http://left", "value": number.to_string() }]);
        let mut first = condition("a");
        first["identifier"] = identifier.clone();
        let mut second = condition("b");
        second["identifier"] = identifier;
        let body = bundle(
            "transaction",
            &[
                with("POST", "Condition", &first),
                with("POST", "Condition", &second),
            ],
        )
        .to_string();
        let path = server.base.strip_prefix(&server.origin).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer backend\r\nContent-Type: application/fhir+json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let whole = format!("{head}{body}");
        // Every other client leaves before it has said everything.
        let said = if number % 2 == 0 {
            whole.len()
        } else {
            whole.len() - 10
        };
        stream.write_all(&whole.as_bytes()[..said]).await.unwrap();
        stream.shutdown().await.unwrap();
        drop(stream);
        let found = server
            .ids(
                &format!("Condition?identifier=http://left|{number}"),
                "backend",
            )
            .await;
        assert!(found.is_empty() || found.len() == 2, "{number}: {found:?}");
        if number % 2 == 1 {
            assert!(found.is_empty(), "{number} was not sent to its end");
        }
    }
}

#[actix_web::test]
async fn what_is_not_understood_around_an_entry_is_refused() {
    let server = Server::start();
    backend(&server);
    let own = with_id(condition("a"), "a-c");
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut entry = with("PUT", "Condition/a-c", &own);
        change(&mut entry);
        entry
    };
    // Each of them would be done without its condition if it were passed over.
    for bad in [
        changed(&|entry| entry["request"]["ifMatch"] = json!(9)),
        changed(&|entry| entry["request"]["ifmatch"] = json!("W/\"9\"")),
        changed(&|entry| entry["request"]["ifNoneExist"] = json!({})),
        changed(&|entry| entry["request"]["method"] = json!(null)),
        changed(&|entry| entry["ifMatch"] = json!("W/\"9\"")),
    ] {
        let (status, outcome) = post(
            &server,
            "backend",
            &bundle("transaction", std::slice::from_ref(&bad)),
        )
        .await;
        assert_eq!(status, 400, "{bad}: {outcome}");
        let (status, answered) = post(&server, "backend", &bundle("batch", &[bad])).await;
        assert_eq!((status, statuses(&answered)), (200, vec![400]));
    }
    for bad in [json!("entry"), json!(1), json!(null), json!([])] {
        let (status, outcome) = post(
            &server,
            "backend",
            &bundle("transaction", std::slice::from_ref(&bad)),
        )
        .await;
        assert_eq!((status, code(&outcome)), (400, "structure"), "{bad}");
        let (status, answered) = post(&server, "backend", &bundle("batch", &[bad])).await;
        assert_eq!((status, statuses(&answered)), (200, vec![400]));
    }
    let mut odd = bundle("transaction", &[with("PUT", "Condition/a-c", &own)]);
    odd["entries"] = json!([]);
    let (status, outcome) = post(&server, "backend", &odd).await;
    assert_eq!((status, code(&outcome)), (400, "structure"));
    let (_, kept) = server.json("Condition/a-c", "backend").await;
    assert_eq!(kept["meta"]["versionId"], "1");
    let good = changed(&|entry| {
        entry["id"] = json!("x");
        entry["request"]["_url"] = json!({ "id": "y" });
        entry["link"] = json!([{ "relation": "x", "url": "y" }]);
    });
    assert_eq!(
        post(&server, "backend", &bundle("transaction", &[good]))
            .await
            .0,
        200
    );
}
