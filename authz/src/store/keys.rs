//! The stored signing keys.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::row;
use crate::key_ring::{DatedKey, PUBLISHED};
use crate::keys::{IdTokenAlgorithm, StoredKey};

/// Every key.
pub fn all(connection: &Connection) -> rusqlite::Result<Vec<DatedKey>> {
    connection
        .prepare_cached("SELECT * FROM signing_key")?
        .query_map([], |row| {
            let word: String = row.get("alg")?;
            let key = StoredKey {
                algorithm: IdTokenAlgorithm::parse(&word).ok_or_else(|| row::unreadable("alg"))?,
                pkcs8: row.get("pkcs8")?,
            };
            Ok((key, row::instant(row, "created_at")?))
        })?
        .collect()
}

/// How many keys there are; tells whether the database answers.
pub fn count(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT count(*) FROM signing_key", [], |row| row.get(0))
}

/// Keeps a key.
pub fn insert(
    connection: &Connection,
    kid: &str,
    key: &StoredKey,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO signing_key (kid, pkcs8, created_at, alg) VALUES (?1, ?2, ?3, ?4)",
        params![
            kid,
            key.pkcs8,
            now.timestamp_millis(),
            key.algorithm.as_str()
        ],
    )?;
    Ok(())
}

/// Forgets keys that are published no more.
pub fn purge(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM signing_key WHERE created_at <= ?1",
        [(now - PUBLISHED).timestamp_millis()],
    )?;
    Ok(())
}
