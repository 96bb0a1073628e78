//! Choosing a narrower walk than the plan's, by looking how many keys a condition leaves.
//!
//! How selective a value is, only the data know: `gender=male` is half of everything, one surname
//! is not. So before a type or the many resources with some value are walked, each condition that
//! an index can turn into keys is asked for a few, then for more; the first that runs out of them
//! becomes the walk. It stays a condition too, so the walk may yield too much but never decides
//! alone.

use std::borrow::Cow;
use std::fmt::Write as _;

use fhir::resource_type::ResourceType;
use rusqlite::{Connection, params_from_iter};

use super::render::{Rendered, patient_type, type_number, value};
use super::{StoreError, engine};
use crate::search::index::Key;
use crate::search::plan::{Condition, Driver, Plan};
use crate::search::query::Match;
use crate::search::reference::Target;

/// Keys up to which a walk counts as narrow: a condition that leaves fewer than the first is taken
/// before one that leaves fewer than the second.
const NARROW: [u32; 4] = [8, 64, 256, 2_000];
/// Conditions that are asked at most.
const ASKED: usize = 4;

/// The same plan with the narrowest walk that is worth it.
pub(super) fn narrowed<'a>(
    connection: &Connection,
    plan: &'a Plan,
) -> Result<Cow<'a, Plan>, StoreError> {
    let candidates: Vec<&Condition> = candidates(plan).collect();
    if candidates.is_empty() {
        return Ok(Cow::Borrowed(plan));
    }
    let own = own(plan);
    for limit in NARROW {
        if let Some(own) = &own
            && is_narrow(connection, own, limit)?
        {
            return Ok(Cow::Borrowed(plan));
        }
        for candidate in &candidates {
            if is_narrow(connection, candidate, limit)? {
                return Ok(Cow::Owned(among(plan, candidate)));
            }
        }
    }
    Ok(Cow::Borrowed(plan))
}

/// The same plan for a count, which visits everything there is to visit: then the keys of one of
/// several values are sooner gathered than a whole type is looked through for them.
pub(super) fn for_count<'a>(
    connection: &Connection,
    plan: &'a Plan,
) -> Result<Cow<'a, Plan>, StoreError> {
    let narrowed = narrowed(connection, plan)?;
    let is_one_of_several = |condition: &&Condition| matches!(condition, Condition::Any(_));
    let several = candidates(&narrowed).find(is_one_of_several);
    match several.filter(|_| narrowed.driver == Driver::Type) {
        Some(several) => Ok(Cow::Owned(among(&narrowed, several))),
        None => Ok(narrowed),
    }
}

/// The condition that the plan walks along, if it is one.
fn own(plan: &Plan) -> Option<Condition> {
    match &plan.driver {
        Driver::Value(key, value) => Some(Condition::Value(*key, value.clone())),
        _ => None,
    }
}

/// The plan with the walk of one condition. What it walked along becomes a condition.
pub(super) fn among(plan: &Plan, condition: &Condition) -> Plan {
    // It comes first: it is cheaper to look at than what leads to other resources.
    let own = own(plan).into_iter();
    let conditions = own.chain(plan.conditions.iter().cloned()).collect();
    Plan {
        driver: Driver::Among(Box::new(condition.clone())),
        conditions,
        ..plan.clone()
    }
}

/// The conditions that can be turned into keys, unless a better walk was chosen already.
pub(super) fn candidates(plan: &Plan) -> impl Iterator<Item = &Condition> {
    let by_id = |condition: &Condition| matches!(condition, Condition::Id(_));
    let is_wide = matches!(plan.driver, Driver::Type | Driver::Value(..))
        && !plan.conditions.iter().any(by_id);
    plan.conditions
        .iter()
        .filter(move |condition| is_wide && keys(condition).is_some())
        .take(ASKED)
}

fn is_narrow(
    connection: &Connection,
    condition: &Condition,
    limit: u32,
) -> Result<bool, StoreError> {
    let Some(keys) = keys(condition) else {
        return Ok(false);
    };
    let sql = format!(
        "SELECT count(*) FROM (SELECT * FROM ({}) LIMIT {limit})",
        keys.sql
    );
    connection
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            statement.query_row(params_from_iter(keys.parameters), |row| {
                row.get::<_, u32>(0)
            })
        })
        .map(|found| found < limit)
        .map_err(engine)
}

/// `SELECT` of the keys of every resource that satisfies the condition, and perhaps of others;
/// `None` when no index yields them.
pub(super) fn keys(condition: &Condition) -> Option<Rendered> {
    match condition {
        // Each target is a walk of its own.
        Condition::Value(key, Match::Reference(targets)) if targets.len() > 1 => {
            let one = |target: &Target| of_value(*key, &Match::Reference(vec![target.clone()]));
            Some(union(targets.iter().map(one).collect::<Option<_>>()?))
        }
        Condition::Value(key, wanted) => of_value(*key, wanted),
        Condition::Compartment(ty, patient) => Some(of_compartment(*ty, patient)),
        Condition::All(all) => all.iter().find_map(keys),
        Condition::Any(any) if !any.is_empty() => {
            let parts = any.iter().map(keys).collect::<Option<Vec<_>>>()?;
            Some(union(parts))
        }
        Condition::Context(key, contexts) => {
            let parts = contexts
                .iter()
                .map(|(ty, inside)| referring(*key, *ty, inside))
                .collect::<Option<Vec<_>>>()?;
            (!parts.is_empty()).then(|| union(parts))
        }
        Condition::ReferredToBy(source, key, inside) => referred(*source, *key, inside),
        Condition::Contains(ty, inside) => Some(containers(*ty, inside)),
        _ => None,
    }
}

fn union(parts: Vec<Rendered>) -> Rendered {
    let mut whole = Rendered::default();
    for (at, part) in parts.into_iter().enumerate() {
        let word = if at == 0 { "" } else { " UNION ALL " };
        let _ = write!(whole.sql, "{word}{}", part.sql);
        whole.parameters.extend(part.parameters);
    }
    whole
}

fn of_value(key: Key, wanted: &Match) -> Option<Rendered> {
    if !is_walk(wanted) {
        return None;
    }
    let mut out = Rendered::default();
    if let Match::Composite(parts) = wanted {
        value::composite_keys(&mut out, key, parts);
        return Some(out);
    }
    let (table, key) = value::place(key, wanted);
    let _ = write!(
        out.sql,
        "SELECT x.resource AS key FROM {table} AS x WHERE x.parameter = ? AND "
    );
    out.push(i64::from(key.number()));
    value::test(&mut out, "x", wanted);
    Some(out)
}

/// Whether the primary key of the table leads to the rows.
fn is_walk(wanted: &Match) -> bool {
    match wanted {
        Match::Token(token) | Match::Identifier(token) => token.code.is_some(),
        Match::Composite(parts) => {
            matches!(parts.first(), Some(Match::Token(token)) if token.code.is_some())
        }
        Match::Date(prefix, _)
        | Match::Number(prefix, _)
        | Match::Quantity(prefix, ..)
        | Match::Canonical(prefix, ..) => prefix.is_equal(),
        Match::Reference(targets) => !targets.is_empty(),
        Match::Starts(_)
        | Match::Is(_)
        | Match::OfType(_)
        | Match::AnyType(_)
        | Match::Uri(_)
        | Match::UriBelow(_)
        | Match::UriAbove(_)
        | Match::Near(_) => true,
        _ => false,
    }
}

fn of_compartment(ty: ResourceType, patient: &str) -> Rendered {
    let mut out = Rendered::default();
    out.sql.push_str("SELECT x.resource AS key FROM reference AS x WHERE x.parameter = ? AND x.target = ? AND x.type = ?");
    out.push(i64::from(Key::compartment(ty).number()));
    out.push(patient.to_owned());
    out.push(patient_type());
    out
}

/// Keys of what refers to a resource of the type that satisfies the condition.
fn referring(key: Key, ty: ResourceType, inside: &Condition) -> Option<Rendered> {
    let mut out = Rendered::default();
    out.sql.push_str("SELECT x.resource AS key FROM ");
    chosen(&mut out, "c", ty, inside)?;
    out.sql.push_str(
        " CROSS JOIN reference AS x ON x.parameter = ? AND x.target = c.id AND x.type = c.type",
    );
    out.push(i64::from(key.number()));
    Some(out)
}

/// Keys of what a resource of the type, that satisfies the condition, refers to.
fn referred(source: ResourceType, key: Key, inside: &Condition) -> Option<Rendered> {
    let mut out = Rendered::default();
    out.sql.push_str("SELECT t.key AS key FROM ");
    chosen(&mut out, "h", source, inside)?;
    out.sql.push_str(" CROSS JOIN reference AS x ON x.resource = h.key AND x.parameter = ? CROSS JOIN resource AS t ON t.type = x.type AND t.id = x.target");
    out.push(i64::from(key.number()));
    Some(out)
}

/// Keys of what contains a resource of the type; the rows of contained resources are those with
/// negative keys.
fn containers(ty: ResourceType, inside: &Condition) -> Rendered {
    let mut out = Rendered::default();
    out.sql
        .push_str("SELECT c.container AS key FROM contained AS c WHERE c.type = ?");
    out.push(type_number(ty));
    if let Some(keys) = keys(inside) {
        let _ = write!(
            out.sql,
            " AND c.key IN (SELECT k.key FROM ({}) AS k WHERE k.key < 0)",
            keys.sql
        );
        out.parameters.extend(keys.parameters);
    }
    out
}

/// The resources that the condition leaves, perhaps repeatedly, one after the other: whoever needs
/// only the first of them does not wait for all.
fn chosen(out: &mut Rendered, alias: &str, ty: ResourceType, inside: &Condition) -> Option<()> {
    if let Some(ids) = ids(inside) {
        let marks = vec!["?"; ids.len()].join(", ");
        let _ = write!(
            out.sql,
            "(SELECT * FROM resource WHERE type = ? AND id IN ({marks})) AS {alias}"
        );
        out.push(type_number(ty));
        for id in ids {
            out.push(id.clone());
        }
        return Some(());
    }
    let keys = keys(inside)?;
    let _ = write!(
        out.sql,
        "({}) AS {alias}k CROSS JOIN resource AS {alias} ON {alias}.key = {alias}k.key AND {alias}.type = ?",
        keys.sql
    );
    out.parameters.extend(keys.parameters);
    out.push(type_number(ty));
    Some(())
}

fn ids(inside: &Condition) -> Option<&[String]> {
    match inside {
        Condition::Id(ids) => Some(ids),
        Condition::All(all) => all.iter().find_map(ids),
        _ => None,
    }
}
