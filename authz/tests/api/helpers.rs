//! A server for one test, and a browser and an app to use it with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use authz::{Application, Configuration, Database, Random, ResourceServerCredentials, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use scraper::{Html, Selector};
use serde_json::Value;
use sha2::{Digest, Sha256};
use smart::clock::ManualClock;
use smart::introspection::SharedAuthorizationServer;
use tokio::sync::oneshot;
use url::Url;

pub const REDIRECT: &str = "http://127.0.0.1:9/callback";
pub const FHIR_BASE: &str = "http://localhost:8080/api/fhir";
pub const VERIFIER: &str = "a-verifier-of-sufficient-length-0123456789-._~";
pub const STATE: &str = "st&te=<script>%0d%0a+\u{1f489}";
pub const SCOPE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";
pub const DANIEL: &str = "smart-1288992";
pub const AMY: &str = "smart-1032702";
pub const BASIC: &str = "demo-confidential:demo-confidential-secret";
pub const RESOURCE_SERVER: &str = "rs:rs-secret";

pub type Pairs<'a> = Vec<(&'a str, String)>;

/// A running server.
pub struct TestServer {
    pub base: String,
    pub issuer: String,
    pub clock: ManualClock,
    pub in_process: SharedAuthorizationServer,
    pub http: Client,
    stop: oneshot::Sender<()>,
    running: tokio::task::JoinHandle<std::io::Result<()>>,
}

pub fn start_of_time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn configuration() -> Configuration {
    Configuration {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        resource_server: Some(ResourceServerCredentials {
            id: "rs".into(),
            secret: Secret::new("rs-secret"),
        }),
        workers: 1,
        ..Configuration::default()
    }
}

pub async fn spawn() -> TestServer {
    spawn_with(configuration()).await
}

pub async fn spawn_with(configuration: Configuration) -> TestServer {
    spawn_at(configuration, start_of_time()).await
}

/// A server that starts at `now`.
pub async fn spawn_at(configuration: Configuration, now: DateTime<Utc>) -> TestServer {
    // No two servers draw the same secrets, as a restart does not.
    static STARTS: AtomicU64 = AtomicU64::new(42);
    let random = Random::seeded(STARTS.fetch_add(1, Ordering::Relaxed));
    let clock = ManualClock::new(now);
    let application = Application::build(configuration, Arc::new(clock.clone()), random)
        .await
        .unwrap();
    let base = format!("http://127.0.0.1:{}", application.port());
    let issuer = application.issuer().to_owned();
    let in_process = application.authorization_server();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(application.run_until_stopped(async move {
        let _ = stopped.await;
    }));
    let server = TestServer {
        base,
        issuer,
        clock,
        in_process,
        http: Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap(),
        stop,
        running,
    };
    // The keys of a first start come after it: what tests count and break is as they left it.
    let keys = server.request(reqwest::Method::GET, "/oauth/jwks");
    assert_eq!(keys.send().await.unwrap().status(), 200);
    server
}

/// A configuration that keeps everything in a folder, below `data`.
pub fn on_disk(folder: &tempfile::TempDir) -> Configuration {
    Configuration {
        database: Database::File(folder.path().join("data/authz.sqlite")),
        ..configuration()
    }
}

/// A second connection to the database of such a server.
pub fn database(folder: &tempfile::TempDir) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.path().join("data/authz.sqlite")).unwrap()
}

/// What the trail holds of one event, oldest first.
pub fn outcomes(folder: &tempfile::TempDir, event: &str) -> Vec<String> {
    let database = database(folder);
    let mut lines = database
        .prepare("SELECT outcome FROM audit WHERE event = ?1 ORDER BY id")
        .unwrap();
    let outcomes = lines.query_map([event], |row| row.get(0)).unwrap();
    outcomes.map(Result::unwrap).collect()
}

/// The claims of a JWT, whoever signed it.
pub fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

impl TestServer {
    /// Ends it, and waits until nobody listens any more.
    pub async fn stopped(self) {
        drop((self.http, self.in_process, self.stop));
        self.running.await.unwrap().unwrap();
    }

    /// Registers an app, which must succeed.
    pub async fn register(&self, metadata: &Value) -> Value {
        let request = self.request(Method::POST, "/oauth/register");
        let response = request.json(metadata).send().await.unwrap();
        assert_eq!(response.status(), 201);
        response.json().await.unwrap()
    }

    pub fn issuer(&self) -> String {
        self.issuer.clone()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub async fn form(&self, path: &str, basic: Option<&str>, pairs: &[(&str, &str)]) -> Response {
        let request = self.request(Method::POST, path).form(pairs);
        let request = match basic {
            Some(text) => request.header("authorization", basic_header(text)),
            None => request,
        };
        request.send().await.unwrap()
    }

    pub async fn token(&self, basic: Option<&str>, pairs: &[(&str, &str)]) -> (StatusCode, Value) {
        let response = self.form("/oauth/token", basic, pairs).await;
        let status = response.status();
        (status, response.json().await.unwrap())
    }

    /// Whether the token is active, as the resource server sees it.
    pub async fn is_active(&self, token: &str) -> bool {
        let answer = self.introspect(token).await;
        assert!(answer["active"] == true || answer == serde_json::json!({"active": false}));
        answer["active"] == true
    }

    pub async fn introspect(&self, token: &str) -> Value {
        let response = self
            .form(
                "/oauth/introspect",
                Some(RESOURCE_SERVER),
                &[("token", token)],
            )
            .await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    pub fn advance(&self, delta: TimeDelta) {
        self.clock.advance(delta);
    }

    /// Signs in, agrees to everything and returns the code.
    pub async fn code(&self, browser: &mut Browser, pairs: &Pairs<'_>) -> String {
        let location = browser.approve(self, pairs, DANIEL).await;
        query_of(&location).remove("code").unwrap()
    }

    /// The whole flow for the public demo client.
    pub async fn tokens(&self, scope: &str) -> Value {
        let mut browser = Browser::default();
        self.tokens_in(&mut browser, scope).await
    }

    pub async fn tokens_in(&self, browser: &mut Browser, scope: &str) -> Value {
        let code = self
            .code(browser, &request(&[("scope", Some(scope))]))
            .await;
        let (status, body) = self.token(None, &exchange(&code)).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

pub fn basic_header(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

pub fn exchange(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", "demo-app"),
    ]
}

pub fn refresh(token: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", "demo-app"),
    ]
}

pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// A valid authorization request with changes: a value replaces, `None` removes.
pub fn request<'a>(changes: &[(&'a str, Option<&str>)]) -> Pairs<'a> {
    let mut pairs: Pairs<'a> = vec![
        ("response_type", "code".into()),
        ("client_id", "demo-app".into()),
        ("redirect_uri", REDIRECT.into()),
        ("scope", SCOPE.into()),
        ("state", STATE.into()),
        ("aud", FHIR_BASE.into()),
        ("code_challenge", challenge(VERIFIER)),
        ("code_challenge_method", "S256".into()),
    ];
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.extend(value.map(|value| (*name, value.to_owned())));
    }
    pairs
}

pub fn encode(pairs: &Pairs<'_>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

pub fn query_of(location: &str) -> BTreeMap<String, String> {
    let url = Url::parse(location).unwrap();
    url.query_pairs().into_owned().collect()
}

/// A browser without script: one cookie jar, forms by hand.
#[derive(Default, Clone)]
pub struct Browser {
    /// The cookie of the session.
    pub cookie: Option<String>,
    /// The cookie of the chosen language.
    pub language: Option<String>,
}

/// A page as the browser sees it.
pub struct Page {
    pub status: StatusCode,
    pub text: String,
    pub location: Option<String>,
}

impl Page {
    pub fn location(&self) -> &str {
        self.location
            .as_deref()
            .unwrap_or_else(|| panic!("{} {}", self.status, self.text))
    }

    /// Where it leads, without the query.
    pub fn path(&self) -> &str {
        self.location().split('?').next().unwrap()
    }

    pub fn select(&self, selector: &str) -> Vec<BTreeMap<String, String>> {
        let html = Html::parse_document(&self.text);
        html.select(&Selector::parse(selector).unwrap())
            .map(|element| {
                element
                    .value()
                    .attrs()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect()
            })
            .collect()
    }

    pub fn csrf(&self) -> String {
        self.select("main input[name=csrf_token]")[0]["value"].clone()
    }

    /// What a browser would send for the form when nothing is changed.
    pub fn fields(&self, form: &str) -> Vec<(String, String)> {
        self.select(&format!("{form} input"))
            .into_iter()
            .filter(|input| {
                input.get("type").map(String::as_str) != Some("checkbox")
                    || input.contains_key("checked")
            })
            .map(|input| {
                (
                    input["name"].clone(),
                    input.get("value").cloned().unwrap_or_default(),
                )
            })
            .collect()
    }
}

impl Browser {
    pub async fn send(&mut self, request: RequestBuilder) -> Page {
        let cookies = [&self.cookie, &self.language];
        let cookies = cookies.into_iter().flatten();
        let request = cookies.fold(request, |request, cookie| request.header(COOKIE, cookie));
        let response = request.send().await.unwrap();
        for value in response.headers().get_all(SET_COOKIE) {
            let text = value.to_str().unwrap();
            let pair = text.split(';').next().unwrap();
            if pair.starts_with("s4s-language=") {
                self.language = Some(pair.to_owned());
                continue;
            }
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        Page {
            status: response.status(),
            location: response
                .headers()
                .get(LOCATION)
                .map(|value| value.to_str().unwrap().to_owned()),
            text: response.text().await.unwrap(),
        }
    }

    pub async fn get(&mut self, server: &TestServer, path: &str) -> Page {
        self.send(server.request(Method::GET, path)).await
    }

    pub async fn post<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        server: &TestServer,
        path: &str,
        pairs: &[(N, V)],
    ) -> Page {
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
            .collect();
        self.send(server.request(Method::POST, path).form(&pairs))
            .await
    }

    /// Sends the request of an app; returns where the server sends the browser.
    pub async fn authorize(&mut self, server: &TestServer, pairs: &Pairs<'_>) -> Page {
        self.get(server, &format!("/oauth/authorize?{}", encode(pairs)))
            .await
    }

    pub async fn sign_in(
        &mut self,
        server: &TestServer,
        path: &str,
        user: &str,
        password: &str,
    ) -> Page {
        let form = self.get(server, path).await;
        let csrf = form.csrf();
        let pairs = [
            ("csrf_token", csrf.as_str()),
            ("username", user),
            ("password", password),
        ];
        self.post(server, path, &pairs).await
    }

    /// A browser in which this person has signed in.
    pub async fn of(server: &TestServer, user: &str) -> Self {
        let mut browser = Self::default();
        let page = browser
            .sign_in(server, "/login", user, "demo-password")
            .await;
        assert_eq!(page.status, 303);
        browser
    }

    /// From the app's request to the consent page, as Daniel; returns its path.
    pub async fn reach_consent(
        &mut self,
        server: &TestServer,
        pairs: &Pairs<'_>,
        patient: &str,
    ) -> String {
        self.reach_consent_as(server, "daniel-adams", pairs, patient)
            .await
    }

    /// From the app's request to the consent page; returns its path.
    pub async fn reach_consent_as(
        &mut self,
        server: &TestServer,
        user: &str,
        pairs: &Pairs<'_>,
        patient: &str,
    ) -> String {
        let login = self.authorize(server, pairs).await.location().to_owned();
        let page = self.get(server, &login).await;
        let mut next = match page.location {
            Some(next) => next,
            None => self
                .sign_in(server, &login, user, "demo-password")
                .await
                .location()
                .to_owned(),
        };
        if next.starts_with("/select-patient") {
            let picker = self.get(server, &next).await;
            let pairs = [
                ("csrf_token", picker.csrf()),
                ("patient", patient.to_owned()),
            ];
            let chosen = self.post(server, &next, &pairs).await;
            next = chosen.location.unwrap();
        }
        assert!(next.starts_with("/consent?"), "{next}");
        next
    }

    /// Agrees to everything; returns where the server sends the browser.
    pub async fn approve(
        &mut self,
        server: &TestServer,
        pairs: &Pairs<'_>,
        patient: &str,
    ) -> String {
        let path = self.reach_consent(server, pairs, patient).await;
        self.agree(server, &path).await
    }

    /// Agrees to everything on a consent page; returns where the server sends the browser.
    pub async fn agree(&mut self, server: &TestServer, path: &str) -> String {
        let page = self.get(server, path).await;
        let mut fields = page.fields("#consent");
        fields.push(("decision".into(), "approve".into()));
        let answer = self.post(server, path, &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.location().to_owned()
    }
}
