//! Where the candidates of a plan come from.

use std::fmt::Write as _;

use fhir::resource_type::ResourceType;
use rusqlite::types::Value as Parameter;

use super::{Rendered, chart, condition, ids, patient_type, stored_target, type_number};
use crate::search::index::Key;
use crate::search::plan::{Condition, Driver, Plan};
use crate::search::query::Match;
use crate::search::token::Token;
use crate::store::sqlite::narrow;

/// What a statement reads of each candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Need {
    /// The resource itself, as `r`.
    Resource,
    /// Its key, and what it is sorted by.
    Key,
}

/// `FROM … WHERE …` of a plan, and how the candidate is called in it.
pub(in super::super) struct Candidates {
    pub(in super::super) query: Rendered,
    /// The table with `key` and `updated`.
    pub(in super::super) candidate: &'static str,
    /// The column to order by.
    pub(in super::super) key: &'static str,
}

/// `FROM … WHERE …` of a plan.
pub(in super::super) fn from_where(plan: &Plan, need: Need) -> Candidates {
    let mut query = Rendered {
        sql: String::with_capacity(512),
        parameters: Vec::with_capacity(16),
    };
    if let Driver::Chart(patient, part) = &plan.driver {
        chart::from_where(&mut query, plan, (patient.as_str(), part.as_ref()), need);
        return Candidates {
            query,
            candidate: "d",
            key: "d.key",
        };
    }
    if need == Need::Key && value_alone(&mut query, plan) {
        return Candidates {
            query,
            candidate: "d",
            key: "d.key",
        };
    }
    let key = driver(&mut query, plan);
    for one in &plan.conditions {
        query.sql.push_str(" AND ");
        condition(&mut query, "r", one);
    }
    Candidates {
        query,
        candidate: "r",
        key,
    }
}

fn driver(out: &mut Rendered, plan: &Plan) -> &'static str {
    let walk = match &plan.driver {
        Driver::Compartments(patients) => {
            compartments(out, plan.resource_type, patients);
            return "r.key";
        }
        Driver::Value(key, value) => walk_value(out, *key, value),
        Driver::Among(condition) => return among(out, plan, condition),
        Driver::Inside(ty, inside) => return contained(out, plan, *ty, inside),
        // A chart has a walk of its own.
        Driver::Type | Driver::Chart(..) => false,
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

/// What resources contain, in the order of their places.
fn contained(
    out: &mut Rendered,
    plan: &Plan,
    ty: ResourceType,
    inside: &Condition,
) -> &'static str {
    out.sql.push_str("FROM contained AS c CROSS JOIN resource AS r ON r.key = c.container WHERE c.type = ? AND r.type = ? AND r.deleted = 0 AND ");
    out.push(type_number(ty));
    out.push(type_number(plan.resource_type));
    condition(out, "c", inside);
    // Whichever leads to few: what is asked of the contained, or of their containers.
    let own = narrow::keys(inside).map(|keys| ("key", keys));
    let containers = || plan.conditions.iter().find_map(narrow::keys);
    if let Some((column, keys)) = own.or_else(|| containers().map(|keys| ("container", keys))) {
        let _ = write!(out.sql, " AND c.{column} IN ({})", keys.sql);
        out.parameters.extend(keys.parameters);
    }
    "-c.key"
}

/// Several patients may share a resource, so the keys are gathered before they are walked.
fn compartments(out: &mut Rendered, ty: ResourceType, patients: &[String]) {
    out.sql.push_str("FROM resource AS r WHERE r.key IN (SELECT d.resource FROM json_each(?) AS j CROSS JOIN reference AS d WHERE d.parameter = ? AND d.target = j.value AND d.type = ?) AND r.type = ? AND r.deleted = 0");
    out.push(ids(patients));
    out.push(i64::from(Key::compartment(ty).number()));
    out.push(patient_type());
    out.push(type_number(ty));
}

/// A walk along one exact value, where each resource occurs once. `false` when it is none.
fn walk_value(out: &mut Rendered, key: Key, value: &Match) -> bool {
    walk_of(out, key, value, |table| {
        format!(
            "FROM {table} AS d CROSS JOIN resource AS r ON r.key = d.resource WHERE d.parameter = ?"
        )
    })
}

fn walk_of(out: &mut Rendered, key: Key, value: &Match, from: fn(&str) -> String) -> bool {
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
    let _ = write!(out.sql, "{} AND {columns}", from(table));
    out.push(i64::from(key.number()));
    out.parameters.extend(parameters);
    true
}

/// The rows of one value where they say all that is asked. `false` when they do not.
fn value_alone(out: &mut Rendered, plan: &Plan) -> bool {
    let Driver::Value(key, value) = &plan.driver else {
        return false;
    };
    let mut rows = Rendered::default();
    if !plan.conditions.is_empty()
        || !plan.sort.is_empty()
        || !key.is_of(plan.resource_type)
        || !walk_of(&mut rows, *key, value, |table| {
            // What is contained has keys below zero.
            format!(
                "FROM (SELECT d.resource AS key FROM {table} AS d WHERE d.resource > 0 AND d.parameter = ?"
            )
        })
    {
        return false;
    }
    rows.sql.push_str(") AS d WHERE 1");
    *out = rows;
    true
}
