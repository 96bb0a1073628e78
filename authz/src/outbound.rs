//! The only way out: fetching a document that a client named. No redirects, no proxies, no
//! addresses but those that [`Reach`] admits, judged after the name was resolved and then connected
//! to as judged, so that a name cannot resolve to something else in between.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, HeaderMap};
use reqwest::{Client, Response, StatusCode};
use tokio::sync::Semaphore;

use crate::oauth::reach::Reach;

/// From the first look at the name to the last byte.
const DEADLINE: Duration = Duration::from_secs(2);
/// Longest document, in bytes.
const LONGEST: usize = 64 * 1024;
/// Fetches at a time.
const AT_ONCE: usize = 16;

/// Why nothing was fetched. The text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The URL or what it resolves to may not be reached.
    #[error("the address may not be reached")]
    Address,
    /// The answer is not 200.
    #[error("the answer has status {0}")]
    Status(StatusCode),
    /// The document is too long.
    #[error("the document is too long")]
    Length,
    /// The connection failed or took too long.
    #[error("the connection failed")]
    Connection(#[from] reqwest::Error),
}

/// A fetched document.
#[derive(Debug)]
pub struct Document {
    /// The body.
    pub body: Vec<u8>,
    /// How long it may be kept, if the answer says so.
    pub max_age: Option<TimeDelta>,
}

/// Fetches documents.
#[derive(Debug)]
pub struct Outbound {
    client: Client,
    reach: Reach,
    places: Semaphore,
}

impl Outbound {
    /// A client with this reach.
    pub fn with(reach: Reach) -> Result<Self, OutboundError> {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .https_only(reach == Reach::Public)
            .timeout(DEADLINE)
            // A connection belongs to the thread that opened it.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Guard(reach)))
            .build()?;
        Ok(Self {
            client,
            reach,
            places: Semaphore::new(AT_ONCE),
        })
    }

    /// Fetches `url` within two seconds.
    pub async fn fetch(&self, url: &str) -> Result<Document, OutboundError> {
        if !self.reach.admits_url(url) {
            return Err(OutboundError::Address);
        }
        // The semaphore is never closed.
        let _place = self.places.acquire().await;
        let request = self.client.get(url).header(ACCEPT, "application/json");
        let response = request.send().await?;
        if response.status() != StatusCode::OK {
            return Err(OutboundError::Status(response.status()));
        }
        let max_age = max_age(response.headers());
        let body = read(response).await?;
        Ok(Document { body, max_age })
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, OutboundError> {
    let stated = response.headers().get(CONTENT_LENGTH);
    let stated = stated.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if stated.is_some_and(|length| length > LONGEST) {
        return Err(OutboundError::Length);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LONGEST {
            return Err(OutboundError::Length);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `Cache-Control` (RFC 9111 §5.2.2): zero when nothing may be kept.
fn max_age(headers: &HeaderMap) -> Option<TimeDelta> {
    let text = headers.get(CACHE_CONTROL)?.to_str().ok()?;
    let mut directives = text
        .split(',')
        .map(|directive| directive.trim().to_ascii_lowercase());
    directives
        .clone()
        .find_map(|directive| {
            ["no-store", "no-cache"]
                .contains(&directive.as_str())
                .then(TimeDelta::zero)
        })
        .or_else(|| {
            directives.find_map(|directive| {
                let seconds: u32 = directive.strip_prefix("max-age=")?.parse().ok()?;
                Some(TimeDelta::seconds(seconds.into()))
            })
        })
}

/// Resolves names and keeps only addresses within reach.
struct Guard(Reach);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found.filter(|at| reach.admits(at.ip())).collect();
            if admitted.is_empty() {
                return Err(OutboundError::Address.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_control_is_read_strictly() {
        for (text, seconds) in [
            ("max-age=5", Some(5)),
            ("public, Max-Age=60", Some(60)),
            ("no-store, max-age=60", Some(0)),
            ("no-cache", Some(0)),
            ("max-age=-1", None),
            ("private", None),
        ] {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, text.parse().unwrap())]);
            assert_eq!(max_age(&headers).map(|age| age.num_seconds()), seconds);
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_out_of_reach_in_production() {
        let outbound = Outbound::with(Reach::Public).unwrap();
        for url in ["https://localhost:9443/x", "https://127.0.0.1:9443/x"] {
            let refused = outbound.fetch(url).await;
            assert!(matches!(refused, Err(OutboundError::Address)), "{url}");
        }
        // What a name resolves to is judged as well.
        let resolved = Guard(Reach::Public).resolve("localhost".parse().unwrap());
        assert!(resolved.await.is_err());
    }
}
