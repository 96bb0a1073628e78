//! Walks over many resources: one by one, never all in memory.

use std::collections::BTreeSet;

use fhir::resource_type::ResourceType;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::render::{Candidates, Need, from_where, patient_type};
use super::select::{COLUMNS, stored};
use super::{Sqlite, StoreError, engine, order};
use crate::search::date;
use crate::search::index::Key;
use crate::search::plan::Plan;
use crate::store::{Found, Patience, Stored, Window};

/// One state of the database: whatever is written meanwhile is not seen.
#[derive(Debug)]
pub struct Snapshot<'a> {
    connection: &'a Connection,
}

impl Sqlite {
    /// Shows every resource of a plan, in the order of their keys; bounded like a search.
    pub fn each(&self, plan: &Plan, mut visit: impl FnMut(&Found<'_>)) -> Result<(), StoreError> {
        self.timed(|connection| {
            walk(connection, plan, |found| {
                visit(found);
                Ok(())
            })
        })
    }

    /// Runs `work` on one state of the database.
    pub fn snapshot<T, E: From<StoreError>>(
        &self,
        patience: Patience,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let on_state = |connection: &Connection| {
            // The state is that of the first statement that reads.
            connection
                .execute_batch("BEGIN; SELECT count(*) FROM property")
                .map_err(engine)?;
            let outcome = work(&Snapshot { connection });
            connection.execute_batch("ROLLBACK").map_err(engine)?;
            Ok(outcome)
        };
        match patience {
            Patience::OfASearch => self.timed(on_state),
            Patience::Unlimited => self.readers.apart(on_state),
        }?
    }
}

impl Snapshot<'_> {
    /// Shows every resource of a plan, in the order of their keys, until `visit` fails.
    pub fn each<E: From<StoreError>>(
        &self,
        plan: &Plan,
        visit: impl FnMut(&Found<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        walk(self.connection, plan, visit)
    }

    /// Shows what was deleted of a type in `period`, each with the last content it had.
    pub fn deleted<E: From<StoreError>>(
        &self,
        ty: ResourceType,
        period: date::Range,
        mut visit: impl FnMut(&Found<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT r.key, r.type, r.id, r.version, r.updated, h.body FROM resource AS r
                 JOIN history AS h ON h.resource = r.key AND h.version = r.version - 1
                 WHERE r.type = ? AND r.updated BETWEEN ? AND ? AND r.deleted = 1
                   AND h.body IS NOT NULL ORDER BY r.key",
            )
            .map_err(engine)?;
        let mut rows = statement
            .query(params![ty.number(), period.low, period.high])
            .map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            visit(&found(row)?)?;
        }
        Ok(())
    }

    /// A page of a plan without a sort order of its own, in the order of keys.
    pub fn page(&self, plan: &Plan, window: &Window) -> Result<Vec<Stored>, StoreError> {
        let query = order::page(plan, window, COLUMNS);
        let mut statement = self.connection.prepare_cached(&query.sql).map_err(engine)?;
        let mut rows = statement
            .query(params_from_iter(query.parameters))
            .map_err(engine)?;
        let mut page = Vec::new();
        while let Some(row) = rows.next().map_err(engine)? {
            page.push(stored(row)?);
        }
        Ok(page)
    }

    /// Of which of these types something belongs to the patient.
    pub fn types_of(
        &self,
        patient: &str,
        types: &BTreeSet<ResourceType>,
    ) -> Result<BTreeSet<ResourceType>, StoreError> {
        let asked: Vec<String> = types
            .iter()
            .map(|ty| format!("[{},{}]", ty.number(), Key::compartment(*ty).number()))
            .collect();
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT value ->> 0 FROM json_each(?) WHERE EXISTS (SELECT 1 FROM reference
                 WHERE parameter = value ->> 1 AND target = ? AND type = ?)",
            )
            .map_err(engine)?;
        let found = statement
            .query_map(
                params![format!("[{}]", asked.join(",")), patient, patient_type()],
                |row| row.get(0),
            )
            .and_then(Iterator::collect::<rusqlite::Result<Vec<u16>>>)
            .map_err(engine)?;
        Ok(found
            .into_iter()
            .filter_map(ResourceType::from_number)
            .collect())
    }

    /// The greatest key there is.
    pub fn latest_key(&self) -> Result<i64, StoreError> {
        self.connection
            .prepare_cached("SELECT coalesce(max(key), 0) FROM resource")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(engine)
    }
}

fn walk<E: From<StoreError>>(
    connection: &Connection,
    plan: &Plan,
    mut visit: impl FnMut(&Found<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let Candidates { query, key, .. } = from_where(plan, Need::Resource);
    let sql = format!("SELECT {COLUMNS} {} ORDER BY {key}", query.sql);
    let mut statement = connection.prepare_cached(&sql).map_err(engine)?;
    let mut rows = statement
        .query(params_from_iter(query.parameters))
        .map_err(engine)?;
    while let Some(row) = rows.next().map_err(engine)? {
        visit(&found(row)?)?;
    }
    Ok(())
}

fn found<'a>(row: &'a Row<'_>) -> Result<Found<'a>, StoreError> {
    let damaged = |error: rusqlite::types::FromSqlError| StoreError::Damaged(error.to_string());
    Ok(Found {
        key: row.get(0).map_err(engine)?,
        id: row.get_ref(2).map_err(engine)?.as_str().map_err(damaged)?,
        updated: row.get(4).map_err(engine)?,
        body: row.get_ref(5).map_err(engine)?.as_blob().map_err(damaged)?,
    })
}
