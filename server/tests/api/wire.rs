//! What arrives at the socket: heads without end, requests that are none, clients that wait.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::helpers::{Server, answer};

const HEAD: &str = "GET /api/fhir/Patient/a HTTP/1.1\r\nAuthorization: Bearer all-a\r\n";

fn connect(server: &Server) -> TcpStream {
    let address = server.origin.replace("http://localhost", "127.0.0.1");
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

/// Everything that is answered until the server closes the connection.
fn until_closed(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends each text on a connection of its own, which the server is asked to close afterwards.
async fn sent(server: &Server, texts: Vec<String>) -> Vec<String> {
    let streams: Vec<_> = texts.iter().map(|_| connect(server)).collect();
    actix_web::rt::task::spawn_blocking(move || {
        texts
            .into_iter()
            .zip(streams)
            .map(|(text, mut stream)| {
                // What is refused early may be closed before all of it is written.
                let _ = stream.write_all(text.as_bytes());
                until_closed(stream)
            })
            .collect()
    })
    .await
    .unwrap()
}

#[actix_web::test]
async fn a_head_beyond_the_limits_is_431_with_an_outcome() {
    let server = Server::start();
    let host = "Host: x\r\nConnection: close\r\n";
    let fields = (0..65)
        .map(|at| format!("X-{at}: y\r\n"))
        .collect::<Vec<_>>()
        .concat();
    let long = format!("X: {}\r\n", "y".repeat(40_000));
    let token = format!("Authorization: Bearer {}\r\n", "t".repeat(64_000));
    let texts = vec![
        format!("{HEAD}{host}{fields}\r\n"),
        format!("{HEAD}{host}{long}\r\n"),
        format!("GET /api/fhir/Patient/a HTTP/1.1\r\n{host}{token}\r\n"),
    ];
    for answer in sent(&server, texts).await {
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        assert!(answer.contains("OperationOutcome"), "{answer}");
        assert!(answer.contains("too-long"), "{answer}");
    }
    // Beyond these the framework answers by itself.
    let fields = (0..200)
        .map(|at| format!("X-{at}: y\r\n"))
        .collect::<Vec<_>>()
        .concat();
    for answer in sent(&server, vec![format!("{HEAD}{host}{fields}\r\n")]).await {
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[actix_web::test]
async fn a_request_has_one_host_and_links_do_not_follow_it() {
    let server = Server::start();
    let texts = vec![
        format!("{HEAD}Connection: close\r\n\r\n"),
        format!("{HEAD}Host: x\r\nHost: y\r\nConnection: close\r\n\r\n"),
        format!("{HEAD}Host: evil.example\r\nConnection: close\r\n\r\n"),
        "GET /api/fhir/Patient/a HTTP/1.0\r\nAuthorization: Bearer all-a\r\n\r\n".to_owned(),
    ];
    let answers = sent(&server, texts).await;
    for answer in &answers[..2] {
        // The framework refuses the first by itself, without a body.
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    assert!(answers[2].starts_with("HTTP/1.1 200 ") && !answers[2].contains("evil"));
    assert!(answers[3].contains(" 200 OK"), "{}", answers[3]);
}

#[actix_web::test]
async fn what_is_no_http_is_400_and_the_connection_closed() {
    let server = Server::start();
    let host = "Host: x\r\n";
    let texts = vec![
        format!("{HEAD}{host}X: a\r\n folded\r\n\r\n"),
        format!("{HEAD}{host}X: a\rb\r\n\r\n"),
        format!("{HEAD}{host}Transfer-Encoding: gzip, chunked\r\n\r\n"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "GET /api/fhir/Patient/a b HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}".to_owned() + "\r\n\r\n",
    ];
    let shown = texts.clone();
    for (text, answer) in shown.iter().zip(sent(&server, texts).await) {
        assert!(
            answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 501 "),
            "{text}: {answer}"
        );
        assert!(!answer.contains("\"Patient\""), "{text}: {answer}");
    }
}

#[actix_web::test]
async fn a_body_without_a_length_stops_at_the_limit() {
    let server = Server::start();
    let head = "POST /api/fhir/Observation/_search HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer all-a\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
    let text = format!("{head}{}0\r\n\r\n", chunk.repeat(20));
    for answer in sent(&server, vec![text]).await {
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("too-long"), "{answer}");
    }
}

#[actix_web::test]
async fn a_head_that_does_not_come_to_its_end_is_given_up() {
    let server = Server::start();
    let answers = sent(&server, vec![HEAD.to_owned()]).await;
    assert!(
        answers[0].is_empty() || answers[0].starts_with("HTTP/1.1 408 "),
        "{}",
        answers[0]
    );
}

#[actix_web::test]
async fn idle_connections_are_in_nobodys_way() {
    let server = Server::start();
    let idle: Vec<_> = (0..100).map(|_| connect(&server)).collect();
    let (status, patient) = server.json("Patient/a", "all-a").await;
    assert_eq!((status, &patient["id"]), (200, &json!("a")));
    drop(idle);
}

#[actix_web::test]
async fn a_target_that_is_a_whole_url_is_read_by_its_path() {
    let server = Server::start();
    let text = "GET http://evil.example/api/fhir/Patient/a HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer all-a\r\nConnection: close\r\n\r\n";
    for answer in sent(&server, vec![text.to_owned()]).await {
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(!answer.contains("evil"), "{answer}");
    }
    assert_eq!(answer(server.get("Patient/a", "all-a")).await.0, 200);
}
