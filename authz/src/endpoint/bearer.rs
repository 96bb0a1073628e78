//! Bearer tokens in the `Authorization` header (RFC 6750 §2.1, §3).

use actix_web::HttpRequest;
use actix_web::http::{StatusCode, header};

use super::problem::{Problem, TokenProblem};
use super::surface::header_text;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::secret::Secret;

/// The bearer token of a request that has exactly one.
pub fn token(request: &HttpRequest) -> Option<Secret> {
    let text = header_text(request.headers(), header::AUTHORIZATION)?;
    let (scheme, token) = text.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Secret::new(token))
}

/// No token was sent: the challenge names no error (RFC 6750 §3.1).
pub fn missing(realm: &str) -> Problem {
    refuse(
        ErrorCode::InvalidToken.because("a bearer token is required"),
        format!("Bearer realm=\"{realm}\""),
    )
}

/// The token means nothing here.
pub fn invalid(realm: &str) -> Problem {
    refuse(
        ErrorCode::InvalidToken.because("the bearer token is not valid"),
        format!("Bearer realm=\"{realm}\", error=\"invalid_token\""),
    )
}

/// The token is good, but not for this.
pub fn insufficient(realm: &str, scope: &str) -> Problem {
    refuse(
        ErrorCode::InsufficientScope.because("the bearer token is not good for this"),
        format!("Bearer realm=\"{realm}\", error=\"insufficient_scope\", scope=\"{scope}\""),
    )
}

fn refuse(error: OAuthError, challenge: String) -> Problem {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    Problem::Token(TokenProblem {
        status,
        error,
        challenge: Some(challenge.into()),
        retry_after: None,
    })
}
