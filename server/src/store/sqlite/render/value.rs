//! How one value of a parameter is compared.

use std::fmt::Write as _;

use super::range::{compare, numbers};
use super::text;
use super::{CANONICAL, ELSEWHERE, Rendered, stored_target};
use crate::search::document::Expression;
use crate::search::index::Key;
use crate::search::position::Circle;
use crate::search::query::Match;
use crate::search::reference::Target;
use crate::search::token::Token;

/// `EXISTS` over the rows of the resource `alias`.
pub(super) fn value(out: &mut Rendered, alias: &str, key: Key, value: &Match) {
    if let Match::Narrative(asked) | Match::Content(asked) = value {
        return document(out, alias, place(key, value).0, asked);
    }
    let (table, key) = place(key, value);
    let _ = write!(
        out.sql,
        "EXISTS (SELECT 1 FROM {table} AS x WHERE x.resource = {alias}.key AND x.parameter = ? AND "
    );
    out.push(i64::from(key.number()));
    test(out, "x", value);
    out.sql.push(')');
}

/// `EXISTS` over the rows of one element: each part of the composite has a row of that element.
pub(super) fn composite(out: &mut Rendered, alias: &str, key: Key, parts: &[Match]) {
    let _ = write!(out.sql, "EXISTS (SELECT 1");
    elements(out, parts);
    let _ = write!(
        out.sql,
        " WHERE x0.resource = {alias}.key AND x0.parameter = ? AND x0.component = 0"
    );
    out.push(i64::from(key.number()));
    tests(out, parts);
    out.sql.push(')');
}

/// The keys of the resources with such an element, found by the first part.
pub(in super::super) fn composite_keys(out: &mut Rendered, key: Key, parts: &[Match]) {
    out.sql.push_str("SELECT x0.resource AS key");
    elements(out, parts);
    out.sql
        .push_str(" WHERE x0.parameter = ? AND x0.component = 0");
    out.push(i64::from(key.number()));
    tests(out, parts);
}

fn tests(out: &mut Rendered, parts: &[Match]) {
    for (at, part) in parts.iter().enumerate() {
        out.sql.push_str(" AND ");
        test(out, &format!("x{at}"), part);
    }
}

/// `FROM`: one row for each part, all of the same element.
fn elements(out: &mut Rendered, parts: &[Match]) {
    out.sql.push_str(" FROM composite AS x0");
    for at in 1..parts.len() {
        let _ = write!(
            out.sql,
            " CROSS JOIN composite AS x{at} ON x{at}.resource = x0.resource AND x{at}.parameter = x0.parameter AND x{at}.instance = x0.instance AND x{at}.component = {at}"
        );
    }
}

/// Looked up once for the whole statement.
fn document(out: &mut Rendered, alias: &str, table: &str, asked: &Expression) {
    let _ = write!(
        out.sql,
        "{alias}.key IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)"
    );
    out.push(full_text(asked));
}

/// The query in the engine's words; the words hold letters and digits only.
fn full_text(asked: &Expression) -> String {
    let joined = |parts: &[Expression], word: &str| {
        let parts: Vec<_> = parts.iter().map(full_text).collect();
        format!("({})", parts.join(word))
    };
    match asked {
        Expression::All(parts) => joined(parts, " AND "),
        Expression::Any(parts) => joined(parts, " OR "),
        Expression::Word(word) => format!("\"{word}\""),
        Expression::Prefix(start) => format!("\"{start}\"*"),
    }
}

/// Where the values are that a match is about.
pub(in super::super) fn place(key: Key, value: &Match) -> (&'static str, Key) {
    match value {
        Match::Date(..) => ("date", key),
        Match::Starts(_)
        | Match::Contains(_)
        | Match::Exact(_)
        | Match::Ends(_)
        | Match::Is(_)
        | Match::Words(_) => ("text", key),
        Match::Token(_) | Match::Codes(_) => ("token", key),
        Match::OfType(_) => ("token", key.of_type()),
        Match::Identifier(_) => ("token", key.identifier()),
        Match::Number(..) => ("number", key),
        Match::Quantity(..) | Match::Canonical(..) => ("quantity", key),
        Match::Reference(_) | Match::AnyType(_) => ("reference", key),
        Match::Uri(_) | Match::UriBelow(_) | Match::UriAbove(_) => ("uri", key),
        Match::Near(_) => ("place", key),
        Match::Narrative(_) => ("narrative", key),
        Match::Content(_) => ("content", key),
        Match::Composite(_) => ("composite", key),
        Match::Other(inner) => place(key, inner),
    }
}

/// The comparison of the row `x`.
pub(in super::super) fn test(out: &mut Rendered, x: &str, value: &Match) {
    match value {
        Match::Date(prefix, range) => {
            compare(out, *prefix, x, range.low, range.high);
        }
        Match::Token(wanted) | Match::Identifier(wanted) => token(out, x, wanted),
        Match::Codes(groups) => codes(out, x, groups),
        Match::OfType(typed) => token(
            out,
            x,
            &Token {
                system: Some(typed.of_type.clone()),
                code: Some(typed.value.clone()),
            },
        ),
        Match::Number(prefix, range) => numbers(out, *prefix, x, *range),
        Match::Quantity(prefix, range, system, unit) => {
            out.sql.push('(');
            numbers(out, *prefix, x, *range);
            unit_is(out, x, system.as_deref(), unit.as_deref());
            out.sql.push(')');
        }
        Match::Canonical(prefix, range, unit) => {
            out.sql.push('(');
            numbers(out, *prefix, x, *range);
            let _ = write!(out.sql, " AND {x}.system = {CANONICAL} AND {x}.unit = ?)");
            out.push(unit.clone());
        }
        Match::Reference(wanted) => targets(out, x, wanted),
        Match::AnyType(id) => {
            let _ = write!(out.sql, "({x}.target = ? AND {x}.type <> {ELSEWHERE})");
            out.push(id.clone());
        }
        Match::Near(circle) => near(out, x, circle),
        Match::Other(inner) => other(out, x, inner),
        // Composites stand in `composite` above, and hold none themselves.
        Match::Composite(_) => out.sql.push('0'),
        text_or_uri => text::test(out, x, text_or_uri),
    }
}

/// A row of the same kind that does not compare so.
fn other(out: &mut Rendered, x: &str, inner: &Match) {
    if let Match::Quantity(..) = inner {
        let _ = write!(out.sql, "{x}.system <> {CANONICAL} AND ");
    }
    if let Match::Canonical(..) = inner {
        let _ = write!(out.sql, "{x}.system = {CANONICAL} AND ");
    }
    out.sql.push_str("NOT ");
    test(out, x, inner);
}

fn token(out: &mut Rendered, x: &str, token: &Token) {
    out.sql.push('(');
    let mut word = "";
    if let Some(code) = &token.code {
        let _ = write!(out.sql, "{x}.code = ?");
        out.push(code.clone());
        word = " AND ";
    }
    if let Some(system) = &token.system {
        let _ = write!(
            out.sql,
            "{word}{x}.system = (SELECT key FROM system WHERE uri = ?)"
        );
        out.push(system.clone());
    }
    out.sql.push(')');
}

/// The codes travel as one parameter, however many they are.
fn codes(out: &mut Rendered, x: &str, groups: &[(String, Vec<String>)]) {
    out.sql.push_str("(0");
    for (system, codes) in groups {
        let _ = write!(
            out.sql,
            " OR ({x}.system = (SELECT key FROM system WHERE uri = ?) AND {x}.code IN (SELECT j.value FROM json_each(?) AS j))"
        );
        out.push(system.clone());
        out.push(json_array(codes));
    }
    out.sql.push(')');
}

pub(super) fn json_array(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn unit_is(out: &mut Rendered, x: &str, system: Option<&str>, unit: Option<&str>) {
    let _ = write!(out.sql, " AND {x}.system <> {CANONICAL}");
    if let Some(unit) = unit {
        let _ = write!(out.sql, " AND {x}.unit = ?");
        out.push(unit.to_owned());
    }
    if let Some(system) = system {
        let _ = write!(
            out.sql,
            " AND {x}.system = (SELECT key FROM system WHERE uri = ?)"
        );
        out.push(system.to_owned());
    }
}

fn targets(out: &mut Rendered, x: &str, targets: &[Target]) {
    out.sql.push_str("(0");
    for target in targets {
        let (ty, text) = stored_target(target);
        let _ = write!(out.sql, " OR ({x}.target = ? AND {x}.type = ?)");
        out.push(text.to_owned());
        out.push(ty);
    }
    out.sql.push(')');
}

/// Between two heights first, along the index; then the exact distance.
pub(super) fn near(out: &mut Rendered, x: &str, circle: &Circle) {
    let centre = circle.centre;
    let _ = write!(
        out.sql,
        "({x}.z BETWEEN ? AND ? AND ({x}.x - ?) * ({x}.x - ?) + ({x}.y - ?) * ({x}.y - ?) + ({x}.z - ?) * ({x}.z - ?) <= ?)"
    );
    // Wider than the distance by more than the rounding of either side.
    let height = circle.chord + 1e-9;
    for number in [
        centre.z - height,
        centre.z + height,
        centre.x,
        centre.x,
        centre.y,
        centre.y,
        centre.z,
        centre.z,
        circle.chord * circle.chord,
    ] {
        out.push(number);
    }
}
