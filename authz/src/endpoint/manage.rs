//! `/oauth/register/{client_id}`: an app reads, replaces and deletes its own registration (RFC
//! 7592) with the token it got when it registered.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};

use super::form::read_body;
use super::problem::Problem;
use super::register::LONGEST;
use super::{Answer, Here, bearer};
use crate::oauth::client::{Client, Source};
use crate::oauth::error::ErrorCode;
use crate::oauth::registered::{Management, Registered};
use crate::oauth::registration;
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, clients, registrations};

/// `GET`
pub async fn get(here: Here, request: HttpRequest, id: web::Path<String>) -> Answer {
    let (client, token) = admit(&here, &request, &id)?;
    answer(&here, &client, None, &token)
}

/// `PUT`: replaces the whole registration.
pub async fn put(
    here: Here,
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
) -> Answer {
    let (client, token) = admit(&here, &request, &id)?;
    let body = read_body(payload.into_inner(), LONGEST).await?;
    let (client, secret) =
        registration::update(&client, &body, here.server.reach(), &here.server.random)
            .map_err(Problem::token)?;
    let (kept, now) = (client.clone(), here.now);
    here.server
        .store
        .write::<_, StoreError>(move |tx| {
            clients::save(tx, &kept, now)?;
            Ok(entry(&kept, "updated", now).append(tx)?)
        })
        .await?;
    answer(&here, &client, secret.as_ref(), &token)
}

/// `DELETE`
pub async fn delete(here: Here, request: HttpRequest, id: web::Path<String>) -> Answer {
    let (client, _) = admit(&here, &request, &id)?;
    let now = here.now;
    here.server
        .store
        .write::<_, StoreError>(move |tx| {
            registrations::delete(tx, &client.id, now)?;
            Ok(entry(&client, "deleted", now).append(tx)?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn entry(client: &Client, outcome: &'static str, now: DateTime<Utc>) -> Entry {
    Entry::new(Event::Registration, outcome, now).client(&client.id)
}

/// The client whose registration it is, if the request carries its token.
fn admit(here: &Here, request: &HttpRequest, id: &str) -> Result<(Client, Secret), Problem> {
    let token = bearer::token(request).ok_or(bearer::missing("registration"))?;
    let (client, expected) = here.server.store.read(|connection| {
        Ok((
            clients::find(connection, id)?.filter(|client| !client.disabled),
            registrations::management(connection, id)?,
        ))
    })?;
    let digest = token.digest();
    match client {
        Some(client) if expected == Some(digest) => Ok((client, token)),
        Some(client) if client.source != Source::Registered => Err(Problem::token_with(
            actix_web::http::StatusCode::FORBIDDEN,
            ErrorCode::AccessDenied.because("this client is managed by the operator"),
        )),
        other => {
            if other.is_some() {
                // Whoever holds it reached for a registration that is not theirs.
                let distrust = move |tx: &_| registrations::distrust(tx, digest);
                here.server.store.write_later(distrust);
            }
            Err(bearer::invalid("registration"))
        }
    }
}

fn answer(here: &Here, client: &Client, secret: Option<&Secret>, token: &Secret) -> Answer {
    let registered_at = here
        .server
        .store
        .read(|connection| registrations::registered_at(connection, &client.id))?;
    let management = Management {
        token,
        uri: here.server.features.registration_uri(&client.id),
        registered_at,
    };
    Ok(HttpResponse::Ok().json(Registered::of(client, secret, &management)))
}
