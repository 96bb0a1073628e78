//! From the `Authorization` header to an [`Authority`] (RFC 6750 §2.1; RFC 9449 §7 for tokens
//! that are bound to a key; the only way in).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use smart::dpop::{self, Demand};
use smart::introspection::Confirmation;

use super::state::{State, Surface};
use crate::access::authority::Authority;
use crate::configuration::API;
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
    let (scheme, token) = presented(request)?;
    let answer = state
        .authorization
        .introspect_for(token, &purpose(request))
        .await
        .map_err(|error| {
            tracing::warn!(%error, "introspection failed");
            Problem::new(
                Kind::Unavailable,
                "The authorization server cannot be asked at the moment; try again soon.",
            )
        })?;
    if answer.active {
        check_possession(state, request, (scheme, token), answer.cnf.as_ref())?;
    }
    Authority::from_introspection(&answer, &state.base)
}

/// What is asked for, as far as path and query say it: the type and one category. The person whose
/// data it is will be told.
pub(super) fn purpose(request: &HttpRequest) -> String {
    let path = request.path().strip_prefix(API).unwrap_or_default();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (first, _, third) = (parts.next(), parts.next(), parts.next());
    // In a compartment, as in `Patient/1/Observation`, the type stands third.
    let inner = third.filter(|part| part.starts_with(|letter: char| letter.is_ascii_uppercase()));
    let asked = inner.or(first).unwrap_or_default();
    let mut pairs = request.query_string().split('&');
    let category = pairs
        .find_map(|pair| pair.strip_prefix("category="))
        .map(|value| value.rsplit("%7C").next().unwrap_or(value))
        .and_then(|value| value.rsplit('|').next());
    category.map_or_else(
        || asked.to_owned(),
        |category| format!("{asked}?category={category}"),
    )
}

/// How a token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Bearer,
    Dpop,
}

/// A token that is bound to a key comes with a proof that the caller holds it, and no other token
/// comes with that scheme (RFC 9449 §7.1).
fn check_possession(
    state: &State,
    request: &HttpRequest,
    (scheme, token): (Scheme, &str),
    bound: Option<&Confirmation>,
) -> Result<(), Problem> {
    match (bound, scheme) {
        (None, Scheme::Bearer) => Ok(()),
        (Some(bound), Scheme::Dpop) => {
            let thumbprint = prove(state, request, token)?;
            let fits = thumbprint == bound.jkt;
            fits.then_some(())
                .ok_or_else(|| unproven("The DPoP proof is of another key than the token's."))
        }
        (Some(_), Scheme::Bearer) => Err(unproven(
            "The access token is bound to a key: send 'Authorization: DPoP …' with a DPoP proof.",
        )),
        (None, Scheme::Dpop) => Err(unproven(
            "The access token is bound to no key: send 'Authorization: Bearer …'.",
        )),
    }
}

/// The thumbprint of the key whose proof comes with the request.
fn prove(state: &State, request: &HttpRequest, token: &str) -> Result<String, Problem> {
    let mut fields = request.headers().get_all("dpop");
    let (field, more) = (fields.next(), fields.next());
    let text = field
        .filter(|_| more.is_none())
        .and_then(|field| field.to_str().ok())
        .ok_or_else(|| unproven("Exactly one DPoP header with one proof is needed."))?;
    let demand = Demand {
        method: request.method().as_str(),
        url: &public_url(state, request),
        access_token: Some(token),
    };
    let now = state.clock.now();
    let proof = dpop::check(text, &demand, now).map_err(|why| unproven(why.0))?;
    let fresh = state.proofs.remember(&proof, now);
    fresh
        .then_some(proof.thumbprint)
        .ok_or_else(|| unproven("The DPoP proof was used before."))
}

/// The URL that was called, as the caller knows it: behind a proxy it may begin differently.
fn public_url(state: &State, request: &HttpRequest) -> String {
    let path = request.path();
    let below = path.strip_prefix(API).unwrap_or(path);
    format!("{}{below}", state.base)
}

fn unproven(diagnostics: &'static str) -> Problem {
    Problem::new(Kind::Unproven, diagnostics)
}

pub(super) fn presented(request: &HttpRequest) -> Result<(Scheme, &str), Problem> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else {
        return Err(login());
    };
    if headers.next().is_some() || has_token_in_url(request) {
        return Err(Problem::new(
            Kind::TwoTokens,
            "An access token is sent once, in one Authorization header and nowhere else.",
        ));
    }
    let text = header.to_str().map_err(|_| unusable())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(login)?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Scheme::Bearer,
        "dpop" => Scheme::Dpop,
        _ => return Err(login()),
    };
    let token = token.trim_start_matches(' ');
    let legal =
        (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    if legal {
        Ok((scheme, token))
    } else {
        Err(unusable())
    }
}

/// RFC 6750 §2: not more than one way at a time; and the one by URL is not taken at all.
fn has_token_in_url(request: &HttpRequest) -> bool {
    request
        .query_string()
        .split('&')
        .any(|pair| pair.starts_with("access_token="))
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

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn what_is_asked_for_is_told_by_type_and_category() {
        for (path, want) in [
            (
                "/Observation?category=laboratory",
                "Observation?category=laboratory",
            ),
            (
                "/Observation?patient=1&category=http://x/y%7Cvital-signs",
                "Observation?category=vital-signs",
            ),
            ("/Observation/1", "Observation"),
            ("/Observation/_search", "Observation"),
            ("/Patient/1/Condition?code=2", "Condition"),
            ("/Patient/1/$everything", "Patient"),
            ("/Patient/1/_history/2", "Patient"),
            ("", ""),
            ("/", ""),
        ] {
            let request = TestRequest::with_uri(&format!("{API}{path}")).to_http_request();
            assert_eq!(purpose(&request), want, "{path}");
        }
    }
}
