//! Bodies that are not what they should be, and requests that are none: the answer is a refusal
//! with an outcome, never a crash.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::helpers::{Server, answer};
use crate::write::backend;

fn post(server: &Server, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    server
        .request("POST", &format!("{}/Patient", server.base))
        .bearer_auth("backend")
        .header("Content-Type", "application/fhir+json")
        .body(body)
}

#[actix_web::test]
async fn json_that_is_no_resource_is_refused_with_its_code() {
    let server = Server::start();
    backend(&server);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let extensions = format!(
        "{{\"resourceType\":\"Patient\",\"extension\":{}{}}}",
        "[{\"url\":\"u\",\"extension\":".repeat(70),
        "[]".to_owned() + &"}]".repeat(70)
    );
    let items = format!(
        "{{\"resourceType\":\"Patient\",\"contact\":{}1{}}}",
        "[".repeat(70),
        "]".repeat(70)
    );
    for (body, status, code) in [
        ("", 400, "structure"),
        ("{\"resourceType\":\"Patient\"", 400, "structure"),
        ("{\"resourceType\":\"Patient\",}", 400, "structure"),
        ("{\"resourceType\":\"Patient\"} // x", 400, "structure"),
        ("{\"resourceType\":\"Patient\"}{}", 400, "structure"),
        (
            "{\"resourceType\":\"Patient\",\"multipleBirthInteger\":NaN}",
            400,
            "structure",
        ),
        (
            "{\"resourceType\":\"Patient\",\"active\":true,\"active\":false}",
            400,
            "structure",
        ),
        ("[]", 400, "structure"),
        ("\"Patient\"", 400, "structure"),
        ("1", 400, "structure"),
        ("null", 400, "structure"),
        ("{}", 400, "structure"),
        ("{\"resourceType\":1}", 400, "structure"),
        ("{\"resourceType\":\"Foo\"}", 400, "structure"),
        ("{\"resourceType\":\"Condition\"}", 400, "invalid"),
        (
            "{\"resourceType\":\"Patient\",\"gendre\":\"x\"}",
            400,
            "structure",
        ),
        (
            "{\"resourceType\":\"Patient\",\"active\":null}",
            400,
            "structure",
        ),
        (
            "{\"resourceType\":\"Patient\",\"name\":[]}",
            400,
            "structure",
        ),
        (
            "{\"resourceType\":\"Patient\",\"name\":[{}]}",
            400,
            "structure",
        ),
        (
            "{\"resourceType\":\"Patient\",\"birthDate\":5}",
            400,
            "structure",
        ),
        (
            "{\"resourceType\":\"Patient\",\"active\":\"true\"}",
            400,
            "structure",
        ),
        (
            "{\"resourceType\":\"Patient\",\"birthDate\":\"1985-13-01\"}",
            400,
            "value",
        ),
        (
            "{\"resourceType\":\"Patient\",\"birthDate\":\"2023-02-30\"}",
            400,
            "value",
        ),
        (
            "{\"resourceType\":\"Patient\",\"deceasedBoolean\":true,\"deceasedDateTime\":\"2020\"}",
            400,
            "structure",
        ),
        (
            "{\"resourceType\":\"Patient\",\"gender\":\"x\"}",
            422,
            "code-invalid",
        ),
        (
            r#"{"resourceType":"Patient","language":"\ud800"}"#,
            400,
            "structure",
        ),
        (
            r#"{"resourceType":"Patient","name":[{"family":"\u0000"}]}"#,
            400,
            "value",
        ),
        (
            "{\"resourceType\":\"Patient\",\"language\":\"a\tb\"}",
            400,
            "structure",
        ),
        (
            r#"{"resourceType":"Patient","_birthDate":{}}"#,
            400,
            "structure",
        ),
        (
            r#"{"resourceType":"Patient","_birthDate":null}"#,
            400,
            "structure",
        ),
        (
            r#"{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[{"id":"1"}]}]}"#,
            400,
            "structure",
        ),
        (
            r#"{"resourceType":"Patient","name":[{"given":["a",null]}]}"#,
            400,
            "structure",
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"http://x","valueDecimal":1e400}]}"#,
            400,
            "value",
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"http://x","valueInstant":"2020-01-01T00:00:00"}]}"#,
            400,
            "value",
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"http://x","valuePositiveInt":-1}]}"#,
            400,
            "value",
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"http://x","valueUri":"a b"}]}"#,
            400,
            "value",
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"http://x","valueOid":"1.2"}]}"#,
            400,
            "value",
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"http://x","valueUuid":"1"}]}"#,
            400,
            "value",
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"http://x","valueBase64Binary":"!"}]}"#,
            400,
            "value",
        ),
        (
            r#"{"resourceType":"Patient","deceasedDateTime":"2000-01-01T24:00:00Z"}"#,
            400,
            "value",
        ),
        (
            r#"{"resourceType":"Patient","gender":["male"]}"#,
            400,
            "structure",
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"http://x"}]}"#,
            422,
            "invariant",
        ),
        (
            r#"{"resourceType":"Patient","link":[{"other":{"reference":"Patient/x"}}]}"#,
            422,
            "required",
        ),
        (
            r##"{"resourceType":"Patient","contained":[{"resourceType":"Organization","name":"x","id":"o","contained":[{"resourceType":"Patient","id":"p"}]}],"managingOrganization":{"reference":"#o"}}"##,
            422,
            "invariant",
        ),
        (
            r#"{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"x"}]}"#,
            422,
            "invariant",
        ),
        (&items, 400, "too-costly"),
        (&deep, 400, "too-costly"),
        (&extensions, 400, "structure"),
    ] {
        let (got, outcome) = answer(post(&server, body.to_owned())).await;
        let shown: String = body.chars().take(90).collect();
        assert_eq!(got, status, "{shown}: {outcome}");
        assert_eq!(outcome["issue"][0]["code"], code, "{shown}: {outcome}");
    }
    let (status, _) = answer(post(
        &server,
        b"{\"resourceType\":\"Patient\",\"language\":\"\xff\"}".to_vec(),
    ))
    .await;
    assert_eq!(status, 400);
    let (status, made) = answer(post(
        &server,
        "\u{feff}{\"active\":true,\"resourceType\":\"Patient\"}",
    ))
    .await;
    assert_eq!((status, &made["active"]), (201, &json!(true)));
}

#[actix_web::test]
async fn every_fault_is_told_with_its_place_and_not_too_many() {
    let server = Server::start();
    backend(&server);
    let (_, outcome) = answer(post(
        &server,
        r#"{"resourceType":"Patient","birthDate":"x","gendre":"y","name":[{"famly":"z"}]}"#,
    ))
    .await;
    let places: Vec<_> = outcome["issue"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["expression"][0].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        places,
        [
            "Patient.birthDate",
            "Patient.gendre",
            "Patient.name[0].famly"
        ]
    );
    let many = json!({ "resourceType": "Patient", "name": vec![json!({ "famly": "z" }); 500] });
    let (_, outcome) = answer(post(&server, many.to_string())).await;
    assert!(outcome["issue"].as_array().map_or(0, Vec::len) <= 51);
}

/// Sends bytes and reads the first line of the answer.
fn raw(server: &Server, request: &str) -> String {
    let address = server
        .origin
        .trim_start_matches("http://")
        .replace("localhost", "127.0.0.1");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 256];
    while let Ok(read) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..read]);
        if read == 0 || answer.contains(&b'\n') {
            break;
        }
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn requests_that_break_http_are_400_and_overrides_mean_nothing() {
    let server = std::sync::Arc::new(Server::start());
    let asked = server.clone();
    let lines = actix_web::rt::task::spawn_blocking(move || {
        let head = "POST /api/fhir/Patient HTTP/1.1\r\nHost: x\r\n";
        [
            format!("{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            format!("{head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            format!("{head}Transfer-Encoding: xchunked\r\n\r\n"),
            format!("{head}X : y\r\n\r\n"),
            format!("{head}X: a\0b\r\n\r\n"),
        ]
        .map(|request| raw(&asked, &request))
    })
    .await
    .unwrap();
    for line in lines {
        assert!(line.contains(" 400 ") || line.contains(" 501 "), "{line}");
    }
    let request = server
        .get("Patient/a", "all-a")
        .header("X-HTTP-Method-Override", "DELETE");
    assert_eq!(answer(request).await.0, 200);
    let url = format!("{}/Patient/a", server.base);
    let (status, outcome): (u16, Value) =
        answer(server.request("FOO", &url).bearer_auth("all-a")).await;
    assert_eq!(
        (status, &outcome["issue"][0]["code"]),
        (405, &json!("not-supported"))
    );
}

#[actix_web::test]
async fn what_is_long_or_precise_is_kept_or_refused_at_once() {
    let server = Server::start();
    backend(&server);
    let digits = "1.000000000000000000000000000000000000001";
    let kept = format!(
        "{{\"resourceType\":\"Patient\",\"extension\":[{{\"url\":\"http://x\",\"valueDecimal\":{digits}}}]}}"
    );
    let response = post(&server, kept).send().await.unwrap();
    assert_eq!(response.status(), 201);
    assert!(response.text().await.unwrap().contains(digits));
    let keys = (0..100_000)
        .map(|at| format!(",\"k{at}\":1"))
        .collect::<Vec<_>>()
        .concat();
    for (what, body) in [
        (
            "array",
            format!(
                "{{\"resourceType\":\"Patient\",\"name\":[{}1]}}",
                "1,".repeat(1_000_000)
            ),
        ),
        ("keys", format!("{{\"resourceType\":\"Patient\"{keys}}}")),
        (
            "string",
            format!(
                "{{\"resourceType\":\"Patient\",\"language\":\"{}\"}}",
                "x".repeat(11_000_000)
            ),
        ),
    ] {
        let (status, outcome) = answer(post(&server, body)).await;
        assert!([400, 413].contains(&status), "{what}: {status}");
        assert!(outcome["issue"].as_array().unwrap().len() <= 51, "{what}");
    }
    let modifier =
        r#"{"resourceType":"Patient","modifierExtension":[{"url":"http://x","valueString":"y"}]}"#;
    assert_eq!(
        answer(post(&server, modifier)).await.0,
        201,
        "it is kept, not acted on"
    );
    let claim = r#"{"resourceType":"Patient","meta":{"profile":["http://x/unknown"]}}"#;
    assert_eq!(answer(post(&server, claim)).await.0, 201);
}
