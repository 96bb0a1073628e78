//! Access tokens of backend services, by digest.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row;
use super::tokens::{LiveToken, NewAccess};
use crate::secret::Digest;

/// Keeps a token of a client.
pub fn insert(
    connection: &Connection,
    client: &str,
    token: &NewAccess<'_>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO backend_token (digest, client, scopes, issued_at, expires_at, jkt)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            token.digest.as_bytes(),
            client,
            token.scopes.to_string(),
            token.span.0.timestamp_millis(),
            token.span.1.timestamp_millis(),
            token.jkt
        ])?;
    Ok(())
}

/// The live token with this digest. Its subject is the client itself.
pub fn live(
    connection: &Connection,
    digest: Digest,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<LiveToken>> {
    connection
        .prepare_cached(
            "SELECT b.client, b.scopes, b.jkt, b.issued_at, b.expires_at
             FROM backend_token b JOIN client c ON c.id = b.client
             WHERE b.digest = ?1 AND b.expires_at > ?2 AND c.disabled = 0",
        )?
        .query_row(params![digest.as_bytes(), now.timestamp_millis()], read)
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<LiveToken> {
    let client_id: String = row.get("client")?;
    Ok(LiveToken {
        family: None,
        subject: client_id.clone(),
        client_id,
        patient: None,
        encounter: None,
        fhir_user: None,
        scopes: row.get("scopes")?,
        jkt: row.get("jkt")?,
        issued_at: row::instant(row, "issued_at")?,
        expires_at: row::instant(row, "expires_at")?,
        good_until: row::instant(row, "expires_at")?,
    })
}

/// The client a token was issued to, ended or not.
pub fn holder(connection: &Connection, digest: Digest) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT client FROM backend_token WHERE digest = ?1")?
        .query_row([digest.as_bytes()], |row| row.get(0))
        .optional()
}

/// Forgets a token.
pub fn delete(connection: &Connection, digest: Digest) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM backend_token WHERE digest = ?1",
        [digest.as_bytes()],
    )?;
    Ok(())
}
