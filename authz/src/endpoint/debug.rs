//! `/oauth/debug/token` and `/oauth/debug/introspect`, by which the S4S test suite makes and looks
//! at tokens: the demo profile only, only when an administrator's token is configured, and only
//! with it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};
use smart::category;
use smart::scope::ScopeSet;

use super::form::{Query, read_body};
use super::problem::Problem;
use super::{Answer, Here, bearer};
use crate::account::person::Person;
use crate::issue::{self, Mint};
use crate::oauth::client::Client;
use crate::oauth::grant::{Approval, Context, Identification};
use crate::oauth::negotiate;
use crate::oauth::token::Family;
use crate::secret::{Digest, Secret};
use crate::store::tokens::LiveToken;
use crate::store::{StoreError, clients, families, tokens, users};

const REALM: &str = "debug";
const LONGEST: usize = 16 * 1024;
/// How long an approval lasts that names no end.
const USUAL_APPROVAL: TimeDelta = TimeDelta::days(365);

/// The body of `/oauth/debug/token`.
#[derive(Deserialize)]
struct Wanted {
    client_id: String,
    username: String,
    patient_id: String,
    access_lifetime: Option<Value>,
    approval_expires: Option<Value>,
    scope: Option<String>,
}

/// Nothing is there unless the profile and the administrator's token say so.
fn admit(here: &Here, request: &HttpRequest) -> Result<(), Problem> {
    let expected = here.server.debug_token.ok_or(Problem::not_found())?;
    let token = bearer::token(request).ok_or(bearer::missing(REALM))?;
    (token.digest() == expected)
        .then_some(())
        .ok_or(bearer::invalid(REALM))
}

/// An error in S4S's words.
fn told(error: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::BAD_REQUEST).json(json!({ "error": error }))
}

/// `POST /oauth/debug/token`
pub async fn token(here: Here, request: HttpRequest, payload: web::Payload) -> Answer {
    admit(&here, &request)?;
    let body = read_body(payload.into_inner(), LONGEST).await?;
    let Ok(wanted) = serde_json::from_slice::<Wanted>(&body) else {
        return Ok(told("invalid_request"));
    };
    let (client, approval, lifetime) = match approval(&here, &wanted)? {
        Ok(found) => found,
        Err(error) => return Ok(told(error)),
    };
    let (mint, now) = (Mint::draw(&here.server.random, None), here.now);
    let (access, refresh) = here
        .server
        .store
        .write::<_, StoreError>(move |tx| {
            issue::pretend(tx, &client.id, &approval, lifetime, mint, now)
        })
        .await?;
    Ok(HttpResponse::Ok().json(json!({
        "access_token": access.expose(),
        "refresh_token": refresh.expose(),
    })))
}

type Found = Result<(Client, Approval, TimeDelta), &'static str>;

fn approval(here: &Here, wanted: &Wanted) -> Result<Found, StoreError> {
    let (person, client) = here.server.store.read(|connection| {
        let person = users::find_by_name(connection, &wanted.username)?;
        let client = clients::find(connection, &wanted.client_id)?;
        Ok((person, client.filter(|client| !client.disabled)))
    })?;
    let Some(person) = person else {
        return Ok(Err("no_user"));
    };
    let Some(client) = client else {
        return Ok(Err("no_client"));
    };
    Ok(decide(here, wanted, &person, client))
}

fn decide(here: &Here, wanted: &Wanted, person: &Person, client: Client) -> Found {
    let patient = person
        .patient(&wanted.patient_id)
        .ok_or("no_patient_for_user")?;
    let lifetime = wanted
        .access_lifetime
        .as_ref()
        .map_or(Some(3600), Value::as_i64);
    let lifetime = lifetime
        .filter(|seconds| (1..=86_400).contains(seconds))
        .ok_or("malformed_lifetime")?;
    let share_until = match &wanted.approval_expires {
        Some(value) => value
            .as_i64()
            .and_then(|at| DateTime::from_timestamp(at, 0)),
        None => Some(here.now + USUAL_APPROVAL),
    };
    let share_until = share_until
        .filter(|until: &DateTime<Utc>| *until > here.now)
        .ok_or("malformed_expiration")?;
    let requested = wanted
        .scope
        .as_deref()
        .map(|text| ScopeSet::parse(text).known);
    let scopes = negotiate::offer(requested.as_ref().unwrap_or(&client.scopes), &client)
        .ok_or("invalid_scope")?;
    let approval = Approval {
        context: Context {
            who: Identification {
                user: person.id,
                auth_time: here.now,
            },
            patient: Some(patient.id.clone()),
        },
        scopes,
        share_until,
        code: Secret::generate(&here.server.random).digest(),
    };
    Ok((client, approval, TimeDelta::seconds(lifetime)))
}

/// A token that means something: what is left of it, its family and its person.
type Known = (Option<LiveToken>, Family, Person);

fn look_up(
    connection: &Connection,
    digest: Digest,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<Known>> {
    let live = tokens::live(connection, digest, now)?;
    let id = match tokens::find_refresh(connection, digest)? {
        Some(refresh) => refresh.spent_at.is_none().then_some(refresh.family),
        None => tokens::family_of_access(connection, digest)?.filter(|_| live.is_some()),
    };
    let family = id.map(|id| families::find(connection, id)).transpose()?;
    let Some(family) = family.flatten().filter(|family| family.is_alive(now)) else {
        return Ok(None);
    };
    let person = users::find(connection, family.user)?;
    Ok(person.map(|person| (live, family, person)))
}

/// `GET /oauth/debug/introspect?token=`
pub async fn introspect(here: Here, request: HttpRequest, Query(query): Query) -> Answer {
    admit(&here, &request)?;
    let Some(digest) = query.first("token").map(Digest::of) else {
        return Ok(told("no_token"));
    };
    let found = here
        .server
        .store
        .read(|connection| look_up(connection, digest, here.now))?;
    let Some((live, family, person)) = found else {
        return Ok(told("no_token"));
    };
    let labels: Vec<&str> = category::offered(&family.scopes)
        .iter()
        .map(|category| category.code)
        .collect();
    Ok(HttpResponse::Ok().json(json!({
        "active": true,
        "access_expires": live.as_ref().map(|live| live.expires_at.timestamp()),
        "approval_expires": family.share_until.timestamp(),
        "client_id": family.client_id,
        "username": person.username,
        "scope": live.map_or(family.scopes.to_string(), |live| live.scopes),
        "security_labels": labels,
        "token_type": "Bearer",
    })))
}
