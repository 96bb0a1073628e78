//! Launch handles: opaque, good once, for one client, for a short while.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::row;
use crate::oauth::launch::{HANDLE_LIFETIME, Launch};
use crate::secret::Digest;

/// Keeps a new launch.
pub fn insert(
    connection: &Connection,
    handle: Digest,
    client: &str,
    launch: &Launch,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO launch (handle_digest, client, launch, expires_at) VALUES (?1, ?2, ?3, ?4)",
        params![
            handle.as_bytes(),
            client,
            row::json(launch)?,
            (now + HANDLE_LIFETIME).timestamp_millis()
        ],
    )?;
    Ok(())
}

/// Takes the launch of a handle, which is used up with it; `None` unless it is this client's, in
/// time and not used before.
pub fn take(
    connection: &Connection,
    handle: Digest,
    client: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<Launch>> {
    connection
        .query_row(
            "UPDATE launch SET used_at = ?3
             WHERE handle_digest = ?1 AND client = ?2 AND used_at IS NULL AND expires_at > ?3
             RETURNING launch",
            params![handle.as_bytes(), client, now.timestamp_millis()],
            |row| row::optional_json(row, "launch"),
        )
        .optional()
        .map(Option::flatten)
}
