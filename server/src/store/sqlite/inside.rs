//! Searches whose matches are contained in resources. Only places are sorted; then each container of
//! the page is read once, however much of it is on the page.

use rusqlite::{Connection, params_from_iter};
use serde_json::Value as Json;

use super::select::{COLUMNS, stored};
use super::{StoreError, contained, engine, order};
use crate::search::plan::Plan;
use crate::store::{Match, Stored, Window};

/// A container and what it contains.
struct Opened {
    container: Stored,
    parts: Vec<Json>,
}

/// A page of matches in the order of their places.
pub(super) fn page(
    connection: &Connection,
    plan: &Plan,
    window: &Window,
) -> Result<Vec<Match>, StoreError> {
    let mut page = Vec::new();
    let mut opened: Option<Opened> = None;
    for place in places(connection, plan, window)? {
        let key = contained::container_of(place);
        let current = match opened.take() {
            Some(same) if same.container.key == key => same,
            _ => open(connection, key)?,
        };
        page.push(Match {
            stored: current.at(place)?,
            values: Vec::new(),
        });
        opened = Some(current);
    }
    Ok(page)
}

fn places(connection: &Connection, plan: &Plan, window: &Window) -> Result<Vec<i64>, StoreError> {
    let query = order::page(plan, window, "");
    let mut statement = connection.prepare_cached(&query.sql).map_err(engine)?;
    statement
        .query_map(params_from_iter(query.parameters), |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(engine)
}

fn open(connection: &Connection, key: i64) -> Result<Opened, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM resource AS r WHERE r.key = ?");
    let mut statement = connection.prepare_cached(&sql).map_err(engine)?;
    let mut rows = statement.query([key]).map_err(engine)?;
    let row = rows.next().map_err(engine)?;
    let container = stored(row.ok_or_else(|| damaged(&format!("no container {key}")))?)?;
    let mut resource: Json =
        serde_json::from_slice(&container.body).map_err(|error| damaged(&error))?;
    let parts = match resource.get_mut("contained").map(Json::take) {
        Some(Json::Array(parts)) => parts,
        _ => Vec::new(),
    };
    Ok(Opened { container, parts })
}

impl Opened {
    /// What is at a place, under the address of its container and the fragment that its container refers
    /// to it by.
    fn at(&self, place: i64) -> Result<Stored, StoreError> {
        let one = self.parts.get(contained::index_of(place));
        let one = one.ok_or_else(|| damaged(&format!("nothing at place {place}")))?;
        let fragment = one["id"].as_str().unwrap_or_default();
        Ok(Stored {
            key: place,
            resource_type: self.container.resource_type,
            id: format!("{}#{fragment}", self.container.id),
            version: self.container.version,
            updated: self.container.updated,
            body: one.to_string().into_bytes(),
        })
    }
}

fn damaged(reason: &dyn ToString) -> StoreError {
    StoreError::Damaged(reason.to_string())
}
