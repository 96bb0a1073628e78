//! Writing index rows.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::render::{CANONICAL, stored_target};
use super::sheet::{Cell, Columns, Sheet};
use super::{StoreError, engine};
use crate::search::index::chart::Line;
use crate::search::index::{Key, Row, Value};

/// An index row of a resource with this key.
pub(super) type Keyed = (i64, Row);

/// Inserts rows in the order of the tables' primary keys, so that a batch touches each page of
/// an index once.
pub(super) fn insert(
    transaction: &Connection,
    systems: &mut Systems,
    rows: &[Keyed],
) -> Result<(), StoreError> {
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
        insert_one(transaction, systems, &mut sheet, *resource, row).map_err(engine)?;
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
        Value::Line(line) => return insert_line(transaction, systems, resource, row.key, line),
        Value::Composite { instance, parts } => {
            for (component, values) in (0_i64..).zip(parts) {
                for value in values {
                    let mut columns = columns(transaction, systems, value)?;
                    columns.push(("instance", i64::from(*instance).into()));
                    columns.push(("component", component.into()));
                    sheet.add_composite(transaction, (key, resource), columns)?;
                }
            }
        }
        _ => {
            let columns = columns(transaction, systems, &row.value)?;
            sheet.add(transaction, table, (key, resource), columns)?;
        }
    }
    Ok(())
}

/// The table of a row and the key it is kept under.
fn place(row: &Row) -> (&'static str, Key) {
    let key = row.key;
    match &row.value {
        Value::Token { .. } => ("token", key),
        Value::OfType(_) => ("token", key.of_type()),
        Value::Identifier { .. } => ("token", key.identifier()),
        Value::Text { .. } => ("text", key),
        Value::Date(_) => ("date", key),
        Value::Number(_) => ("number", key),
        Value::Quantity { .. } | Value::Canonical { .. } => ("quantity", key),
        Value::Reference(_) => ("reference", key),
        Value::Uri(_) => ("uri", key),
        Value::Place(_) => ("place", key),
        Value::Narrative(_) => ("narrative", key),
        Value::Content(_) => ("content", key),
        Value::Composite { .. } => ("composite", key),
        Value::Line(_) => ("chart", key),
    }
}

/// The cells of a value, besides parameter and resource.
fn columns<'a>(
    transaction: &Connection,
    systems: &mut Systems,
    value: &'a Value,
) -> rusqlite::Result<Columns<'a>> {
    let text = |text: &'a str| Cell::from(text);
    Ok(match value {
        Value::Token { system, code }
        | Value::Identifier {
            system,
            value: code,
        } => vec![
            ("code", text(code)),
            ("system", systems.key(transaction, system)?.into()),
        ],
        Value::OfType(typed) => vec![
            ("code", text(&typed.value)),
            ("system", systems.key(transaction, &typed.of_type)?.into()),
        ],
        Value::Text { folded, exact } => vec![("folded", text(folded)), ("exact", text(exact))],
        Value::Date(range) => vec![("low", range.low.into()), ("high", range.high.into())],
        Value::Number(range) => vec![("low", range.low.into()), ("high", range.high.into())],
        Value::Quantity {
            range,
            system,
            unit,
        } => vec![
            ("low", range.low.into()),
            ("high", range.high.into()),
            ("unit", text(unit)),
            ("system", systems.key(transaction, system)?.into()),
        ],
        Value::Canonical { range, unit } => vec![
            ("low", range.low.into()),
            ("high", range.high.into()),
            ("unit", text(unit)),
            ("system", CANONICAL.into()),
        ],
        Value::Reference(target) => {
            let (ty, target) = stored_target(target);
            vec![("target", text(target)), ("type", ty.into())]
        }
        Value::Uri(uri) => vec![("value", text(uri))],
        Value::Place(point) => vec![
            ("z", point.z.into()),
            ("x", point.x.into()),
            ("y", point.y.into()),
        ],
        // These are inserted in ways of their own.
        Value::Composite { .. } | Value::Narrative(_) | Value::Content(_) | Value::Line(_) => {
            Vec::new()
        }
    })
}

/// Several dates of care are marked by the bit above those of the parameters that name the patient.
pub(super) const SEVERAL: u8 = 0x80;

fn insert_line(
    transaction: &Connection,
    systems: &mut Systems,
    resource: i64,
    key: Key,
    line: &Line,
) -> rusqlite::Result<()> {
    let marks = line.named | if line.several { SEVERAL } else { 0 };
    let system = systems.key(transaction, &line.system)?;
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO chart (patient, parameter, code, system, key, updated, low, high, marks)
             VALUES (?1, ?2, ?3, ?4, ?5, (SELECT updated FROM resource WHERE key = ?5), ?6, ?7, ?8)",
        )?
        .execute(params![
            line.patient,
            key.number(),
            line.code,
            system,
            resource,
            line.care.map(|care| care.low),
            line.care.map(|care| care.high),
            marks,
        ])
        .map(|_| ())
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
