//! `/api/me`: what the app that holds a token was granted by the person behind it. Never a token.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::{Answer, Here, bearer};
use crate::oauth::token::Family;
use crate::secret::Digest;
use crate::store::{families, tokens};

const REALM: &str = "me";

#[derive(Serialize)]
struct Me {
    client_id: String,
    grants: Vec<Sharing>,
}

#[derive(Serialize)]
struct Sharing {
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<String>,
    granted_at: i64,
    approval_expires: i64,
}

/// `GET`
pub async fn get(here: Here, request: HttpRequest) -> Answer {
    let access = bearer::access(&here, &request, REALM)?;
    let (digest, now) = (access.token.digest(), here.now);
    let held = here.server.store.read(|connection| {
        let Some(family) = family_of(connection, digest)? else {
            return Ok(None);
        };
        let all = families::of_user(connection, family.user, now)?;
        Ok(Some((family.client_id, all)))
    })?;
    let (client_id, all) = held.ok_or(bearer::invalid(REALM))?;
    let grants = all
        .into_iter()
        .map(|shared| shared.family)
        .filter(|family| family.client_id == client_id)
        .map(sharing)
        .collect();
    Ok(HttpResponse::Ok().json(Me { client_id, grants }))
}

fn family_of(
    connection: &rusqlite::Connection,
    digest: Digest,
) -> rusqlite::Result<Option<Family>> {
    match tokens::family_of_access(connection, digest)? {
        Some(id) => families::find(connection, id),
        None => Ok(None),
    }
}

fn sharing(family: Family) -> Sharing {
    Sharing {
        scope: family.scopes.to_string(),
        patient: family.patient,
        granted_at: family.granted_at.timestamp(),
        approval_expires: family.share_until.timestamp(),
    }
}
