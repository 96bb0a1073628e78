//! Issuing tokens: the two transactions in which a code or a refresh token becomes new tokens, or
//! is found to be misused.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use smart::scope::{PlainScope, ScopeSet};

use crate::account::person::Person;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::grant::{Approval, Redeemed, Redemption, Stage};
use crate::oauth::token::{Family, REFRESH_IDLE, Refresh};
use crate::random::Random;
use crate::secret::{Digest, Secret};
use crate::store::audit::{Entry, Event};
use crate::store::families::NewFamily;
use crate::store::grants::StoredGrant;
use crate::store::{StoreError, families, grants, sessions, tokens, users};

/// Fresh secrets, drawn before the transaction begins.
#[derive(Debug)]
pub struct Mint {
    access: Secret,
    refresh: Secret,
    handle: Secret,
}

impl Mint {
    /// Draws them.
    pub fn draw(random: &Random) -> Self {
        Self {
            access: Secret::generate(random),
            refresh: Secret::generate(random),
            handle: Secret::generate(random),
        }
    }
}

/// Tokens on their way to a client.
#[derive(Debug)]
pub struct Issued {
    /// The access token.
    pub access_token: Secret,
    /// Its lifetime in seconds.
    pub expires_in: i64,
    /// The refresh token, when one was granted.
    pub refresh_token: Option<Secret>,
    /// What the access token is good for.
    pub scopes: ScopeSet,
    /// The patient in context.
    pub patient: Option<String>,
    /// What the ID token says; only for a code.
    pub identity: Option<Identity>,
}

/// What the ID token says.
#[derive(Debug)]
pub struct Identity {
    /// Who.
    pub person: Person,
    /// When they signed in.
    pub auth_time: DateTime<Utc>,
    /// The nonce of the request.
    pub nonce: Option<String>,
}

/// Tokens, or the OAuth error; both are committed, because a refusal may revoke something.
pub type Outcome = Result<Issued, OAuthError>;

const UNKNOWN_CODE: &str = "the code is not valid";
const UNKNOWN_REFRESH: &str = "the refresh token is not valid";

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
    let family = NewFamily {
        handle: mint.handle.expose(),
        client_id: &stored.grant.terms.client_id,
        approval,
        fhir_user: fhir_user.as_deref(),
        online,
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
    let issued = put_tokens(tx, family, None, mint, with_refresh, now)?;
    Ok(Ok(Issued {
        identity: Some(identity),
        ..issued
    }))
}

/// The URL of the person's own resource, if the ID token tells it.
fn told_fhir_user(approval: &Approval, person: &Person, fhir_base: &str) -> Option<String> {
    let reference = person.fhir_user.as_ref()?;
    let told = [PlainScope::OpenId, PlainScope::FhirUser]
        .into_iter()
        .all(|scope| approval.scopes.contains(scope));
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

/// What a client presents to refresh.
#[derive(Debug)]
pub struct Refreshing {
    /// The authenticated client.
    pub client_id: String,
    /// Digest of the refresh token.
    pub token: Digest,
    /// `scope`, to narrow.
    pub scope: Option<String>,
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

/// Keeps the tokens; `narrowed` are the scopes of this access token if not the family's.
fn put_tokens(
    tx: &Connection,
    family: Family,
    narrowed: Option<ScopeSet>,
    mint: Mint,
    with_refresh: bool,
    now: DateTime<Utc>,
) -> Result<Issued, StoreError> {
    let end = family.access_end(now);
    let scopes = narrowed.unwrap_or(family.scopes);
    tokens::insert_access(tx, mint.access.digest(), family.id, &scopes, (now, end))?;
    if with_refresh {
        tokens::insert_refresh(tx, mint.refresh.digest(), family.id, now)?;
    }
    Ok(Issued {
        access_token: mint.access,
        expires_in: (end - now).num_seconds(),
        refresh_token: with_refresh.then_some(mint.refresh),
        scopes,
        patient: family.patient,
        identity: None,
    })
}
