//! What every answer of the API carries: its request id, and what browsers need to know.

use actix_cors::Cors;
use actix_web::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Data;
use futures_util::FutureExt as _;

use super::state::State;
use super::trace;

/// Browser apps of any origin may call: nothing here trusts a cookie, so an origin gains nothing
/// that its own server could not have (SMART 2.2, "CORS").
pub(super) fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_MODIFIED_SINCE,
            IF_NONE_MATCH,
            HeaderName::from_static("dpop"),
            HeaderName::from_static("if-none-exist"),
            HeaderName::from_static("prefer"),
            HeaderName::from_static(trace::HEADER),
        ])
        .expose_headers([
            "ETag",
            "Last-Modified",
            "Location",
            "Content-Location",
            "Content-Range",
            "Expires",
            "Retry-After",
            "X-Progress",
            "WWW-Authenticate",
            "X-Request-Id",
        ])
        .max_age(3600)
}

/// Gives each request its id, and each answer the headers that all answers have.
pub(super) fn label<S, B>(
    request: actix_web::dev::ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<actix_web::dev::ServiceResponse<B>, actix_web::Error>> + use<S, B>
where
    S: actix_web::dev::Service<
            actix_web::dev::ServiceRequest,
            Response = actix_web::dev::ServiceResponse<B>,
            Error = actix_web::Error,
        >,
{
    let id = request
        .app_data::<Data<State>>()
        .map(|state| state.request_id());
    service.call(request).map(move |result| {
        result.map(|mut response| {
            let headers = response.headers_mut();
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id).ok()) {
                headers.insert(HeaderName::from_static("x-request-id"), id);
            }
            response
        })
    })
}
