//! A backend service gets its token.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use smart::scope::ScopeSet;

use super::{Issued, Mint};
use crate::oauth::client::Client;
use crate::store::audit::{Entry, Event};
use crate::store::tokens::NewAccess;
use crate::store::{StoreError, backend_tokens};

/// Issues a token to a backend service; `scopes` are what it was authorized for.
pub fn serve_backend(
    tx: &Connection,
    client: &Client,
    scopes: ScopeSet,
    mint: Mint,
    now: DateTime<Utc>,
) -> Result<Issued, StoreError> {
    let end = now + client.backend_lifetime();
    let token = NewAccess {
        digest: mint.access.digest(),
        scopes: &scopes,
        span: (now, end),
        jkt: mint.jkt.as_deref(),
    };
    backend_tokens::insert(tx, &client.id, &token)?;
    Entry::new(Event::ClientCredentials, "success", now)
        .client(&client.id)
        .append(tx)?;
    Ok(Issued {
        access_token: mint.access,
        bound: mint.jkt.is_some(),
        expires_in: client.backend_lifetime().num_seconds(),
        refresh_token: None,
        scopes,
        patient: None,
        setting: None,
        identity: None,
    })
}
