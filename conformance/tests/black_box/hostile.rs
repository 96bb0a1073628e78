//! Servers that answer nonsense: the runner ends in time, without a panic, and blames the server.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use conformance::configuration::{Credentials, Secret};
use conformance::report::Format;
use conformance::{Configuration, Report, Runner};

use crate::mock::Mock;

/// Answers every connection with the same bytes, then closes it.
fn serve(answer: impl Fn(&mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0_u8; 4096];
            let _ = stream.read(&mut request);
            answer(&mut stream);
        }
    });
    format!("http://{address}/fhir")
}

fn serve_text(answer: String) -> String {
    serve(move |stream| {
        let _ = stream.write_all(answer.as_bytes());
    })
}

fn json(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

async fn run(base: &str, change: impl FnOnce(&mut Configuration)) -> Report {
    let mut configuration = Configuration::new(base).unwrap();
    configuration.credentials = Credentials::Token(Secret::from("the-given-token".to_owned()));
    configuration.patient = Some("a".into());
    configuration.other_patient = Some("b".into());
    configuration.limits.rate = 10_000.0;
    change(&mut configuration);
    let report = Runner::new(configuration).unwrap().run(&()).await;
    for format in [Format::Console, Format::Json, Format::Junit] {
        assert!(!report.render(format, false).contains("the-given-token"));
    }
    report
}

#[actix_web::test]
async fn bodies_of_wrong_types_only_fail_checks() {
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let bodies = [
        "",
        "null",
        "[]",
        "{}",
        "\"text\"",
        "1e999999",
        "{\"a\":",
        "\u{feff}{}",
        deep.as_str(),
        r#"{"resourceType":"CapabilityStatement","rest":{"mode":"server"},"fhirVersion":4,"format":"json"}"#,
        r#"{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[null,5,{"mode":"server","resource":[null,{"type":"Observation","interaction":5},{"type":"Patient"},{"type":"Condition"}],"security":[]}]}"#,
        r#"{"resourceType":"Bundle","type":"searchset","entry":{"resource":1}}"#,
        r#"{"resourceType":"Bundle","type":"searchset","entry":[null,1,{"resource":null},{"resource":{"resourceType":7,"id":[],"meta":"x"}}],"link":[{"relation":"next","url":"http://["}]}"#,
    ];
    for body in bodies {
        let report = run(&serve_text(json(body)), |_| ()).await;
        assert_eq!(report.totals().error, 0, "{body:.40}");
        assert_eq!(report.exit_code(), 1, "{body:.40}");
    }
}

/// One document that is a CapabilityStatement and a Bundle's parts at once: checks get further.
fn chameleon(members: &str) -> String {
    let types: Vec<_> = [
        "Patient",
        "Observation",
        "Condition",
        "Coverage",
        "ImagingStudy",
    ]
    .iter()
    .map(|name| format!(r#"{{"type":"{name}"}}"#))
    .collect();
    let rest = format!(
        r#""rest":[{{"mode":"server","resource":[{}]}}]"#,
        types.join(",")
    );
    format!("{{{rest},{members}}}")
}

#[actix_web::test]
async fn a_bundle_of_nonsense_only_fails_checks() {
    let entries = r#"[null,{"resource":{"resourceType":"Observation","id":5,"subject":[],"meta":{"lastUpdated":"never"}}},{"resource":{"resourceType":"Observation","id":"é","code":{"coding":[{"system":"","code":""}]},"subject":{"reference":"/../.."}}}]"#;
    let first = chameleon(r#""resourceType":"CapabilityStatement""#);
    let second = chameleon(&format!(
        r#""resourceType":"Bundle","type":"searchset","link":[{{"relation":"next","url":"?page=2"}}],"entry":{entries}"#
    ));
    let base = serve(move |stream| {
        static TURN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let turn = TURN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let body = if turn < 1 { &first } else { &second };
        let _ = stream.write_all(json(body).as_bytes());
    });
    let report = run(&base, |_| ()).await;
    assert_eq!(report.totals().error, 0);
    assert_eq!(report.exit_code(), 1);
}

#[actix_web::test]
async fn what_is_not_http_leaves_the_server_unreachable() {
    for answer in [
        "",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
    ] {
        let report = run(&serve_text(answer.to_owned()), |_| ()).await;
        assert_eq!(report.exit_code(), 3, "{answer:?}");
        assert!(report.result("PRE-02").unwrap().outcome.reason().is_some());
    }
}

#[actix_web::test]
async fn an_endless_body_is_cut_at_the_limit() {
    let base = serve(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
        while stream.write_all(&[b' '; 8_192]).is_ok() {}
    });
    let started = Instant::now();
    let report = run(&base, |configuration| {
        configuration.only = vec!["DSC-06".into()];
    })
    .await;
    let reason = report.results[0].outcome.reason().unwrap().to_owned();
    assert!(reason.contains("longer than 7500000 bytes"), "{reason}");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[actix_web::test]
async fn a_silent_server_is_left_after_the_time_limit() {
    let base = serve(|stream| {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let started = Instant::now();
    let report = run(&base, |configuration| {
        configuration.limits.timeout = Duration::from_millis(50);
    })
    .await;
    assert_eq!(report.exit_code(), 3);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[actix_web::test]
async fn an_answer_that_drips_is_left_after_the_time_limit() {
    let base = serve(|stream| {
        let mut drops = json("{\"resourceType\":\"CapabilityStatement\"}").into_bytes();
        while let Some(drop) = (!drops.is_empty()).then(|| drops.remove(0)) {
            if stream.write_all(&[drop]).is_err() {
                return;
            }
            let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
            let _ = stream.read(&mut [0]);
        }
    });
    let started = Instant::now();
    let report = run(&base, |configuration| {
        configuration.limits.timeout = Duration::from_millis(200);
        configuration.only = vec!["DSC-06".into()];
    })
    .await;
    assert_eq!(report.exit_code(), 3);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[actix_web::test]
async fn a_head_without_end_is_cut_off() {
    let base = serve(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream
            .write_all(b"x-more: more and more and more\r\n")
            .is_ok()
        {}
    });
    let report = run(&base, |configuration| {
        configuration.only = vec!["DSC-06".into()];
    })
    .await;
    assert_eq!(report.exit_code(), 3);
}

#[actix_web::test]
async fn endless_redirects_end() {
    let answer = "HTTP/1.1 302 Found\r\nlocation: /fhir/metadata\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let report = run(&serve_text(answer.to_owned()), |configuration| {
        configuration.limits.requests = 200;
    })
    .await;
    assert_eq!(report.totals().error, 0);
    assert_ne!(report.exit_code(), 0);
}

#[actix_web::test]
async fn a_token_never_follows_a_redirect_to_another_host() {
    let (heard, hears) = std::sync::mpsc::channel();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = other.local_addr().unwrap();
    thread::spawn(move || {
        for stream in other.incoming() {
            drop(stream);
            let _ = heard.send(());
        }
    });
    let answer = format!(
        "HTTP/1.1 307 Moved\r\nlocation: http://{elsewhere}/fhir\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    let report = run(&serve_text(answer), |_| ()).await;
    assert_eq!(report.exit_code(), 1);
    assert!(hears.try_recv().is_err());
}

#[actix_web::test]
async fn a_hostile_portal_only_fails_the_login() {
    let pages = [
        "<form><input name=password>",
        "<form action='http://['><input name=password></form>",
        "<form method=post><button data-patient-id=''></button></form>",
        "<form><button id=authorize>",
        "",
        "\u{0}\u{1}\u{2}",
    ];
    for page in pages {
        let page = page.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let document = format!(
            r#"{{"resourceType":"CapabilityStatement","authorization_endpoint":"{origin}/a","token_endpoint":"{origin}/t"}}"#
        );
        let base = serve_at(&origin, move |path, stream| {
            let text = if path.starts_with("/fhir") {
                json(&document)
            } else {
                json(&page)
            };
            let _ = stream.write_all(text.as_bytes());
        });
        let report = run(&base, |configuration| {
            configuration.credentials = Credentials::Form {
                username: "u".into(),
                password: Secret::from("a-password".to_owned()),
            };
            configuration.client = Some(conformance::configuration::RegisteredClient {
                id: "c".into(),
                secret: None,
            });
            configuration.only = ["AUT", "CON", "TOK"].map(str::to_owned).to_vec();
        })
        .await;
        assert_eq!((report.totals().error, report.exit_code()), (0, 1));
    }
}

fn serve_at(origin: &str, answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind(origin.trim_start_matches("http://")).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0_u8; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            answer(text.split(' ').nth(1).unwrap_or_default(), &mut stream);
        }
    });
    format!("{origin}/fhir")
}

/// Whole runs against a server whose answers have a value of another type here and a byte too few
/// there.
#[actix_web::test]
async fn spoilt_answers_never_are_the_runners_own_fault() {
    for seed in 0..8 {
        let mock = Mock::spoilt(seed);
        let mut configuration = mock.configuration();
        configuration.bursts = false;
        configuration.limits.retries = 0;
        configuration.limits.total_time = Duration::from_mins(1);
        let report = Runner::new(configuration).unwrap().run(&()).await;
        let errors: Vec<_> = report
            .results
            .iter()
            .filter(|result| result.outcome.word() == "error")
            .collect();
        assert!(errors.is_empty(), "seed {seed}: {errors:#?}");
        for format in [Format::Console, Format::Json, Format::Junit, Format::Html] {
            assert!(!report.render(format, true).is_empty());
        }
    }
}

#[actix_web::test]
async fn a_compressed_bomb_is_not_unpacked() {
    // Compression was not asked for, so the body is taken as it is: no JSON.
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n";
    let mut answer = head.as_bytes().to_vec();
    answer.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    answer.extend(std::iter::repeat_n(0xff, 100_000));
    let base = serve(move |stream| {
        let _ = stream.write_all(&answer);
    });
    let report = run(&base, |configuration| {
        configuration.only = vec!["DSC-06".into()];
    })
    .await;
    let reason = report.results[0].outcome.reason().unwrap().to_owned();
    assert!(reason.contains("not JSON"), "{reason}");
}
