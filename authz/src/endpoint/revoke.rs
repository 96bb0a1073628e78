//! `/oauth/revoke` (RFC 7009). Revoking a refresh token ends its whole family; revoking an access
//! token ends only that one.

use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::form::Form;
use super::problem::Problem;
use super::{Answer, Here, client};
use crate::oauth::error::ErrorCode;
use crate::oauth::token_request;
use crate::secret::Digest;
use crate::store::audit::{Entry, Event};
use crate::store::{backend_tokens, families, tokens};

/// `POST`. The type hint is ignored: a digest is found in one table or the other.
pub async fn post(here: Here, request: HttpRequest, Form(form): Form) -> Answer {
    token_request::refuse_repetition(&form).map_err(Problem::token)?;
    let proven = client::prove(&here, &request, &form).await?;
    let Some(token) = form.first("token").map(Digest::of) else {
        let missing = Problem::token(ErrorCode::InvalidRequest.because("token is missing"));
        return Err(client::refuse(&here, proven, missing).await);
    };
    let now = here.now;
    let (client, own) = client::accept_with(&here, proven, move |tx, client| {
        revoke(tx, token, &client.id, now)
    })
    .await?;
    if own || client.is_public() {
        Ok(HttpResponse::Ok().finish())
    } else {
        Err(Problem::token(
            ErrorCode::InvalidRequest.because("the token was issued to another client"),
        ))
    }
}

/// Revokes the token if it is this client's; false when it is another's.
fn revoke(
    tx: &Connection,
    token: Digest,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    if let Some(holder) = backend_tokens::holder(tx, token)? {
        return revoke_backend(tx, token, &holder, (client_id, now));
    }
    let refresh = tokens::find_refresh(tx, token)?.map(|stored| stored.family);
    let is_refresh = refresh.is_some();
    let family = match refresh {
        Some(family) => Some(family),
        None => tokens::family_of_access(tx, token)?,
    };
    let Some(id) = family else {
        return Ok(true);
    };
    let Some(family) = families::find(tx, id)?.filter(|family| family.client_id == client_id)
    else {
        return Ok(false);
    };
    if is_refresh {
        families::revoke(tx, id, now)?;
    } else {
        tokens::delete_access(tx, token)?;
    }
    Entry::new(Event::Revocation, "success", now)
        .client(client_id)
        .patient(family.patient.as_deref())
        .append(tx)?;
    Ok(true)
}

fn revoke_backend(
    tx: &Connection,
    token: Digest,
    holder: &str,
    (client_id, now): (&str, DateTime<Utc>),
) -> Result<bool, Problem> {
    if holder != client_id {
        return Ok(false);
    }
    backend_tokens::delete(tx, token)?;
    Entry::new(Event::Revocation, "success", now)
        .client(client_id)
        .append(tx)?;
    Ok(true)
}
