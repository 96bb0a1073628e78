//! A refresh token becomes new tokens, or is found to be misused.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use smart::scope::ScopeSet;

use super::{Mint, Outcome, put_tokens};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::token::{Family, REFRESH_IDLE};
use crate::secret::Digest;
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, families, tokens, users};

const UNKNOWN_REFRESH: &str = "the refresh token is not valid";

/// What a client presents to refresh.
#[derive(Debug)]
pub struct Refreshing {
    /// The authenticated client.
    pub client_id: String,
    /// Digest of the refresh token.
    pub token: Digest,
    /// `scope`, to narrow.
    pub scope: Option<String>,
    /// Thumbprint of the key that was proven to be held.
    pub jkt: Option<String>,
}

/// Redeems a refresh token and replaces it.
pub fn refresh(
    tx: &Connection,
    refreshing: &Refreshing,
    mint: Mint,
    now: DateTime<Utc>,
) -> Result<Outcome, StoreError> {
    let entry = |outcome| Entry::new(Event::Refresh, outcome, now).client(&refreshing.client_id);
    let (family, scopes) = match admit_refresh(tx, refreshing, now)? {
        Ok(admitted) => admitted,
        Err(error) => {
            entry(error.code.as_str()).append(tx)?;
            return Ok(Err(error));
        }
    };
    entry("success")
        .by_user(family.user)
        .patient(family.patient.as_deref())
        .append(tx)?;
    tokens::spend_refresh(tx, refreshing.token, now)?;
    families::touch(tx, family.id, now)?;
    put_tokens(tx, family, Some(scopes), mint, true, now).map(Ok)
}

/// Whether the refresh token may be used, and for which scopes. A second use ends the family.
fn admit_refresh(
    tx: &Connection,
    refreshing: &Refreshing,
    now: DateTime<Utc>,
) -> Result<Result<(Family, ScopeSet), OAuthError>, StoreError> {
    let refused = Ok(Err(ErrorCode::InvalidGrant.because(UNKNOWN_REFRESH)));
    let Some(stored) = tokens::find_refresh(tx, refreshing.token)? else {
        return refused;
    };
    let Some(family) = families::find(tx, stored.family)? else {
        return refused;
    };
    if family.client_id != refreshing.client_id {
        return refused;
    }
    if family.jkt.is_some() && family.jkt != refreshing.jkt {
        return Ok(Err(
            ErrorCode::InvalidGrant.because("the refresh token is bound to another key")
        ));
    }
    if stored.spent {
        families::revoke(tx, family.id, now)?;
        return Ok(Err(
            ErrorCode::InvalidGrant.because("the refresh token was used before")
        ));
    }
    let fresh = now - families::used_at(tx, family.id)? < REFRESH_IDLE;
    if !fresh || !family.is_alive(now) || users::find(tx, family.user)?.is_none() {
        return refused;
    }
    Ok(family
        .narrow(refreshing.scope.as_deref())
        .map(|scopes| (family, scopes)))
}
