//! Connections for readers: opened when first needed, kept, never more than the limit at rest.

use std::sync::{Arc, Mutex, PoisonError};

use parking_lot::ReentrantMutex;
use rusqlite::Connection;

use super::{Address, StoreError, engine};

/// Page cache of a long walk; SQLite counts KiB downwards.
const CACHE_OF_A_WALK: i64 = -1024;

/// Where reads go.
#[derive(Debug, Clone)]
pub(super) enum Readers {
    /// Connections of their own.
    Pool(Arc<Pool>),
    /// The writer's, inside a change; its thread holds the lock already.
    Writer(Arc<ReentrantMutex<Connection>>),
}

impl Readers {
    /// Runs `work` with a connection.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Pool(pool) => pool.with(work),
            Self::Writer(connection) => work(&connection.lock()),
        }
    }

    /// Runs long work with a connection that goes with it. It walks each page once, so a large
    /// cache would only hold memory.
    pub(super) fn apart<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Self::Pool(pool) = self else {
            return self.with(work);
        };
        let connection = pool.address.connect()?;
        connection
            .pragma_update(None, "cache_size", CACHE_OF_A_WALK)
            .map_err(engine)?;
        work(&connection)
    }
}

#[derive(Debug)]
pub(super) struct Pool {
    address: Address,
    idle: Mutex<Vec<Connection>>,
    keep: usize,
}

impl Pool {
    pub(super) fn new(address: Address, keep: usize) -> Self {
        Self {
            address,
            idle: Mutex::new(Vec::with_capacity(keep)),
            keep,
        }
    }

    /// Runs `work` with a connection of its own. The one that came back last goes out first, so
    /// that its page cache is warm.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = match self.take() {
            Some(connection) => connection,
            None => self.address.connect()?,
        };
        let result = work(&connection);
        self.put_back(connection);
        result
    }

    fn take(&self) -> Option<Connection> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.keep {
            idle.push(connection);
        }
    }
}
