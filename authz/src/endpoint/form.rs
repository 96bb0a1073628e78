//! Form bodies and query strings, bounded in size and time.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::problem::Problem;
use super::render::is_for_programs;
use crate::oauth::error::ErrorCode;
use crate::oauth::parameters::Parameters;

/// Longest form, in bytes.
const LONGEST_FORM: usize = 64 * 1024;
/// A body must have arrived by then.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// A form body.
pub struct Form(pub Parameters);

/// The query string.
pub struct Query(pub Parameters);

impl FromRequest for Query {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parse(request.query_string()).map(Self))
    }
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_form = is_form(request);
        let program = is_for_programs(request.path());
        let payload = payload.take();
        Box::pin(async move {
            if !is_form {
                return Err(not_a_form(program));
            }
            let body = read_body(payload, LONGEST_FORM).await?;
            let text = std::str::from_utf8(&body).map_err(|_| malformed())?;
            parse(text).map(Self)
        })
    }
}

fn is_form(request: &HttpRequest) -> bool {
    let mut kinds = request.headers().get_all(header::CONTENT_TYPE);
    let kind = kinds.next().and_then(|value| value.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| {
            kind.trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
        && kinds.next().is_none()
}

fn not_a_form(program: bool) -> Problem {
    let status = if program {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    };
    Problem::token_with(
        status,
        ErrorCode::InvalidRequest.because("the body must be application/x-www-form-urlencoded"),
    )
}

fn malformed() -> Problem {
    Problem::token(ErrorCode::InvalidRequest.because("the parameters are not legal form encoding"))
}

fn parse(text: &str) -> Result<Parameters, Problem> {
    Parameters::parse(text).map_err(|_| malformed())
}

/// Reads a body of at most `longest` bytes.
pub async fn read_body(payload: Payload, longest: usize) -> Result<Vec<u8>, Problem> {
    let reading = async move {
        let mut body = Vec::new();
        let mut chunks = payload;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| malformed())?;
            if body.len() + chunk.len() > longest {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    tokio::time::timeout(BODY_DEADLINE, reading)
        .await
        .unwrap_or_else(|_| Err(too_slow()))
}

fn too_large() -> Problem {
    Problem::token_with(
        StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::InvalidRequest.because("the body is too large"),
    )
}

fn too_slow() -> Problem {
    Problem::token_with(
        StatusCode::REQUEST_TIMEOUT,
        ErrorCode::InvalidRequest.because("the body did not arrive in time"),
    )
}
