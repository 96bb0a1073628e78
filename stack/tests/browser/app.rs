//! The app a person launches: knows how to ask, and listens for the return.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::helpers::Running;

pub const STATE: &str = "a state with spaces & signs";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0";

pub struct App {
    returned: Receiver<String>,
    redirect: String,
    client: reqwest::Client,
}

impl App {
    /// Listens in a thread of its own: the browser waits for the answer while the test still
    /// waits for the browser.
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, returned) = channel();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                // A browser opens connections that it does not use yet: none may hold up another.
                let (connection, sender) = (connection.unwrap(), sender.clone());
                std::thread::spawn(move || {
                    let path = answer(connection);
                    if path.starts_with("/callback") {
                        // Nobody may be waiting any more.
                        let _ = sender.send(path);
                    }
                });
            }
        });
        Self {
            returned,
            redirect: format!("http://127.0.0.1:{port}/callback"),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// What is asked for by default: to read a record, also later.
    pub const SCOPE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";

    /// Where the portal starts it.
    pub fn launch_url(&self) -> String {
        self.redirect.replace("/callback", "/launch")
    }

    pub fn authorization_url(&self, running: &Running, client: &str, scope: &str) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let parameters = [
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", &self.redirect),
            ("scope", scope),
            ("state", STATE),
            ("aud", &running.fhir()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let endpoint = format!("{}/oauth/authorize", running.authz());
        Url::parse_with_params(&endpoint, parameters).unwrap()
    }

    /// The address the browser was sent back to.
    pub fn wait_for_return(&self) -> Url {
        let path = self.returned.recv().unwrap();
        Url::parse(&self.redirect).unwrap().join(&path).unwrap()
    }

    pub async fn exchange(&self, running: &Running, code: &str) -> Value {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect),
            ("client_id", "demo-app"),
            ("code_verifier", VERIFIER),
        ];
        let endpoint = format!("{}/oauth/token", running.authz());
        self.client
            .post(endpoint)
            .form(&form)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub async fn status(&self, running: &Running, path: &str, token: &str) -> u16 {
        let url = format!("{}/{path}", running.fhir());
        self.client
            .get(url)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    pub async fn count(&self, running: &Running, path: &str, token: &str) -> u64 {
        let url = format!("{}/{path}&_summary=count", running.fhir());
        let answer = self
            .client
            .get(url)
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        answer.json::<Value>().await.unwrap()["total"]
            .as_u64()
            .unwrap()
    }
}

/// Answers any request with a page and tells its path.
fn answer(mut connection: TcpStream) -> String {
    let mut line = String::new();
    let _ = BufReader::new(&connection).read_line(&mut line);
    let page = "<!doctype html><title>App</title><p id=back>Back in the app.";
    let _ = write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    line.split(' ').nth(1).unwrap_or_default().to_owned()
}
