//! What the framework's compression leaves to do: small answers are not worth it, and its own
//! refusal gets an outcome.

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use futures_util::FutureExt as _;

use super::answer;
use crate::problem::{Kind, Problem};

/// Answers shorter than this fit into one packet anyway.
const SMALL: u64 = 860;
const IDENTITY: &str = "identity";

/// Runs inside of the compression: marks small answers as not to be compressed.
pub(crate) fn spare_small<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    service.call(request).map(|result| {
        result.map(|mut response| {
            if matches!(response.response().body().size(), BodySize::Sized(size) if size < SMALL) {
                let identity = HeaderValue::from_static(IDENTITY);
                response.headers_mut().insert(CONTENT_ENCODING, identity);
            }
            response
        })
    })
}

/// Runs outside of the compression: takes that mark away again, and gives a body to the refusal
/// of a caller who takes none of the codings.
pub(crate) fn finish<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    service.call(request).map(|result| {
        result.map(|mut response| {
            let headers = response.headers_mut();
            if headers
                .get(CONTENT_ENCODING)
                .is_some_and(|coding| coding == IDENTITY)
            {
                headers.remove(CONTENT_ENCODING);
            }
            let is_bare = !response.headers().contains_key(CONTENT_TYPE);
            if is_bare && response.status() == StatusCode::NOT_ACCEPTABLE {
                return response.into_response(answer::refused(&no_coding()));
            }
            response.map_into_boxed_body()
        })
    })
}

fn no_coding() -> Problem {
    Problem::new(
        Kind::NotAcceptable,
        "Answers come as they are or compressed with br, gzip, deflate or zstd: let Accept-Encoding take one of them.",
    )
}
