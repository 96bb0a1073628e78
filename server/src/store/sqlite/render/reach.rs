//! Conditions that look at other resources, through references either way.

use std::fmt::Write as _;

use fhir::resource_type::ResourceType;

use super::{Rendered, condition, patient_type, type_number};
use crate::search::index::Key;
use crate::search::plan::Condition;

/// There is a target, and none of them is out of sight. A target that is not stored is.
pub(super) fn every_target(
    out: &mut Rendered,
    alias: &str,
    key: Key,
    contexts: &[(ResourceType, Condition)],
) {
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
pub(in super::super) fn any_of_types(
    out: &mut Rendered,
    alias: &str,
    contexts: &[(ResourceType, Condition)],
) {
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
pub(in super::super) fn whole_compartment(ty: ResourceType, inside: &Condition) -> Option<&str> {
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
pub(in super::super) fn compartment_offset() -> u16 {
    ResourceType::from_number(0).map_or(0, |first| Key::compartment(first).number())
}

pub(super) fn referred_to_by(
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

pub(super) fn contains(out: &mut Rendered, alias: &str, ty: ResourceType, inside: &Condition) {
    let inner = format!("{alias}i");
    let _ = write!(
        out.sql,
        "EXISTS (SELECT 1 FROM contained AS {inner} WHERE {inner}.type = ? AND {inner}.container = {alias}.key AND "
    );
    out.push(type_number(ty));
    condition(out, &inner, inside);
    out.sql.push(')');
}

pub(super) fn context(
    out: &mut Rendered,
    alias: &str,
    key: Key,
    contexts: &[(ResourceType, Condition)],
) {
    let inner = format!("{alias}c");
    let _ = write!(
        out.sql,
        "EXISTS (SELECT 1 FROM reference AS x CROSS JOIN resource AS {inner} ON {inner}.type = x.type AND {inner}.id = x.target WHERE x.resource = {alias}.key AND x.parameter = ? AND {inner}.deleted = 0 AND (0"
    );
    out.push(i64::from(key.number()));
    any_of_types(out, &inner, contexts);
    out.sql.push_str("))");
}
