//! Which walk yields the candidates.

use fhir::resource_type::ResourceType;

use super::{Condition, Driver};
use crate::search::index::Key;
use crate::search::index::chart::Chart;
use crate::search::query::Match;
use crate::search::token::Token;

/// Codes that one walk through a chart takes at most.
const MOST: usize = 32;

/// The narrowest walk: a patient's chart, else the exact value of the narrowest kind, else the whole type.
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
            let part = narrowest(Chart::of(*ty), conditions);
            Some(Driver::Chart(patient.clone(), part.cloned()))
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
    let container = || {
        let mut containers = conditions
            .iter()
            .filter(|condition| matches!(condition, Condition::Contains(..)));
        Some(Driver::Among(Box::new(containers.next()?.clone())))
    };
    compartment
        .or_else(container)
        .or_else(value)
        .unwrap_or(Driver::Type)
}

/// The condition that leaves the least of a chart, by the order of the table.
fn narrowest<'a>(chart: &Chart, conditions: &'a [Condition]) -> Option<&'a Condition> {
    let place = |condition: &Condition| {
        let codes = charted(chart, condition)?;
        let places = codes.iter().map(|(key, _)| place_of(chart, *key));
        places.max()?
    };
    conditions
        .iter()
        .filter_map(|condition| Some((place(condition)?, condition)))
        .min_by_key(|(place, _)| *place)
        .map(|(_, condition)| condition)
}

fn place_of(chart: &Chart, key: Key) -> Option<usize> {
    chart
        .narrowing
        .iter()
        .position(|narrowing| *narrowing == key)
}

/// The codes under which a chart holds everything that satisfies a condition, and perhaps more;
/// `None` when it has no such lines.
pub fn charted<'a>(chart: &Chart, condition: &'a Condition) -> Option<Vec<(Key, &'a Token)>> {
    match condition {
        Condition::Value(key, Match::Token(token)) => {
            let is_line = token.code.is_some() && chart.narrowing.contains(key);
            is_line.then(|| vec![(*key, token)])
        }
        Condition::All(all) => all.iter().find_map(|one| charted(chart, one)),
        Condition::Any(any) if !any.is_empty() && any.len() <= MOST => {
            let each = any.iter().map(|one| charted(chart, one));
            let each = each.collect::<Option<Vec<_>>>()?.concat();
            (each.len() <= MOST).then_some(each)
        }
        _ => None,
    }
}

/// Whether lines of these codes are exactly what satisfies the condition.
fn is_exactly_charted(condition: &Condition) -> bool {
    match condition {
        Condition::Value(..) => true,
        Condition::Any(any) => any.iter().all(is_exactly_charted),
        _ => false,
    }
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
        (Driver::Chart(patient, _), Condition::Compartment(ty, theirs)) => {
            *ty == resource_type && theirs == patient
        }
        (Driver::Chart(_, Some(part)), condition) => part == condition && is_exactly_charted(part),
        (Driver::Compartments(patients), Condition::Compartments(ty, theirs)) => {
            *ty == resource_type && theirs == patients
        }
        (Driver::Value(key, value), Condition::Value(other, theirs)) => {
            key == other && value == theirs
        }
        _ => false,
    }
}
