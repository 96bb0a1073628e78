//! A code becomes tokens, or is found to be misused.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use smart::scope::PlainScope;

use super::{Identity, Issued, Mint, Outcome, Portion, put_tokens};
use crate::account::person::Person;
use crate::oauth::error::ErrorCode;
use crate::oauth::grant::{Approval, Redeemed, Redemption, Stage};
use crate::oauth::negotiate;
use crate::oauth::token::Refresh;
use crate::secret::Digest;
use crate::store::audit::{Entry, Event};
use crate::store::families::NewFamily;
use crate::store::grants::StoredGrant;
use crate::store::{StoreError, clients, families, grants, sessions, users};

const UNKNOWN_CODE: &str = "the code is not valid";

/// Redeems a code.
pub fn exchange(
    tx: &Connection,
    code: Digest,
    redemption: &Redemption<'_>,
    fhir_base: &str,
    mint: Mint,
    now: DateTime<Utc>,
) -> Result<Outcome, StoreError> {
    let entry =
        |outcome| Entry::new(Event::CodeExchange, outcome, now).client(redemption.client_id);
    let Some(mut stored) = grants::find_by_code(tx, code)? else {
        entry("invalid_grant").append(tx)?;
        return Ok(Err(ErrorCode::InvalidGrant.because(UNKNOWN_CODE)));
    };
    match stored.grant.clone().redeem(redemption, now) {
        Redeemed::Replayed(family) => {
            families::revoke(tx, family, now)?;
            stored.grant.stage = Stage::Replayed;
            grants::save(tx, &stored)?;
            entry("replayed").append(tx)?;
            Ok(Err(
                ErrorCode::InvalidGrant.because("the code was used before")
            ))
        }
        Redeemed::Refused(stage, error) => {
            if let Some(stage) = stage {
                stored.grant.stage = stage;
                grants::save(tx, &stored)?;
            }
            entry(error.code.as_str()).append(tx)?;
            Ok(Err(error))
        }
        Redeemed::Entitled(approval) => {
            let outcome = found_family(tx, stored, &approval, fhir_base, mint, now)?;
            let word = outcome.as_ref().map_or("invalid_grant", |_| "success");
            entry(word)
                .by_user(approval.context.who.user)
                .patient(approval.context.patient.as_deref())
                .append(tx)?;
            Ok(outcome)
        }
    }
}

/// Starts the family of an approved grant.
fn found_family(
    tx: &Connection,
    mut stored: StoredGrant,
    approval: &Approval,
    fhir_base: &str,
    mint: Mint,
    now: DateTime<Utc>,
) -> Result<Outcome, StoreError> {
    let refused = Ok(Err(ErrorCode::InvalidGrant.because(UNKNOWN_CODE)));
    let who = &approval.context.who;
    let Some(person) = users::find(tx, who.user)? else {
        return refused;
    };
    let online = match Refresh::of(&approval.scopes) {
        Refresh::Online => live_session(tx, &stored, now)?,
        _ => None,
    };
    let fhir_user = told_fhir_user(approval, &person, fhir_base);
    let Some(client) = clients::find(tx, &stored.grant.terms.client_id)? else {
        return refused;
    };
    let family = NewFamily {
        handle: mint.handle.expose(),
        client_id: &stored.grant.terms.client_id,
        approval,
        offered: &stored.grant.terms.offered,
        fhir_user: fhir_user.as_deref(),
        setting: stored
            .grant
            .terms
            .launch
            .as_ref()
            .map(|launch| &launch.setting),
        online,
        jkt: mint.jkt.as_deref().filter(|_| client.is_public()),
    };
    let id = families::insert(tx, &family, now)?;
    let code = approval.code;
    stored.grant.stage = Stage::Exchanged { family: id, code };
    grants::save(tx, &stored)?;
    let Some(family) = families::find(tx, id)? else {
        return refused;
    };
    let identity = Identity {
        auth_time: who.auth_time,
        nonce: stored.grant.terms.nonce,
        person,
    };
    let with_refresh = Refresh::of(&approval.scopes) == Refresh::Offline || online.is_some();
    let portion = Portion {
        scopes: family.scopes.clone(),
        family,
        with_refresh,
        lifetime: client.access_lifetime(),
        replaces: None,
    };
    let issued = put_tokens(tx, portion, mint, now)?;
    Ok(Ok(Issued {
        identity: Some(identity),
        ..issued
    }))
}

/// The URL of the resource of whoever acts, if the ID token tells it or a resource server must know
/// whose rights `user/` scopes stand for.
fn told_fhir_user(approval: &Approval, person: &Person, fhir_base: &str) -> Option<String> {
    let reference = person.fhir_user_for(approval.context.patient.as_deref())?;
    let identity = [PlainScope::OpenId, PlainScope::FhirUser]
        .into_iter()
        .all(|scope| approval.scopes.contains(scope));
    let told = identity || negotiate::acts_for_user(&approval.scopes);
    told.then(|| format!("{fhir_base}/{reference}"))
}

/// The session that `online_access` is tied to and its end; `None` when it has ended already, and
/// then there is nothing to refresh.
fn live_session(
    tx: &Connection,
    stored: &StoredGrant,
    now: DateTime<Utc>,
) -> Result<Option<(Digest, DateTime<Utc>)>, StoreError> {
    let Some(digest) = stored.session else {
        return Ok(None);
    };
    let session = sessions::find(tx, digest, now)?;
    Ok(session.map(|session| (digest, session.ends_at())))
}
