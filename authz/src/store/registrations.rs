//! Registrations that apps made themselves and manage themselves (RFC 7592).

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::row;
use crate::secret::Digest;

/// A registration that nobody ever agreed to share with is forgotten after this long.
const UNUSED: TimeDelta = TimeDelta::days(30);

/// How many clients registered themselves and were not deleted.
pub fn count(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row(
        "SELECT count(*) FROM client WHERE source = 'registered' AND disabled = 0",
        [],
        |row| row.get(0),
    )
}

/// Gives a client the token with which it manages its registration.
pub fn entrust(connection: &Connection, client: &str, token: Digest) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE client SET management_digest = ?2 WHERE id = ?1",
        params![client, token.as_bytes()],
    )?;
    Ok(())
}

/// The token with which a client manages its registration, if it may.
pub fn management(connection: &Connection, client: &str) -> rusqlite::Result<Option<Digest>> {
    connection
        .query_row(
            "SELECT management_digest FROM client WHERE id = ?1 AND disabled = 0",
            [client],
            |row| row::optional_digest(row, "management_digest"),
        )
        .optional()
        .map(Option::flatten)
}

/// When the client was registered.
pub fn registered_at(connection: &Connection, client: &str) -> rusqlite::Result<DateTime<Utc>> {
    connection.query_row(
        "SELECT created_at FROM client WHERE id = ?1",
        [client],
        |row| row::instant(row, "created_at"),
    )
}

/// A token used on another client's registration was stolen or mixed up; it manages nothing any
/// more (RFC 7592 §2.1).
pub fn distrust(connection: &Connection, token: Digest) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE client SET management_digest = NULL WHERE management_digest = ?1",
        [token.as_bytes()],
    )?;
    Ok(())
}

/// Deletes a registration. The row stays, because the record of what people agreed to names it;
/// whatever was granted is dead with it.
pub fn delete(connection: &Connection, client: &str, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE client SET disabled = 1, management_digest = NULL WHERE id = ?1",
        [client],
    )?;
    connection.execute(
        "UPDATE family SET revoked_at = ?2 WHERE client = ?1 AND revoked_at IS NULL",
        params![client, now.timestamp_millis()],
    )?;
    connection.execute("DELETE FROM grant_request WHERE client = ?1", [client])?;
    Ok(())
}

/// Forgets registrations that nobody ever used.
pub fn purge(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM client WHERE source = 'registered' AND created_at < ?1
           AND NOT EXISTS (SELECT 1 FROM family WHERE family.client = client.id)",
        [(now - UNUSED).timestamp_millis()],
    )?;
    Ok(())
}
