//! Our own stack as the server under measurement: a process of its own, without seeds, with
//! people and clients made for the run.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::browser::{Browser, Tokens};
use crate::connection::{Connection, Failure, Place};
use crate::dataset::Patient;
use crate::token::{BACKEND, Key, RSA_BACKEND, redeem};

/// The app that people use.
pub(crate) const CLIENT: &str = "bench-app";
/// Its secret.
pub(crate) const SECRET: &str = "bench-app-secret-of-a-measurement";
/// Who may ask what any token is good for.
pub(crate) const RESOURCE_SERVER: &str = "bench-resource-server";
/// Its secret.
pub(crate) const RESOURCE_SERVER_SECRET: &str = "bench-resource-server-of-a-measurement";
/// Where its answers go; never opened.
pub(crate) const REDIRECT: &str = "http://127.0.0.1/bench";
/// Password of everybody.
pub(crate) const PASSWORD: &str = "bench-password";
/// People who have a patient each.
pub(crate) const PEOPLE: u64 = 8;

/// A running stack; it ends with this value.
#[derive(Debug)]
pub struct Own {
    child: Child,
    folder: PathBuf,
    /// From start to the first whole `CapabilityStatement`.
    pub took: Duration,
    /// FHIR base.
    pub fhir: String,
    /// Authorization server.
    pub authz: String,
}

impl Own {
    /// Starts `program`, an executable of this stack, on free ports with its data in `folder`, and
    /// with the people and clients of a measurement. The error is a sentence.
    pub fn start(program: &Path, folder: &Path, key: &Key) -> Result<Self, String> {
        let write = |name: &str, value: Value| -> Result<PathBuf, String> {
            let path = folder.join(name);
            std::fs::write(&path, value.to_string())
                .map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(path)
        };
        let users = write("users.json", users())?;
        let clients = write("clients.json", clients(key))?;
        let files = [("--users", users.as_path()), ("--clients", &clients)];
        Self::start_with(program, folder, &files)
    }

    /// Starts `program` as it is, with an empty FHIR server.
    pub(crate) fn start_with(
        program: &Path,
        folder: &Path,
        files: &[(&str, &Path)],
    ) -> Result<Self, String> {
        let mut command = Command::new(program);
        command
            .args(["up", "--empty", "--fhir-port", "0", "--authz-port", "0"])
            .arg("--data")
            .arg(folder)
            .stdout(Stdio::piped());
        for (name, file) in files {
            command.arg(name).arg(file);
        }
        let start = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|error| format!("the stack cannot be started: {error}"))?;
        let addresses = ready(&mut child)
            .filter(|(fhir, _)| describes_itself(fhir).is_some_and(|describes| describes));
        let took = start.elapsed();
        let Some((fhir, authz)) = addresses else {
            let _ = child.kill();
            return Err("the stack ended before it was ready".to_owned());
        };
        Ok(Self {
            child,
            folder: folder.to_owned(),
            took,
            fhir,
            authz,
        })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A token for everything; `id` is used once.
    pub async fn backend_token(&self, key: &Key, id: u128) -> Result<String, Failure> {
        let place = Place::parse(&self.authz).map_err(Failure::Transport)?;
        let assertion = key.assertion(&token_endpoint(&self.authz), id)?;
        redeem(&mut Connection::new(place, None), &assertion).await
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Size of the FHIR database and its log, in bytes.
    pub(crate) fn stored(&self) -> u64 {
        let files = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten();
        files
            .filter(|file| file.file_name().to_string_lossy().starts_with("fhir"))
            .filter_map(|file| file.metadata().ok())
            .map(|metadata| metadata.len())
            .sum()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads the announcement up to `ready`: the first two addresses are those of the servers.
fn ready(child: &mut Child) -> Option<(String, String)> {
    let mut addresses = Vec::new();
    for line in BufReader::new(child.stdout.take()?).lines() {
        let line = line.ok()?;
        let words = line.split_whitespace();
        addresses.extend(
            words
                .filter(|word| word.starts_with("http://"))
                .map(str::to_owned),
        );
        if line.starts_with("ready") {
            let fhir = addresses
                .iter()
                .find(|address| address.ends_with("/api/fhir"))?;
            let authz = addresses
                .iter()
                .find(|address| !address.contains("/api/"))?;
            return Some((fhir.clone(), authz.trim_end_matches('/').to_owned()));
        }
    }
    None
}

/// Whether the server answers with its `CapabilityStatement`: it listens before it says `ready`.
fn describes_itself(fhir: &str) -> Option<bool> {
    let (host, path) = fhir.strip_prefix("http://")?.split_once('/')?;
    let mut stream = TcpStream::connect(host).ok()?;
    let request =
        format!("GET /{path}/metadata HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let statement: Value = serde_json::from_str(body).ok()?;
    Some(head.starts_with("HTTP/1.1 200") && statement["resourceType"] == "CapabilityStatement")
}

fn users() -> Value {
    let person = |number: u64| {
        let patient = Patient(number).id();
        json!({
            "username": username(number), "name": format!("Robin {number}"),
            "password": PASSWORD, "role": "patient", "fhirUser": format!("Patient/{patient}"),
            "patients": [{ "id": patient, "name": format!("Robin {number}"), "relationship": "self" }],
        })
    };
    json!({ "users": (0..PEOPLE).map(person).collect::<Vec<_>>() })
}

fn clients(key: &Key) -> Value {
    let backend = |id: &str, jwk: &Value| {
        json!({
            "client_id": id, "client_name": "Measuring without a person",
            "token_endpoint_auth_methods": ["private_key_jwt"],
            "grant_types": ["client_credentials"], "jwks": { "keys": [jwk] },
            "redirect_uris": [], "scope": "system/*.cruds",
        })
    };
    json!({ "clients": [
        {
            "client_id": CLIENT, "client_name": "Measuring", "client_secret": SECRET,
            "token_endpoint_auth_methods": ["client_secret_basic", "client_secret_post"],
            "redirect_uris": [REDIRECT], "scope": "launch/patient offline_access patient/*.rs",
        },
        {
            "client_id": RESOURCE_SERVER, "client_name": "Measuring as a resource server",
            "client_secret": RESOURCE_SERVER_SECRET, "introspects_any_token": true,
            "token_endpoint_auth_methods": ["client_secret_basic"],
            "redirect_uris": [], "scope": "",
        },
        backend(BACKEND, &key.jwk),
        backend(RSA_BACKEND, &key.rsa_jwk),
    ] })
}

fn token_endpoint(authz: &str) -> String {
    format!("{authz}/oauth/token")
}

fn username(number: u64) -> String {
    format!("bench-{number}")
}

/// The clients of our own server and what they were granted.
#[derive(Debug)]
pub(crate) struct Apps {
    key: Key,
    endpoint: String,
    people: RefCell<Vec<(Browser, Tokens)>>,
    /// Codes or assertions that a cell uses up.
    pub(crate) stock: RefCell<Vec<String>>,
    /// Live access tokens that were made to be many.
    pub(crate) pool: RefCell<Vec<String>>,
    /// What the browsers ask for.
    aud: RefCell<String>,
}

impl Apps {
    /// Nobody is signed in yet.
    pub(crate) fn new(key: Key, authz: &str) -> Self {
        Self {
            key,
            endpoint: token_endpoint(authz),
            people: RefCell::default(),
            stock: RefCell::default(),
            pool: RefCell::default(),
            aud: RefCell::default(),
        }
    }

    /// Signs everybody in afresh and grants the app what it asks.
    pub(crate) async fn sign_in(&self, place: &Place, aud: &str) -> Result<(), Failure> {
        let mut connection = Connection::new(place.clone(), None);
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let mut browser = Browser::new(username(number), aud.to_owned());
            let tokens = browser.grant(&mut connection).await?;
            people.push((browser, tokens));
        }
        self.people.replace(people);
        self.aud.replace(aud.to_owned());
        Ok(())
    }

    /// A token for everything.
    pub(crate) async fn backend_token(&self, place: &Place, id: u128) -> Result<String, Failure> {
        let mut connection = Connection::new(place.clone(), None);
        redeem(&mut connection, &self.assertion(id)?).await
    }

    /// A signed assertion.
    pub(crate) fn assertion(&self, id: u128) -> Result<String, Failure> {
        self.key.assertion(&self.endpoint, id)
    }

    /// A signed assertion of the client whose key is RSA.
    pub(crate) fn rsa_assertion(&self, id: u128) -> Result<String, Failure> {
        self.key.rsa_assertion(&self.endpoint, id)
    }

    /// The next of what was made ready.
    pub(crate) fn next(&self) -> Option<String> {
        self.stock.borrow_mut().pop()
    }

    /// How many tokens the pool holds.
    pub(crate) fn count(&self) -> u64 {
        self.pool.borrow().len() as u64
    }

    /// One of the pool.
    pub(crate) fn some_token(&self, random: &mut ChaCha8Rng) -> String {
        let pool = self.pool.borrow();
        match pool.len() {
            0 => String::new(),
            count => pool[random.random_range(0..count)].clone(),
        }
    }

    /// A browser of a person, not signed in.
    pub(crate) fn stranger(&self, number: u64) -> Browser {
        Browser::new(username(number), self.aud.borrow().clone())
    }

    /// A copy of a person's browser, signed in.
    pub(crate) fn browser(&self, number: u64) -> Browser {
        self.person(number).0
    }

    /// A person's tokens.
    pub(crate) fn tokens(&self, number: u64) -> Tokens {
        self.person(number).1
    }

    /// Keeps the tokens of a refresh.
    pub(crate) fn keep(&self, number: u64, response: &Value) -> Result<(), Failure> {
        let tokens = Tokens::parse(response)?;
        if let Some(person) = self.people.borrow_mut().get_mut(index(number)) {
            person.1 = tokens;
        }
        Ok(())
    }

    fn person(&self, number: u64) -> (Browser, Tokens) {
        let nobody = || {
            (
                Browser::new(String::new(), String::new()),
                Tokens::default(),
            )
        };
        self.people
            .borrow()
            .get(index(number))
            .cloned()
            .unwrap_or_else(nobody)
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number % PEOPLE).unwrap_or_default()
}
