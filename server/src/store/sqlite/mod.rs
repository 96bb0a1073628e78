//! SQLite: one writer, many readers, write-ahead log, acknowledged after the disk has it.

mod belonging;
mod cells;
mod change;
mod contained;
mod history;
mod import;
mod include;
mod inside;
mod migrate;
mod narrow;
mod order;
mod pool;
mod reindex;
mod render;
mod rows;
mod select;
mod sheet;
mod sorting;
mod walk;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{Location, StoreError};
use pool::{Pool, Readers};
use writer::Writer;

pub use change::{Occupied, Transaction};
pub use walk::Snapshot;

/// Page cache of a connection; SQLite counts KiB downwards.
const CACHE: i64 = -8 * 1024;
/// How long a statement waits for another connection.
const BUSY: Duration = Duration::from_secs(5);

/// How much a store may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections that read at the same time.
    pub readers: usize,
    /// How long one search may take.
    pub search: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            readers: 4,
            search: Duration::from_secs(5),
        }
    }
}

/// The database.
#[derive(Debug)]
pub struct Sqlite {
    /// Reentrant, so that a change can read what it wrote through the ordinary ways of reading.
    writer: Arc<ReentrantMutex<Connection>>,
    queue: Writer,
    readers: Readers,
    patience: Bound,
}

/// When a search is given up.
#[derive(Debug, Clone, Copy)]
enum Bound {
    /// After this time.
    Time(Duration),
    /// After a few steps of the engine: what is not quickly done is done elsewhere.
    Brief,
}

impl Sqlite {
    /// Opens or creates the database and brings its schema up to date. A database of a newer
    /// program is refused untouched.
    pub fn open(location: &Location, name: &str, limits: Limits) -> Result<Self, StoreError> {
        if let Location::File(path) = location {
            own(path)?;
        }
        let address = Address::of(location, name);
        let mut writer = address.connect()?;
        migrate::bring_up_to_date(&mut writer, &address.shown)?;
        reindex::claim_index(&writer)?;
        let writer = Arc::new(ReentrantMutex::new(writer));
        Ok(Self {
            queue: Writer::start(writer.clone())?,
            writer,
            readers: Readers::Pool(Arc::new(Pool::new(address, limits.readers))),
            patience: Bound::Time(limits.search),
        })
    }

    /// The store for a caller that must not be kept waiting: a search that is not done within a
    /// fraction of a millisecond is given up with [`StoreError::Timeout`]. It writes nothing.
    #[must_use]
    pub fn briefly(&self) -> Self {
        Self {
            patience: Bound::Brief,
            ..self.sharing(self.readers.clone())
        }
    }

    /// The same database, read in this way and not written to.
    fn sharing(&self, readers: Readers) -> Self {
        Self {
            writer: self.writer.clone(),
            queue: Writer::closed(),
            readers,
            patience: self.patience,
        }
    }

    /// Runs `work` in one transaction of the only writer; an error rolls it back.
    fn write<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let writer = self.lock_writer();
        let transaction =
            rusqlite::Transaction::new_unchecked(&writer, TransactionBehavior::Immediate)
                .map_err(engine)?;
        let result = work(&transaction)?;
        transaction.commit().map_err(engine)?;
        Ok(result)
    }

    fn lock_writer(&self) -> ReentrantMutexGuard<'_, Connection> {
        self.writer.lock()
    }

    /// The store as a change sees it: it reads what the change wrote, and writes nothing.
    fn inside(&self) -> Self {
        self.sharing(Readers::Writer(self.writer.clone()))
    }
}

/// Where connections go.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    uri: String,
    shown: String,
    in_memory: bool,
}

impl Address {
    fn of(location: &Location, name: &str) -> Self {
        match location {
            Location::File(path) => Self {
                uri: path.to_string_lossy().into_owned(),
                shown: shown(path),
                in_memory: false,
            },
            // One database that all connections of the process share, without a file.
            Location::Memory => Self {
                uri: format!("file:/{name}?vfs=memdb"),
                shown: "in memory".into(),
                in_memory: true,
            },
        }
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        self.try_connect().map_err(|error| StoreError::Open {
            path: self.shown.clone(),
            reason: error.to_string(),
        })
    }

    fn try_connect(&self) -> rusqlite::Result<Connection> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if self.in_memory {
            flags |= OpenFlags::SQLITE_OPEN_URI;
        }
        let connection = Connection::open_with_flags(&self.uri, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(64);
        // Otherwise a statement is prepared anew whenever a parameter that its plan might depend on
        // gets another value, which costs more than most searches.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(
            None,
            "journal_mode",
            if self.in_memory { "MEMORY" } else { "WAL" },
        )?;
        // FULL: a commit that was acknowledged survives the loss of power.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // What a change may have to take back: in a file it would be written and removed each time.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        // 8 MB of pages for each connection; the operating system caches the rest of the file.
        connection.pragma_update(None, "cache_size", CACHE)?;
        connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        Ok(connection)
    }
}

/// Creates the file for its owner alone, unless it is there.
fn own(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(|_| ())
        .map_err(|error| StoreError::Open {
            path: shown(path),
            reason: error.to_string(),
        })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Names the few engine errors that the caller can act on.
fn engine(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, OperationInterrupted};
    match error.sqlite_error_code() {
        Some(OperationInterrupted) => StoreError::Timeout,
        Some(DatabaseBusy | DatabaseLocked) => StoreError::Busy,
        Some(DiskFull) => StoreError::Full,
        _ => StoreError::Engine(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_defect() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("PRAGMA max_page_count = 2; CREATE TABLE t (x)")
            .unwrap();
        let full = connection.execute("INSERT INTO t VALUES (zeroblob(100000))", []);
        assert!(matches!(engine(full.unwrap_err()), StoreError::Full));
    }
}
