//! The append-only record of who did what. It names people, apps and patients, never a secret.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};

use super::row;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A person tried to sign in.
    SignIn,
    /// A person signed out.
    SignOut,
    /// A person started an app from the portal.
    Launch,
    /// An app sent a person here with a request.
    AuthorizationRequest,
    /// A person decided about a request.
    Consent,
    /// A code was presented.
    CodeExchange,
    /// A refresh token was presented.
    Refresh,
    /// A backend service asked for a token.
    ClientCredentials,
    /// A token or a whole consent was revoked.
    Revocation,
    /// A person changed what an app may do.
    ConsentChange,
    /// A person opened a record, or a part of it.
    RecordView,
    /// A person changed their password.
    PasswordChange,
    /// An administrator made tokens for a test.
    Debug,
    /// An app was registered.
    Registration,
    /// A client failed to authenticate.
    ClientAuthentication,
}

impl Event {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
            Self::Launch => "launch",
            Self::AuthorizationRequest => "authorization-request",
            Self::Consent => "consent",
            Self::CodeExchange => "code-exchange",
            Self::Refresh => "refresh",
            Self::ClientCredentials => "client-credentials",
            Self::Revocation => "revocation",
            Self::ConsentChange => "consent-change",
            Self::RecordView => "record-view",
            Self::PasswordChange => "password-change",
            Self::Debug => "debug",
            Self::Registration => "registration",
            Self::ClientAuthentication => "client-authentication",
        }
    }
}

/// One line of the trail.
#[derive(Debug, Clone)]
pub struct Entry {
    at: DateTime<Utc>,
    event: Event,
    outcome: &'static str,
    actor: Option<String>,
    client: Option<String>,
    patient: Option<String>,
    kind: Option<&'static str>,
}

impl Entry {
    /// What happened and how it ended: `success` or an error code.
    pub fn new(event: Event, outcome: &'static str, at: DateTime<Utc>) -> Self {
        Self {
            at,
            event,
            outcome,
            actor: None,
            client: None,
            patient: None,
            kind: None,
        }
    }

    /// The person who acted, by row.
    #[must_use]
    pub fn by_user(mut self, user: i64) -> Self {
        self.actor = Some(format!("user:{user}"));
        self
    }

    /// The client concerned.
    #[must_use]
    pub fn client(mut self, client: &str) -> Self {
        self.client = Some(client.to_owned());
        self
    }

    /// The patient concerned.
    #[must_use]
    pub fn patient(mut self, patient: Option<&str>) -> Self {
        self.patient = patient.map(str::to_owned);
        self
    }

    /// The kind of data concerned.
    #[must_use]
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Appends the line.
    pub fn append(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT INTO audit (at, event, outcome, actor, client, patient, kind)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                self.at.timestamp_millis(),
                self.event.as_str(),
                self.outcome,
                self.actor,
                self.client,
                self.patient,
                self.kind
            ])?;
        Ok(())
    }
}

/// Lines that are shown at most.
const SHOWN: i64 = 200;

/// A line of the trail, read back.
#[derive(Debug)]
pub struct Record {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub event: String,
    /// How it ended.
    pub outcome: String,
    /// The client concerned, by its name if it still has one.
    pub client: Option<String>,
    /// The patient concerned.
    pub patient: Option<String>,
}

/// The newest lines about one person, or about everybody; reading is told elsewhere
/// ([`super::uses::readings`]).
pub fn newest(connection: &Connection, user: Option<i64>) -> rusqlite::Result<Vec<Record>> {
    let actor = user.map(|user| format!("user:{user}"));
    let sql = match actor {
        Some(_) => {
            "SELECT a.*, c.name FROM audit a LEFT JOIN client c ON c.id = a.client
             WHERE a.actor = ?1 AND a.event <> 'record-view' ORDER BY a.id DESC LIMIT ?2"
        }
        None => {
            "SELECT a.*, c.name FROM audit a LEFT JOIN client c ON c.id = a.client
             WHERE ?1 IS NULL AND a.event <> 'record-view' ORDER BY a.id DESC LIMIT ?2"
        }
    };
    connection
        .prepare_cached(sql)?
        .query_map(params![actor, SHOWN], read)?
        .collect()
}

/// What a person decided about a client, newest first.
pub fn decisions(
    connection: &Connection,
    user: i64,
    client: &str,
) -> rusqlite::Result<Vec<Record>> {
    connection
        .prepare_cached(
            "SELECT a.*, c.name FROM audit a LEFT JOIN client c ON c.id = a.client
             WHERE a.actor = ?1 AND a.client = ?2
               AND a.event IN ('consent', 'consent-change', 'revocation')
             ORDER BY a.id DESC LIMIT ?3",
        )?
        .query_map(params![format!("user:{user}"), client, SHOWN], read)?
        .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Record> {
    let name: Option<String> = row.get("name")?;
    Ok(Record {
        at: row::instant(row, "at")?,
        event: row.get("event")?,
        outcome: row.get("outcome")?,
        client: name.or(row.get("client")?),
        patient: row.get("patient")?,
    })
}
