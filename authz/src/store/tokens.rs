//! Stored tokens, by digest.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use smart::scope::ScopeSet;

use super::row;
use crate::oauth::launch::Setting;
use crate::secret::Digest;

/// What is known about a live access token, for introspection.
#[derive(Debug, Clone)]
pub struct LiveToken {
    /// Row of its family; `None` for a backend service.
    pub family: Option<i64>,
    /// The client it was issued to.
    pub client_id: String,
    /// The subject of the user.
    pub subject: String,
    /// Logical id of the patient.
    pub patient: Option<String>,
    /// Logical id of the encounter.
    pub encounter: Option<String>,
    /// Absolute URL of the user's FHIR resource, when an ID token named it.
    pub fhir_user: Option<String>,
    /// The scopes as in the token response.
    pub scopes: String,
    /// Thumbprint of the key it is bound to.
    pub jkt: Option<String>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it, its approval or the session it hangs on ends, whichever is first.
    pub good_until: DateTime<Utc>,
}

/// A refresh token.
#[derive(Debug, Clone)]
pub struct StoredRefresh {
    /// Row of its family.
    pub family: i64,
    /// When it was used, if it was.
    pub spent_at: Option<DateTime<Utc>>,
}

/// The live access token with this digest: not ended, not revoked, of a family, client and user
/// that are all still good. One statement, all lookups by primary key.
pub fn live(
    connection: &Connection,
    digest: Digest,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<LiveToken>> {
    connection
        .prepare_cached(
            "SELECT a.family, f.client, u.subject, f.patient, f.setting, f.fhir_user, a.scopes, a.jkt, a.issued_at, a.expires_at,
                    min(a.expires_at, f.share_until, coalesce(f.online_until, a.expires_at)) AS good_until
             FROM access_token a
             JOIN family f ON f.id = a.family
             JOIN user u ON u.id = f.user
             JOIN client c ON c.id = f.client
             WHERE a.digest = ?1 AND a.expires_at > ?2
               AND f.revoked_at IS NULL AND f.share_until > ?2
               AND (f.online_until IS NULL OR f.online_until > ?2)
               AND u.disabled = 0 AND c.disabled = 0",
        )?
        .query_row(params![digest.as_bytes(), now.timestamp_millis()], read_live)
        .optional()
}

fn read_live(row: &Row<'_>) -> rusqlite::Result<LiveToken> {
    let setting: Option<Setting> = row::optional_json(row, "setting")?;
    Ok(LiveToken {
        family: row.get("family")?,
        client_id: row.get("client")?,
        subject: row.get("subject")?,
        patient: row.get("patient")?,
        encounter: setting.and_then(|setting| setting.encounter),
        fhir_user: row.get("fhir_user")?,
        scopes: row.get("scopes")?,
        jkt: row.get("jkt")?,
        issued_at: row::instant(row, "issued_at")?,
        expires_at: row::instant(row, "expires_at")?,
        good_until: row::instant(row, "good_until")?,
    })
}

/// An access token to be.
#[derive(Debug)]
pub struct NewAccess<'a> {
    /// Digest of the token.
    pub digest: Digest,
    /// What it is good for.
    pub scopes: &'a ScopeSet,
    /// From when until when.
    pub span: (DateTime<Utc>, DateTime<Utc>),
    /// Thumbprint of the key it is bound to.
    pub jkt: Option<&'a str>,
}

/// Keeps an access token of a family.
pub fn insert_access(
    connection: &Connection,
    family: i64,
    token: &NewAccess<'_>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO access_token (digest, family, scopes, issued_at, expires_at, jkt)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            token.digest.as_bytes(),
            family,
            token.scopes.to_string(),
            token.span.0.timestamp_millis(),
            token.span.1.timestamp_millis(),
            token.jkt
        ])?;
    Ok(())
}

/// Cuts the access tokens of a family down to `scopes`; one that is left with nothing is gone.
pub fn narrow(connection: &Connection, family: i64, scopes: &ScopeSet) -> rusqlite::Result<()> {
    let held: Vec<(Vec<u8>, String)> = connection
        .prepare_cached("SELECT digest, scopes FROM access_token WHERE family = ?1")?
        .query_map([family], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (digest, text) in held {
        let kept = ScopeSet::parse(&text).known.meet(scopes);
        if kept.is_empty() {
            connection.execute("DELETE FROM access_token WHERE digest = ?1", [digest])?;
        } else {
            connection.execute(
                "UPDATE access_token SET scopes = ?2 WHERE digest = ?1",
                params![digest, kept.to_string()],
            )?;
        }
    }
    Ok(())
}

/// A refresh token to be.
#[derive(Debug)]
pub struct NewRefresh {
    /// Digest of the token.
    pub digest: Digest,
    /// The spent token it came for, if that one may be used once more when the answer is lost.
    pub replaces: Option<Digest>,
    /// The access token that came with it.
    pub access: Digest,
}

/// Keeps a refresh token. Fails when the family has another live one.
pub fn insert_refresh(
    connection: &Connection,
    family: i64,
    token: &NewRefresh,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO refresh_token (digest, family, issued_at, replaces, access)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            token.digest.as_bytes(),
            family,
            now.timestamp_millis(),
            token.replaces.as_ref().map(Digest::as_bytes),
            token.access.as_bytes()
        ])?;
    Ok(())
}

/// The live refresh token of a family that came for the spent one, and the access token with it.
pub fn successor(
    connection: &Connection,
    family: i64,
    spent: Digest,
) -> rusqlite::Result<Option<(Digest, Digest)>> {
    connection
        .prepare_cached(
            "SELECT digest, access FROM refresh_token
             WHERE family = ?1 AND spent_at IS NULL AND replaces = ?2",
        )?
        .query_row(params![family, spent.as_bytes()], |row| {
            Ok((row::digest(row, "digest")?, row::digest(row, "access")?))
        })
        .optional()
}

/// The refresh token with this digest, spent or not.
pub fn find_refresh(
    connection: &Connection,
    digest: Digest,
) -> rusqlite::Result<Option<StoredRefresh>> {
    connection
        .prepare_cached("SELECT family, spent_at FROM refresh_token WHERE digest = ?1")?
        .query_row([digest.as_bytes()], |row| {
            Ok(StoredRefresh {
                family: row.get("family")?,
                spent_at: row::optional_instant(row, "spent_at")?,
            })
        })
        .optional()
}

/// Marks a refresh token as used.
pub fn spend_refresh(
    connection: &Connection,
    digest: Digest,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE refresh_token SET spent_at = ?2 WHERE digest = ?1")?
        .execute(params![digest.as_bytes(), now.timestamp_millis()])?;
    Ok(())
}

/// The family of an access token, ended or not.
pub fn family_of_access(connection: &Connection, digest: Digest) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT family FROM access_token WHERE digest = ?1")?
        .query_row([digest.as_bytes()], |row| row.get(0))
        .optional()
}

/// Forgets an access token.
pub fn delete_access(connection: &Connection, digest: Digest) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM access_token WHERE digest = ?1",
        [digest.as_bytes()],
    )?;
    Ok(())
}
