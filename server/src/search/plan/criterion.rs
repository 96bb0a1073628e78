//! From a clause of a query to the condition that says the same.

use fhir::compartment::{self, Membership};
use fhir::resource_type::ResourceType;
use fhir::search_parameter::SearchParameter;

use super::view::restrict;
use super::{Chained, Condition, flatten};
use crate::search::filter::Filter;
use crate::search::index;
use crate::search::query::{Clause, Match, Test};
use crate::search::reference::Target;

/// What a resource must satisfy for a clause of a query.
pub(super) fn criterion(
    resource_type: ResourceType,
    clause: &Clause,
    chained: Chained<'_>,
) -> Condition {
    let key = index::Key::parameter(clause.parameter);
    match &clause.test {
        Test::Chain(targets) => Condition::Context(
            key,
            targets
                .iter()
                .filter_map(|(ty, clause)| Some((*ty, hop(*ty, clause, chained)?)))
                .collect(),
        ),
        Test::Has(source, parameter, clause) => match hop(*source, clause, chained) {
            Some(inside) => {
                Condition::ReferredToBy(*source, index::Key::parameter(parameter), Box::new(inside))
            }
            None => Condition::Never,
        },
        Test::Missing(true) => Condition::Not(Box::new(present(resource_type, clause))),
        Test::Missing(false) => present(resource_type, clause),
        Test::AnyOf(matches) => any_of(resource_type, clause, matches),
        Test::NoneOf(matches) => Condition::Not(Box::new(any_of(resource_type, clause, matches))),
    }
}

/// What a resource must satisfy for a filter.
pub(super) fn filter(
    resource_type: ResourceType,
    filter: &Filter,
    chained: Chained<'_>,
) -> Condition {
    let each = |parts: &[Filter]| {
        parts
            .iter()
            .map(|part| self::filter(resource_type, part, chained))
            .collect()
    };
    match filter {
        Filter::All(parts) => Condition::All(each(parts)),
        Filter::Any(parts) => Condition::Any(each(parts)),
        Filter::Not(inner) => Condition::Not(Box::new(self::filter(resource_type, inner, chained))),
        Filter::Contains(ty, inner) => {
            let inside = flatten(vec![self::filter(*ty, inner, chained)]);
            Condition::Contains(*ty, Box::new(Condition::All(inside)))
        }
        Filter::Test(clause) => criterion(resource_type, clause, chained),
    }
}

/// What a resource at the other end of a reference must satisfy: the clause, inside the view.
fn hop(ty: ResourceType, clause: &Clause, chained: Chained<'_>) -> Option<Condition> {
    let mut conditions = restrict(ty, chained(ty)?);
    conditions.push(criterion(ty, clause, chained));
    Some(Condition::All(flatten(conditions)))
}

/// Every resource has an id and a time of last update.
fn present(resource_type: ResourceType, clause: &Clause) -> Condition {
    match clause.parameter.code {
        "_id" | "_lastUpdated" => Condition::All(Vec::new()),
        _ => kept(resource_type, clause.parameter, Condition::Has),
    }
}

/// What holds of the values of a parameter, wherever they are kept.
fn kept(
    resource_type: ResourceType,
    parameter: &SearchParameter,
    of: impl Fn(index::Key) -> Condition,
) -> Condition {
    match index::kept(resource_type, parameter) {
        // Nothing may depend on it that a condition without parts is never true.
        [] => of(index::Key::parameter(parameter)),
        [key] => of(*key),
        keys => Condition::Any(keys.iter().map(|key| of(*key)).collect()),
    }
}

fn any_of(resource_type: ResourceType, clause: &Clause, matches: &[Match]) -> Condition {
    let mut conditions: Vec<_> = match clause.parameter.code {
        "_id" => vec![Condition::Id(ids(matches))],
        "_lastUpdated" => matches
            .iter()
            .filter_map(|value| match value {
                Match::Date(prefix, range) => Some(Condition::Updated(*prefix, *range)),
                _ => None,
            })
            .collect(),
        _ => matches
            .iter()
            .map(|value| single(resource_type, clause.parameter, value))
            .collect(),
    };
    match conditions.len() {
        1 => conditions.swap_remove(0),
        _ => Condition::Any(conditions),
    }
}

/// Ids are compared as written, unlike other tokens.
fn ids(matches: &[Match]) -> Vec<String> {
    matches
        .iter()
        .filter_map(|value| match value {
            Match::Exact(id) => Some(id.clone()),
            _ => None,
        })
        .collect()
}

fn single(resource_type: ResourceType, parameter: &SearchParameter, value: &Match) -> Condition {
    let found = kept(resource_type, parameter, |key| {
        Condition::Value(key, value.clone())
    });
    match value {
        Match::Reference(targets) if targets.is_empty() => Condition::Never,
        // `patient=` names the compartment whenever the parameter alone confers membership.
        Match::Reference(targets) => match targets.as_slice() {
            [Target::Local(ty, id)]
                if ty.as_str() == "Patient" && confers_membership(resource_type, parameter) =>
            {
                let compartment = Condition::Compartment(resource_type, id.clone());
                Condition::All(vec![compartment, found])
            }
            _ => found,
        },
        _ => found,
    }
}

/// Only the patients among the targets of another parameter.
const PATIENTS: &str = ".where(resolve() is Patient)";

/// Whether whom the parameter names is a patient that the resource belongs to: it is one of those
/// that confer membership, or names the patients among their targets.
fn confers_membership(resource_type: ResourceType, parameter: &SearchParameter) -> bool {
    let expression = parameter.expression;
    let targets = expression.strip_suffix(PATIENTS).unwrap_or(expression);
    match compartment::patient_membership(resource_type) {
        Membership::References(members) => {
            let mut members = members.iter().map(|member| member.expression);
            members.any(|member| member == expression || member == targets)
        }
        _ => false,
    }
}
