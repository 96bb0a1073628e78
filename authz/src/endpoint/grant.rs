//! The stored grant behind the pages of one authorization: finding it, moving it on, and the way
//! back to the app.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::Here;
use super::browser::{Browser, grant_url};
use super::problem::{Problem, RedirectProblem};
use crate::account::person::Person;
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::grant::{Grant, Identification, Stage, Unfit};
use crate::oauth::negotiate;
use crate::oauth::redirect;
use crate::secret::Digest;
use crate::store::audit::{Entry, Event};
use crate::store::grants::{self, StoredGrant};
use crate::store::{clients, pushed_requests};

/// The grant with this handle.
pub fn find(tx: &Connection, handle: Digest) -> Result<StoredGrant, Problem> {
    grants::find(tx, handle)?.ok_or(Problem::start_again())
}

/// The grant with this handle, if it belongs to this browser or to none yet.
pub fn find_for_browser(
    here: &Here,
    browser: &Browser,
    handle: &str,
) -> Result<StoredGrant, Problem> {
    let digest = Digest::of(handle);
    let stored = here
        .server
        .store
        .read(|connection| grants::find(connection, digest))?
        .ok_or(Problem::start_again())?;
    if stored
        .session
        .is_some_and(|session| session != browser.digest())
    {
        return Err(Problem::start_again());
    }
    if here.now >= stored.grant.expires_at {
        return Err(Problem::start_again());
    }
    Ok(stored)
}

/// The grant with this handle, if this browser and this person are about to decide on it.
/// Somebody else's grant looks like none.
pub fn find_for_person(
    here: &Here,
    browser: &Browser,
    person: &Person,
    handle: Option<&str>,
) -> Result<StoredGrant, Problem> {
    let digest = Digest::of(handle.unwrap_or_default());
    let stored = here
        .server
        .store
        .read(|connection| grants::find(connection, digest))?
        .filter(|stored| stored.session == Some(browser.digest()))
        .ok_or(Problem::not_found())?;
    match stored.grant.who() {
        Some(who) if who.user != person.id => Err(Problem::not_found()),
        None => Err(Unfit::Stage.into()),
        Some(_) if here.now >= stored.grant.expires_at => Err(Problem::start_again()),
        Some(_) => Ok(stored),
    }
}

/// The client of a grant, unless it was disabled meanwhile or took back the address that the answer
/// would go to.
pub fn client(here: &Here, stored: &StoredGrant) -> Result<Client, Problem> {
    here.server
        .store
        .read(|connection| clients::find(connection, &stored.grant.terms.client_id))?
        .filter(|client| !client.disabled)
        .filter(|client| redirect::resolve(client, stored.grant.terms.target.as_str()).is_some())
        .ok_or(Problem::start_again())
}

/// Names the person and, where only one patient is possible, the patient too. Without any patient
/// the grant is denied, and so is one that somebody else launched.
pub fn identify(
    grant: Grant,
    person: &Person,
    auth_time: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Grant, Unfit> {
    let who = Identification {
        user: person.id,
        auth_time,
    };
    let grant = grant.identify(who, now)?;
    if let Some(launch) = &grant.terms.launch {
        if launch.user != person.id {
            return grant.deny(now);
        }
        match launch.patient.clone() {
            Some(patient) if person.patient(&patient).is_none() => return grant.deny(now),
            Some(patient) => return grant.choose(Some(patient), now),
            None => {}
        }
    }
    if !negotiate::needs_patient(&grant.terms.offered, person.is_professional()) {
        return grant.choose(None, now);
    }
    match person.patients.as_slice() {
        [] => grant.deny(now),
        [only] => grant.choose(Some(only.id.clone()), now),
        _ => Ok(grant),
    }
}

/// The page on which a grant continues.
pub fn next_page(grant: &Grant, handle: &str) -> Result<String, Problem> {
    match grant.stage {
        Stage::Requested => Ok(grant_url("/login", handle)),
        Stage::Identified(_) => Ok(grant_url("/select-patient", handle)),
        Stage::ContextChosen(_) => Ok(grant_url("/consent", handle)),
        _ => Err(Unfit::Stage.into()),
    }
}

/// An error for the app after a person looked at the request.
pub fn back(client: &Client, grant: &Grant, error: OAuthError) -> Problem {
    Problem::Redirect(RedirectProblem {
        target: grant.terms.target.clone(),
        state: grant.terms.state.clone(),
        error,
        verified: client.is_verified(),
        decided: true,
    })
}

/// The person did not agree.
pub fn denied() -> OAuthError {
    ErrorCode::AccessDenied.because("the person did not agree")
}

/// Uses up the pushed request a grant refers to, if it does; false when another grant did before.
pub fn complete(tx: &Connection, stored: &StoredGrant) -> Result<bool, Problem> {
    match stored.grant.terms.pushed {
        Some(pushed) => Ok(pushed_requests::consume(tx, pushed)?),
        None => Ok(true),
    }
}

/// Ends a grant without tokens.
pub fn deny(tx: &Connection, mut stored: StoredGrant, now: DateTime<Utc>) -> Result<(), Problem> {
    let mut entry =
        Entry::new(Event::Consent, "access_denied", now).client(&stored.grant.terms.client_id);
    if let Some(who) = stored.grant.who() {
        entry = entry.by_user(who.user);
    }
    stored.grant = stored.grant.deny(now)?;
    complete(tx, &stored)?;
    grants::save(tx, &stored)?;
    Ok(entry.append(tx)?)
}
