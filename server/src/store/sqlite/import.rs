//! Loading many resources into an empty or growing database: large transactions, sorted rows.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use super::render::TABLES;
use super::rows::{self, Systems};
use super::{CACHE, Sqlite, StoreError, engine, migrate};
use crate::store::Incoming;

/// Resources in one transaction: larger ones dirty fewer index pages for each resource, smaller
/// ones need less memory.
const BATCH: usize = 1_000;
/// Page cache of the writer in KiB, as SQLite counts it; while loading, the pages that every batch
/// touches stay.
const LOAD_CACHE: i64 = -128 * 1024;
/// Pages of the log between checkpoints; while loading, a page is written back once rather than
/// after every batch.
const LOAD_CHECKPOINT: i64 = 16 * 1024;
const CHECKPOINT: i64 = 1_000;
const SEEDED: &str = "seeded";

impl Sqlite {
    /// Whether the first load was completed.
    pub fn is_seeded(&self) -> Result<bool, StoreError> {
        self.readers
            .with(|connection| migrate::property(connection, SEEDED))
            .map(|value| value.is_some())
    }

    /// Loads the first content and marks the database as seeded if `is_sound` says so at the end.
    /// What an interrupted load left behind is kept and completed.
    pub fn seed(
        &self,
        incoming: impl Iterator<Item = Incoming>,
        is_sound: impl FnOnce() -> bool,
    ) -> Result<u64, StoreError> {
        let mut incoming = incoming.peekable();
        let mut systems = Systems::default();
        let mut loaded = 0;
        self.prepare_load()?;
        while incoming.peek().is_some() {
            let batch: Vec<Incoming> = incoming.by_ref().take(BATCH).collect();
            loaded += batch.len() as u64;
            self.write(|transaction| add(transaction, &mut systems, batch))?;
        }
        self.finish_load()?;
        if !is_sound() {
            return Ok(loaded);
        }
        self.write(|transaction| {
            migrate::set_property(transaction, SEEDED, "yes")?;
            transaction.execute_batch("PRAGMA optimize").map_err(engine)
        })?;
        Ok(loaded)
    }
}

impl Sqlite {
    /// The random secret kept under `name`, `fresh` if there is none yet.
    pub fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        self.write(|transaction| {
            if let Some(text) = migrate::property(transaction, name)? {
                return parse_hex(&text).ok_or_else(|| StoreError::Damaged(name.to_owned()));
            }
            let text = fresh.map(|byte| format!("{byte:02x}")).concat();
            migrate::set_property(transaction, name, &text)?;
            Ok(fresh)
        })
    }
}

impl Sqlite {
    /// An index that is built at the end, from sorted rows, costs a third of one that grows row by
    /// row. Nobody is served yet, and an interrupted load is completed by the next start, so the
    /// batches need not wait for the disk either.
    fn prepare_load(&self) -> Result<(), StoreError> {
        let writer = self.lock_writer();
        writer
            .pragma_update(None, "synchronous", "NORMAL")
            .and_then(|()| writer.pragma_update(None, "cache_size", LOAD_CACHE))
            .and_then(|()| writer.pragma_update(None, "wal_autocheckpoint", LOAD_CHECKPOINT))
            .map_err(engine)?;
        for table in TABLES {
            writer
                .execute_batch(&format!("DROP INDEX IF EXISTS {table}_by_resource"))
                .map_err(engine)?;
        }
        Ok(())
    }

    fn finish_load(&self) -> Result<(), StoreError> {
        self.write(|transaction| {
            for table in TABLES {
                transaction
                    .execute_batch(&format!(
                        "CREATE INDEX IF NOT EXISTS {table}_by_resource ON {table} (resource, parameter)"
                    ))
                    .map_err(engine)?;
            }
            Ok(())
        })?;
        let writer = self.lock_writer();
        writer
            .pragma_update(None, "synchronous", "FULL")
            .and_then(|()| writer.pragma_update(None, "cache_size", CACHE))
            .and_then(|()| writer.pragma_update(None, "wal_autocheckpoint", CHECKPOINT))
            .and_then(|()| writer.execute_batch("PRAGMA shrink_memory"))
            .map_err(engine)
    }
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn add(
    transaction: &Transaction<'_>,
    systems: &mut Systems,
    batch: Vec<Incoming>,
) -> Result<(), StoreError> {
    let mut keyed = Vec::with_capacity(batch.len() * 16);
    let mut insert = transaction
        .prepare_cached(
            "INSERT INTO resource (type, id, version, updated, body) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (type, id) DO NOTHING RETURNING key",
        )
        .map_err(engine)?;
    for incoming in batch {
        let key = insert
            .query(params![
                incoming.resource_type.number(),
                incoming.id,
                number_of(incoming.earlier.len() + 1),
                incoming.updated.timestamp_millis(),
                incoming.body,
            ])
            .and_then(|mut rows| rows.next()?.map(|row| row.get::<_, i64>(0)).transpose())
            .map_err(engine)?;
        // Already there: an earlier load was interrupted after this batch.
        if let Some(key) = key {
            add_earlier(transaction, key, &incoming.earlier)?;
            keyed.extend(incoming.rows.into_iter().map(|row| (key, row)));
        }
    }
    rows::insert(transaction, systems, keyed)
}

/// The versions before the current one go to the history.
fn add_earlier(
    transaction: &Transaction<'_>,
    key: i64,
    earlier: &[(DateTime<Utc>, Vec<u8>)],
) -> Result<(), StoreError> {
    if earlier.is_empty() {
        return Ok(());
    }
    let mut insert = transaction
        .prepare_cached(
            "INSERT INTO history (resource, version, updated, body) VALUES (?, ?, ?, ?)",
        )
        .map_err(engine)?;
    for (at, (updated, body)) in earlier.iter().enumerate() {
        insert
            .execute(params![
                key,
                number_of(at + 1),
                updated.timestamp_millis(),
                body
            ])
            .map_err(engine)?;
    }
    Ok(())
}

fn number_of(version: usize) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Source, load};
    use crate::store::{Limits, Location};

    fn flag(version: usize, status: &str) -> String {
        format!(
            r#"{{"resourceType":"Flag","id":"f","meta":{{"versionId":"{version}"}},"status":"{status}"}}"#
        )
    }

    #[test]
    fn earlier_versions_of_a_load_are_its_history() {
        let store = Sqlite::open(&Location::Memory, "earlier", Limits::default()).unwrap();
        let source = Source {
            resource_type: "Flag".into(),
            id: "f".into(),
            updated: DateTime::UNIX_EPOCH,
            json: flag(2, "inactive"),
            earlier: vec![(DateTime::UNIX_EPOCH, flag(1, "active"))],
        };
        load(&store, std::iter::once(source), 1).unwrap();
        let row = |sql: &str| -> (i64, Vec<u8>) {
            let read = |connection: &rusqlite::Connection| {
                connection
                    .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
                    .map_err(engine)
            };
            store.readers.with(read).unwrap()
        };
        let current = row("SELECT version, body FROM resource");
        assert_eq!(current, (2, flag(2, "inactive").into_bytes()));
        let before = row("SELECT version, body FROM history");
        assert_eq!(before, (1, flag(1, "active").into_bytes()));
    }
}
