//! Which walk yields the candidates.

use fhir::resource_type::ResourceType;

use super::{Condition, Driver};
use crate::search::query::Match;

/// The narrowest walk: a patient's compartment, else the exact value of the narrowest kind, else the whole type.
/// Asking for ids needs no walk at all, so the type stands and the store looks them up.
pub(super) fn choose(resource_type: ResourceType, conditions: &[Condition]) -> Driver {
    if conditions
        .iter()
        .any(|condition| matches!(condition, Condition::Id(_)))
    {
        return Driver::Type;
    }
    let compartment = conditions.iter().find_map(|condition| match condition {
        Condition::Compartment(ty, patient) if *ty == resource_type => {
            Some(Driver::Compartment(patient.clone()))
        }
        Condition::Compartments(ty, patients) if *ty == resource_type => {
            Some(Driver::Compartments(patients.clone()))
        }
        _ => None,
    });
    let value = || {
        let exact = conditions.iter().filter_map(|condition| match condition {
            Condition::Value(key, value) if is_exact(value) => Some((*key, value)),
            _ => None,
        });
        let (key, value) = exact.min_by_key(|(_, value)| width(value))?;
        Some(Driver::Value(key, value.clone()))
    };
    compartment.or_else(value).unwrap_or(Driver::Type)
}

/// What refers to one resource is fewer than what has a code, in whatever order they are asked.
fn width(value: &Match) -> u8 {
    match value {
        Match::Reference(_) => 0,
        Match::Uri(_) => 1,
        _ => 2,
    }
}

fn is_exact(value: &Match) -> bool {
    match value {
        Match::Token(token) => token.system.is_some() && token.code.is_some(),
        Match::Reference(targets) => targets.len() == 1,
        Match::Uri(_) => true,
        _ => false,
    }
}

/// Whether every candidate of the walk satisfies the condition.
pub(super) fn implies(driver: &Driver, resource_type: ResourceType, condition: &Condition) -> bool {
    match (driver, condition) {
        (Driver::Compartment(patient), Condition::Compartment(ty, theirs)) => {
            *ty == resource_type && theirs == patient
        }
        (Driver::Compartments(patients), Condition::Compartments(ty, theirs)) => {
            *ty == resource_type && theirs == patients
        }
        (Driver::Value(key, value), Condition::Value(other, theirs)) => {
            key == other && value == theirs
        }
        _ => false,
    }
}
