//! A request to send, and why it may not have been answered.

use std::time::Duration;

use serde_json::Value;
use thiserror::Error;
use url::Url;

use crate::configuration::Secret;

/// The methods the checks use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Trace,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
        }
    }
}

/// What a request carries.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    None,
    Form(Vec<(String, String)>),
    Json(Value),
    /// A media type and the bytes as they are.
    Raw(&'static str, String),
}

/// A request, not yet sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) authorization: Option<Secret>,
    pub(crate) body: Body,
    pub(crate) follows: bool,
}

impl Request {
    /// A GET that follows redirects within the origin of `url`.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: Method::Get,
            url,
            headers: Vec::new(),
            authorization: None,
            body: Body::None,
            follows: true,
        }
    }

    /// A POST; its redirects are not followed.
    pub(crate) fn post(url: Url, body: Body) -> Self {
        Self {
            method: Method::Post,
            body,
            follows: false,
            ..Self::get(url)
        }
    }

    /// Any method; redirects are not followed.
    pub(crate) fn with(method: Method, url: Url, body: Body) -> Self {
        Self {
            method,
            ..Self::post(url, body)
        }
    }

    /// With one more header.
    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Asking for FHIR JSON.
    #[must_use]
    pub(crate) fn fhir(self) -> Self {
        self.header("accept", "application/fhir+json")
    }

    /// With a bearer token.
    #[must_use]
    pub(crate) fn bearer(mut self, token: &Secret) -> Self {
        self.authorization = Some(Secret::from(format!("Bearer {}", token.reveal())));
        self
    }

    /// With a complete `Authorization` value.
    #[must_use]
    pub(crate) fn authorization(mut self, value: Secret) -> Self {
        self.authorization = Some(value);
        self
    }

    /// Taking a redirect as the answer.
    #[must_use]
    pub(crate) fn unfollowed(mut self) -> Self {
        self.follows = false;
        self
    }
}

/// Why there is no (usable) answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum RequestError {
    #[error("no connection: {0}")]
    Unreachable(String),
    #[error("no complete answer within {} s", (.0.as_secs_f32() * 10.0).ceil() / 10.0)]
    Timeout(Duration),
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    #[error("the answer broke off or is not HTTP: {0}")]
    Broken(String),
    #[error("more than {0} redirects")]
    TooManyRedirects(usize),
    #[error("this request cannot be sent: {0}")]
    Invalid(String),
    #[error("the budget of {0} requests is spent")]
    BudgetSpent(u32),
    #[error("the time limit of {} s for the whole run is reached", .0.as_secs())]
    TimeSpent(Duration),
}
