//! `/oauth/register` (RFC 7591): open in the demo profile, else with an initial access token, else
//! not there.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};

use super::form::read_body;
use super::problem::Problem;
use super::{Answer, Here, bearer};
use crate::oauth::error::ErrorCode;
use crate::oauth::registered::{Management, Registered};
use crate::oauth::registration;
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, clients, registrations};

/// Longest metadata document, in bytes.
pub const LONGEST: usize = 16 * 1024;
/// Self-registered clients that are kept at most.
const MOST_CLIENTS: i64 = 10_000;

const REALM: &str = "registration";

/// `POST`
pub async fn post(here: Here, request: HttpRequest, payload: web::Payload) -> Answer {
    admit(&here, &request)?;
    require_json(&request)?;
    let body = read_body(payload.into_inner(), LONGEST).await?;
    let answer = enrol(&here, &body, None).await?;
    Ok(HttpResponse::Created().json(answer))
}

/// Registers the app that `body` describes; `owner` is the person who did it by form.
pub async fn enrol(here: &Here, body: &[u8], owner: Option<i64>) -> Result<Registered, Problem> {
    let key = format!("registration {}", here.address);
    let (throttle, limit) = (&here.server.throttle, here.server.registrations);
    throttle
        .admit(&key, limit, here.now)
        .map_err(Problem::slow_down)?;
    let (client, secret) = registration::register(body, here.server.reach(), &here.server.random)
        .map_err(Problem::token)?;
    throttle
        .count_within(&key, limit, here.now)
        .map_err(Problem::slow_down)?;
    let token = Secret::generate(&here.server.random);
    let now = here.now;
    let management = Management {
        token: &token,
        uri: here.server.features.registration_uri(&client.id),
        registered_at: now,
    };
    let answer = Registered::of(&client, secret.as_ref(), &management);
    let digest = token.digest();
    let kept = here
        .server
        .store
        .write::<_, StoreError>(move |tx| {
            if registrations::count(tx)? >= MOST_CLIENTS {
                return Ok(false);
            }
            clients::save(tx, &client, now)?;
            registrations::entrust(tx, &client.id, digest)?;
            if let Some(user) = owner {
                clients::own(tx, &client.id, user)?;
            }
            Entry::new(Event::Registration, "success", now)
                .client(&client.id)
                .append(tx)?;
            Ok(true)
        })
        .await?;
    if !kept {
        return Err(full());
    }
    Ok(answer)
}

/// A form of another site could send `text/plain` without asking; `application/json` it cannot.
fn require_json(request: &HttpRequest) -> Result<(), Problem> {
    if request
        .content_type()
        .eq_ignore_ascii_case("application/json")
    {
        return Ok(());
    }
    Err(Problem::token(
        ErrorCode::InvalidClientMetadata.because("send the metadata as application/json"),
    ))
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
    let token = bearer::token(request).ok_or(bearer::missing(REALM))?;
    (token.digest() == expected)
        .then_some(())
        .ok_or(bearer::invalid(REALM))
}
