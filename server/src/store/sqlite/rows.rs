//! Writing index rows.

use std::collections::HashMap;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params, params_from_iter};

use super::render::{CANONICAL, stored_target};
use super::{StoreError, contained, engine};
use crate::search::index::chart::Line;
use crate::search::index::{Key, Row, Value};

/// An index row of a resource with this key.
pub(super) type Keyed = (i64, Row);

/// Inserts rows in the order of the tables' primary keys, so that a batch touches each page of
/// an index once.
pub(super) fn insert(
    transaction: &Connection,
    systems: &mut Systems,
    mut rows: Vec<Keyed>,
) -> Result<(), StoreError> {
    contained::insert(transaction, &mut rows).map_err(engine)?;
    rows.sort_unstable_by(|(left_key, left), (right_key, right)| {
        chart_of(left)
            .cmp(&chart_of(right))
            .then_with(|| left.key.cmp(&right.key))
            .then_with(|| order(&left.value, &right.value))
            .then_with(|| left_key.cmp(right_key))
    });
    for (resource, row) in &rows {
        insert_one(transaction, systems, *resource, row).map_err(engine)?;
    }
    Ok(())
}

/// The lines of a chart lie together, whatever they are about; all other rows come before them.
fn chart_of(row: &Row) -> Option<&str> {
    match &row.value {
        Value::Line(line) => Some(&line.patient),
        _ => None,
    }
}

fn order(left: &Value, right: &Value) -> std::cmp::Ordering {
    use Value::{Date, Line, Reference, Text, Token, Uri};
    match (left, right) {
        (Line(a), Line(b)) => a.code.cmp(&b.code),
        (Token { code: a, .. }, Token { code: b, .. })
        | (Text { folded: a, .. }, Text { folded: b, .. })
        | (Uri(a), Uri(b)) => a.cmp(b),
        (Date(a), Date(b)) => (a.low, a.high).cmp(&(b.low, b.high)),
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

fn insert_one(
    transaction: &Connection,
    systems: &mut Systems,
    resource: i64,
    row: &Row,
) -> rusqlite::Result<()> {
    if let Value::Narrative(words) | Value::Content(words) = &row.value {
        let (table, _) = place(row);
        return transaction
            .prepare_cached(&format!("INSERT INTO {table} (rowid, words) VALUES (?, ?)"))?
            .execute(params![resource, words.join(" ")])
            .map(|_| ());
    }
    if let Value::Composite { instance, parts } = &row.value {
        for (component, values) in parts.iter().enumerate() {
            for value in values {
                let mut columns = columns(transaction, systems, value)?;
                columns.push(("instance", i64::from(*instance).into()));
                let component = i64::try_from(component).unwrap_or(i64::MAX);
                columns.push(("component", component.into()));
                insert_columns(transaction, "composite", row.key, resource, columns)?;
            }
        }
        return Ok(());
    }
    if let Value::Line(line) = &row.value {
        return insert_line(transaction, systems, resource, row.key, line);
    }
    let (table, key) = place(row);
    let columns = columns(transaction, systems, &row.value)?;
    insert_columns(transaction, table, key, resource, columns)
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
        Value::Contained(_) => (contained::TABLE, key),
    }
}

type Columns = Vec<(&'static str, Cell)>;

/// The cells of a value, besides parameter and resource.
fn columns(
    transaction: &Connection,
    systems: &mut Systems,
    value: &Value,
) -> rusqlite::Result<Columns> {
    let text = |text: &str| Cell::Text(text.to_owned());
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
        Value::Composite { .. }
        | Value::Narrative(_)
        | Value::Content(_)
        | Value::Line(_)
        | Value::Contained(_) => Vec::new(),
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

fn insert_columns(
    transaction: &Connection,
    table: &str,
    key: Key,
    resource: i64,
    columns: Columns,
) -> rusqlite::Result<()> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!(
        "INSERT OR IGNORE INTO {table} (parameter, resource, {}) VALUES (?, ?, {marks})",
        names.join(", ")
    );
    let first = [i64::from(key.number()).into(), resource.into()];
    let cells = first
        .into_iter()
        .chain(columns.into_iter().map(|(_, cell)| cell));
    transaction
        .prepare_cached(&sql)?
        .execute(params_from_iter(cells))
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
