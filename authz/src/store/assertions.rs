//! Client assertions that were accepted, so that none is accepted twice, also after a restart.

use rusqlite::{Connection, params};

use crate::oauth::assertion::Spent;

/// Remembers an accepted assertion; false when it was accepted before.
pub fn spend(connection: &Connection, client: &str, spent: Spent) -> rusqlite::Result<bool> {
    let added = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO spent_assertion (client, jti_digest, until)
             VALUES (?1, ?2, ?3)",
        )?
        .execute(params![
            client,
            spent.jti.as_bytes(),
            spent.until.timestamp_millis()
        ])?;
    Ok(added == 1)
}
