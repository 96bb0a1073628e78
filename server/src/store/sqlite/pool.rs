//! Connections for readers: opened when first needed, kept, never more than the limit at rest.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::{Address, StoreError};

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
