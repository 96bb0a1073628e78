//! The runner tested with our own servers: a relay in front of both makes one deliberate fault
//! after the other, and the checks named beside it must find it.
//!
//! The faults live in the relay and not in the servers, so that no build of the product can be
//! made faulty by a flag. They are real where it counts: on the wire. What leaks is the servers' own
//! data, read through their open mirror or with a wider token; codes, tokens and consents are the
//! servers' own; the relay stands at their public addresses, so no request can pass it by.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod access;
mod authorization;
mod consent;
mod discovery;
#[path = "../../../conformance/tests/black_box/door.rs"]
mod door;
mod ending;
mod export;
mod fault;
#[path = "../program/helpers.rs"]
#[expect(dead_code, reason = "shared with the tests of the program")]
mod helpers;
mod image;
mod launch;
mod matrix;
mod memory;
mod message;
mod openid;
mod record;
mod registration;
mod relay;
mod rest;
mod search;
mod secure;
mod special;
mod token;

use conformance::Configuration;
use conformance::configuration::{Backend, Credentials, Person, RegisteredClient, Secret};
use door::Authority;
use helpers::{Running, free_port};
use relay::{Entrance, Relay};

const KEY: &str = include_str!("../../../authz/demo/demo-backend.published-private-key.jwk.json");

/// The demo's users, and one who reaches a record with everything.
fn users() -> tempfile::TempPath {
    let demo = include_str!("../../../authz/demo/users.json");
    let mut users: serde_json::Value = serde_json::from_str(demo).unwrap();
    let (username, password, patient) = special::EVERYTHING;
    users["users"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({
        "username": username, "name": "Elena Tsosie", "password": password, "role": "patient",
        "fhirUser": format!("Patient/{patient}"),
        "patients": [{"id": patient, "name": "Elena Tsosie", "relationship": "self"}]}));
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    std::fs::write(&path, users.to_string()).unwrap();
    path
}

/// Both servers, with the relay at their public addresses.
pub struct Stack {
    _running: Running,
    _users: tempfile::TempPath,
    /// What stands at their public addresses.
    pub relay: Relay,
    /// Who vouches for the certificates of these addresses, at https.
    authority: Option<Vec<u8>>,
}

impl Stack {
    /// Both servers with nothing wrong.
    ///
    /// # Panics
    ///
    /// When they do not start.
    pub fn start() -> Self {
        Self::behind(Entrance::open(), None)
    }

    /// The same at https.
    ///
    /// # Panics
    ///
    /// When they do not start.
    pub fn start_secure() -> Self {
        let authority = Authority::new();
        Self::behind(Entrance::secure(&authority), Some(authority.pem()))
    }

    fn behind(entrance: Entrance, authority: Option<Vec<u8>>) -> Self {
        let (fhir, authz) = (free_port(), free_port());
        let ports = [fhir.to_string(), authz.to_string()];
        let users = users();
        let running = Running::start(&[
            "--ephemeral",
            "--patients",
            "0",
            "--fhir-port",
            &ports[0],
            "--authz-port",
            &ports[1],
            "--fhir-base",
            &entrance.base,
            "--issuer",
            &entrance.issuer,
            "--users",
            users.to_str().unwrap(),
        ]);
        Self {
            _running: running,
            _users: users,
            authority,
            relay: entrance.relay(fhir, authz),
        }
    }

    /// Everything a run can be told about the demo accounts.
    ///
    /// # Panics
    ///
    /// When the address of the relay is none.
    pub fn configuration(&self) -> Configuration {
        let secret = |text: &str| Secret::from(text.to_owned());
        let mut configuration = Configuration::new(&self.relay.base).unwrap();
        configuration.credentials = Credentials::Form {
            username: "daniel-adams".into(),
            password: secret("demo-password"),
        };
        configuration.second = Some(Person {
            username: "joseph-ross".into(),
            password: secret("demo-password"),
        });
        configuration.client = Some(RegisteredClient {
            id: "demo-app".into(),
            secret: None,
        });
        configuration.confidential_client = Some(RegisteredClient {
            id: "demo-confidential".into(),
            secret: Some(secret("demo-confidential-secret")),
        });
        configuration.backend = Some(Backend {
            id: "demo-backend".into(),
            key: secret(KEY),
            scope: "system/*.rs".into(),
            group: None,
        });
        configuration.patient = Some("smart-1288992".into());
        configuration.limits.rate = 10_000.0;
        configuration.authority.clone_from(&self.authority);
        configuration
    }
}
