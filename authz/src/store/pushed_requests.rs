//! Pushed authorization requests, by the digest of their reference, and sealed: they may hold the
//! handle of a launch.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use crate::oauth::grant::TIME_TO_DECIDE;
use crate::oauth::pushed_request::LIFETIME;
use crate::secret::Digest;

/// Keeps a request; those that nobody can decide about any more are forgotten.
pub fn insert(
    connection: &Connection,
    digest: Digest,
    client: &str,
    sealed: &[u8],
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    purge(connection, now)?;
    connection.execute(
        "INSERT INTO pushed_request (digest, client, sealed, expires_at)
         VALUES (?1, ?2, ?3, ?4)",
        params![
            digest.as_bytes(),
            client,
            sealed,
            (now + LIFETIME).timestamp_millis()
        ],
    )?;
    Ok(())
}

/// The sealed parameters that this client pushed, if they may still be referred to.
pub fn find(
    connection: &Connection,
    digest: Digest,
    client: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached(
            "SELECT sealed FROM pushed_request
             WHERE digest = ?1 AND client = ?2 AND expires_at > ?3",
        )?
        .query_row(
            params![digest.as_bytes(), client, now.timestamp_millis()],
            |row| row.get(0),
        )
        .optional()
}

/// Uses a request up; false when that was done before.
pub fn consume(connection: &Connection, digest: Digest) -> rusqlite::Result<bool> {
    let gone = connection.execute(
        "DELETE FROM pushed_request WHERE digest = ?1",
        [digest.as_bytes()],
    )?;
    Ok(gone == 1)
}

/// Forgets requests that nobody can decide about any more.
pub fn purge(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM pushed_request WHERE expires_at < ?1",
        [(now - TIME_TO_DECIDE).timestamp_millis()],
    )?;
    Ok(())
}
