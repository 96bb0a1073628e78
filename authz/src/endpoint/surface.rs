//! What every response has in common: a request id, security headers, cross-origin rules, and the
//! rendering of problems.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};

use super::cors;
use super::problem::Problem;
use super::render::{self, Asked, FormAction};
use crate::configuration::Profile;
use crate::server::Server;

/// Headers of every response.
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    // Not no-referrer: under it browsers send `Origin: null` with our own forms, which must be
    // refused. To any other host this sends exactly as little.
    ("referrer-policy", "same-origin"),
];

/// Headers of responses that did not choose their own caching.
const NOT_STORED: &[(&str, &str)] = &[("cache-control", "no-store"), ("pragma", "no-cache")];

/// The outermost layer.
pub async fn surface(
    server: web::Data<Server>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let id = new_id(&server);
    let origin = header_text(request.headers(), header::ORIGIN);
    let path = request.path().to_owned();
    if let Some(mut preflight) = cors::preflight(&server, &request, origin.as_deref()) {
        apply(&server, &id, None, preflight.headers_mut());
        return Ok(request.into_response(preflight).map_into_right_body());
    }
    let response = next.call(request).await?;
    let failed = response.response().error().map(|error| {
        let asked = Asked {
            request: response.request(),
            request_id: &id,
            demo: server.profile == Profile::Demo,
        };
        describe(&server, &asked, error)
    });
    let mut response = match failed {
        Some(rendered) => response.into_response(rendered).map_into_right_body(),
        None => response.map_into_left_body(),
    };
    let allowed = cors::allowed_origin(&server, &path, origin.as_deref());
    cors::apply(response.headers_mut(), &path, allowed);
    let form_action = response
        .response()
        .extensions()
        .get::<FormAction>()
        .cloned();
    apply(&server, &id, form_action, response.headers_mut());
    Ok(response)
}

fn describe(server: &Server, asked: &Asked<'_>, error: &Error) -> HttpResponse {
    if let Some(problem) = error.as_error::<Problem>() {
        return render::problem(server, asked, problem);
    }
    let refused = Problem::page(
        error.as_response_error().status_code(),
        "This request cannot be answered",
        "The request was not understood.",
    );
    render::problem(server, asked, &refused)
}

fn apply(server: &Server, id: &str, form_action: Option<FormAction>, headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        set(headers, name, value);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        for (name, value) in NOT_STORED {
            set(headers, name, value);
        }
    }
    if server.is_secure() {
        set(headers, "strict-transport-security", "max-age=63072000");
    }
    set(
        headers,
        "content-security-policy",
        &content_security_policy(form_action),
    );
    set(headers, "x-request-id", id);
}

/// Nothing but our own stylesheet. Browsers check `form-action` along the whole chain of redirects
/// that a form leads to, so pages of an authorization name the app's origin too.
fn content_security_policy(form_action: Option<FormAction>) -> String {
    let source = form_action.map_or_else(String::new, |FormAction(source)| format!(" {source}"));
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'{source}"
    )
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// The id of a request, for the log and for people who report an error.
fn new_id(server: &Server) -> String {
    server
        .random
        .bytes::<8>()
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// A header field that is there exactly once, as text.
pub fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let mut values = headers.get_all(name);
    let first = values.next()?.to_str().ok()?.to_owned();
    values.next().is_none().then_some(first)
}
