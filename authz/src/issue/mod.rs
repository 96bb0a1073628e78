//! Issuing tokens: the transactions in which a code or a refresh token becomes new tokens, or is
//! found to be misused, and in which a backend service gets its token.

mod backend;
mod debug;
mod exchange;
mod refresh;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use smart::scope::ScopeSet;

pub use backend::serve_backend;
pub use debug::pretend;
pub use exchange::exchange;
pub use refresh::{Refreshing, refresh};

use crate::account::person::Person;
use crate::oauth::error::OAuthError;
use crate::oauth::launch::Setting;
use crate::oauth::token::Family;
use crate::random::Random;
use crate::secret::{Digest, Secret};
use crate::store::StoreError;
use crate::store::tokens::{self, NewAccess, NewRefresh};

/// Fresh secrets, drawn before the transaction begins, and what they are bound to.
#[derive(Debug)]
pub struct Mint {
    access: Secret,
    refresh: Secret,
    handle: Secret,
    /// Thumbprint of the key the tokens are bound to.
    jkt: Option<String>,
}

impl Mint {
    /// Draws them.
    pub fn draw(random: &Random, jkt: Option<String>) -> Self {
        Self {
            jkt,
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
    /// Whether it is bound to a key.
    pub bound: bool,
    /// Its lifetime in seconds.
    pub expires_in: i64,
    /// The refresh token, when one was granted.
    pub refresh_token: Option<Secret>,
    /// What the access token is good for.
    pub scopes: ScopeSet,
    /// The patient in context.
    pub patient: Option<String>,
    /// The context of the EHR launch besides the patient.
    pub setting: Option<Setting>,
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

/// What is to be issued of a family.
struct Portion {
    family: Family,
    /// The scopes of this access token.
    scopes: ScopeSet,
    with_refresh: bool,
    /// How long the access token lasts.
    lifetime: TimeDelta,
    /// The spent refresh token that may be used once more when this answer is lost.
    replaces: Option<Digest>,
}

/// Keeps the tokens.
fn put_tokens(
    tx: &Connection,
    portion: Portion,
    mint: Mint,
    now: DateTime<Utc>,
) -> Result<Issued, StoreError> {
    let Portion {
        family,
        scopes,
        with_refresh,
        lifetime,
        replaces,
    } = portion;
    let end = family.access_end(now, lifetime);
    let token = NewAccess {
        digest: mint.access.digest(),
        scopes: &scopes,
        span: (now, end),
        jkt: mint.jkt.as_deref(),
    };
    tokens::insert_access(tx, family.id, &token)?;
    if with_refresh {
        let refresh = NewRefresh {
            digest: mint.refresh.digest(),
            replaces,
            access: mint.access.digest(),
        };
        tokens::insert_refresh(tx, family.id, &refresh, now)?;
    }
    Ok(Issued {
        access_token: mint.access,
        bound: mint.jkt.is_some(),
        expires_in: (end - now).num_seconds(),
        refresh_token: with_refresh.then_some(mint.refresh),
        scopes,
        patient: family.patient,
        setting: family.setting,
        identity: None,
    })
}
