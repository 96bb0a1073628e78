//! Responses: bodies with their headers, and every refusal as an `OperationOutcome`.

use actix_web::http::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LOCATION,
    CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_RANGE, LAST_MODIFIED, LOCATION, RANGE, REFERRER_POLICY, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::conditional::{http_date, is_unmodified};
use super::negotiate::FHIR_JSON;
use super::prefer::Return;
use super::range::Range;
use crate::execute::Written;
use crate::problem::{Kind, Problem};
use crate::render::{self, Rendered};

/// Health data stays with the caller.
const PRIVATE: &str = "private, no-cache";

pub(super) fn found(request: &HttpRequest, rendered: Rendered) -> HttpResponse {
    let unmodified = is_unmodified(request, &rendered);
    let mut response = if unmodified {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CACHE_CONTROL, PRIVATE))
        .insert_header((VARY, "Authorization, Accept, Origin"));
    if let Some(etag) = &rendered.etag {
        response.insert_header((ETAG, etag.as_str()));
    }
    if let Some(updated) = rendered.last_modified {
        response.insert_header((LAST_MODIFIED, http_date(updated)));
    }
    if unmodified {
        return response.finish();
    }
    let body = rendered.body;
    match rendered.media_type {
        None => response.content_type(FHIR_JSON).body(body),
        // A document must not act in this server's name when a browser opens it.
        Some(media_type) => {
            response
                .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
                .insert_header((CONTENT_DISPOSITION, "attachment"))
                .insert_header((ACCEPT_RANGES, "bytes"))
                .content_type(media_type);
            content(request, response, body)
        }
    }
}

/// Content in its own media type: whole, or the range that a GET asks for. `If-Range` takes a
/// strong validator, and ours are weak, so with it the whole is sent (RFC 9110 §13.1.5, §14.2).
fn content(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    mut body: Vec<u8>,
) -> HttpResponse {
    let headers = request.headers();
    let range = headers
        .get(RANGE)
        .filter(|_| request.method() == Method::GET && !headers.contains_key(IF_RANGE))
        .and_then(|value| value.to_str().ok());
    let length = body.len() as u64;
    match Range::parse(range, length) {
        Range::Whole => response.body(body),
        Range::Beyond => beyond(length),
        Range::Part { first, last } => {
            body.truncate(usize::try_from(last + 1).unwrap_or(usize::MAX));
            body.drain(..usize::try_from(first).unwrap_or_default());
            // A range is of the bytes as they are: it must not be compressed on its way.
            response
                .status(StatusCode::PARTIAL_CONTENT)
                .insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{length}")))
                .insert_header((CONTENT_ENCODING, "identity"))
                .body(body)
        }
    }
}

/// What only pages need: nothing runs or loads in them but our own files.
const PAGE: &[(HeaderName, &str)] = &[
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// The headers of a page for people.
pub(super) fn mark_as_page(headers: &mut HeaderMap) {
    for (name, value) in PAGE {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
}

/// What a write came to (R4, "create", "update").
pub(super) fn written(written: Written, wanted: Return, base: &str) -> HttpResponse {
    let mut response = if written.is_new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    let stored = written.stored;
    let location = format!(
        "{base}/{}/{}/_history/{}",
        stored.resource_type, stored.id, stored.version
    );
    response
        .insert_header((CACHE_CONTROL, PRIVATE))
        .insert_header((ETAG, format!("W/\"{}\"", stored.version)))
        .insert_header((LAST_MODIFIED, http_date(stored.updated)))
        .insert_header((LOCATION, location.as_str()));
    match wanted {
        // What is sent is this version (RFC 9110 §8.7).
        Return::Representation if written.is_shown => response
            .insert_header((CONTENT_LOCATION, location))
            .content_type(FHIR_JSON)
            .body(stored.body),
        Return::OperationOutcome => response
            .content_type(FHIR_JSON)
            .body(render::stored_outcome().to_string()),
        Return::Representation | Return::Minimal => response.finish(),
    }
}

/// A job was begun; its status is at `status` (Bulk Data Access 2.0.0, "Kick-off").
pub(super) fn begun(status: &str) -> HttpResponse {
    let mut response = accepted("The export has begun; its status is at Content-Location.");
    if let Ok(status) = HeaderValue::from_str(status) {
        response.headers_mut().insert(CONTENT_LOCATION, status);
    }
    response
}

/// What was asked for is being done.
pub(super) fn accepted(what: &str) -> HttpResponse {
    let outcome = serde_json::json!({
        "resourceType": "OperationOutcome",
        "issue": [{
            "severity": "information",
            "code": "informational",
            "details": { "text": what }
        }]
    });
    HttpResponse::Accepted()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type(FHIR_JSON)
        .body(outcome.to_string())
}

/// None of the bytes asked for is there (RFC 9110 §15.5.17).
pub(super) fn beyond(length: u64) -> HttpResponse {
    let mut response = refused(&Problem::new(
        Kind::RangeBeyond,
        format!("There are {length} bytes; ask for some of them."),
    ));
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{length}")) {
        response.headers_mut().insert(CONTENT_RANGE, range);
    }
    response
}

/// Nothing is there (any more).
pub(super) fn deleted(version: Option<u32>) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    if let Some(version) = version {
        response.insert_header((ETAG, format!("W/\"{version}\"")));
    }
    response.finish()
}

/// The `OperationOutcome` of a refusal.
pub(super) fn refused(problem: &Problem) -> HttpResponse {
    let status =
        StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    challenge(&mut response, problem.kind);
    if let Some(allow) = problem.allow {
        response.insert_header((ALLOW, allow));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((RETRY_AFTER, "2"));
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.insert_header((RETRY_AFTER, "10"));
    }
    response
        .content_type(FHIR_JSON)
        .body(problem.outcome().to_string())
}

/// RFC 6750 §3: no error code when no token was sent.
fn challenge(response: &mut HttpResponseBuilder, kind: Kind) {
    let challenge = match kind {
        Kind::Login => r#"Bearer realm="s4s""#,
        Kind::TwoTokens => r#"Bearer realm="s4s", error="invalid_request""#,
        Kind::UnknownToken | Kind::WrongAudience => r#"Bearer realm="s4s", error="invalid_token""#,
        Kind::Unproven => {
            r#"DPoP realm="s4s", error="invalid_token", algs="ES256 ES384 RS256 RS384""#
        }
        Kind::Forbidden => r#"Bearer realm="s4s", error="insufficient_scope""#,
        _ => return,
    };
    response.insert_header((WWW_AUTHENTICATE, challenge));
}
