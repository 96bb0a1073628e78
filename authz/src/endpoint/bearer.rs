//! Tokens in the `Authorization` header: bearer tokens (RFC 6750 §2.1, §3), and those that are bound
//! to a key (RFC 9449 §7.1).

use actix_web::HttpRequest;
use actix_web::http::{StatusCode, header};
use smart::dpop::ALGORITHMS;
use smart::introspection::Introspection;

use super::problem::{Problem, TokenProblem};
use super::surface::header_text;
use super::{Here, dpop};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::secret::Secret;

/// The bearer token of a request that has exactly one.
pub fn token(request: &HttpRequest) -> Option<Secret> {
    let text = header_text(request.headers(), header::AUTHORIZATION)?;
    let (scheme, token) = text.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Secret::new(token))
}

/// What the access token of a request is good for. One that is bound to a key must come with a proof
/// and under the scheme that says so (RFC 9449 §7.1).
pub fn access(here: &Here, request: &HttpRequest, realm: &str) -> Result<Access, Problem> {
    let text = header_text(request.headers(), header::AUTHORIZATION).ok_or(missing(realm))?;
    let (scheme, token) = text.split_once(' ').ok_or(missing(realm))?;
    let by_proof = scheme.eq_ignore_ascii_case("dpop");
    if token.is_empty() || !(by_proof || scheme.eq_ignore_ascii_case("bearer")) {
        return Err(missing(realm));
    }
    let known = here.server.introspect(token, None)?;
    match (&known.cnf, by_proof) {
        _ if !known.active => return Err(invalid(realm)),
        (None, false) => {}
        (Some(bound), true) => {
            let proven = dpop::prove(here, request, Some(token));
            if !proven.is_ok_and(|jkt| jkt == bound.jkt) {
                return Err(unproven(realm));
            }
        }
        _ => return Err(unproven(realm)),
    }
    Ok(Access {
        token: Secret::new(token),
        known,
    })
}

/// An access token that its holder may use, and what it is good for.
pub struct Access {
    /// The token.
    pub token: Secret,
    /// What it is good for.
    pub known: Introspection,
}

/// Scheme, key or proof are not those of the token.
fn unproven(realm: &str) -> Problem {
    refuse(
        ErrorCode::InvalidToken.because("the token and the proof of possession do not fit"),
        format!(
            "DPoP realm=\"{realm}\", error=\"invalid_token\", algs=\"{}\"",
            ALGORITHMS.join(" ")
        ),
    )
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
