//! Connections for readers: opened when first needed, kept, never more than the limit at rest.

use std::sync::{Arc, Mutex, PoisonError};

use parking_lot::ReentrantMutex;
use rusqlite::Connection;

use super::{Address, StoreError};

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
