//! The authorization server as another process, in every state it can be in.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use server::Application;
use server::app::listen;
use server::configuration::{Configuration, Profile, UsCore};
use server::remote::{Credentials, Remote};
use server::store::Location;
use smart::clock::ManualClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::helpers::*;

/// Longer than an answer of this machine takes, shorter than a test may.
const PATIENCE: Duration = Duration::from_secs(1);

const ACTIVE: &str =
    r#"{"active":true,"scope":"patient/*.rs","patient":"a","client_id":"app","sub":"u"}"#;

/// What the endpoint answers; `None` never comes.
type Said = Option<(&'static str, String)>;

/// An authorization server that publishes its endpoint and says there what it was told to say; when it
/// is silent it does not publish either.
struct Asked {
    issuer: String,
    said: Arc<Mutex<Said>>,
    /// One permit for each request that came.
    questions: Arc<Semaphore>,
    task: tokio::task::JoinHandle<()>,
}

impl Asked {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let said = Arc::new(Mutex::new(Some(("200 OK", ACTIVE.to_owned()))));
        let questions = Arc::new(Semaphore::new(0));
        let (answers, noted, own) = (said.clone(), questions.clone(), issuer.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, noted, own) = (answers.clone(), noted.clone(), own.clone());
                tokio::spawn(async move { serve(stream, &answers, &noted, &own).await });
            }
        });
        Self {
            issuer,
            said,
            questions,
            task,
        }
    }

    fn says(&self, status: &'static str, body: &str) {
        *self.said.lock().unwrap() = Some((status, body.to_owned()));
    }

    fn falls_silent(&self) {
        *self.said.lock().unwrap() = None;
    }

    /// A FHIR server that asks it; it lives as long as the test.
    fn fhir(&self) -> String {
        let clock = Arc::new(ManualClock::new(start_of_time()));
        let credentials = Credentials {
            issuer: self.issuer.clone(),
            id: "rs".into(),
            secret: "rs-secret".into(),
        };
        let remote = Remote::with_patience(credentials, clock.clone(), PATIENCE).unwrap();
        let configuration = Configuration {
            base: None,
            location: Location::Memory,
            profile: Profile::Demo,
            us_core: UsCore::default(),
            retrieval_delay: 0,
            workers: 1,
        };
        let listener = listen("127.0.0.1", 0).unwrap();
        let application =
            Application::build(listener, &configuration, clock, Arc::new(remote), [7; 32]).unwrap();
        application.seed(|| world().into_iter()).unwrap();
        let base = application.base().to_owned();
        actix_web::rt::spawn(application.run_until_stopped(std::future::pending()));
        base
    }
}

async fn serve(mut stream: TcpStream, said: &Mutex<Said>, questions: &Semaphore, issuer: &str) {
    let mut request = Vec::new();
    while !is_whole(&request) {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    questions.add_permits(1);
    let Some((status, mut body)) = said.lock().unwrap().clone() else {
        return std::future::pending().await;
    };
    let publishes = request.starts_with(b"GET /.well-known/smart-configuration");
    let status = if publishes { "200 OK" } else { status };
    if publishes {
        body = configuration(issuer);
    }
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nlocation: {issuer}/elsewhere\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Whether head and body have come.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse::<usize>().unwrap())
}

fn configuration(issuer: &str) -> String {
    json!({"issuer": issuer, "jwks_uri": issuer, "authorization_endpoint": issuer,
        "token_endpoint": issuer, "token_endpoint_auth_methods_supported": [],
        "grant_types_supported": [], "scopes_supported": [], "response_types_supported": [],
        "introspection_endpoint": format!("{issuer}/introspect"),
        "code_challenge_methods_supported": [], "capabilities": []})
    .to_string()
}

async fn read(base: &str) -> reqwest::Response {
    let request = reqwest::Client::new().get(format!("{base}/Patient/a"));
    request.bearer_auth("token").send().await.unwrap()
}

async fn refused_for_now(base: &str, why: &str) {
    let response = read(base).await;
    assert_eq!(response.status(), 503, "{why}");
    assert_eq!(response.headers()["retry-after"], "2", "{why}");
    let outcome: serde_json::Value = response.json().await.unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{why}");
    assert!(!outcome.to_string().contains("token "), "{outcome}");
}

#[actix_web::test]
async fn whatever_is_no_answer_opens_nothing_and_says_when_to_come_back() {
    let asked = Asked::start().await;
    let base = asked.fhir();
    let long = format!("{}{ACTIVE}", " ".repeat(300_000));
    for (status, body) in [
        ("500 Internal Server Error", ACTIVE),
        ("503 Service Unavailable", ACTIVE),
        ("401 Unauthorized", ACTIVE),
        ("404 Not Found", ACTIVE),
        ("302 Found", ACTIVE),
        ("204 No Content", ""),
        ("203 Non-Authoritative Information", ACTIVE),
        ("200 OK", ""),
        ("200 OK", "{}"),
        ("200 OK", "null"),
        ("200 OK", "[]"),
        ("200 OK", "true"),
        ("200 OK", r#"{"active":"true"}"#),
        ("200 OK", r#"{"active":1}"#),
        ("200 OK", &ACTIVE[..30]),
        ("200 OK", "<html>active</html>"),
        ("200 OK", &long),
    ] {
        asked.says(status, body);
        let why = format!("{status} {}", &body[..body.len().min(40)]);
        refused_for_now(&base, &why).await;
    }
    asked.falls_silent();
    refused_for_now(&base, "silent").await;
    asked.says("200 OK", ACTIVE);
    assert_eq!(read(&base).await.status(), 200);
    asked.task.abort();
    let _ = asked.task.await;
    refused_for_now(&base, "gone").await;
}

#[actix_web::test]
async fn no_answer_is_kept_so_that_the_next_request_after_a_revocation_is_refused() {
    let asked = Asked::start().await;
    let base = asked.fhir();
    for (body, status) in [
        (ACTIVE, 200),
        (r#"{"active":false}"#, 401),
        (ACTIVE, 200),
        (r#"{"active":true}"#, 403),
        (
            r#"{"active":true,"scope":"patient/Observation.rs","patient":"a"}"#,
            403,
        ),
        (
            r#"{"active":true,"scope":"patient/*.rs","patient":"b"}"#,
            404,
        ),
        (
            r#"{"active":true,"scope":"patient/*.rs","patient":"a","aud":"https://other.example"}"#,
            401,
        ),
    ] {
        asked.says("200 OK", body);
        assert_eq!(read(&base).await.status(), status, "{body}");
    }
    // And one request for the configuration.
    assert_eq!(asked.questions.available_permits(), 7 + 1);
}

#[actix_web::test]
async fn those_who_wait_for_a_silent_server_do_not_wait_for_each_other() {
    let asked = Asked::start().await;
    let base = asked.fhir();
    asked.falls_silent();
    let all = futures_util::future::join_all((0..8).map(|_| refused_for_now(&base, "silent")));
    // One after the other, eight would take eight times as long as one.
    let asked_at_once = async {
        let permits = tokio::time::timeout(3 * PATIENCE, asked.questions.acquire_many(8)).await;
        assert!(permits.is_ok_and(|permits| permits.is_ok()));
    };
    tokio::join!(all, asked_at_once);
}
