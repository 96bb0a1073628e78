//! A refresh token becomes new tokens, or is found to be misused.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use smart::scope::ScopeSet;

use super::{Mint, Outcome, Portion, put_tokens};
use crate::first_uses::FirstUses;
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::token::{Family, GRACE};
use crate::secret::Digest;
use crate::store::audit::{Entry, Event};
use crate::store::tokens::StoredRefresh;
use crate::store::{StoreError, families, tokens, users};

const UNKNOWN_REFRESH: &str = "the refresh token is not valid";

/// What a client presents to refresh.
#[derive(Debug)]
pub struct Refreshing {
    /// Digest of the refresh token.
    pub token: Digest,
    /// `scope`, to narrow.
    pub scope: Option<String>,
    /// Thumbprint of the key that was proven to be held.
    pub jkt: Option<String>,
}

/// A refresh that is allowed.
struct Admitted {
    family: Family,
    scopes: ScopeSet,
    /// The lost answer: refresh and access token that are to be withdrawn.
    lost: Option<(Digest, Digest)>,
}

/// Redeems a refresh token of an authenticated client and replaces it.
pub fn refresh(
    tx: &Connection,
    client: &Client,
    refreshing: &Refreshing,
    uses: &FirstUses,
    mint: Mint,
    now: DateTime<Utc>,
) -> Result<Outcome, StoreError> {
    let entry = |outcome| Entry::new(Event::Refresh, outcome, now).client(&client.id);
    let admitted = match admit_refresh(tx, client, refreshing, uses, now)? {
        Ok(admitted) => admitted,
        Err(error) => {
            entry(error.code.as_str()).append(tx)?;
            return Ok(Err(error));
        }
    };
    let Admitted {
        family,
        scopes,
        lost,
    } = admitted;
    entry(lost.map_or("success", |_| "repeated"))
        .by_user(family.user)
        .patient(family.patient.as_deref())
        .append(tx)?;
    let spent = match lost {
        Some((refresh, access)) => {
            tokens::delete_access(tx, access)?;
            refresh
        }
        None => refreshing.token,
    };
    tokens::spend_refresh(tx, spent, now)?;
    families::touch(tx, family.id, now)?;
    let portion = Portion {
        family,
        scopes,
        with_refresh: true,
        lifetime: client.access_lifetime(),
        // What came for a lost answer is not replaced a second time.
        replaces: lost.is_none().then_some(refreshing.token),
    };
    put_tokens(tx, portion, mint, now).map(Ok)
}

/// Whether the refresh token may be used, and for which scopes. A second use ends the family, but
/// for the one of an app that lost its answer. What the registration of the client no longer allows is
/// not renewed.
fn admit_refresh(
    tx: &Connection,
    client: &Client,
    refreshing: &Refreshing,
    uses: &FirstUses,
    now: DateTime<Utc>,
) -> Result<Result<Admitted, OAuthError>, StoreError> {
    let refused = Ok(Err(ErrorCode::InvalidGrant.because(UNKNOWN_REFRESH)));
    let Some(stored) = tokens::find_refresh(tx, refreshing.token)? else {
        return refused;
    };
    let Some(family) = families::find(tx, stored.family)? else {
        return refused;
    };
    if family.client_id != client.id {
        return refused;
    }
    if family.jkt.is_some() && family.jkt != refreshing.jkt {
        return Ok(Err(
            ErrorCode::InvalidGrant.because("the refresh token is bound to another key")
        ));
    }
    let lost = lost_answer(tx, &stored, refreshing.token, uses, now)?;
    if stored.spent_at.is_some() && lost.is_none() {
        families::revoke(tx, family.id, now)?;
        return Ok(Err(
            ErrorCode::InvalidGrant.because("the refresh token was used before")
        ));
    }
    let fresh = now - families::used_at(tx, family.id)? < client.refresh_idle();
    if !fresh || !family.is_alive(now) || users::find(tx, family.user)?.is_none() {
        return refused;
    }
    Ok(family
        .narrow(refreshing.scope.as_deref(), &client.scopes)
        .map(|scopes| Admitted {
            family,
            scopes,
            lost,
        }))
}

/// The tokens of the answer to the first use of a spent token, if nobody can have received them: it
/// was a moment ago and neither has been used.
fn lost_answer(
    tx: &Connection,
    stored: &StoredRefresh,
    token: Digest,
    uses: &FirstUses,
    now: DateTime<Utc>,
) -> Result<Option<(Digest, Digest)>, StoreError> {
    if stored.spent_at.is_none_or(|spent| now - spent > GRACE) {
        return Ok(None);
    }
    let successor = tokens::successor(tx, stored.family, token)?;
    Ok(successor.filter(|(_, access)| !uses.holds(*access)))
}
