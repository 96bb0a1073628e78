//! The authorization server as another process: asked over HTTP with this server's own
//! credentials (RFC 7662 §2.1).
//!
//! It is asked about the token of every request, and no answer is kept: a token that was revoked is
//! refused by the next request. Whatever is no answer (none in time, another status than 200, anything
//! but an introspection) is [`Unavailable`], for which the caller of this server is told 503.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use smart::clock::SharedClock;
use smart::configuration::SmartConfiguration;
use smart::introspection::{
    Answer, AuthorizationServer, DISCLOSURES, Disclosure, Introspection, PURPOSE, Unavailable,
};

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Unused connections end before the other server ends them.
const IDLE: Duration = Duration::from_secs(3);
/// How long the configuration document is kept.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// Patients that are told of in one request.
const AT_ONCE: usize = 500;
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
    kept: Mutex<Kept>,
}

/// The configuration document and when it was fetched.
type Kept = Option<(DateTime<Utc>, SmartConfiguration)>;

struct ClockHandle(SharedClock);

impl std::fmt::Debug for ClockHandle {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Clock")
    }
}

impl Remote {
    /// A client that follows no redirects and gives up after five seconds.
    pub fn new(credentials: Credentials, clock: SharedClock) -> Result<Self, Unavailable> {
        Self::with_patience(credentials, clock, TIMEOUT)
    }

    /// One that gives up after `patience`.
    pub fn with_patience(
        credentials: Credentials,
        clock: SharedClock,
        patience: Duration,
    ) -> Result<Self, Unavailable> {
        let client = reqwest::Client::builder()
            .timeout(patience)
            .pool_idle_timeout(IDLE)
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
        let now = self.clock.0.now();
        if let Some(configuration) = self.fresh(now) {
            return Ok(configuration);
        }
        let url = format!(
            "{}/.well-known/smart-configuration",
            self.credentials.issuer
        );
        let configuration: SmartConfiguration = answer(self.client.get(url)).await?;
        *self.kept() = Some((now, configuration.clone()));
        Ok(configuration)
    }

    /// Nobody waits with this in hand: one who waits for a silent server must not hold up the others.
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self, now: DateTime<Utc>) -> Option<SmartConfiguration> {
        let kept = self.kept();
        let (since, configuration) = kept.as_ref()?;
        (now - *since < FRESH).then(|| configuration.clone())
    }

    /// Tells whose data were read, some at a time. A server of another make keeps no such thing.
    async fn tell(&self, disclosure: Disclosure<'_>) -> Result<(), Unavailable> {
        let Credentials { issuer, id, secret } = &self.credentials;
        for patients in disclosure.patients.chunks(AT_ONCE) {
            let patients = patients.join(" ");
            let form = [
                ("token", disclosure.token),
                (PURPOSE, disclosure.purpose),
                ("patients", &patients),
            ];
            let request = self.client.post(format!("{issuer}{DISCLOSURES}"));
            let sent = request.basic_auth(id, Some(secret)).form(&form).send();
            let status = sent.await.map_err(|error| unavailable(&error))?.status();
            if !status.is_success() && status != StatusCode::NOT_FOUND {
                let why = format!("a disclosure was answered with status {status}");
                return Err(Unavailable::because(why));
            }
        }
        Ok(())
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
        .map_err(|error| unavailable(&error))?;
    // A redirect is no answer either, whatever comes with it.
    if response.status() != StatusCode::OK {
        let status = response.status();
        return Err(Unavailable::because(format!(
            "the answer has status {status}"
        )));
    }
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

    fn disclosed<'a>(&'a self, disclosure: Disclosure<'a>) -> Answer<'a, ()> {
        Box::pin(self.tell(disclosure))
    }

    fn configuration(&self) -> Answer<'_, SmartConfiguration> {
        Box::pin(self.ask_configuration())
    }
}
