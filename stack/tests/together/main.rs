//! Both servers in one process, with a clock that the test turns.
//!
//! Two apps, a service, two people and three patients do at random what the servers offer, ten
//! thousand times. A model that knows only the promises predicts every answer, those to reading the
//! record included; afterwards nothing secret is in a database or in the log.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in its helpers"
)]

mod apart;
#[path = "../../../authz/tests/api/helpers.rs"]
#[expect(
    dead_code,
    reason = "the tests of the authorization server use the rest"
)]
mod helpers;
#[path = "../../../authz/tests/api/holder.rs"]
#[expect(
    dead_code,
    reason = "the tests of the authorization server use the rest"
)]
mod holder;
#[path = "../../../authz/tests/api/jwt.rs"]
#[expect(
    dead_code,
    reason = "the tests of the authorization server use the rest"
)]
mod jwt;
mod promise;
mod reading;
mod record;
mod walk;
mod writing;

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::helpers::*;
use crate::record::Record;
use crate::walk::Walk;

const STEPS: usize = 10_000;

/// What was logged, for looking at afterwards.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn capture() -> Log {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter("info,authz=trace,smart=trace,server=trace")
        .with_writer(move || writer.clone())
        .init();
    log
}

/// A folder in memory where there is one: durable writes are not what is tested here.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn assert_absent(secrets: &[String], place: &str, bytes: &[u8]) {
    // Only the positions where some secret begins are compared, which keeps this linear.
    let mut by_start = std::collections::HashMap::<&[u8], Vec<&[u8]>>::new();
    for secret in secrets {
        let secret = secret.as_bytes();
        by_start.entry(&secret[..8]).or_default().push(secret);
    }
    for at in 0..bytes.len().saturating_sub(8) {
        for secret in by_start.get(&bytes[at..at + 8]).into_iter().flatten() {
            let before = String::from_utf8_lossy(&bytes[at.saturating_sub(60)..at]);
            let length = secret.len();
            assert!(
                !bytes[at..].starts_with(secret),
                "a secret of {length} letters is in {place} after {before:?}"
            );
        }
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect()
}

#[actix_web::test]
async fn no_token_ever_means_more_than_what_was_agreed_to_and_nothing_dead_comes_back() {
    let log = capture();
    let folder = folder();
    let clients = folder.path().join("clients.json");
    std::fs::write(&clients, walk::service().to_string()).unwrap();
    let server = spawn_with(authz::Configuration {
        clients: Some(clients.clone()),
        ..on_disk(&folder)
    })
    .await;
    let record = Record::open(&server, &folder.path().join("data"));
    let mut walk = Walk::new(&server, &record, 7);
    for _ in 0..STEPS {
        walk.step().await;
    }
    let secrets = walk.finish().await;
    assert!(secrets.len() > 2000, "{}", secrets.len());
    let database = files(&folder.path().join("data"));
    for name in ["authz.sqlite", "fhir.sqlite"] {
        let is_there =
            |(place, bytes): &(String, Vec<u8>)| place.contains(name) && bytes.len() > 100_000;
        assert!(database.iter().any(is_there), "{name}");
    }
    for (place, bytes) in &database {
        assert_absent(&secrets, place, bytes);
    }
    let log = log.0.lock().unwrap();
    assert!(!log.is_empty());
    assert_absent(&secrets, "the log", &log);
}
