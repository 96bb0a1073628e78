//! The order of a search and the position of its pages.

use std::fmt::Write as _;

use fhir::search_parameter::Kind;
use rusqlite::Row;
use rusqlite::types::{Value as Parameter, ValueRef};

use super::render::{CANONICAL, Candidates, Need, Rendered, chart, from_where, numbers};
use super::{StoreError, engine};
use crate::search::page::SortValue;
use crate::search::plan::{Driver, Plan};
use crate::search::sort::{By, Sort};
use crate::store::Window;

/// The whole statement of one page. After `columns` come the sort values `s0`, `s1` ….
pub(super) fn page(plan: &Plan, window: &Window, columns: &str) -> Rendered {
    if plan.sort.is_empty() {
        return of_keys(plan, window, Need::Resource, columns);
    }
    // Only keys are sorted; the resources of the page are read afterwards. A subquery with a limit
    // yields its rows in its order, and the join begins with it.
    let keys = of_keys(plan, window, Need::Key, "");
    let mut sql = format!("SELECT {columns}");
    for at in 0..plan.sort.len() {
        let _ = write!(sql, ", p.s{at}");
    }
    let _ = write!(
        sql,
        " FROM ({}) AS p CROSS JOIN resource AS r ON r.key = p.key",
        keys.sql
    );
    Rendered { sql, ..keys }
}

/// The page as `columns`, or as keys when there are none, with the sort values.
fn of_keys(plan: &Plan, window: &Window, need: Need, columns: &str) -> Rendered {
    let Candidates {
        query,
        candidate,
        key,
    } = from_where(plan, need);
    let mut out = Rendered {
        sql: match columns {
            "" => format!("SELECT {key} AS key"),
            columns => format!("SELECT {columns}"),
        },
        parameters: Vec::with_capacity(query.parameters.len() + 8),
    };
    for (at, sort) in plan.sort.iter().enumerate() {
        let _ = write!(out.sql, ", {} AS s{at}", expression(plan, *sort, candidate));
    }
    let _ = write!(out.sql, " {} AND {key} <= ?", query.sql);
    out.parameters.extend(query.parameters);
    let back = window.from.back;
    out.push(window.from.until);
    if plan.sort.is_empty() {
        let _ = write!(out.sql, " AND {key} {} ?", if back { '<' } else { '>' });
        out.push(window.from.after);
    } else if window.from.is_inside() {
        out.sql.push_str(" AND ");
        beyond(&mut out, plan, window, key);
    }
    out.sql.push_str(" ORDER BY ");
    let nulls = if back { "FIRST" } else { "LAST" };
    for (at, sort) in plan.sort.iter().enumerate() {
        let direction = if sort.descending == back {
            "ASC"
        } else {
            "DESC"
        };
        let _ = write!(out.sql, "s{at} {direction} NULLS {nulls}, ");
    }
    let direction = if back { "DESC" } else { "ASC" };
    let _ = write!(out.sql, "{key} {direction} LIMIT ?");
    out.push(i64::from(window.limit));
    out
}

/// What a resource is sorted by. The parameter's number is ours, so it may stand in the text.
fn expression(plan: &Plan, sort: Sort, candidate: &str) -> String {
    if let (Driver::Chart(..), Some(column)) = (&plan.driver, chart::sorted(plan, sort)) {
        return column.into();
    }
    let (keys, kind) = match sort.by {
        By::Id => return "r.id".into(),
        By::Updated => return format!("{candidate}.updated"),
        By::Value(keys, kind) => (numbers(keys), kind),
    };
    let (table, column) = match kind {
        Kind::Date => ("date", if sort.descending { "high" } else { "low" }),
        Kind::Number => ("number", if sort.descending { "high" } else { "low" }),
        Kind::Quantity => ("quantity", if sort.descending { "high" } else { "low" }),
        Kind::Token => ("token", "code"),
        Kind::Reference => ("reference", "target"),
        Kind::Uri => ("uri", "value"),
        Kind::String | Kind::Composite | Kind::Special => ("text", "folded"),
    };
    let extreme = if sort.descending { "max" } else { "min" };
    if kind == Kind::Quantity {
        // Amounts of one measure are compared in its canonical unit; others as they are written.
        let of = |sign: &str| {
            format!(
                "(SELECT {extreme}(o.{column}) FROM quantity AS o WHERE o.resource = {candidate}.key AND o.parameter IN ({keys}) AND o.system {sign} {CANONICAL})"
            )
        };
        return format!("coalesce({}, {})", of("="), of("<>"));
    }
    format!(
        "(SELECT {extreme}(o.{column}) FROM {table} AS o WHERE o.resource = {candidate}.key AND o.parameter IN ({keys}))"
    )
}

/// What comes beyond the last match seen, in the direction of the walk: equal in the first keys
/// and further on in the next one. Missing values come last in either order.
fn beyond(out: &mut Rendered, plan: &Plan, window: &Window, key: &str) {
    let (values, back) = (&window.from.values, window.from.back);
    out.sql.push('(');
    for (at, sort) in plan.sort.iter().enumerate() {
        let Some(value) = values.get(at) else { break };
        let is_missing = *value == SortValue::Nothing;
        if is_missing && !back {
            continue;
        }
        out.sql.push('(');
        equal_before(out, values, at);
        if is_missing {
            let _ = write!(out.sql, "s{at} IS NOT NULL) OR ");
            continue;
        }
        let sign = if sort.descending == back { '>' } else { '<' };
        let missing = if back { "" } else { " OR s@ IS NULL" };
        let missing = missing.replace('@', &at.to_string());
        let _ = write!(out.sql, "(s{at} {sign} ?{missing})) OR ");
        out.push(parameter(value));
    }
    out.sql.push('(');
    equal_before(out, values, plan.sort.len());
    let _ = write!(out.sql, "{key} {} ?))", if back { '<' } else { '>' });
    out.push(window.from.after);
}

fn equal_before(out: &mut Rendered, values: &[SortValue], until: usize) {
    for (at, value) in values.iter().take(until).enumerate() {
        let _ = write!(out.sql, "s{at} IS ? AND ");
        out.push(parameter(value));
    }
}

fn parameter(value: &SortValue) -> Parameter {
    match value {
        SortValue::Nothing => Parameter::Null,
        SortValue::Integer(value) => Parameter::Integer(*value),
        SortValue::Real(value) => Parameter::Real(*value),
        SortValue::Text(value) => Parameter::Text(value.clone()),
    }
}

/// A sort value of a row.
pub(super) fn value(row: &Row<'_>, at: usize) -> Result<SortValue, StoreError> {
    Ok(match row.get_ref(at).map_err(engine)? {
        ValueRef::Integer(value) => SortValue::Integer(value),
        ValueRef::Real(value) => SortValue::Real(value),
        ValueRef::Text(text) => SortValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Null | ValueRef::Blob(_) => SortValue::Nothing,
    })
}
