//! The database: grants, tokens, accounts, clients, sessions, audit. Nothing else names SQL.
//!
//! Every change goes through [`Store::write`]: one thread, one transaction per batch, each change in
//! its own savepoint, acknowledged only after the commit that made it durable. Serialised writers
//! and uniqueness constraints decide every race. Reads go through [`Store::read`].

pub mod assertions;
pub mod audit;
pub mod backend_tokens;
pub mod clients;
pub mod families;
pub mod grants;
pub mod keys;
pub mod launches;
pub mod open;
pub mod outdated;
pub mod purge;
pub mod pushed_requests;
mod recent;
pub mod registrations;
pub mod row;
pub mod sessions;
pub mod tokens;
pub mod users;
pub mod uses;
mod writer;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::configuration::Database;
use crate::secret::Digest;
pub use open::OpenError;
use recent::{Edition, Recent};
use tokens::LiveToken;
use writer::Writer;

/// The database failed or is too busy.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue of changes is full, or the writer has stopped.
    #[error("the database is too busy")]
    Busy,
    /// SQLite failed.
    #[error("the database failed: {0}")]
    Failed(#[from] rusqlite::Error),
    /// The batch could not be committed.
    #[error("the change could not be made durable")]
    NotCommitted,
}

impl StoreError {
    /// Whether it may pass by itself: too much to do, or a disk that is full or does not answer.
    pub fn may_pass(&self) -> bool {
        use rusqlite::ErrorCode as Code;
        let Self::Failed(error) = self else {
            return true;
        };
        matches!(
            error.sqlite_error_code(),
            Some(
                Code::DatabaseBusy
                    | Code::DatabaseLocked
                    | Code::DiskFull
                    | Code::SystemIoFailure
                    | Code::CannotOpen
                    | Code::ReadOnly
            )
        )
    }
}

/// The open database.
#[derive(Debug)]
pub struct Store {
    writer: Writer,
    readers: Vec<Arc<Mutex<Connection>>>,
    next_reader: AtomicUsize,
    edition: Edition,
    recent: Recent,
}

/// Read connections to a database file: one per core that answers requests.
const READERS: usize = 4;

impl Store {
    /// Opens the database, creating or migrating it.
    pub fn open(database: &Database) -> Result<Self, OpenError> {
        let writer = Arc::new(Mutex::new(open::connect(database)?));
        let readers = match database {
            // A second connection would see another, empty database.
            Database::Memory => vec![Arc::clone(&writer)],
            Database::File(path) => (0..READERS)
                .map(|_| open::connect_reader(path).map(|reader| Arc::new(Mutex::new(reader))))
                .collect::<Result<_, _>>()?,
        };
        let edition = Edition::default();
        Ok(Self {
            writer: Writer::start(writer, edition.clone())?,
            readers,
            next_reader: AtomicUsize::new(0),
            edition,
            recent: Recent::default(),
        })
    }

    /// The live token with this digest, of a person's grant or of a backend service.
    pub fn live_token(
        &self,
        digest: Digest,
        now: DateTime<Utc>,
    ) -> Result<Option<LiveToken>, StoreError> {
        let edition = self.edition.now();
        if let Some(live) = self.recent.find(digest, edition, now) {
            return Ok(Some(live));
        }
        let found = self.read(|connection| match tokens::live(connection, digest, now)? {
            None => backend_tokens::live(connection, digest, now),
            live => Ok(live),
        })?;
        if let Some(live) = &found {
            self.recent.keep(digest, edition, live);
        }
        Ok(found)
    }

    /// Reads, on the calling thread. Every read here is a lookup by key that takes some ten
    /// microseconds from the page cache, and in WAL mode a reader never waits for the writer;
    /// handing it to another thread and waiting for the answer would cost more than the lookup.
    pub fn read<T>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let turn = self.next_reader.fetch_add(1, Ordering::Relaxed);
        let count = self.readers.len();
        let free = (0..count).find_map(|step| self.readers[(turn + step) % count].try_lock().ok());
        let connection = match free {
            Some(connection) => connection,
            None => self.readers[turn % count]
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        };
        Ok(look(&connection)?)
    }

    /// Changes the database in one transaction, all or nothing; returns when it is durable. An
    /// error of `change` leaves everything as it was.
    pub async fn write<T, E>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<rusqlite::Error> + Send + 'static,
    {
        self.writer.run(change).await
    }

    /// Changes the database some time soon; for records nobody waits for. Dropped when the queue
    /// is full, because a flood of refused requests must not stop the others.
    pub fn write_later(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) {
        if self.writer.enqueue(change).is_err() {
            tracing::warn!("a record was dropped because the database is too busy");
        }
    }
}
