//! Writing index rows.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::cells::{columns, of_line, place};
use super::render::{CHART, stored_target};
use super::sheet::Sheet;
use super::{StoreError, contained, engine};
use crate::search::index::{Row, Value};

/// An index row of a resource with this key.
pub(super) type Keyed = (i64, Row);

/// When resources were updated, by their keys, in the order of the keys.
pub(super) type Times = [(i64, i64)];

/// Inserts rows in the order of the tables' primary keys, so that a batch touches each page of
/// an index once.
pub(super) fn insert(
    transaction: &Connection,
    systems: &mut Systems,
    times: &Times,
    mut rows: Vec<Keyed>,
) -> Result<(), StoreError> {
    contained::insert(transaction, &mut rows).map_err(engine)?;
    // Places are sorted, not rows, and mostly by numbers: rows are large, and their texts lie anywhere.
    let mut places: Vec<(u128, &Keyed)> =
        rows.iter().map(|keyed| (head(&keyed.1), keyed)).collect();
    places.sort_unstable_by(
        |(left_head, (left_key, left)), (right_head, (right_key, right))| {
            left_head
                .cmp(right_head)
                .then_with(|| chart_of(left).cmp(&chart_of(right)))
                .then_with(|| left.key.cmp(&right.key))
                .then_with(|| order(&left.value, &right.value))
                .then_with(|| left_key.cmp(right_key))
        },
    );
    let mut sheet = Sheet::default();
    for (_, (resource, row)) in places {
        if let Value::Line(line) = &row.value {
            let system = systems.key(transaction, &line.system).map_err(engine)?;
            let columns = of_line(
                line,
                row.key,
                system,
                (*resource, updated(times, *resource)),
            );
            sheet.add(transaction, CHART, columns).map_err(engine)?;
        } else {
            insert_one(transaction, systems, &mut sheet, *resource, row).map_err(engine)?;
        }
    }
    sheet.write(transaction).map_err(engine)
}

/// The beginning of what rows are sorted by, as a number of the same order: whether it is a line of a
/// chart, else the key, the kind and the first bytes of the text.
fn head(row: &Row) -> u128 {
    let mut bytes = [0; 16];
    let (key, text) = match &row.value {
        Value::Line(line) => (u32::MAX, line.patient.as_str()),
        Value::Token { code: text, .. } | Value::Text { folded: text, .. } | Value::Uri(text) => {
            (u32::from(row.key.number()) << 8, text.as_str())
        }
        Value::Reference(target) => (u32::from(row.key.number()) << 8, stored_target(target).1),
        _ => (u32::from(row.key.number()) << 8, ""),
    };
    let rank = match &row.value {
        Value::Line(_) => 0,
        other => u32::from(rank(other)),
    };
    bytes[..4].copy_from_slice(&(key | rank).to_be_bytes());
    for (byte, letter) in bytes[4..].iter_mut().zip(text.bytes()) {
        *byte = letter;
    }
    u128::from_be_bytes(bytes)
}

/// The lines of a chart lie together, whatever they are about; all other rows come before them.
fn chart_of(row: &Row) -> Option<&str> {
    match &row.value {
        Value::Line(line) => Some(&line.patient),
        _ => None,
    }
}

fn order(left: &Value, right: &Value) -> std::cmp::Ordering {
    use Value::{Canonical, Date, Line, Quantity, Reference, Text, Token, Uri};
    match (left, right) {
        (Line(a), Line(b)) => a.code.cmp(&b.code),
        (Token { code: a, .. }, Token { code: b, .. })
        | (Text { folded: a, .. }, Text { folded: b, .. })
        | (Uri(a), Uri(b)) => a.cmp(b),
        (Date(a), Date(b)) => (a.low, a.high).cmp(&(b.low, b.high)),
        (Quantity { range: a, .. }, Quantity { range: b, .. })
        | (Canonical { range: a, .. }, Canonical { range: b, .. }) => a.low.total_cmp(&b.low),
        (Reference(a), Reference(b)) => stored_target(a).1.cmp(stored_target(b).1),
        // A parameter may have values of several kinds; one kind goes before the other.
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Token { .. } => 0,
        Value::Text { .. } => 1,
        Value::Date(_) => 2,
        Value::Number(_) => 3,
        Value::Quantity { .. } => 4,
        Value::Canonical { .. } => 5,
        Value::Reference(_) => 6,
        Value::Uri(_) => 7,
        Value::Identifier { .. } => 8,
        Value::OfType(_) => 9,
        Value::Place(_) => 10,
        Value::Composite { .. } => 11,
        Value::Narrative(_) => 12,
        Value::Content(_) => 13,
        Value::Line(_) => 14,
        Value::Contained(_) => 15,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_several_kinds_have_one_order() {
        let token = |code: &str| Value::Token {
            system: String::new(),
            code: code.into(),
        };
        let identifier = Value::Identifier {
            system: String::new(),
            value: "b".into(),
        };
        let mut values: Vec<_> = (0..90)
            .map(|at| match at % 3 {
                0 => token(&format!("{:02}", 90 - at)),
                1 => identifier.clone(),
                _ => Value::Uri(format!("{:02}", 90 - at)),
            })
            .collect();
        values.sort_unstable_by(order);
        let sorted: Vec<_> = values
            .windows(2)
            .map(|two| order(&two[0], &two[1]))
            .collect();
        assert!(sorted.iter().all(|order| order.is_le()));
    }
}
