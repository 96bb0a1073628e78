//! From a restriction to the conditions that keep it.

use fhir::compartment::{self, Membership};
use fhir::resource_type::ResourceType;

use super::criterion::criterion;
use super::{Condition, unchained};
use crate::access::restriction::{Alternative, Restriction, View};
use crate::search::index;

/// The restriction as conditions; none when everything of the type may be seen.
pub(super) fn restrict(resource_type: ResourceType, restriction: &Restriction) -> Vec<Condition> {
    match restriction.alternatives.as_slice() {
        [] => vec![Condition::Never],
        [alternative] => alternative_conditions(resource_type, alternative),
        alternatives => {
            let all: Vec<Vec<Condition>> = alternatives
                .iter()
                .map(|alternative| alternative_conditions(resource_type, alternative))
                .collect();
            factor(all)
        }
    }
}

/// Conditions that every alternative shares stand outside, so that a driver can be one of them.
fn factor(alternatives: Vec<Vec<Condition>>) -> Vec<Condition> {
    let mut shared = alternatives.first().cloned().unwrap_or_default();
    shared.retain(|condition| alternatives.iter().all(|other| other.contains(condition)));
    let rest: Vec<_> = alternatives
        .into_iter()
        .map(|mut conditions| {
            conditions.retain(|condition| !shared.contains(condition));
            Condition::All(conditions)
        })
        .collect();
    let open = |condition: &Condition| matches!(condition, Condition::All(all) if all.is_empty());
    if !rest.iter().any(open) {
        shared.push(Condition::Any(rest));
    }
    shared
}

fn alternative_conditions(
    resource_type: ResourceType,
    alternative: &Alternative,
) -> Vec<Condition> {
    let mut conditions = view_conditions(resource_type, &alternative.view);
    conditions.extend(
        alternative
            .criteria
            .iter()
            // Constraints of scopes never chain.
            .map(|clause| criterion(resource_type, clause, &unchained)),
    );
    conditions
}

fn view_conditions(resource_type: ResourceType, view: &View) -> Vec<Condition> {
    match view {
        View::Everything => Vec::new(),
        View::Patient(patient) => match compartment::patient_membership(resource_type) {
            Membership::References(_) | Membership::Itself(_) => {
                vec![Condition::Compartment(resource_type, patient.clone())]
            }
            Membership::Shared => Vec::new(),
            // These are judged by the views below; nothing else opens such a type.
            Membership::Context(_) | Membership::EveryTarget(_) | Membership::Never => {
                vec![Condition::Never]
            }
        },
        View::Context(contexts) => vec![Condition::Context(
            index::Key::context(resource_type),
            each_restricted(contexts),
        )],
        View::EveryTarget(contexts) => match compartment::patient_membership(resource_type) {
            Membership::EveryTarget(parameter) => vec![Condition::EveryTarget(
                index::Key::parameter(parameter),
                each_restricted(contexts),
            )],
            _ => vec![Condition::Never],
        },
    }
}

fn each_restricted(contexts: &[(ResourceType, Restriction)]) -> Vec<(ResourceType, Condition)> {
    contexts
        .iter()
        .map(|(ty, restriction)| (*ty, Condition::All(restrict(*ty, restriction))))
        .collect()
}
