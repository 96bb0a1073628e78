//! Limits of a request's head. They lie below the framework's own, which answers what is beyond
//! them without a body: 96 header fields and 128 KiB.

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::Version;
use actix_web::http::header::HOST;
use futures_util::FutureExt as _;
use futures_util::future::ready;

use super::answer;
use crate::problem::{Kind, Problem};

/// Most header fields of a request.
const MAX_FIELDS: usize = 64;
/// Most bytes of all header fields together.
const MAX_BYTES: usize = 32 * 1024;
/// Longest URL that is looked at, in bytes.
const MAX_URL: usize = 8 * 1024;

/// Refuses a request by its head before anything else is looked at.
pub(super) fn check_head<S>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    match fault(&request) {
        Some(problem) => {
            let response = request.into_response(answer::refused(&problem));
            ready(Ok(response)).left_future()
        }
        None => service.call(request).right_future(),
    }
}

fn fault(request: &ServiceRequest) -> Option<Problem> {
    let headers = request.headers();
    let url = request.uri().path_and_query();
    if url.is_some_and(|url| url.as_str().len() > MAX_URL) {
        return Some(Problem::new(
            Kind::UrlTooLong,
            "The URL is longer than 8 KiB; send a search by POST.",
        ));
    }
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if headers.iter().count() > MAX_FIELDS || bytes > MAX_BYTES {
        return Some(Problem::new(
            Kind::HeadTooLong,
            "The head of a request has at most 64 fields and 32 KiB.",
        ));
    }
    // RFC 9112 §3.2
    let hosts = headers.get_all(HOST).count();
    let must_have = request.version() == Version::HTTP_11;
    (hosts > 1 || (must_have && hosts == 0))
        .then(|| Problem::new(Kind::Invalid, "A request has exactly one Host header."))
}
