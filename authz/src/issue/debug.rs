//! Tokens for tests, without a person: the demo profile only, behind the administrator's token.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::Mint;
use crate::oauth::grant::Approval;
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::families::NewFamily;
use crate::store::tokens::{self, NewAccess, NewRefresh};
use crate::store::{StoreError, families};

/// Makes an access and a refresh token as if `approval` had been given; the access token ends after
/// `lifetime`, but not later than the approval.
pub fn pretend(
    tx: &Connection,
    client_id: &str,
    approval: &Approval,
    lifetime: TimeDelta,
    mint: Mint,
    now: DateTime<Utc>,
) -> Result<(Secret, Secret), StoreError> {
    let family = NewFamily {
        handle: mint.handle.expose(),
        client_id,
        approval,
        offered: &approval.scopes,
        fhir_user: None,
        setting: None,
        online: None,
        jkt: None,
    };
    let id = families::insert(tx, &family, now)?;
    let end = (now + lifetime).min(approval.share_until);
    let token = NewAccess {
        digest: mint.access.digest(),
        scopes: &approval.scopes,
        span: (now, end),
        jkt: None,
    };
    tokens::insert_access(tx, id, &token)?;
    let refresh = NewRefresh {
        digest: mint.refresh.digest(),
        replaces: None,
        access: mint.access.digest(),
    };
    tokens::insert_refresh(tx, id, &refresh, now)?;
    Entry::new(Event::Debug, "success", now)
        .by_user(approval.context.who.user)
        .client(client_id)
        .patient(approval.context.patient.as_deref())
        .append(tx)?;
    Ok((mint.access, mint.refresh))
}
