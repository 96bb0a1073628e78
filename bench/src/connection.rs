//! One HTTP/1.1 connection that stays open, as an app's would.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, HOST, HeaderMap};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

/// Why a flow did not come to its end.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The answer is not what the dataset says it must be.
    #[error("wrong answer: {0}")]
    Wrong(String),
    /// A status that the flow cannot go on with.
    #[error("{request} was answered {status}: {start}")]
    Refused {
        /// Method and path.
        request: String,
        /// HTTP status.
        status: u16,
        /// The first characters of the body.
        start: String,
    },
    /// No answer came.
    #[error("no answer: {0}")]
    Transport(String),
    /// What was made ready is used up; this ends a repetition early and is no failure.
    #[error("nothing is left of what was made ready")]
    UsedUp,
}

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// Path and query below the host.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Ask {
    /// A GET.
    pub(crate) fn read(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// A form.
    pub(crate) fn form(path: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Self::read(path)
            .with("content-type", "application/x-www-form-urlencoded")
            .carrying(Method::POST, body)
    }

    /// A resource.
    pub(crate) fn resource(
        method: Method,
        path: impl Into<String>,
        json: impl Into<Bytes>,
    ) -> Self {
        Self::read(path)
            .with("content-type", "application/fhir+json")
            .carrying(method, json)
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn carrying(mut self, method: Method, body: impl Into<Bytes>) -> Self {
        self.method = method;
        self.body = body.into();
        self
    }

    fn shown(&self) -> String {
        let path: String = self.path.chars().take(120).collect();
        format!("{} {path}", self.method)
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    request: String,
}

impl Answer {
    /// The answer itself, if it has this status.
    pub(crate) fn expect(self, status: u16) -> Result<Self, Failure> {
        if self.status == status {
            return Ok(self);
        }
        Err(Failure::Refused {
            request: self.request,
            status: self.status,
            start: String::from_utf8_lossy(&self.body)
                .chars()
                .take(300)
                .collect(),
        })
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::Wrong(format!("the body is not JSON: {error}")))
    }
}

/// Where a connection goes.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// `host:port`.
    pub(crate) authority: String,
    /// Path that all requests begin with, without trailing slash.
    pub(crate) prefix: String,
}

impl Place {
    /// Plain HTTP only: what is measured is the server, not TLS.
    pub(crate) fn parse(base: &str) -> Result<Self, String> {
        let url = Url::parse(base).map_err(|error| format!("{base} is no URL: {error}"))?;
        if url.scheme() != "http" {
            return Err(format!("{base}: only plain http is measured"));
        }
        let host = url
            .host_str()
            .ok_or_else(|| format!("{base} has no host"))?;
        Ok(Self {
            authority: format!("{host}:{}", url.port_or_known_default().unwrap_or(80)),
            prefix: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// The same host with another last part of the path.
    pub(crate) fn beside(&self, name: &str) -> Self {
        let parent = self
            .prefix
            .rsplit_once('/')
            .map_or("", |(parent, _)| parent);
        Self {
            prefix: format!("{parent}{name}"),
            ..self.clone()
        }
    }
}

/// The path and query of a link, to follow it on the connection that is open.
pub(crate) fn local(link: &str) -> Result<String, Failure> {
    let url = Url::parse(link)
        .map_err(|error| Failure::Wrong(format!("the link {link} is no URL: {error}")))?;
    Ok(url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}

/// An open connection, opened again when the server closes it.
#[derive(Debug)]
pub(crate) struct Connection {
    place: Place,
    token: Option<String>,
    sender: Option<SendRequest<Full<Bytes>>>,
    /// Requests sent so far.
    pub(crate) requests: u64,
    /// Bytes of bodies received so far.
    pub(crate) bytes: u64,
}

impl Connection {
    /// A connection that opens with its first request.
    pub(crate) fn new(place: Place, token: Option<String>) -> Self {
        Self {
            place,
            token,
            sender: None,
            requests: 0,
            bytes: 0,
        }
    }

    /// From now on with this bearer token.
    pub(crate) fn authenticate(&mut self, token: String) {
        self.token = Some(token);
    }

    /// Sends a request whose path is below the place's prefix.
    pub(crate) async fn send(&mut self, mut ask: Ask) -> Result<Answer, Failure> {
        ask.path.insert_str(0, &self.place.prefix);
        self.send_absolute(ask).await
    }

    /// Sends a request whose path begins at the host.
    pub(crate) async fn send_absolute(&mut self, ask: Ask) -> Result<Answer, Failure> {
        let transport = |error: &dyn std::fmt::Display| Failure::Transport(error.to_string());
        let mut sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => open(&self.place).await?,
        };
        sender.ready().await.map_err(|error| transport(&error))?;
        let request = self.request(&ask)?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| transport(&error))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| transport(&error))?;
        self.sender = Some(sender);
        self.requests += 1;
        let body = body.to_bytes();
        self.bytes += body.len() as u64;
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            request: ask.shown(),
        })
    }

    fn request(&self, ask: &Ask) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::builder()
            .method(&ask.method)
            .uri(&ask.path)
            .header(HOST, &self.place.authority);
        let is_authenticated = ask.headers.iter().any(|(name, _)| *name == "authorization");
        if let Some(token) = self.token.as_ref().filter(|_| !is_authenticated) {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        request
            .body(Full::new(ask.body.clone()))
            .map_err(|error| Failure::Transport(error.to_string()))
    }
}

async fn open(place: &Place) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let transport = |error: &dyn std::fmt::Display| Failure::Transport(error.to_string());
    let stream = TcpStream::connect(&place.authority)
        .await
        .map_err(|error| transport(&error))?;
    stream
        .set_nodelay(true)
        .map_err(|error| transport(&error))?;
    let (sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(|error| transport(&error))?;
    tokio::spawn(async move {
        // Its end is seen by the next request.
        let _ = connection.await;
    });
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_keeps_the_path_of_the_base() {
        let place = Place::parse("http://localhost:8080/api/fhir/").map_err(|_| ());
        let place = place.ok().map(|place| (place.authority, place.prefix));
        assert_eq!(place, Some(("localhost:8080".into(), "/api/fhir".into())));
    }

    #[test]
    fn tls_is_refused_with_the_reason() {
        assert!(Place::parse("https://example.org").is_err());
    }
}
