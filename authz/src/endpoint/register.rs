//! `/oauth/register` (RFC 7591): open in the demo profile, else with an initial access token, else
//! not there.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::form::read_body;
use super::problem::{Problem, TokenProblem};
use super::surface::header_text;
use super::{Answer, Here};
use crate::oauth::error::ErrorCode;
use crate::oauth::registration;
use crate::secret::Digest;
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, clients};

/// Longest metadata document, in bytes.
const LONGEST: usize = 16 * 1024;
/// Self-registered clients that are kept at most.
const MOST_CLIENTS: i64 = 10_000;

/// `POST`
pub async fn post(here: Here, request: HttpRequest, payload: web::Payload) -> Answer {
    admit(&here, &request)?;
    let key = format!("registration {}", here.address);
    let limit = here.server.registrations;
    here.server
        .throttle
        .admit(&key, limit, here.now)
        .map_err(Problem::slow_down)?;
    let body = read_body(payload.into_inner(), LONGEST).await?;
    let (client, answer) =
        registration::register(&body, &here.server.random, here.now).map_err(Problem::token)?;
    let now = here.now;
    let kept = here
        .server
        .store
        .write::<_, StoreError>(move |tx| {
            if clients::count_registered(tx)? >= MOST_CLIENTS {
                return Ok(false);
            }
            clients::save(tx, &client, now)?;
            Entry::new(Event::Registration, "success", now)
                .client(&client.id)
                .append(tx)?;
            Ok(true)
        })
        .await?;
    if !kept {
        return Err(full());
    }
    here.server.throttle.count(&key, limit, now);
    Ok(HttpResponse::Created().json(answer))
}

fn full() -> Problem {
    Problem::token_with(
        StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::TemporarilyUnavailable.because("no more clients can be registered"),
    )
}

fn admit(here: &Here, request: &HttpRequest) -> Result<(), Problem> {
    if !here.server.features.registration {
        return Err(Problem::not_found());
    }
    let Some(expected) = here.server.initial_access_token else {
        return Ok(());
    };
    let header = header_text(request.headers(), header::AUTHORIZATION);
    let matches = header
        .as_deref()
        .and_then(|text| text.strip_prefix("Bearer "))
        .is_some_and(|token| Digest::of(token) == expected);
    matches.then_some(()).ok_or(Problem::Token(TokenProblem {
        status: StatusCode::UNAUTHORIZED,
        error: ErrorCode::InvalidToken.because("an initial access token is required"),
        challenge: Some("Bearer realm=\"registration\", error=\"invalid_token\""),
        retry_after: None,
    }))
}
