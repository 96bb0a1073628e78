//! A logical plan in SQLite's words.
//!
//! Candidates come from the driver in the order of their keys; every condition is an `EXISTS`
//! over the rows of one resource, so its cost does not grow with the database.

pub(super) mod chart;
mod range;
pub(super) mod reach;
mod text;
pub(super) mod value;
mod walk;

use std::fmt::Write as _;

use fhir::resource_type::ResourceType;
use rusqlite::types::Value as Parameter;

pub(super) use reach::any_of_types;
pub(super) use walk::{Candidates, Need, from_where};

use crate::search::index::Key;
use crate::search::plan::Condition;
use crate::search::query::Match;
use crate::search::reference::Target;

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

pub(super) fn type_number(resource_type: ResourceType) -> i64 {
    i64::from(resource_type.number())
}

/// Ids as a JSON array; they hold no character that JSON escapes.
fn ids(ids: &[String]) -> String {
    format!("[\"{}\"]", ids.join("\",\""))
}

pub(super) fn patient_type() -> i64 {
    ResourceType::parse("Patient").map_or(ELSEWHERE, type_number)
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
        Condition::Contains(ty, inside) => reach::contains(out, alias, *ty, inside),
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

/// The lines of the charts of patients.
pub(super) const CHART: &str = "chart";

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

/// The numbers of keys, as a list in the text of a statement: they are ours.
pub(super) fn numbers(keys: &[Key]) -> String {
    let numbers: Vec<String> = keys.iter().map(|key| key.number().to_string()).collect();
    numbers.join(", ")
}
