//! The stored signing key.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use crate::keys::StoredKey;

/// The newest key, if one was made.
pub fn newest(connection: &Connection) -> rusqlite::Result<Option<StoredKey>> {
    connection
        .query_row(
            "SELECT pkcs8 FROM signing_key ORDER BY created_at DESC LIMIT 1",
            [],
            |row| row.get(0).map(StoredKey),
        )
        .optional()
}

/// Keeps a key.
pub fn insert(
    connection: &Connection,
    kid: &str,
    key: &StoredKey,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO signing_key (kid, pkcs8, created_at) VALUES (?1, ?2, ?3)",
        params![kid, key.0, now.timestamp_millis()],
    )?;
    Ok(())
}
