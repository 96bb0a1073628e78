//! Stored grants. The table's checks mirror the stages of [`Grant`].

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::row;
use crate::oauth::grant::{Approval, Context, Grant, Identification, Stage};
use crate::oauth::pkce::Challenge;
use crate::oauth::redirect::RedirectTarget;
use crate::oauth::terms::Terms;
use crate::secret::{Digest, Secret};

/// A grant with its key and the browser session it belongs to.
#[derive(Debug, Clone)]
pub struct StoredGrant {
    /// Digest of the handle in the URL.
    pub handle: Digest,
    /// Digest of the session cookie, once a browser showed up.
    pub session: Option<Digest>,
    /// The grant.
    pub grant: Grant,
}

/// The grant with this handle.
pub fn find(connection: &Connection, handle: Digest) -> rusqlite::Result<Option<StoredGrant>> {
    connection
        .prepare_cached("SELECT * FROM grant_request WHERE handle_digest = ?1")?
        .query_row([handle.as_bytes()], read)
        .optional()
}

/// The grant whose code this is, spent or not.
pub fn find_by_code(
    connection: &Connection,
    code: Digest,
) -> rusqlite::Result<Option<StoredGrant>> {
    connection
        .prepare_cached("SELECT * FROM grant_request WHERE code_digest = ?1")?
        .query_row([code.as_bytes()], read)
        .optional()
}

/// Whether another request of this client that is still remembered had the same challenge.
pub fn knows_challenge(
    connection: &Connection,
    client: &str,
    challenge: &Challenge,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM grant_request WHERE client = ?1 AND challenge = ?2")?
        .exists([client, challenge.as_str()])
}

/// Forgets what a person has under way with a client, a code that was not redeemed included.
pub fn forget(connection: &Connection, user: i64, client: &str) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM grant_request WHERE user = ?1 AND client = ?2",
        params![user, client],
    )?;
    Ok(())
}

/// Keeps a new grant.
pub fn insert(connection: &Connection, stored: &StoredGrant) -> rusqlite::Result<()> {
    let terms = &stored.grant.terms;
    connection
        .prepare_cached(
            "INSERT INTO grant_request (handle_digest, session_digest, stage, client, redirect_uri,
               state, offered, nonce, challenge, launch, login_required, max_age,
               pushed_digest, dpop_jkt, expires_at)
             VALUES (:handle, :session, 'requested', :client, :redirect_uri, :state, :offered,
               :nonce, :challenge, :launch, :login_required, :max_age, :pushed, :dpop_jkt, :expires_at)",
        )?
        .execute(named_params! {
            ":handle": stored.handle.as_bytes(),
            ":session": bytes(stored.session),
            ":client": terms.client_id,
            ":redirect_uri": terms.target.as_str(),
            ":state": terms.state.as_ref().map(Secret::expose),
            ":offered": terms.offered.to_string(),
            ":nonce": terms.nonce,
            ":challenge": terms.challenge.as_ref().map(Challenge::as_str),
            ":launch": terms.launch.as_ref().map(row::json).transpose()?,
            ":login_required": terms.login_required,
            ":max_age": terms.max_age.map(|age| age.num_seconds()),
            ":pushed": bytes(terms.pushed),
            ":dpop_jkt": terms.dpop_jkt,
            ":expires_at": stored.grant.expires_at.timestamp_millis(),
        })?;
    Ok(())
}

/// Moves a stored grant to the stage of `stored`. The caller read the grant in the same
/// transaction, so nothing can have moved it in between.
pub fn save(connection: &Connection, stored: &StoredGrant) -> rusqlite::Result<()> {
    let stage = Columns::of(&stored.grant.stage);
    connection
        .prepare_cached(
            "UPDATE grant_request SET session_digest = :session, stage = :stage, user = :user,
               auth_time = :auth_time, patient = :patient, scopes = :scopes,
               share_until = :share_until, code_digest = :code, family = :family,
               expires_at = :expires_at, state = CASE WHEN :open THEN state END
             WHERE handle_digest = :handle",
        )?
        .execute(named_params! {
            ":handle": stored.handle.as_bytes(),
            ":session": bytes(stored.session),
            ":stage": stage.name,
            ":user": stage.who.map(|who| who.user),
            ":auth_time": stage.who.map(|who| who.auth_time.timestamp_millis()),
            ":patient": stage.patient,
            ":scopes": stage.approval.map(|approval| approval.scopes.to_string()),
            ":share_until": stage.approval.map(|approval| approval.share_until.timestamp_millis()),
            ":code": bytes(stage.code),
            ":family": stage.family,
            ":expires_at": stored.grant.expires_at.timestamp_millis(),
            ":open": stage.open,
        })?;
    Ok(())
}

fn bytes(digest: Option<Digest>) -> Option<Vec<u8>> {
    digest.map(|digest| digest.as_bytes().to_vec())
}

/// A stage as columns.
#[derive(Default)]
struct Columns<'a> {
    name: &'static str,
    /// Nobody has decided yet, so `state` is still needed.
    open: bool,
    who: Option<&'a Identification>,
    patient: Option<&'a str>,
    approval: Option<&'a Approval>,
    code: Option<Digest>,
    family: Option<i64>,
}

impl<'a> Columns<'a> {
    fn of(stage: &'a Stage) -> Self {
        match stage {
            Stage::Requested => Self::open("requested", None, None),
            Stage::Identified(who) => Self::open("identified", Some(who), None),
            Stage::ContextChosen(context) => Self::open(
                "context-chosen",
                Some(&context.who),
                context.patient.as_deref(),
            ),
            Stage::Approved(approval) => Self {
                name: "approved",
                who: Some(&approval.context.who),
                patient: approval.context.patient.as_deref(),
                approval: Some(approval),
                code: Some(approval.code),
                ..Self::default()
            },
            Stage::Exchanged { family, code } => Self {
                name: "exchanged",
                code: Some(*code),
                family: Some(*family),
                ..Self::default()
            },
            Stage::Replayed => Self::closed("replayed"),
            Stage::Refused => Self::closed("refused"),
            Stage::Denied => Self::closed("denied"),
            Stage::Expired => Self::closed("expired"),
        }
    }

    fn open(name: &'static str, who: Option<&'a Identification>, patient: Option<&'a str>) -> Self {
        Self {
            name,
            open: true,
            who,
            patient,
            ..Self::default()
        }
    }

    fn closed(name: &'static str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredGrant> {
    Ok(StoredGrant {
        handle: row::digest(row, "handle_digest")?,
        session: row::optional_digest(row, "session_digest")?,
        grant: Grant {
            terms: read_terms(row)?,
            expires_at: row::instant(row, "expires_at")?,
            stage: read_stage(row)?,
        },
    })
}

fn read_terms(row: &Row<'_>) -> rusqlite::Result<Terms> {
    let challenge: Option<String> = row.get("challenge")?;
    Ok(Terms {
        client_id: row.get("client")?,
        target: RedirectTarget::from_stored(row.get("redirect_uri")?),
        state: row.get::<_, Option<String>>("state")?.map(Secret::new),
        offered: row::scopes(row, "offered")?,
        nonce: row.get("nonce")?,
        // An unreadable challenge must never read as "no challenge".
        challenge: challenge
            .map(|text| Challenge::parse(&text).ok_or_else(|| row::unreadable("challenge")))
            .transpose()?,
        launch: row::optional_json(row, "launch")?,
        login_required: row.get("login_required")?,
        max_age: row
            .get::<_, Option<i64>>("max_age")?
            .map(TimeDelta::seconds),
        pushed: row::optional_digest(row, "pushed_digest")?,
        dpop_jkt: row.get("dpop_jkt")?,
    })
}

fn read_stage(row: &Row<'_>) -> rusqlite::Result<Stage> {
    let name: String = row.get("stage")?;
    Ok(match name.as_str() {
        "requested" => Stage::Requested,
        "identified" => Stage::Identified(read_who(row)?),
        "context-chosen" => Stage::ContextChosen(read_context(row)?),
        "approved" => Stage::Approved(Box::new(Approval {
            context: read_context(row)?,
            scopes: row::scopes(row, "scopes")?,
            share_until: row::instant(row, "share_until")?,
            code: row::digest(row, "code_digest")?,
        })),
        "exchanged" => Stage::Exchanged {
            family: row.get("family")?,
            code: row::digest(row, "code_digest")?,
        },
        "replayed" => Stage::Replayed,
        "refused" => Stage::Refused,
        "denied" => Stage::Denied,
        "expired" => Stage::Expired,
        _ => return Err(row::unreadable("stage")),
    })
}

fn read_who(row: &Row<'_>) -> rusqlite::Result<Identification> {
    Ok(Identification {
        user: row.get("user")?,
        auth_time: row::instant(row, "auth_time")?,
    })
}

fn read_context(row: &Row<'_>) -> rusqlite::Result<Context> {
    Ok(Context {
        who: read_who(row)?,
        patient: row.get("patient")?,
    })
}
