//! An answer as it came; every reading of it may fail without a panic.

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use crate::outcome::{Finding, Verdict, ensure, fail};

/// A complete answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    /// Its place in the log.
    pub(crate) exchange: usize,
}

impl Answer {
    /// A header, when present and text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a header that are text.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
    }

    /// The media type without parameters, in lower case.
    pub(crate) fn media_type(&self) -> String {
        self.header("content-type")
            .and_then(|value| value.split(';').next())
            .map(|value| value.trim().to_ascii_lowercase())
            .unwrap_or_default()
    }

    /// Whether the media type is one of JSON.
    pub(crate) fn claims_json(&self) -> bool {
        let media_type = self.media_type();
        media_type == "application/json" || media_type.ends_with("+json")
    }

    /// Fails unless the status is `wanted`.
    pub(crate) fn expect_status(&self, wanted: u16) -> Verdict {
        ensure(self.status == wanted, || {
            format!("status {} instead of {wanted}", self.status)
        })
    }

    /// Fails unless the status is one of `wanted`.
    pub(crate) fn expect_one_of(&self, wanted: &[u16]) -> Verdict {
        ensure(wanted.contains(&self.status), || {
            let words: Vec<_> = wanted.iter().map(u16::to_string).collect();
            format!("status {} instead of {}", self.status, words.join(" or "))
        })
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Finding> {
        serde_json::from_slice(&self.body)
            .or_else(|error| fail(format!("the body is not JSON: {error}")))
    }

    /// The body as a JSON object of status 200.
    pub(crate) fn object(&self) -> Result<Value, Finding> {
        self.expect_status(200)?;
        let value = self.json()?;
        ensure(value.is_object(), || {
            "the body is JSON but not an object".into()
        })?;
        Ok(value)
    }

    /// The body as a resource of `resource_type`.
    pub(crate) fn resource(&self, resource_type: &str) -> Result<Value, Finding> {
        let value = self.object()?;
        expect_type(&value, resource_type)?;
        Ok(value)
    }

    /// Fails unless the body is an OperationOutcome with at least one issue.
    pub(crate) fn expect_operation_outcome(&self) -> Verdict {
        let value = self.json()?;
        expect_type(&value, "OperationOutcome")?;
        let issues = value["issue"].as_array().map_or(0, Vec::len);
        ensure(issues > 0, || "the OperationOutcome has no issue".into())
    }
}

fn expect_type(value: &Value, resource_type: &str) -> Verdict {
    let found = value["resourceType"].as_str().unwrap_or("nothing");
    ensure(found == resource_type, || {
        format!("resourceType is {found} instead of {resource_type}")
    })
}
