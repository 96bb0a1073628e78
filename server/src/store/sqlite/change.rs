//! Changing one resource inside a write transaction: a new version, its rows, the old one kept.

use std::time::Instant;

use fhir::resource_type::ResourceType;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};

use super::narrow::narrowed;
use super::render::{Candidates, DOCUMENTS, Need, TABLES, from_where};
use super::rows::{self, Systems};
use super::select::{COLUMNS, stored, until};
use super::writer::in_savepoint;
use super::{Bound, Sqlite, StoreError, contained, engine, migrate};
use crate::search::plan::Plan;
use crate::store::{Incoming, Stored};

/// The lines of a resource, found by the rows that they follow from: an index of their own would
/// be as large as the charts. The keys of compartments lie between 0x8000 and 0xC000.
const REMOVE_LINES: [&str; 2] = [
    "DELETE FROM chart WHERE (patient, parameter, code, system, key) IN (
       SELECT m.target, m.parameter, '', 0, m.resource FROM reference AS m
       WHERE m.resource = ?1 AND m.parameter >= 0x8000 AND m.parameter < 0xC000)",
    "DELETE FROM chart WHERE (patient, parameter, code, system, key) IN (
       SELECT m.target, t.parameter, t.code, t.system, m.resource FROM reference AS m
       CROSS JOIN token AS t ON t.resource = m.resource
       WHERE m.resource = ?1 AND m.parameter >= 0x8000 AND m.parameter < 0xC000)",
];

/// A write transaction, as a change sees it: all reads show what the change itself wrote.
#[derive(Debug)]
pub struct Transaction<'a> {
    connection: &'a Connection,
    /// When everybody else has waited long enough for what this change looks for.
    deadline: Instant,
}

/// The state of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occupied {
    /// Never used.
    Free,
    /// Deleted; its last version was this.
    Deleted(u32),
    /// In use.
    Current(u32),
}

impl Sqlite {
    /// A fact about the database that was recorded with [`Transaction::set_property`].
    pub fn property(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.readers
            .with(|connection| migrate::property(connection, name))
    }

    /// Runs `change` and answers when its commit is durable; an error undoes it. Blocks.
    pub fn change<T, E>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let Bound::Time(limit) = self.patience else {
            return Err(StoreError::Busy.into());
        };
        self.queue.run(move |connection| {
            change(&Transaction {
                connection,
                deadline: Instant::now() + limit,
            })
        })
    }
}

impl Sqlite {
    /// Like [`Sqlite::change`], with a store that reads what the change wrote.
    pub fn change_and_read<T, E>(
        &self,
        change: impl FnOnce(&Transaction<'_>, &Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let inside = self.inside();
        self.change(move |transaction| change(transaction, &inside))
    }
}

impl Transaction<'_> {
    /// Runs a part of the change; an error undoes that part alone.
    pub fn attempt<T, E: From<StoreError>>(
        &self,
        part: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        in_savepoint(self.connection, |_| part(self))
    }

    /// What the id stands for now, whoever asks.
    pub fn occupied(&self, ty: ResourceType, id: &str) -> Result<Occupied, StoreError> {
        occupied(self.connection, ty, id)
    }

    /// At most `limit` resources that a plan admits. All that one change looks for may take no
    /// longer than a search.
    pub fn find(&self, plan: &Plan, limit: u32) -> Result<Vec<Stored>, StoreError> {
        until(self.connection, self.deadline)?;
        let found = self.look(plan, limit);
        self.connection
            .progress_handler(0, None::<fn() -> bool>)
            .map_err(engine)?;
        found
    }

    fn look(&self, plan: &Plan, limit: u32) -> Result<Vec<Stored>, StoreError> {
        let plan = narrowed(self.connection, plan)?;
        let Candidates { mut query, key, .. } = from_where(&plan, Need::Resource);
        query.parameters.push(i64::from(limit).into());
        let sql = format!("SELECT {COLUMNS} {} ORDER BY {key} LIMIT ?", query.sql);
        let mut statement = self.connection.prepare_cached(&sql).map_err(engine)?;
        let mut rows = statement
            .query(params_from_iter(query.parameters))
            .map_err(engine)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(engine)? {
            found.push(stored(row)?);
        }
        Ok(found)
    }

    /// Records a fact about the database.
    pub fn set_property(&self, name: &str, value: &str) -> Result<(), StoreError> {
        migrate::set_property(self.connection, name, value)
    }

    /// Stores `incoming` as version `version`, and keeps the one before.
    pub fn put(&self, incoming: Incoming, version: u32) -> Result<(), StoreError> {
        self.put_all(std::iter::once((incoming, version)))
    }

    /// Stores many, each as its version; their index rows are written in the order of the index.
    pub fn put_all(&self, all: impl Iterator<Item = (Incoming, u32)>) -> Result<(), StoreError> {
        let (mut keyed, mut times) = (Vec::new(), Vec::new());
        for (incoming, version) in all {
            let updated = incoming.updated.timestamp_millis();
            let key = self.replace(
                incoming.resource_type,
                &incoming.id,
                version,
                updated,
                Some(&incoming.body),
            )?;
            times.push((key, updated));
            keyed.extend(incoming.rows.into_iter().map(|row| (key, row)));
        }
        times.sort_unstable();
        rows::insert(self.connection, &mut Systems::default(), &times, keyed)
    }

    /// Marks the resource as deleted with version `version`, and keeps the one before.
    pub fn delete(
        &self,
        ty: ResourceType,
        id: &str,
        version: u32,
        updated: i64,
    ) -> Result<(), StoreError> {
        self.replace(ty, id, version, updated, None).map(|_| ())
    }

    fn replace(
        &self,
        ty: ResourceType,
        id: &str,
        version: u32,
        updated: i64,
        body: Option<&[u8]>,
    ) -> Result<i64, StoreError> {
        // No statement here may touch several rows and fail half-way: the engine would guard it by a
        // savepoint, at which the full text index writes out what it gathered for the commit.
        let mut find = self
            .connection
            .prepare_cached("SELECT key FROM resource WHERE type = ? AND id = ?")
            .map_err(engine)?;
        let key: Option<i64> = find
            .query_row(params![ty.number(), id], |row| row.get(0))
            .optional()
            .map_err(engine)?;
        let Some(key) = key else {
            self.run(
                "INSERT INTO resource (type, id, version, updated, deleted, body)
                 VALUES (?1, ?2, ?3, ?4, ?5 IS NULL, ?5)",
                params![ty.number(), id, version, updated, body],
            )?;
            return Ok(self.connection.last_insert_rowid());
        };
        self.run(
            "INSERT INTO history (resource, version, updated, body)
             VALUES (?1, (SELECT version FROM resource WHERE key = ?1),
                     (SELECT updated FROM resource WHERE key = ?1),
                     (SELECT body FROM resource WHERE key = ?1))",
            params![key],
        )?;
        self.run(
            "UPDATE resource SET version = ?2, updated = ?3, deleted = ?4 IS NULL, body = ?4
             WHERE key = ?1",
            params![key, version, updated, body],
        )?;
        self.remove_rows(key)?;
        Ok(key)
    }

    fn run(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(parameters))
            .map(|_| ())
            .map_err(engine)
    }

    fn remove_rows(&self, key: i64) -> Result<(), StoreError> {
        // Before the rows that its lines follow from.
        for sql in REMOVE_LINES {
            self.run(sql, [key])?;
        }
        for table in DOCUMENTS {
            self.run(&format!("DELETE FROM {table} WHERE rowid = ?"), [key])?;
        }
        for table in TABLES {
            self.run(&format!("DELETE FROM {table} WHERE resource = ?"), [key])?;
        }
        contained::remove(self.connection, key).map_err(engine)
    }
}

/// What an id stands for now, whoever asks.
pub(super) fn occupied(
    connection: &Connection,
    ty: ResourceType,
    id: &str,
) -> Result<Occupied, StoreError> {
    connection
        .prepare_cached("SELECT version, deleted FROM resource WHERE type = ? AND id = ?")
        .and_then(|mut statement| {
            statement
                .query_row(params![ty.number(), id], |row| {
                    let version = row.get(0)?;
                    Ok(if row.get(1)? {
                        Occupied::Deleted(version)
                    } else {
                        Occupied::Current(version)
                    })
                })
                .optional()
        })
        .map(|found| found.unwrap_or(Occupied::Free))
        .map_err(engine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Limits, Location};

    #[test]
    fn removing_lines_does_not_look_at_other_lines() {
        let store = Sqlite::open(&Location::Memory, "lines", Limits::default()).unwrap();
        for sql in REMOVE_LINES {
            let steps = store
                .readers
                .with(|connection| {
                    let mut statement = connection
                        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                        .map_err(engine)?;
                    let rows = statement
                        .query_map([1], |row| row.get::<_, String>(3))
                        .map_err(engine)?;
                    rows.collect::<Result<Vec<_>, _>>().map_err(engine)
                })
                .unwrap();
            let whole = "SEARCH chart USING PRIMARY KEY (patient=? AND parameter=? AND code=? AND system=? AND key=?)";
            assert!(steps.iter().any(|step| step == whole), "{steps:?}");
        }
    }
}
