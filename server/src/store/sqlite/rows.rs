//! Writing index rows.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::render::stored_target;
use super::{StoreError, engine};
use crate::search::index::{Row, Value};

/// An index row of a resource with this key.
pub(super) type Keyed = (i64, Row);

/// Inserts rows in the order of the tables' primary keys, so that a batch touches each page of
/// an index once.
pub(super) fn insert(
    transaction: &Connection,
    systems: &mut Systems,
    mut rows: Vec<Keyed>,
) -> Result<(), StoreError> {
    rows.sort_unstable_by(|(left_key, left), (right_key, right)| {
        left.key
            .cmp(&right.key)
            .then_with(|| order(&left.value, &right.value))
            .then_with(|| left_key.cmp(right_key))
    });
    for (resource, row) in &rows {
        insert_one(transaction, systems, *resource, row).map_err(engine)?;
    }
    Ok(())
}

fn order(left: &Value, right: &Value) -> std::cmp::Ordering {
    use Value::{Date, Reference, Text, Token, Uri};
    match (left, right) {
        (Token { code: a, .. }, Token { code: b, .. })
        | (Text { folded: a, .. }, Text { folded: b, .. })
        | (Uri(a), Uri(b)) => a.cmp(b),
        (Date(a), Date(b)) => (a.low, a.high).cmp(&(b.low, b.high)),
        (Reference(a), Reference(b)) => stored_target(a).1.cmp(stored_target(b).1),
        _ => std::cmp::Ordering::Equal,
    }
}

fn insert_one(
    transaction: &Connection,
    systems: &mut Systems,
    resource: i64,
    row: &Row,
) -> rusqlite::Result<usize> {
    let parameter = row.key.number();
    let run = |sql: &str, parameters: &[&dyn rusqlite::ToSql]| {
        transaction.prepare_cached(sql)?.execute(parameters)
    };
    match &row.value {
        Value::Token { system, code } => {
            let system = systems.key(transaction, system)?;
            run(
                "INSERT OR IGNORE INTO token (parameter, code, system, resource) VALUES (?, ?, ?, ?)",
                params![parameter, code, system, resource],
            )
        }
        Value::Text { folded, exact } => run(
            "INSERT OR IGNORE INTO text (parameter, folded, exact, resource) VALUES (?, ?, ?, ?)",
            params![parameter, folded, exact, resource],
        ),
        Value::Date(range) => run(
            "INSERT OR IGNORE INTO date (parameter, low, high, resource) VALUES (?, ?, ?, ?)",
            params![parameter, range.low, range.high, resource],
        ),
        Value::Number(range) => run(
            "INSERT OR IGNORE INTO number (parameter, low, high, resource) VALUES (?, ?, ?, ?)",
            params![parameter, range.low, range.high, resource],
        ),
        Value::Quantity {
            range,
            system,
            unit,
        } => {
            let system = systems.key(transaction, system)?;
            run(
                "INSERT OR IGNORE INTO quantity (parameter, low, high, unit, system, resource) VALUES (?, ?, ?, ?, ?, ?)",
                params![parameter, range.low, range.high, unit, system, resource],
            )
        }
        Value::Reference(target) => {
            let (ty, text) = stored_target(target);
            run(
                "INSERT OR IGNORE INTO reference (parameter, target, type, resource) VALUES (?, ?, ?, ?)",
                params![parameter, text, ty, resource],
            )
        }
        Value::Uri(uri) => run(
            "INSERT OR IGNORE INTO uri (parameter, value, resource) VALUES (?, ?, ?)",
            params![parameter, uri, resource],
        ),
    }
}

/// Keys of code systems that were already looked up in this import.
#[derive(Debug, Default)]
pub(super) struct Systems {
    known: HashMap<String, i64>,
}

impl Systems {
    fn key(&mut self, transaction: &Connection, uri: &str) -> rusqlite::Result<i64> {
        if uri.is_empty() {
            return Ok(0);
        }
        if let Some(key) = self.known.get(uri) {
            return Ok(*key);
        }
        transaction
            .prepare_cached("INSERT OR IGNORE INTO system (uri) VALUES (?)")?
            .execute([uri])?;
        let key = transaction
            .prepare_cached("SELECT key FROM system WHERE uri = ?")?
            .query_row([uri], |row| row.get(0))?;
        self.known.insert(uri.to_owned(), key);
        Ok(key)
    }
}
