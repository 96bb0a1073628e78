//! The authorization server as another process: asked over HTTP with this server's own
//! credentials (RFC 7662 §2.1).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use smart::clock::SharedClock;
use smart::configuration::SmartConfiguration;
use smart::introspection::{Answer, AuthorizationServer, Introspection, PURPOSE, Unavailable};
use tokio::sync::Mutex;

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long the configuration document is kept.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// Longest answer that is read.
const MAX_ANSWER: usize = 256 * 1024;

/// Where the authorization server is and who asks.
#[derive(Clone)]
pub struct Credentials {
    /// The issuer URL, without a slash at the end.
    pub issuer: String,
    /// Client id of this resource server.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Credentials({} at {}, ***)", self.id, self.issuer)
    }
}

/// An authorization server behind HTTP.
#[derive(Debug)]
pub struct Remote {
    client: reqwest::Client,
    credentials: Credentials,
    clock: ClockHandle,
    kept: Mutex<Option<(DateTime<Utc>, SmartConfiguration)>>,
}

struct ClockHandle(SharedClock);

impl std::fmt::Debug for ClockHandle {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Clock")
    }
}

impl Remote {
    /// A client that follows no redirects and gives up after five seconds.
    pub fn new(credentials: Credentials, clock: SharedClock) -> Result<Self, Unavailable> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| unavailable(&error))?;
        Ok(Self {
            client,
            credentials,
            clock: ClockHandle(clock),
            kept: Mutex::new(None),
        })
    }

    async fn ask_configuration(&self) -> Result<SmartConfiguration, Unavailable> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.0.now();
        if let Some((since, configuration)) = &*kept
            && now - *since < FRESH
        {
            return Ok(configuration.clone());
        }
        let url = format!(
            "{}/.well-known/smart-configuration",
            self.credentials.issuer
        );
        let configuration: SmartConfiguration = answer(self.client.get(url)).await?;
        *kept = Some((now, configuration.clone()));
        Ok(configuration)
    }

    async fn ask_introspection(
        &self,
        token: &str,
        purpose: &str,
    ) -> Result<Introspection, Unavailable> {
        let endpoint = self
            .ask_configuration()
            .await?
            .introspection_endpoint
            .ok_or_else(|| Unavailable::because("no introspection endpoint is published"))?;
        let Credentials { id, secret, .. } = &self.credentials;
        let request = self
            .client
            .post(endpoint)
            .basic_auth(id, Some(secret))
            .form(&[("token", token), (PURPOSE, purpose)]);
        answer(request).await
    }
}

/// Sends a request and reads a JSON answer of bounded length.
async fn answer<T: serde::de::DeserializeOwned>(
    request: reqwest::RequestBuilder,
) -> Result<T, Unavailable> {
    let mut response = request
        .header("Accept", "application/json")
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(|error| unavailable(&error))?;
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unavailable(&error))?
    {
        body.extend(chunk);
        if body.len() > MAX_ANSWER {
            return Err(Unavailable::because("the answer is too long"));
        }
    }
    serde_json::from_slice(&body).map_err(|error| Unavailable::because(error.to_string()))
}

/// The request carries a token in its body, never in its URL, so the error can be shown.
fn unavailable(error: &reqwest::Error) -> Unavailable {
    Unavailable::because(error.to_string())
}

impl AuthorizationServer for Remote {
    fn introspect_for<'a>(&'a self, token: &'a str, purpose: &'a str) -> Answer<'a, Introspection> {
        Box::pin(self.ask_introspection(token, purpose))
    }

    fn configuration(&self) -> Answer<'_, SmartConfiguration> {
        Box::pin(self.ask_configuration())
    }
}
