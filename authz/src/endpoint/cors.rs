//! Cross-origin rules (SMART App Launch 2.2, "Cross-Origin Resource Sharing"): discovery for
//! everybody, the token endpoints for pages of registered public clients, nothing for the rest. No
//! response ever allows credentials.

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use crate::server::Server;
use crate::store::clients;

enum Rule {
    Everybody,
    RegisteredApps,
    Nobody,
}

fn rule(path: &str) -> Rule {
    match path {
        "/oauth/jwks" | "/assets/smart-style.json" => Rule::Everybody,
        "/oauth/token" | "/oauth/par" | "/oauth/revoke" | "/oauth/userinfo" => Rule::RegisteredApps,
        path if path.starts_with("/.well-known/") => Rule::Everybody,
        _ => Rule::Nobody,
    }
}

/// What `Access-Control-Allow-Origin` may say to a page of `origin`.
pub fn allowed_origin(server: &Server, path: &str, origin: Option<&str>) -> Option<HeaderValue> {
    let origin = origin?;
    match rule(path) {
        Rule::Everybody => Some(HeaderValue::from_static("*")),
        Rule::RegisteredApps => {
            let known = server
                .store
                .read(|connection| clients::is_known_origin(connection, origin))
                .unwrap_or(false);
            known.then(|| HeaderValue::from_str(origin).ok())?
        }
        Rule::Nobody => None,
    }
}

/// Puts the answer into the headers.
pub fn apply(headers: &mut HeaderMap, path: &str, allowed: Option<HeaderValue>) {
    if matches!(rule(path), Rule::RegisteredApps) {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(value) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
    }
}

/// The answer to a preflight request on a path that has cross-origin rules.
pub fn preflight(
    server: &Server,
    request: &ServiceRequest,
    origin: Option<&str>,
) -> Option<HttpResponse> {
    let path = request.path();
    let method = match rule(path) {
        Rule::Everybody => "GET",
        Rule::RegisteredApps if path == "/oauth/userinfo" => "GET",
        Rule::RegisteredApps => "POST",
        Rule::Nobody => return None,
    };
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() != Method::OPTIONS || asked.is_none() {
        return None;
    }
    let mut response = HttpResponse::NoContent().finish();
    let allowed = allowed_origin(server, path, origin);
    if allowed.is_some() && asked.is_some_and(|asked| asked == method) {
        let headers = response.headers_mut();
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(method),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("accept, authorization, content-type, dpop"),
        );
        headers.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("600"),
        );
        apply(headers, path, allowed);
    }
    Some(response)
}
