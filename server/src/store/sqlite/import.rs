//! Loading many resources into an empty or growing database: large transactions, sorted rows, the
//! indexes last.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::render::DOCUMENTS;
use super::rows::{self, Systems};
use super::{CACHE, Sqlite, StoreError, engine, migrate};
use crate::store::Incoming;

/// Page cache of the writer in KiB, as SQLite counts it; while loading, the pages that every batch
/// touches stay.
const LOAD_CACHE: i64 = -256 * 1024;
/// Pages of the log between checkpoints; while loading, a page is written back once rather than
/// after every batch.
const LOAD_CHECKPOINT: i64 = 16 * 1024;
const CHECKPOINT: i64 = 1_000;
/// Bytes of words that a full-text index collects before it sorts and writes them.
const LOAD_WORDS: i64 = 32 * 1024 * 1024;
const WORDS: i64 = 1024 * 1024;
const SEEDED: &str = "seeded";
/// Under this name a database keeps the statements of the indexes that a load took down, until it
/// has put them up again.
const INDEXES: &str = "indexes-to-build";

/// Facts about the database that are recorded with its content, by name.
pub type Properties<'a> = &'a [(&'a str, &'a str)];

impl Sqlite {
    /// Whether the first load was completed.
    pub fn is_seeded(&self) -> Result<bool, StoreError> {
        self.readers
            .with(|connection| migrate::property(connection, SEEDED))
            .map(|value| value.is_some())
    }

    /// Loads the first content, batch by batch, and marks the database as seeded if `is_sound` says so
    /// at the end.
    /// What an interrupted load left behind is kept and completed.
    pub fn seed(
        &self,
        batches: impl Iterator<Item = Vec<Incoming>>,
        is_sound: impl FnOnce() -> bool,
    ) -> Result<u64, StoreError> {
        let mut systems = Systems::default();
        let mut loaded = 0;
        // Nobody is served yet, and an interrupted load is completed by the next start, so the
        // batches need not wait for the disk.
        self.set("synchronous", "NORMAL")?;
        self.set("cache_size", LOAD_CACHE)?;
        self.set("wal_autocheckpoint", LOAD_CHECKPOINT)?;
        self.write(|transaction| take_down(transaction))?;
        for batch in batches {
            loaded += batch.len() as u64;
            self.write(|transaction| add(transaction, &mut systems, batch))?;
        }
        self.write(|transaction| put_up(transaction))?;
        self.set("synchronous", "FULL")?;
        self.set("cache_size", CACHE)?;
        self.set("wal_autocheckpoint", CHECKPOINT)?;
        if is_sound() {
            self.write(|transaction| complete(transaction, &[]))?;
        }
        let writer = self.lock_writer();
        writer
            .execute_batch("PRAGMA shrink_memory")
            .map_err(engine)?;
        Ok(loaded)
    }

    /// Loads the content of a new database that nobody else has open, as fast as it goes: no
    /// journal, nothing waits for the disk. If it fails, or `is_sound` is false at the end, the
    /// file is of no use and must be thrown away; else the caller makes it durable.
    pub fn fill(
        &self,
        batches: impl Iterator<Item = Vec<Incoming>>,
        is_sound: impl FnOnce() -> bool,
        properties: Properties<'_>,
    ) -> Result<u64, StoreError> {
        let mut systems = Systems::default();
        let mut loaded = 0;
        self.set("journal_mode", "OFF")?;
        self.set("synchronous", "OFF")?;
        self.set("cache_size", LOAD_CACHE)?;
        // Where nothing may go to a file, the engine asks for memory for every entry of an index that it
        // sorts; here there is room for all of them, so nothing goes to a file either way.
        self.set("temp_store", "FILE")?;
        let writer = self.lock_writer();
        let transaction =
            Transaction::new_unchecked(&writer, TransactionBehavior::Immediate).map_err(engine)?;
        take_down(&transaction)?;
        for batch in batches {
            loaded += batch.len() as u64;
            add(&transaction, &mut systems, batch)?;
        }
        put_up(&transaction)?;
        if is_sound() {
            complete(&transaction, properties)?;
        }
        transaction.commit().map_err(engine)?;
        Ok(loaded)
    }

    fn set(&self, pragma: &str, value: impl rusqlite::ToSql) -> Result<(), StoreError> {
        self.lock_writer()
            .pragma_update(None, pragma, value)
            .map_err(engine)
    }

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

/// An index that is built at the end, from sorted rows, costs a third of one that grows row by row;
/// words are sorted and written once. A load that was interrupted has taken them down already.
fn take_down(transaction: &Connection) -> Result<(), StoreError> {
    gather_words(transaction, LOAD_WORDS)?;
    if migrate::property(transaction, INDEXES)?.is_some() {
        return Ok(());
    }
    let indexes: Vec<(String, String)> = transaction
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        .and_then(|mut statement| {
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
        .map_err(engine)?;
    let statements: Vec<&str> = indexes.iter().map(|(_, sql)| sql.as_str()).collect();
    migrate::set_property(transaction, INDEXES, &statements.join(";\n"))?;
    for (name, _) in &indexes {
        transaction
            .execute_batch(&format!("DROP INDEX {name}"))
            .map_err(engine)?;
    }
    Ok(())
}

fn put_up(transaction: &Connection) -> Result<(), StoreError> {
    let statements = migrate::property(transaction, INDEXES)?.unwrap_or_default();
    transaction
        .execute_batch(&statements)
        .and_then(|()| transaction.execute("DELETE FROM property WHERE name = ?", [INDEXES]))
        .map_err(engine)?;
    gather_words(transaction, WORDS)
}

/// How many bytes of words the full-text indexes collect before they write them.
fn gather_words(transaction: &Connection, bytes: i64) -> Result<(), StoreError> {
    for table in DOCUMENTS {
        transaction
            .execute(
                &format!("INSERT INTO {table} ({table}, rank) VALUES ('hashsize', ?)"),
                [bytes],
            )
            .map_err(engine)?;
    }
    Ok(())
}

fn complete(transaction: &Connection, properties: Properties<'_>) -> Result<(), StoreError> {
    for (name, value) in properties {
        migrate::set_property(transaction, name, value)?;
    }
    migrate::set_property(transaction, SEEDED, "yes")?;
    transaction.execute_batch("PRAGMA optimize").map_err(engine)
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn add(
    transaction: &Connection,
    systems: &mut Systems,
    batch: Vec<Incoming>,
) -> Result<(), StoreError> {
    let mut keyed = Vec::with_capacity(batch.len() * 32);
    let mut times = Vec::with_capacity(batch.len());
    let mut insert = transaction
        .prepare_cached(
            "INSERT INTO resource (type, id, version, updated, body) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (type, id) DO NOTHING",
        )
        .map_err(engine)?;
    for incoming in batch {
        let updated = incoming.updated.timestamp_millis();
        let inserted = insert
            .execute(params![
                incoming.resource_type.number(),
                incoming.id,
                number_of(incoming.earlier.len() + 1),
                updated,
                incoming.body,
            ])
            .map_err(engine)?;
        // Already there: an earlier load was interrupted after this batch.
        if inserted == 1 {
            let key = transaction.last_insert_rowid();
            times.push((key, updated));
            add_earlier(transaction, key, &incoming.earlier)?;
            keyed.extend(incoming.rows.into_iter().map(|row| (key, row)));
        }
    }
    rows::insert(transaction, systems, &times, keyed)
}

/// The versions before the current one go to the history.
fn add_earlier(
    transaction: &Connection,
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
    use crate::load::{Source, fill, load};
    use crate::store::{Limits, Location};

    fn sources() -> impl Iterator<Item = Source> + Send {
        (0..200).map(|number| Source {
            resource_type: "Basic".into(),
            id: format!("b{number}"),
            updated: DateTime::UNIX_EPOCH,
            json: format!(
                r#"{{"resourceType":"Basic","id":"b{number}","meta":{{"versionId":"1"}},"code":{{"text":"word{number}"}}}}"#
            ),
            earlier: Vec::new(),
        })
    }

    fn indexes(store: &Sqlite) -> Vec<String> {
        let read = |connection: &Connection| {
            connection
                .prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
                .and_then(|mut found| found.query_map([], |row| row.get(0))?.collect())
                .map_err(engine)
        };
        store.readers.with(read).unwrap()
    }

    #[test]
    fn a_load_leaves_every_index_and_an_interrupted_one_is_completed() {
        let store = Sqlite::open(&Location::Memory, "whole", Limits::default()).unwrap();
        let before = indexes(&store);
        assert!(before.len() > 10, "{before:?}");
        // A load that ended after the indexes were taken down and a batch was written.
        let half = sources()
            .take(50)
            .map(|source| crate::load::incoming(source).unwrap());
        store.write(|transaction| take_down(transaction)).unwrap();
        let batch = half.collect();
        store
            .write(|transaction| add(transaction, &mut Systems::default(), batch))
            .unwrap();
        assert!(indexes(&store).is_empty() && !store.is_seeded().unwrap());
        load(&store, sources(), 2).unwrap();
        assert_eq!(indexes(&store), before);
        assert!(store.is_seeded().unwrap());
        let digest = store.index_digest().unwrap();
        store.reindex(|_| ()).unwrap();
        assert!(store.index_digest().unwrap() == digest);
    }

    #[test]
    fn a_new_database_has_the_same_content_as_one_that_was_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.sqlite");
        let count = fill(&path, sources(), 2, DateTime::UNIX_EPOCH).unwrap();
        assert!(count > 200, "{count}");
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["new.sqlite"]);
        let store = Sqlite::open(&Location::File(path), "new", Limits::default()).unwrap();
        assert!(store.is_seeded().unwrap() && store.index_is_current().unwrap());
        let digest = store.index_digest().unwrap();
        store.reindex(|_| ()).unwrap();
        assert!(store.index_digest().unwrap() == digest);
        let other = Sqlite::open(&Location::Memory, "loaded", Limits::default()).unwrap();
        assert_eq!(indexes(&store), indexes(&other));
        // The definitions are there already.
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(crate::definition::publish(&store, now).unwrap(), 0);
    }

    #[test]
    fn what_a_load_that_was_cut_off_left_behind_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.sqlite");
        // Killed in the middle: a file under the other name, and nothing under its own.
        let growing = path.with_extension("loading");
        let place = Location::File(growing.clone());
        let store = Sqlite::open(&place, "cut", Limits::default()).unwrap();
        store.write(|transaction| take_down(transaction)).unwrap();
        drop(store);
        std::fs::write(folder.path().join("new.loading-wal"), "torn").unwrap();
        assert!(growing.exists() && !path.exists());
        let count = fill(&path, sources(), 2, DateTime::UNIX_EPOCH).unwrap();
        assert!(count > 200 && path.exists() && !growing.exists());
        let store = Sqlite::open(&Location::File(path), "new", Limits::default()).unwrap();
        assert!(store.is_seeded().unwrap());
    }

    #[test]
    fn a_new_database_that_cannot_be_loaded_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.sqlite");
        let wrong = sources().map(|source| Source {
            json: source.json.replace("code", "coed"),
            ..source
        });
        let error = fill(&path, wrong, 2, DateTime::UNIX_EPOCH).unwrap_err();
        assert!(error.to_string().contains("Basic/b"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    fn flag(version: usize, status: &str) -> String {
        format!(
            r#"{{"resourceType":"Flag","id":"f","meta":{{"versionId":"{version}"}},"status":"{status}","code":{{"text":"c"}},"subject":{{"reference":"Patient/a"}}}}"#
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
