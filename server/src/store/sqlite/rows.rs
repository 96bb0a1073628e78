//! Writing index rows.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::cells::{columns, of_line, place};
use super::render::CHART;
use super::sheet::Sheet;
use super::sorting::Place;
use super::{StoreError, contained, engine};
use crate::search::index::{Row, Value};

/// An index row of a resource with this key.
pub(super) type Keyed = (i64, Row);

/// When resources were updated, by their keys, in the order of the keys.
pub(super) type Times = [(i64, i64)];

/// Inserts rows in an order that suits the tables.
pub(super) fn insert(
    transaction: &Connection,
    systems: &mut Systems,
    times: &Times,
    mut rows: Vec<Keyed>,
) -> Result<(), StoreError> {
    contained::insert(transaction, &mut rows).map_err(engine)?;
    let mut places: Vec<(Place, &Row)> = rows
        .iter()
        .map(|(resource, row)| (Place::of(*resource, row), row))
        .collect();
    places.sort_unstable_by_key(|(place, _)| *place);
    let mut sheet = Sheet::default();
    for (place, row) in places {
        let resource = place.resource();
        if let Value::Line(line) = &row.value {
            let system = systems.key(transaction, &line.system).map_err(engine)?;
            let columns = of_line(line, row.key, system, (resource, updated(times, resource)));
            sheet.add(transaction, CHART, columns).map_err(engine)?;
        } else {
            insert_one(transaction, systems, &mut sheet, resource, row).map_err(engine)?;
        }
    }
    sheet.write(transaction).map_err(engine)
}

fn insert_one<'a>(
    transaction: &Connection,
    systems: &mut Systems,
    sheet: &mut Sheet<'a>,
    resource: i64,
    row: &'a Row,
) -> rusqlite::Result<()> {
    let (table, key) = place(row);
    match &row.value {
        Value::Narrative(words) | Value::Content(words) => {
            return transaction
                .prepare_cached(&format!("INSERT INTO {table} (rowid, words) VALUES (?, ?)"))?
                .execute(params![resource, words])
                .map(|_| ());
        }
        Value::Composite { instance, parts } => {
            for (component, values) in (0_i64..).zip(parts) {
                for value in values {
                    let mut columns = columns(transaction, systems, (key, resource), value)?;
                    columns.push(("instance", i64::from(*instance).into()));
                    columns.push(("component", component.into()));
                    sheet.add_composite(transaction, columns)?;
                }
            }
        }
        _ => {
            let columns = columns(transaction, systems, (key, resource), &row.value)?;
            sheet.add(transaction, table, columns)?;
        }
    }
    Ok(())
}

fn updated(times: &Times, resource: i64) -> i64 {
    let found = times.binary_search_by_key(&resource, |(key, _)| *key);
    found
        .ok()
        .and_then(|at| times.get(at))
        .map_or(0, |(_, updated)| *updated)
}

/// Keys of code systems that were already looked up in this import.
#[derive(Debug, Default)]
pub(super) struct Systems {
    known: HashMap<String, i64>,
}

impl Systems {
    pub(super) fn key(&mut self, transaction: &Connection, uri: &str) -> rusqlite::Result<i64> {
        if uri.is_empty() {
            return Ok(0);
        }
        if let Some(key) = self.known.get(uri) {
            return Ok(*key);
        }
        let known: Option<i64> = transaction
            .prepare_cached("SELECT key FROM system WHERE uri = ?")?
            .query_row([uri], |row| row.get(0))
            .optional()?;
        let key = match known {
            Some(key) => key,
            None => transaction
                .prepare_cached("INSERT INTO system (uri) VALUES (?)")?
                .insert([uri])?,
        };
        self.known.insert(uri.to_owned(), key);
        Ok(key)
    }
}
