//! From the `Authorization` header to an [`Authority`] (RFC 6750 §2.1; the only way in).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::state::{State, Surface};
use crate::access::authority::Authority;
use crate::problem::{Kind, Problem};

/// Longest token that is looked at.
const MAX_TOKEN: usize = 4096;

pub(super) async fn authenticate(
    state: &State,
    surface: Surface,
    request: &HttpRequest,
) -> Result<Authority, Problem> {
    if surface == Surface::OpenMirror {
        return Ok(Authority::open_mirror());
    }
    let token = bearer(request)?;
    let answer = state
        .authorization
        .introspect(token)
        .await
        .map_err(|error| {
            tracing::warn!(%error, "introspection failed");
            Problem::new(
                Kind::Unavailable,
                "The authorization server cannot be asked at the moment; try again soon.",
            )
        })?;
    Authority::from_introspection(&answer, &state.base)
}

fn bearer(request: &HttpRequest) -> Result<&str, Problem> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else {
        return Err(login());
    };
    if headers.next().is_some() {
        return Err(Problem::new(
            Kind::Invalid,
            "Two Authorization headers were sent; send one.",
        ));
    }
    let text = header.to_str().map_err(|_| unusable())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(login)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(login());
    }
    let token = token.trim_start_matches(' ');
    let legal =
        (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    if legal { Ok(token) } else { Err(unusable()) }
}

fn login() -> Problem {
    Problem::new(
        Kind::Login,
        "An access token is needed: send 'Authorization: Bearer …'. Where to get one is in .well-known/smart-configuration.",
    )
}

fn unusable() -> Problem {
    Problem::new(Kind::UnknownToken, "The access token cannot be read.")
}
