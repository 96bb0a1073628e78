//! The FHIR API as the portal uses it: reads, searches and counts, with a deadline each.

use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::secret::Secret;

/// From the request to the last byte of the answer.
const DEADLINE: Duration = Duration::from_secs(5);
/// Requests under way at once. A page may ask for thirty counts, and each needs a connection of its
/// own; what comes in a crowd waits here and not in the open files of two servers.
const AT_ONCE: usize = 64;
/// Unused connections end before the server ends them, so that none is taken up as it closes.
const IDLE: Duration = Duration::from_secs(3);
/// Longest answer, in bytes: a page of resources, or one document.
const LONGEST: usize = 32 * 1024 * 1024;

/// Why nothing could be read. The text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The server does not answer, or not in time.
    #[error("the FHIR server cannot be reached: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// Too many requests are under way.
    #[error("too much is asked of the FHIR server at once")]
    Crowded,
    /// There is no such resource, or not for this person.
    #[error("there is no such resource")]
    Missing,
    /// The server refuses.
    #[error("the FHIR server answers {0}")]
    Refused(StatusCode),
    /// The answer is not what was asked for.
    #[error("the answer of the FHIR server makes no sense")]
    Senseless,
}

impl Unreadable {
    /// Whether the server does not offer what was asked for, which another question may change; a
    /// token that it does not accept or a server that is too busy is something else.
    pub fn is_about_the_question(&self) -> bool {
        matches!(self, Self::Refused(status) if [400, 403, 404, 405].contains(&status.as_u16()))
    }
}

/// A FHIR server.
#[derive(Debug)]
pub struct FhirApi {
    client: Client,
    places: Semaphore,
    /// Where it is reached from here.
    address: String,
    /// What it calls itself.
    base: String,
}

/// A page of a search.
#[derive(Debug)]
pub struct Page {
    /// The matches, in order.
    pub resources: Vec<Value>,
    /// The query of the next page.
    pub next: Option<String>,
}

impl FhirApi {
    /// The server that calls itself `base` and is reached at `address`.
    pub fn at(address: String, base: String) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(DEADLINE)
            .pool_idle_timeout(IDLE)
            .build()?;
        Ok(Self {
            client,
            places: Semaphore::new(AT_ONCE),
            address,
            base,
        })
    }

    async fn get(&self, token: &Secret, path: &str) -> Result<Value, Unreadable> {
        let url = format!("{}/{path}", self.address);
        let request = self.client.get(url).bearer_auth(token.expose());
        let request = request.header(ACCEPT, "application/fhir+json");
        let place = tokio::time::timeout(DEADLINE, self.places.acquire()).await;
        let _place = place.ok().and_then(Result::ok).ok_or(Unreadable::Crowded)?;
        let mut response = request.send().await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Unreadable::Missing),
            status => return Err(Unreadable::Refused(status)),
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LONGEST {
                return Err(Unreadable::Senseless);
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|_| Unreadable::Senseless)
    }

    /// The resource of this type and id.
    pub async fn read(
        &self,
        token: &Secret,
        resource_type: &str,
        id: &str,
    ) -> Result<Value, Unreadable> {
        self.get(token, &format!("{resource_type}/{id}")).await
    }

    /// How many resources `query` finds, such as `Condition?code=1`.
    pub async fn count(&self, token: &Secret, query: &str) -> Result<u64, Unreadable> {
        let joint = if query.contains('?') { '&' } else { '?' };
        let bundle = self
            .get(token, &format!("{query}{joint}_summary=count"))
            .await?;
        bundle["total"].as_u64().ok_or(Unreadable::Senseless)
    }

    /// One page of what `query` finds.
    pub async fn page(&self, token: &Secret, query: &str) -> Result<Page, Unreadable> {
        let mut bundle = self.get(token, query).await?;
        let next = self.next(&bundle);
        let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut) else {
            return Ok(Page {
                resources: Vec::new(),
                next,
            });
        };
        let resources = entries
            .iter_mut()
            .filter(|entry| entry["search"]["mode"] != "outcome")
            .map(|entry| entry["resource"].take())
            .filter(Value::is_object)
            .collect();
        Ok(Page { resources, next })
    }

    /// What `query` finds, at most `most` resources.
    pub async fn search(
        &self,
        token: &Secret,
        query: &str,
        most: usize,
    ) -> Result<Vec<Value>, Unreadable> {
        let mut page = self.page(token, query).await?;
        let mut found = page.resources;
        while let Some(next) = page.next.filter(|_| found.len() < most) {
            page = self.page(token, &next).await?;
            found.append(&mut page.resources);
        }
        found.truncate(most);
        Ok(found)
    }

    /// The server names its next page by its own base, which may not be how it is reached from
    /// here; a link that leads anywhere else is not followed.
    fn next(&self, bundle: &Value) -> Option<String> {
        let links = bundle["link"].as_array()?;
        let next = links.iter().find(|link| link["relation"] == "next")?;
        let query = next["url"].as_str()?.strip_prefix(&self.base)?;
        let query = query.strip_prefix('/').unwrap_or(query);
        Some(query.to_owned())
    }

    /// The type and id that a reference or URL names on this server.
    pub fn local<'a>(&self, reference: &'a str) -> Option<(&'a str, &'a str)> {
        let below = match reference.strip_prefix(&self.base) {
            Some(path) => path.strip_prefix('/')?,
            None => reference,
        };
        let (resource_type, id) = below.split_once('/')?;
        let legal = |text: &str, more: &str| {
            !text.is_empty()
                && text.len() <= 64
                && text
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter))
        };
        (legal(resource_type, "") && legal(id, "-.")).then_some((resource_type, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api() -> FhirApi {
        let address = "http://127.0.0.1:9/fhir".to_owned();
        FhirApi::at(address, "https://ehr.example/fhir".to_owned()).unwrap()
    }

    #[test]
    fn the_next_page_is_asked_for_where_the_server_is_reached() {
        let bundle = |url: &str| serde_json::json!({"link": [{"relation": "next", "url": url}]});
        let next = api().next(&bundle("https://ehr.example/fhir/Condition?_page=2"));
        assert_eq!(next.as_deref(), Some("Condition?_page=2"));
        assert_eq!(
            api().next(&bundle("https://evil.example/fhir/Condition")),
            None
        );
    }

    #[test]
    fn only_references_to_this_server_are_followed() {
        let api = api();
        assert_eq!(api.local("Binary/a-1"), Some(("Binary", "a-1")));
        assert_eq!(
            api.local("https://ehr.example/fhir/Binary/a"),
            Some(("Binary", "a"))
        );
        for other in [
            "https://evil.example/Binary/a",
            "Binary/../Patient/b",
            "Binary/a?x=1",
            "//evil/x",
            "Binary",
            "Binary/",
        ] {
            assert_eq!(api.local(other), None, "{other}");
        }
    }

    #[actix_web::test]
    async fn a_server_that_does_not_answer_is_said_to_be_unreachable() {
        let token = Secret::new("t");
        let answer = api().count(&token, "Condition").await;
        assert!(matches!(answer, Err(Unreadable::Unreachable(_))));
    }
}
