//! Reading inside a write transaction, which runs on the thread of the writer: what is borrowed from
//! the request goes there as copies.

use chrono::{DateTime, Utc};

use super::Means;
use super::ids::Ids;
use crate::search::page::CursorKey;
use crate::store::Store;

/// What executing needs, apart from the store.
pub(super) struct Kept {
    cursors: CursorKey,
    ids: Ids,
    now: DateTime<Utc>,
    base: String,
}

impl Kept {
    pub(super) fn of(means: Means<'_>) -> Self {
        Self {
            cursors: means.cursors.clone(),
            ids: means.ids.clone(),
            now: means.now,
            base: means.base.to_owned(),
        }
    }

    /// What executing needs, with the store as the transaction sees it.
    pub(super) fn means<'a>(&'a self, store: &'a Store) -> Means<'a> {
        Means {
            store,
            cursors: &self.cursors,
            ids: &self.ids,
            now: self.now,
            base: &self.base,
            exports: None,
        }
    }
}
