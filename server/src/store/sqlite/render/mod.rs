//! A logical plan in SQLite's words.
//!
//! Candidates come from the driver in the order of their keys; every condition is an `EXISTS`
//! over the rows of one resource, so its cost does not grow with the database.

mod range;
pub(super) mod reach;
mod text;
pub(super) mod value;

use std::fmt::Write as _;

use fhir::resource_type::ResourceType;
use rusqlite::types::Value as Parameter;

pub(super) use reach::any_of_types;

use super::narrow;
use crate::search::index::Key;
use crate::search::plan::{Condition, Driver, Plan};
use crate::search::query::Match;
use crate::search::reference::Target;
use crate::search::token::Token;

/// `type` of a reference to something that is not a resource of this server.
pub(super) const ELSEWHERE: i64 = -1;
/// `system` of an amount in the canonical unit of its measure.
pub(super) const CANONICAL: i64 = -1;

/// SQL text after `SELECT … ` and its parameters, in order.
#[derive(Default)]
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
        Driver::Compartments(patients) => {
            compartments(out, plan.resource_type, patients);
            return "r.key";
        }
        Driver::Value(key, value) => walk_value(out, *key, value),
        Driver::Among(condition) => return among(out, plan, condition),
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

/// A walk along keys, each looked up once.
fn among(out: &mut Rendered, plan: &Plan, condition: &Condition) -> &'static str {
    match narrow::keys(condition) {
        Some(keys) => {
            let _ = write!(
                out.sql,
                "FROM resource AS r NOT INDEXED WHERE r.key IN ({}) AND r.type = ? AND r.deleted = 0",
                keys.sql
            );
            out.parameters.extend(keys.parameters);
        }
        None => out
            .sql
            .push_str("FROM resource AS r WHERE r.type = ? AND r.deleted = 0"),
    }
    out.push(type_number(plan.resource_type));
    "r.key"
}

/// Several patients may share a resource, so the keys are gathered before they are walked.
fn compartments(out: &mut Rendered, ty: ResourceType, patients: &[String]) {
    out.sql.push_str("FROM resource AS r WHERE r.key IN (SELECT d.resource FROM json_each(?) AS j CROSS JOIN reference AS d WHERE d.parameter = ? AND d.target = j.value AND d.type = ?) AND r.type = ? AND r.deleted = 0");
    out.push(ids(patients));
    out.push(i64::from(Key::compartment(ty).number()));
    out.push(patient_type());
    out.push(type_number(ty));
}

/// Ids as a JSON array; they hold no character that JSON escapes.
fn ids(ids: &[String]) -> String {
    format!("[\"{}\"]", ids.join("\",\""))
}

pub(super) fn patient_type() -> i64 {
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
        Condition::Updated(prefix, asked) => {
            let column = format!("{alias}.updated");
            let columns = (column.as_str(), column.as_str());
            range::compare_columns(out, *prefix, columns, asked.low, asked.high);
        }
        Condition::Has(key) => has(out, alias, *key),
        Condition::Value(key, Match::Composite(parts)) => {
            value::composite(out, alias, *key, parts);
        }
        Condition::Value(key, value) => value::value(out, alias, *key, value),
        Condition::Compartment(ty, patient) => {
            let _ = write!(
                out.sql,
                "EXISTS (SELECT 1 FROM reference AS x WHERE x.resource = {alias}.key AND x.parameter = ? AND x.target = ? AND x.type = ?)"
            );
            out.push(i64::from(Key::compartment(*ty).number()));
            out.push(patient.clone());
            out.push(patient_type());
        }
        Condition::Compartments(ty, patients) => {
            let _ = write!(
                out.sql,
                "EXISTS (SELECT 1 FROM reference AS x WHERE x.resource = {alias}.key AND x.parameter = ? AND x.type = ? AND x.target IN (SELECT value FROM json_each(?)))"
            );
            out.push(i64::from(Key::compartment(*ty).number()));
            out.push(patient_type());
            out.push(ids(patients));
        }
        Condition::EveryTarget(key, contexts) => reach::every_target(out, alias, *key, contexts),
        Condition::Context(key, contexts) => reach::context(out, alias, *key, contexts),
        Condition::ReferredToBy(source, key, inside) => {
            reach::referred_to_by(out, alias, *source, *key, inside);
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
pub(super) const TABLES: [&str; 9] = [
    "token",
    "text",
    "date",
    "number",
    "quantity",
    "reference",
    "uri",
    "place",
    "composite",
];

/// The tables of words, whose rows have the keys of their resources.
pub(super) const DOCUMENTS: [&str; 2] = ["narrative", "content"];

fn has(out: &mut Rendered, alias: &str, key: Key) {
    if key.is_compartment() {
        let _ = write!(
            out.sql,
            "EXISTS (SELECT 1 FROM reference AS x WHERE x.resource = {alias}.key AND x.parameter = ?)"
        );
        out.push(i64::from(key.number()));
        return;
    }
    out.sql.push('(');
    for (at, table) in TABLES.iter().enumerate() {
        let or = if at == 0 { "" } else { " OR " };
        let _ = write!(
            out.sql,
            "{or}EXISTS (SELECT 1 FROM {table} AS x WHERE x.resource = {alias}.key AND x.parameter = ?)"
        );
        out.push(i64::from(key.number()));
    }
    // The identifier of a reference is a value too.
    let _ = write!(
        out.sql,
        " OR EXISTS (SELECT 1 FROM token AS x WHERE x.resource = {alias}.key AND x.parameter = ?)"
    );
    out.push(i64::from(key.identifier().number()));
    out.sql.push(')');
}
