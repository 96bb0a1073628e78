//! Reading: one resource, a page of a search, a count.

use std::time::Instant;

use chrono::DateTime;
use fhir::resource_type::ResourceType;
use rusqlite::{Connection, Row, params_from_iter};

use super::narrow::{self, narrowed};
use super::render::{Candidates, Need, from_where};
use super::{
    Bound, Occupied, Sqlite, StoreError, change, contained, engine, include, inside, order,
};
use crate::interaction::Instance;
use crate::search::plan::{Driver, IncludePlan, Plan};
use crate::store::{Match, Stored, Window};

pub(super) const COLUMNS: &str = "r.key, r.type, r.id, r.version, r.updated, r.body";
/// How many columns those are.
const WIDTH: usize = 6;
/// Virtual machine steps between two looks at the time.
const STEPS: i32 = 10_000;
/// Steps after which a statement is no longer brief; a page of fifty takes a fifth of them.
const BRIEF: i32 = 20_000;

impl Sqlite {
    /// The one resource of a read plan, if the plan admits it.
    pub fn read(&self, plan: &Plan) -> Result<Option<Stored>, StoreError> {
        let query = from_where(plan, Need::Resource).query;
        let sql = format!("SELECT {COLUMNS} {}", query.sql);
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&sql).map_err(engine)?;
            let mut rows = statement
                .query(params_from_iter(query.parameters))
                .map_err(engine)?;
            match rows.next().map_err(engine)? {
                Some(row) => stored(row).map(Some),
                None => Ok(None),
            }
        })
    }

    /// A page of a search, in its order.
    pub fn search(&self, plan: &Plan, window: &Window) -> Result<Vec<Match>, StoreError> {
        let keys = plan.sort.len();
        self.timed(|connection| {
            if let Driver::Inside(..) = plan.driver {
                return inside::page(connection, plan, window);
            }
            let query = order::page(&*narrowed(connection, plan)?, window, COLUMNS);
            let mut statement = connection.prepare_cached(&query.sql).map_err(engine)?;
            let mut rows = statement
                .query(params_from_iter(query.parameters))
                .map_err(engine)?;
            let mut page = Vec::new();
            while let Some(row) = rows.next().map_err(engine)? {
                page.push(Match {
                    stored: stored(row)?,
                    values: (0..keys)
                        .map(|at| order::value(row, WIDTH + at))
                        .collect::<Result<_, _>>()?,
                });
            }
            Ok(page)
        })
    }

    /// What comes along with the resources of these keys: at most `limit`, none of them twice.
    pub fn include(
        &self,
        plan: &IncludePlan,
        keys: &[i64],
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let query = include::query(plan, keys, limit, COLUMNS);
        self.timed(|connection| {
            let mut statement = connection.prepare_cached(&query.sql).map_err(engine)?;
            let mut rows = statement
                .query(params_from_iter(query.parameters))
                .map_err(engine)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next().map_err(engine)? {
                found.push(stored(row)?);
            }
            Ok(found)
        })
    }

    /// How many resources a search finds.
    pub fn count(&self, plan: &Plan) -> Result<u64, StoreError> {
        self.timed(|connection| {
            let plan = narrow::for_count(connection, plan)?;
            let query = from_where(&plan, Need::Key).query;
            let sql = format!("SELECT count(*) {}", query.sql);
            connection
                .prepare_cached(&sql)
                .and_then(|mut statement| {
                    statement.query_row(params_from_iter(query.parameters), |row| {
                        row.get::<_, i64>(0)
                    })
                })
                .map(i64::unsigned_abs)
                .map_err(engine)
        })
    }

    /// What an id stands for now, whoever asks.
    pub fn occupied(&self, instance: &Instance) -> Result<Occupied, StoreError> {
        self.readers
            .with(|connection| change::occupied(connection, instance.resource_type, &instance.id))
    }

    /// The greatest key there is: a page walk that stops there does not meet later additions.
    pub fn latest_key(&self) -> Result<i64, StoreError> {
        self.readers.with(|connection| {
            connection
                .prepare_cached("SELECT coalesce(max(key), 0) FROM resource")
                .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
                .map_err(engine)
        })
    }

    /// The greatest place there can be for something contained, as [`Sqlite::latest_key`] for a walk
    /// along what is contained.
    pub fn latest_place(&self) -> Result<i64, StoreError> {
        self.latest_key().map(contained::last_place)
    }

    /// The plans of the engine for a search, one line a step, for tests of the indexes: of the walk
    /// that the plan names and of every narrower one that may be chosen instead.
    pub fn explain(&self, plan: &Plan) -> Result<Vec<String>, StoreError> {
        let mut plans = vec![plan.clone()];
        plans.extend(narrow::candidates(plan).map(|condition| narrow::among(plan, condition)));
        let mut steps = Vec::new();
        for plan in &plans {
            let Candidates { query, key, .. } = from_where(plan, Need::Resource);
            let sql = format!(
                "EXPLAIN QUERY PLAN SELECT {COLUMNS} {} ORDER BY {key}",
                query.sql
            );
            steps.extend(self.readers.with(|connection| {
                let mut statement = connection.prepare(&sql).map_err(engine)?;
                let rows = statement
                    .query_map(params_from_iter(query.parameters), |row| {
                        row.get::<_, String>(3)
                    })
                    .map_err(engine)?;
                rows.collect::<Result<Vec<_>, _>>().map_err(engine)
            })?);
        }
        Ok(steps)
    }

    /// Runs `work` on a reader and interrupts it when it takes longer than a search may.
    pub(super) fn timed<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let bound = self.patience;
        self.readers.with(|connection| {
            begin(connection, bound)?;
            let result = work(connection);
            connection
                .progress_handler(0, None::<fn() -> bool>)
                .map_err(engine)?;
            result
        })
    }
}

fn begin(connection: &Connection, bound: Bound) -> Result<(), StoreError> {
    match bound {
        Bound::Time(limit) => until(connection, Instant::now() + limit),
        Bound::Brief => connection
            .progress_handler(BRIEF, Some(|| true))
            .map_err(engine),
    }
}

/// Interrupts what runs on a connection after a deadline.
pub(super) fn until(connection: &Connection, deadline: Instant) -> Result<(), StoreError> {
    connection
        .progress_handler(STEPS, Some(move || Instant::now() > deadline))
        .map_err(engine)
}

pub(super) fn stored(row: &Row<'_>) -> Result<Stored, StoreError> {
    let number: u16 = row.get(1).map_err(engine)?;
    let milliseconds: i64 = row.get(4).map_err(engine)?;
    Ok(Stored {
        key: row.get(0).map_err(engine)?,
        resource_type: ResourceType::from_number(number)
            .ok_or_else(|| StoreError::Damaged(format!("resource type {number}")))?,
        id: row.get(2).map_err(engine)?,
        version: row.get(3).map_err(engine)?,
        updated: DateTime::from_timestamp_millis(milliseconds)
            .ok_or_else(|| StoreError::Damaged(format!("instant {milliseconds}")))?,
        body: row.get(5).map_err(engine)?,
    })
}
