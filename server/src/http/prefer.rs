//! The `Prefer` header (RFC 7240; R4, "handling", "return").

use actix_web::http::header::HeaderMap;

use crate::operation::Preference;
use crate::search::query::Handling;

/// What a write should answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Return {
    /// The resource.
    #[default]
    Representation,
    /// Nothing.
    Minimal,
    /// An `OperationOutcome`.
    OperationOutcome,
}

/// Each preference of the header as `name` or `name=value`, without regard to case. There may be
/// blanks around `=`, and the value may be quoted (RFC 7240 §2).
fn preferences(headers: &HeaderMap) -> impl Iterator<Item = String> + '_ {
    headers
        .get_all("prefer")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .map(|preference| match preference.split_once('=') {
            Some((name, value)) => format!("{}={}", name.trim(), value.trim().trim_matches('"')),
            None => preference.trim().to_owned(),
        })
        .map(|preference| preference.to_ascii_lowercase())
}

/// How unknown search parameters are handled.
pub(super) fn handling(headers: &HeaderMap) -> Handling {
    if preferences(headers).any(|preference| preference == "handling=strict") {
        Handling::Strict
    } else {
        Handling::Lenient
    }
}

/// How the caller of an operation wants it done.
pub(super) fn preference(headers: &HeaderMap) -> Preference {
    let asks = |wanted: &str| preferences(headers).any(|preference| preference == wanted);
    let handling = if asks("handling=strict") {
        Some(Handling::Strict)
    } else {
        asks("handling=lenient").then_some(Handling::Lenient)
    };
    Preference {
        handling,
        respond_async: asks("respond-async"),
    }
}

/// What a write should answer with.
pub(super) fn wanted_return(headers: &HeaderMap) -> Return {
    preferred_return(headers).unwrap_or_default()
}

/// What the caller says that a write should answer with.
pub(super) fn preferred_return(headers: &HeaderMap) -> Option<Return> {
    preferences(headers).find_map(|preference| match preference.as_str() {
        "return=minimal" => Some(Return::Minimal),
        "return=representation" => Some(Return::Representation),
        "return=operationoutcome" => Some(Return::OperationOutcome),
        _ => None,
    })
}
