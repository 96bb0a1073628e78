//! A logical plan in SQLite's words.
//!
//! Candidates come from the driver in the order of their keys; every condition is an `EXISTS`
//! over the rows of one resource, so its cost does not grow with the database.

use std::fmt::Write as _;

use fhir::resource_type::ResourceType;
use rusqlite::types::Value as Parameter;

use crate::search::index::Key;
use crate::search::plan::{Condition, Driver, Plan};
use crate::search::query::{Match, Prefix};
use crate::search::reference::Target;
use crate::search::token::Token;
use crate::search::{date, number};

/// `type` of a reference to something that is not a resource of this server.
pub(super) const ELSEWHERE: i64 = -1;

/// SQL text after `SELECT … ` and its parameters, in order.
pub(super) struct Rendered {
    pub(super) sql: String,
    pub(super) parameters: Vec<Parameter>,
}

impl Rendered {
    pub(super) fn push(&mut self, parameter: impl Into<Parameter>) {
        self.parameters.push(parameter.into());
    }
}

/// `FROM … WHERE …` of a plan. The resource is `r`; `key` names the column to order by.
pub(super) fn from_where(plan: &Plan) -> (Rendered, &'static str) {
    let mut out = Rendered {
        sql: String::with_capacity(512),
        parameters: Vec::with_capacity(16),
    };
    let order = driver(&mut out, plan);
    for condition in &plan.conditions {
        out.sql.push_str(" AND ");
        self::condition(&mut out, "r", condition);
    }
    (out, order)
}

pub(super) fn type_number(resource_type: ResourceType) -> i64 {
    i64::from(resource_type.number())
}

fn driver(out: &mut Rendered, plan: &Plan) -> &'static str {
    let walk = match &plan.driver {
        Driver::Compartment(patient) => {
            out.sql.push_str("FROM reference AS d CROSS JOIN resource AS r ON r.key = d.resource WHERE d.parameter = ? AND d.target = ? AND d.type = ?");
            out.push(i64::from(Key::compartment(plan.resource_type).number()));
            out.push(patient.clone());
            out.push(patient_type());
            true
        }
        Driver::Value(key, value) => walk_value(out, *key, value),
        Driver::Type => false,
    };
    if walk {
        out.sql.push_str(" AND r.type = ? AND r.deleted = 0");
        out.push(type_number(plan.resource_type));
        return "d.resource";
    }
    out.sql
        .push_str("FROM resource AS r WHERE r.type = ? AND r.deleted = 0");
    out.push(type_number(plan.resource_type));
    "r.key"
}

fn patient_type() -> i64 {
    ResourceType::parse("Patient").map_or(ELSEWHERE, type_number)
}

/// A walk along one exact value, where each resource occurs once. `false` when it is none.
fn walk_value(out: &mut Rendered, key: Key, value: &Match) -> bool {
    let (table, columns, parameters): (_, _, Vec<Parameter>) = match value {
        Match::Token(Token {
            system: Some(system),
            code: Some(code),
        }) => (
            "token",
            "d.code = ? AND d.system = (SELECT key FROM system WHERE uri = ?)",
            vec![code.clone().into(), system.clone().into()],
        ),
        Match::Reference(targets) => {
            let Some(target) = targets.first().filter(|_| targets.len() == 1) else {
                return false;
            };
            let (ty, text) = stored_target(target);
            (
                "reference",
                "d.target = ? AND d.type = ?",
                vec![text.to_owned().into(), ty.into()],
            )
        }
        Match::Uri(uri) => ("uri", "d.value = ?", vec![uri.clone().into()]),
        _ => return false,
    };
    let _ = write!(
        out.sql,
        "FROM {table} AS d CROSS JOIN resource AS r ON r.key = d.resource WHERE d.parameter = ? AND {columns}"
    );
    out.push(i64::from(key.number()));
    out.parameters.extend(parameters);
    true
}

/// How a target stands in the table.
pub(super) fn stored_target(target: &Target) -> (i64, &str) {
    match target {
        Target::Local(ty, id) => (type_number(*ty), id),
        Target::Url(url) => (ELSEWHERE, url),
    }
}

pub(super) fn condition(out: &mut Rendered, alias: &str, condition: &Condition) {
    match condition {
        Condition::Never => out.sql.push('0'),
        Condition::All(all) => joined(out, alias, all, " AND ", "1"),
        Condition::Any(any) => joined(out, alias, any, " OR ", "0"),
        Condition::Not(inner) => {
            out.sql.push_str("NOT ");
            self::condition(out, alias, inner);
        }
        Condition::Id(ids) => id_in(out, alias, ids),
        Condition::Updated(prefix, range) => {
            let column = format!("{alias}.updated");
            compare_range(out, *prefix, &column, &column, range.low, range.high);
        }
        Condition::Has(key) => has(out, alias, *key),
        Condition::Value(key, value) => self::value(out, alias, *key, value),
        Condition::Compartment(ty, patient) => {
            let _ = write!(
                out.sql,
                "EXISTS (SELECT 1 FROM reference AS x WHERE x.resource = {alias}.key AND x.parameter = ? AND x.target = ? AND x.type = ?)"
            );
            out.push(i64::from(Key::compartment(*ty).number()));
            out.push(patient.clone());
            out.push(patient_type());
        }
        Condition::EveryTarget(key, contexts) => every_target(out, alias, *key, contexts),
        Condition::Context(key, contexts) => context(out, alias, *key, contexts),
        Condition::ReferredToBy(source, key, inside) => {
            referred_to_by(out, alias, *source, *key, inside);
        }
    }
}

fn joined(out: &mut Rendered, alias: &str, all: &[Condition], word: &str, empty: &str) {
    if all.is_empty() {
        out.sql.push_str(empty);
        return;
    }
    out.sql.push('(');
    for (at, one) in all.iter().enumerate() {
        if at > 0 {
            out.sql.push_str(word);
        }
        condition(out, alias, one);
    }
    out.sql.push(')');
}

fn id_in(out: &mut Rendered, alias: &str, ids: &[String]) {
    let marks = vec!["?"; ids.len()].join(", ");
    let _ = write!(out.sql, "{alias}.id IN ({marks})");
    for id in ids {
        out.push(id.clone());
    }
}

/// The tables that may hold a row of a parameter; `:missing` looks into all of them.
pub(super) const TABLES: [&str; 7] = [
    "token",
    "text",
    "date",
    "number",
    "quantity",
    "reference",
    "uri",
];

fn has(out: &mut Rendered, alias: &str, key: Key) {
    out.sql.push('(');
    for (at, table) in TABLES.iter().enumerate() {
        let or = if at == 0 { "" } else { " OR " };
        let _ = write!(
            out.sql,
            "{or}EXISTS (SELECT 1 FROM {table} AS x WHERE x.resource = {alias}.key AND x.parameter = ?)"
        );
        out.push(i64::from(key.number()));
    }
    out.sql.push(')');
}

fn value(out: &mut Rendered, alias: &str, key: Key, value: &Match) {
    let table = match value {
        Match::Date(..) => "date",
        Match::Starts(_) | Match::Contains(_) | Match::Exact(_) => "text",
        Match::Token(_) => "token",
        Match::Number(..) => "number",
        Match::Quantity(..) => "quantity",
        Match::Reference(_) | Match::AnyType(_) => "reference",
        Match::Uri(_) => "uri",
    };
    let _ = write!(
        out.sql,
        "EXISTS (SELECT 1 FROM {table} AS x WHERE x.resource = {alias}.key AND x.parameter = ? AND "
    );
    out.push(i64::from(key.number()));
    match value {
        Match::Date(prefix, range) => dates(out, *prefix, *range),
        Match::Starts(text) => starts(out, text),
        Match::Contains(text) => {
            out.sql.push_str("instr(x.folded, ?) > 0");
            out.push(text.clone());
        }
        Match::Exact(text) => {
            out.sql.push_str("x.exact = ?");
            out.push(text.clone());
        }
        Match::Token(token) => self::token(out, token),
        Match::Number(prefix, range) => numbers(out, *prefix, *range),
        Match::Quantity(prefix, range, system, unit) => {
            numbers(out, *prefix, *range);
            unit_is(out, system.as_deref(), unit.as_deref());
        }
        Match::Reference(targets) => self::targets(out, targets),
        Match::AnyType(id) => {
            let _ = write!(out.sql, "x.target = ? AND x.type <> {ELSEWHERE}");
            out.push(id.clone());
        }
        Match::Uri(uri) => {
            out.sql.push_str("x.value = ?");
            out.push(uri.clone());
        }
    }
    out.sql.push(')');
}

fn starts(out: &mut Rendered, text: &str) {
    out.sql.push_str("x.folded >= ? AND x.folded < ?");
    out.push(text.to_owned());
    // Greater than any text that starts so: no text holds the last character of Unicode.
    out.push(format!("{text}\u{10FFFF}"));
}

fn token(out: &mut Rendered, token: &Token) {
    let mut word = "";
    if let Some(code) = &token.code {
        out.sql.push_str("x.code = ?");
        out.push(code.clone());
        word = " AND ";
    }
    if let Some(system) = &token.system {
        let _ = write!(
            out.sql,
            "{word}x.system = (SELECT key FROM system WHERE uri = ?)"
        );
        out.push(system.clone());
    }
}

fn unit_is(out: &mut Rendered, system: Option<&str>, unit: Option<&str>) {
    if let Some(unit) = unit {
        out.sql.push_str(" AND x.unit = ?");
        out.push(unit.to_owned());
    }
    if let Some(system) = system {
        out.sql
            .push_str(" AND x.system = (SELECT key FROM system WHERE uri = ?)");
        out.push(system.to_owned());
    }
}

fn targets(out: &mut Rendered, targets: &[Target]) {
    out.sql.push('(');
    for (at, target) in targets.iter().enumerate() {
        let or = if at == 0 { "" } else { " OR " };
        let (ty, text) = stored_target(target);
        let _ = write!(out.sql, "{or}(x.target = ? AND x.type = ?)");
        out.push(text.to_owned());
        out.push(ty);
    }
    out.sql.push(')');
}

fn dates(out: &mut Rendered, prefix: Prefix, range: date::Range) {
    compare_range(out, prefix, "x.low", "x.high", range.low, range.high);
}

fn numbers(out: &mut Rendered, prefix: Prefix, range: number::Range) {
    let range = match prefix {
        Prefix::Ap => range.approximately(),
        _ => range,
    };
    compare_range(out, prefix, "x.low", "x.high", range.low, range.high);
}

/// Compares the range of a row with the range asked for (R4, "Prefixes").
fn compare_range<T: Into<Parameter> + Clone>(
    out: &mut Rendered,
    prefix: Prefix,
    low: &str,
    high: &str,
    asked_low: T,
    asked_high: T,
) {
    match prefix {
        Prefix::Eq => within(out, low, high, asked_low, asked_high),
        Prefix::Ne => {
            out.sql.push_str("NOT ");
            within(out, low, high, asked_low, asked_high);
        }
        Prefix::Gt => one_side(out, high, ">", asked_high),
        Prefix::Lt => one_side(out, low, "<", asked_low),
        Prefix::Ge => {
            out.sql.push('(');
            one_side(out, high, ">", asked_high.clone());
            out.sql.push_str(" OR ");
            within(out, low, high, asked_low, asked_high);
            out.sql.push(')');
        }
        Prefix::Le => {
            out.sql.push('(');
            one_side(out, low, "<", asked_low.clone());
            out.sql.push_str(" OR ");
            within(out, low, high, asked_low, asked_high);
            out.sql.push(')');
        }
        Prefix::Sa => one_side(out, low, ">", asked_high),
        Prefix::Eb => one_side(out, high, "<", asked_low),
        Prefix::Ap => {
            let _ = write!(out.sql, "({low} <= ? AND {high} >= ?)");
            out.push(asked_high);
            out.push(asked_low);
        }
    }
}

fn within<T: Into<Parameter>>(out: &mut Rendered, low: &str, high: &str, from: T, to: T) {
    let _ = write!(out.sql, "({low} >= ? AND {high} <= ?)");
    out.push(from);
    out.push(to);
}

fn one_side<T: Into<Parameter>>(out: &mut Rendered, column: &str, sign: &str, value: T) {
    let _ = write!(out.sql, "{column} {sign} ?");
    out.push(value);
}

/// There is a target, and none of them is out of sight. A target that is not stored is.
fn every_target(out: &mut Rendered, alias: &str, key: Key, contexts: &[(ResourceType, Condition)]) {
    let _ = write!(
        out.sql,
        "(EXISTS (SELECT 1 FROM reference AS x WHERE x.resource = {alias}.key AND x.parameter = ?) AND NOT EXISTS (SELECT 1 FROM reference AS x WHERE x.resource = {alias}.key AND x.parameter = ? AND NOT EXISTS (SELECT 1 FROM resource AS {alias}t WHERE {alias}t.type = x.type AND {alias}t.id = x.target AND {alias}t.deleted = 0 AND (0"
    );
    out.push(i64::from(key.number()));
    out.push(i64::from(key.number()));
    any_of_types(out, &format!("{alias}t"), contexts);
    out.sql.push_str("))))");
}

/// `OR (type AND condition)` for each type. Types of which simply one patient's resources may be
/// seen, nearly always all of them, share one clause.
fn any_of_types(out: &mut Rendered, alias: &str, contexts: &[(ResourceType, Condition)]) {
    let shared = contexts
        .iter()
        .find_map(|(ty, inside)| whole_compartment(*ty, inside));
    if let Some(patient) = shared {
        let types: Vec<String> = contexts
            .iter()
            .filter(|(ty, inside)| whole_compartment(*ty, inside) == shared)
            .map(|(ty, _)| ty.number().to_string())
            .collect();
        let _ = write!(
            out.sql,
            " OR ({alias}.type IN ({}) AND EXISTS (SELECT 1 FROM reference AS m WHERE m.resource = {alias}.key AND m.parameter = {} + {alias}.type AND m.target = ? AND m.type = ?))",
            types.join(", "),
            compartment_offset()
        );
        out.push(patient.to_owned());
        out.push(patient_type());
    }
    for (ty, inside) in contexts {
        if shared.is_some() && whole_compartment(*ty, inside) == shared {
            continue;
        }
        let _ = write!(out.sql, " OR ({alias}.type = {} AND ", ty.number());
        condition(out, alias, inside);
        out.sql.push(')');
    }
}

/// The patient, when the condition is nothing but membership of the compartment.
fn whole_compartment(ty: ResourceType, inside: &Condition) -> Option<&str> {
    match inside {
        Condition::All(all) => match all.as_slice() {
            [one] => whole_compartment(ty, one),
            _ => None,
        },
        Condition::Compartment(of, patient) if *of == ty => Some(patient),
        _ => None,
    }
}

/// The compartment keys of all types lie one after the other.
fn compartment_offset() -> u16 {
    ResourceType::from_number(0).map_or(0, |first| Key::compartment(first).number())
}

fn referred_to_by(
    out: &mut Rendered,
    alias: &str,
    source: ResourceType,
    key: Key,
    inside: &Condition,
) {
    let inner = format!("{alias}h");
    let _ = write!(
        out.sql,
        "EXISTS (SELECT 1 FROM reference AS x CROSS JOIN resource AS {inner} ON {inner}.key = x.resource WHERE x.parameter = ? AND x.target = {alias}.id AND x.type = {alias}.type AND {inner}.type = ? AND {inner}.deleted = 0 AND "
    );
    out.push(i64::from(key.number()));
    out.push(type_number(source));
    condition(out, &inner, inside);
    out.sql.push(')');
}

fn context(out: &mut Rendered, alias: &str, key: Key, contexts: &[(ResourceType, Condition)]) {
    let inner = format!("{alias}c");
    let _ = write!(
        out.sql,
        "EXISTS (SELECT 1 FROM reference AS x CROSS JOIN resource AS {inner} ON {inner}.type = x.type AND {inner}.id = x.target WHERE x.resource = {alias}.key AND x.parameter = ? AND {inner}.deleted = 0 AND (0"
    );
    out.push(i64::from(key.number()));
    any_of_types(out, &inner, contexts);
    out.sql.push_str("))");
}
