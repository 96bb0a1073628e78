//! Reading a body: after the caller was authenticated, within a limit and a deadline.

use std::time::Duration;

use actix_web::dev;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use actix_web::web::{BytesMut, Payload};
use futures_util::StreamExt as _;

use super::negotiate::is_json;
use crate::interaction::patch::JSON_PATCH;
use crate::problem::{Kind, Problem};

/// How long a body may take to arrive.
const DEADLINE: Duration = Duration::from_secs(20);
/// Encodings that are undone.
const ENCODINGS: &[&str] = &["", "identity", "gzip", "deflate"];

/// What a route takes as its body.
pub(super) enum Content {
    /// None.
    Nothing,
    /// Name–value pairs.
    Form(Payload),
    /// A resource.
    Resource(Payload),
    /// A patch.
    Patch(Payload),
    /// A batch or transaction.
    Bundle(Payload),
}

struct Rule {
    accepts: fn(&str) -> bool,
    accepted: &'static str,
    limit: usize,
    shown_limit: &'static str,
}

const FORM: Rule = Rule {
    accepts: |media_type| media_type == "application/x-www-form-urlencoded",
    accepted: "application/x-www-form-urlencoded in UTF-8",
    limit: 64 * 1024,
    shown_limit: "64 KiB",
};

const RESOURCE: Rule = Rule {
    accepts: is_json,
    accepted: "application/fhir+json in UTF-8",
    limit: 10 * 1024 * 1024,
    shown_limit: "10 MiB",
};

const PATCH: Rule = Rule {
    accepts: |media_type| is_json_patch(media_type) || is_json(media_type),
    accepted: "application/json-patch+json, or a FHIRPath Patch as application/fhir+json, in UTF-8",
    limit: 1024 * 1024,
    shown_limit: "1 MiB",
};

const BUNDLE: Rule = Rule {
    limit: 50 * 1024 * 1024,
    shown_limit: "50 MiB",
    ..RESOURCE
};

/// Whether a media type means a JSON Patch.
pub(super) fn is_json_patch(media_type: &str) -> bool {
    media_type == JSON_PATCH
}

/// The media type of a body, in lower case and without its parameters.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let text = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let plain = text
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    plain.trim().to_ascii_lowercase()
}

impl Content {
    /// The whole body, decompressed.
    pub(super) async fn read(self, headers: &HeaderMap) -> Result<Vec<u8>, Problem> {
        let (payload, rule) = match self {
            Self::Nothing => return Ok(Vec::new()),
            Self::Form(payload) => (payload, FORM),
            Self::Resource(payload) => (payload, RESOURCE),
            Self::Patch(payload) => (payload, PATCH),
            Self::Bundle(payload) => (payload, BUNDLE),
        };
        check_type(headers, &rule)?;
        tokio::time::timeout(DEADLINE, collect(payload, headers, &rule))
            .await
            .map_err(|_| {
                Problem::new(
                    Kind::RequestTimeout,
                    "The body took too long to arrive; send it again.",
                )
            })?
    }

    /// Whether it holds name–value pairs.
    pub(super) fn is_form(&self) -> bool {
        matches!(self, Self::Form(_))
    }
}

fn check_type(headers: &HeaderMap, rule: &Rule) -> Result<(), Problem> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &actix_web::http::header::HeaderValue| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let content_type = text(CONTENT_TYPE);
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let in_utf8 = parts
        .filter_map(|part| part.strip_prefix("charset="))
        .all(|charset| ["utf-8", "\"utf-8\"", "us-ascii"].contains(&charset));
    if !(rule.accepts)(media_type) || !in_utf8 {
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            format!("Send the body as {}.", rule.accepted),
        ));
    }
    if !ENCODINGS.contains(&text(CONTENT_ENCODING).as_str()) {
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            "The body may be compressed with gzip or deflate, once.",
        ));
    }
    Ok(())
}

async fn collect(payload: Payload, headers: &HeaderMap, rule: &Rule) -> Result<Vec<u8>, Problem> {
    let mut plain = dev::Decompress::from_headers(payload, headers);
    let mut body = BytesMut::new();
    while let Some(chunk) = plain.next().await {
        let chunk = chunk
            .map_err(|_| Problem::new(Kind::Invalid, "The body cannot be read to its end."))?;
        if body.len() + chunk.len() > rule.limit {
            return Err(Problem::new(
                Kind::BodyTooLong,
                format!("The body of this request is at most {}.", rule.shown_limit),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.to_vec())
}
