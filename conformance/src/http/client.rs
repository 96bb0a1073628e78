//! Sends requests within the limits and records them.

use std::error::Error;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use reqwest::redirect::Policy;
use smart::clock::SharedClock;
use url::Url;

use super::handshake::{Greeting, Version, greet};
use super::pace::Pace;
use super::{Answer, Body, Exchange, Limits, Log, Method, Redactor, Request, RequestError};

const MOST_REDIRECTS: usize = 5;
const USER_AGENT: &str = concat!("s4s-conformance/", env!("CARGO_PKG_VERSION"));

/// The client of one run.
pub(crate) struct Client {
    inner: reqwest::Client,
    limits: Limits,
    pace: Pace,
    clock: SharedClock,
    pub(crate) log: Log,
    pub(crate) redactor: Redactor,
}

impl Client {
    /// A client that has sent nothing yet.
    ///
    /// `authority` is a certificate (PEM) that servers may be vouched for by, besides the usual
    /// ones.
    pub(crate) fn new(
        limits: Limits,
        clock: SharedClock,
        authority: Option<&[u8]>,
    ) -> Result<Self, RequestError> {
        let authority = authority.map(reqwest::Certificate::from_pem).transpose();
        let authority = authority.map_err(|error| RequestError::Invalid(describe(error)))?;
        let builder = || {
            reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .redirect(Policy::none())
                .no_proxy()
        };
        // A machine without any root certificate can still check a server that needs none.
        let inner = builder()
            .tls_certs_merge(authority.clone())
            .build()
            .or_else(|_| builder().tls_certs_only(authority).build())
            .map_err(|error| RequestError::Invalid(describe(error)))?;
        Ok(Self {
            inner,
            pace: Pace::new(&limits),
            limits,
            clock,
            log: Log::default(),
            redactor: Redactor::default(),
        })
    }

    /// Why the run could not ask for everything, when it could not.
    pub(crate) fn refused(&self) -> Option<String> {
        self.pace.refused().map(ToString::to_string)
    }

    /// Sends `request`; follows redirects that stay on its origin, if it wants that. A redirect
    /// to another origin is returned as the answer, so that a token never leaves.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, RequestError> {
        let mut request = request.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.patiently(&request).await?;
            match next_hop(&request, &answer) {
                Some(url) => request.url = url,
                None => return Ok(answer),
            }
        }
        Err(RequestError::TooManyRedirects(MOST_REDIRECTS))
    }

    /// Sends the first words of TLS in this version with these suites, and nothing after them.
    pub(crate) async fn greet(
        &self,
        host: &str,
        port: u16,
        offer: (Version, &[u16]),
    ) -> Result<Greeting, RequestError> {
        let left = self.pace.turn().await?;
        let limit = self.limits.timeout.min(left);
        let greeting = greet(host, port, offer, limit).await;
        greeting.map_err(|error| RequestError::Unreachable(error.to_string()))
    }

    /// Waits, within the time of the run.
    pub(crate) async fn wait(&self, time: Duration) -> Result<(), RequestError> {
        self.pace.pause(time).await
    }

    /// Honours `Retry-After` of 503, and of 429 where something is only read, within the limits.
    /// Whether bursts of logins and registrations are slowed down is for the checks to see.
    async fn patiently(&self, request: &Request) -> Result<Answer, RequestError> {
        let mut retries = 0;
        loop {
            let answer = self.once(request).await?;
            let is_asked = match answer.status {
                503 => true,
                429 => request.method == Method::Get,
                _ => false,
            };
            let wait = retry_after(&answer, self.clock.now()).filter(|_| is_asked);
            match wait.filter(|wait| *wait <= self.limits.retry_after) {
                Some(wait) if retries < self.limits.retries => self.pace.pause(wait).await?,
                _ => return Ok(answer),
            }
            retries += 1;
        }
    }

    async fn once(&self, request: &Request) -> Result<Answer, RequestError> {
        let left = self.pace.turn().await?;
        let limit = self.limits.timeout.min(left);
        let started = Instant::now();
        let result = tokio::time::timeout(limit, self.exchange(request))
            .await
            .unwrap_or(Err(RequestError::Timeout(limit)));
        let exchange = self
            .log
            .record(self.describe(request, &result, started.elapsed()));
        result.map(|answer| Answer { exchange, ..answer })
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, RequestError> {
        let mut response = self.build(request).send().await.map_err(classify)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(classify)? {
            if body.len() + chunk.len() > self.limits.body {
                return Err(RequestError::TooLarge(self.limits.body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
            url: request.url.clone(),
            exchange: 0,
        })
    }

    fn build(&self, request: &Request) -> reqwest::RequestBuilder {
        let mut builder = self
            .inner
            .request(method(request.method), request.url.clone());
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(value) = &request.authorization {
            builder = builder.header("authorization", value.reveal());
        }
        match &request.body {
            Body::None => builder,
            Body::Form(fields) => builder.form(fields),
            Body::Json(value) => builder.json(value),
            Body::Raw(media_type, text) => builder
                .header("content-type", *media_type)
                .body(text.clone()),
        }
    }

    fn describe(
        &self,
        request: &Request,
        result: &Result<Answer, RequestError>,
        time: Duration,
    ) -> Exchange {
        let answer = result.as_ref().ok();
        Exchange {
            method: request.method.as_str().to_owned(),
            url: self.redactor.url(&request.url),
            headers: self.kept_headers(request),
            body: self.redactor.body(&request.body),
            status: answer.map(|answer| answer.status),
            content_type: answer
                .and_then(|answer| answer.header("content-type"))
                .map(|value| self.redactor.text(value)),
            answer_headers: answer.map_or_else(Vec::new, |answer| self.redactor.headers(answer)),
            bytes: answer.map_or(0, |answer| answer.body.len()),
            milliseconds: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            error: result
                .as_ref()
                .err()
                .map(|error| self.redactor.text(&error.to_string())),
        }
    }

    fn kept_headers(&self, request: &Request) -> Vec<(String, String)> {
        let hidden = |name: &str| name == "cookie" || name == "authorization";
        let mut headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| {
                if hidden(name) {
                    ((*name).to_owned(), "***".to_owned())
                } else {
                    ((*name).to_owned(), self.redactor.text(value))
                }
            })
            .collect();
        if request.authorization.is_some() {
            headers.push(("authorization".to_owned(), "***".to_owned()));
        }
        headers
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
        Method::Options => reqwest::Method::OPTIONS,
        Method::Trace => reqwest::Method::TRACE,
    }
}

fn next_hop(request: &Request, answer: &Answer) -> Option<Url> {
    if !request.follows || !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let url = request.url.join(answer.header("location")?).ok()?;
    (url.origin() == request.url.origin()).then_some(url)
}

/// How long an answer asks to wait: seconds or an HTTP date (RFC 9110, section 10.2.3).
fn retry_after(answer: &Answer, now: DateTime<Utc>) -> Option<Duration> {
    let text = answer.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    Some(
        until
            .with_timezone(&Utc)
            .signed_duration_since(now)
            .to_std()
            .unwrap_or_default(),
    )
}

fn classify(error: reqwest::Error) -> RequestError {
    if error.is_connect() {
        RequestError::Unreachable(describe(error))
    } else if error.is_builder() {
        RequestError::Invalid(describe(error))
    } else {
        RequestError::Broken(describe(error))
    }
}

/// The innermost cause: the outer ones only repeat that a request failed.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    advised(cause.to_string())
}

/// Causes that have a usual reason, which the libraries below do not name.
const ADVICE: &[(&str, &str)] = &[
    (
        "InvalidContentType",
        "this port speaks no TLS: is it one of http?",
    ),
    (
        "UnknownIssuer",
        "nobody this machine trusts vouches for the certificate: --authority-file names who else may",
    ),
    ("Connection refused", "nothing listens at this address"),
];

fn advised(cause: String) -> String {
    let found = ADVICE.iter().find(|(word, _)| cause.contains(word));
    match found {
        Some((_, advice)) => format!("{cause} ({advice})"),
        None => cause,
    }
}
