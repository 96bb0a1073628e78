//! Conditional read (R4, "conditional read"; RFC 9110 §13).

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use chrono::{DateTime, Utc};

use crate::render::Rendered;

/// Whether the caller has this version already. `If-None-Match` goes before `If-Modified-Since`.
pub(super) fn is_unmodified(request: &HttpRequest, rendered: &Rendered) -> bool {
    let header = |name: HeaderName| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    match (header(IF_NONE_MATCH), &rendered.etag) {
        (Some(known), Some(etag)) => known
            .split(',')
            .map(str::trim)
            .any(|known| known == "*" || opaque(known) == opaque(etag)),
        (Some(_), None) => false,
        (None, _) => header(IF_MODIFIED_SINCE)
            .and_then(|text| DateTime::parse_from_rfc2822(text).ok())
            .zip(rendered.last_modified)
            .is_some_and(|(since, updated)| updated.timestamp() <= since.timestamp()),
    }
}

/// Weak comparison: the mark of weakness does not count.
fn opaque(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}

/// An instant as HTTP prints it (RFC 9110 §5.6.7).
pub(super) fn http_date(instant: DateTime<Utc>) -> String {
    instant.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
