//! From a value to the row of the table it is kept in.

use rusqlite::Connection;
use rusqlite::types::Value as Plain;

use super::contained;
use super::render::{CANONICAL, CHART, stored_target};
use super::rows::Systems;
use super::sheet::{Cell, Columns};
use crate::search::index::chart::Line;
use crate::search::index::{Key, Row, Value};

/// Most columns of a row, but for those of composite values.
const WIDTH: usize = 8;

/// The table of a row and the key it is kept under.
pub(super) fn place(row: &Row) -> (&'static str, Key) {
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
        Value::Line(_) => (CHART, key),
        Value::Contained(_) => (contained::TABLE, key),
    }
}

/// The cells of a value of a resource.
pub(super) fn columns<'a>(
    transaction: &Connection,
    systems: &mut Systems,
    (key, resource): (Key, i64),
    value: &'a Value,
) -> rusqlite::Result<Columns<'a>> {
    let text = |text: &'a str| Cell::from(text);
    let mut columns: Columns<'a> = Vec::with_capacity(WIDTH);
    columns.push(("parameter", i64::from(key.number()).into()));
    columns.push(("resource", resource.into()));
    match value {
        Value::Token { system, code }
        | Value::Identifier {
            system,
            value: code,
        } => columns.extend([
            ("code", text(code)),
            ("system", systems.key(transaction, system)?.into()),
        ]),
        Value::OfType(typed) => columns.extend([
            ("code", text(&typed.value)),
            ("system", systems.key(transaction, &typed.of_type)?.into()),
        ]),
        Value::Text { folded, exact } => {
            columns.extend([("folded", text(folded)), ("exact", text(exact))]);
        }
        Value::Date(range) => {
            columns.extend([("low", range.low.into()), ("high", range.high.into())]);
        }
        Value::Number(range) => {
            columns.extend([("low", range.low.into()), ("high", range.high.into())]);
        }
        Value::Quantity {
            range,
            system,
            unit,
        } => columns.extend([
            ("low", range.low.into()),
            ("high", range.high.into()),
            ("unit", text(unit)),
            ("system", systems.key(transaction, system)?.into()),
        ]),
        Value::Canonical { range, unit } => columns.extend([
            ("low", range.low.into()),
            ("high", range.high.into()),
            ("unit", text(unit)),
            ("system", CANONICAL.into()),
        ]),
        Value::Reference(target) => {
            let (ty, target) = stored_target(target);
            columns.extend([("target", text(target)), ("type", ty.into())]);
        }
        Value::Uri(uri) => columns.extend([("value", text(uri))]),
        Value::Place(point) => columns.extend([
            ("z", point.z.into()),
            ("x", point.x.into()),
            ("y", point.y.into()),
        ]),
        // These are inserted in ways of their own.
        Value::Composite { .. }
        | Value::Narrative(_)
        | Value::Content(_)
        | Value::Line(_)
        | Value::Contained(_) => {}
    }
    Ok(columns)
}

/// Several dates of care are marked by the bit above those of the parameters that name the patient.
pub(super) const SEVERAL: u8 = 0x80;

/// The cells of a line of a chart, for the resource with this key and time.
pub(super) fn of_line(
    line: &Line,
    key: Key,
    system: i64,
    (resource, updated): (i64, i64),
) -> Columns<'_> {
    let date = |date: Option<i64>| Cell::Owned(date.map_or(Plain::Null, Plain::Integer));
    let marks = line.named | if line.several { SEVERAL } else { 0 };
    vec![
        ("patient", Cell::from(line.patient.as_str())),
        ("parameter", i64::from(key.number()).into()),
        ("code", Cell::from(line.code.as_str())),
        ("system", system.into()),
        ("key", resource.into()),
        ("updated", updated.into()),
        ("low", date(line.care.map(|care| care.low))),
        ("high", date(line.care.map(|care| care.high))),
        ("marks", i64::from(marks).into()),
    ]
}
