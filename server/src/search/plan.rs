//! Query and restriction become one plan: where to walk, and what each candidate must satisfy.
//!
//! A plan is logical: it names parameters, values and compartments, not tables. Because the
//! restriction is part of it, no path can fetch a row first and forget to check it afterwards.

use fhir::compartment::{self, Membership};
use fhir::resource_type::ResourceType;

use super::include::{Direction, Include};
use super::query::{Clause, Match, Prefix, Query, Test};
use super::sort::Sort;
use super::{date, index, reference};
use crate::access::restriction::{Alternative, Restriction, View};

/// What a resource must satisfy.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// No resource does.
    Never,
    /// All of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// Its logical id is one of these.
    Id(Vec<String>),
    /// Its `meta.lastUpdated` compares so.
    Updated(Prefix, date::Range),
    /// It has a value of this parameter, whatever it is.
    Has(index::Key),
    /// A value of this parameter matches.
    Value(index::Key, Match),
    /// It belongs to this patient.
    Compartment(ResourceType, String),
    /// This parameter refers to something, and everything it refers to has one of these types and
    /// satisfies its condition.
    EveryTarget(index::Key, Vec<(ResourceType, Condition)>),
    /// A resource that this parameter refers to has this type and satisfies the condition.
    Context(index::Key, Vec<(ResourceType, Condition)>),
    /// A resource of this type refers to it by this parameter and satisfies the condition.
    ReferredToBy(ResourceType, index::Key, Box<Condition>),
}

/// The walk that yields candidates in the order of their keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Driver {
    /// Resources of the type that belong to a patient.
    Compartment(String),
    /// Resources with this very value.
    Value(index::Key, Match),
    /// Every resource of the type.
    Type,
}

/// A search or read that can be handed to a store.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The type of the resources.
    pub resource_type: ResourceType,
    /// Where to walk.
    pub driver: Driver,
    /// What each candidate must satisfy besides.
    pub conditions: Vec<Condition>,
    /// In which order; by key when empty.
    pub sort: Vec<Sort>,
}

/// What may be seen while searching.
#[derive(Clone, Copy)]
pub struct SearchView<'a> {
    /// Of the type searched.
    pub searched: &'a Restriction,
    /// Of the types that chains look at: a predicate about what may not be searched is never true.
    pub chained: Chained<'a>,
}

/// The restriction of a chained type; `None` for nothing.
pub type Chained<'a> = &'a dyn Fn(ResourceType) -> Option<&'a Restriction>;

/// For queries without chains.
pub fn unchained<'a>(_: ResourceType) -> Option<&'a Restriction> {
    None
}

/// What comes along with a page: references to follow, and what may be seen at their ends.
#[derive(Debug, Clone, PartialEq)]
pub struct IncludePlan {
    /// Which way.
    pub direction: Direction,
    /// The references.
    pub parameters: Vec<index::Key>,
    /// For a reverse include, the only type of match to start from.
    pub from: Option<ResourceType>,
    /// The types at the other end, each under its own restriction.
    pub admitted: Vec<(ResourceType, Condition)>,
}

impl IncludePlan {
    /// The plan of an include; `restriction` tells what of a type may be seen, `None` for nothing.
    pub fn new<'a>(
        include: &Include,
        restriction: impl Fn(ResourceType) -> Option<&'a Restriction>,
    ) -> Self {
        Self {
            direction: include.direction,
            from: include
                .target
                .filter(|_| include.direction == Direction::Reverse),
            parameters: include
                .parameters
                .iter()
                .map(|parameter| index::Key::parameter(parameter))
                .collect(),
            admitted: include
                .reaches()
                .into_iter()
                .filter_map(|ty| {
                    let conditions = restrict(ty, restriction(ty)?);
                    Some((ty, Condition::All(flatten(conditions))))
                })
                .collect(),
        }
    }
}

impl Plan {
    /// The plan of a search under a restriction.
    pub fn search(query: &Query, view: &SearchView<'_>) -> Self {
        Self {
            sort: query.sort.clone(),
            ..Self::over(query.resource_type, Self::search_conditions(query, view))
        }
    }

    /// Everything that a match of a search under a restriction satisfies.
    pub fn search_conditions(query: &Query, view: &SearchView<'_>) -> Vec<Condition> {
        let mut conditions: Vec<_> = query
            .clauses
            .iter()
            .map(|clause| condition(query.resource_type, clause, view.chained))
            .collect();
        let restriction = view.searched;
        conditions.extend(restrict(query.resource_type, restriction));
        conditions
    }

    /// The plan of a read under a restriction.
    pub fn read(resource_type: ResourceType, id: &str, restriction: &Restriction) -> Self {
        let mut conditions = vec![Condition::Id(vec![id.to_owned()])];
        conditions.extend(restrict(resource_type, restriction));
        Self {
            resource_type,
            driver: Driver::Type,
            conditions,
            sort: Vec::new(),
        }
    }

    fn over(resource_type: ResourceType, conditions: Vec<Condition>) -> Self {
        let mut conditions = flatten(conditions);
        let driver = choose_driver(resource_type, &conditions);
        conditions.retain(|condition| !implied(&driver, resource_type, condition));
        Self {
            resource_type,
            driver,
            conditions,
            sort: Vec::new(),
        }
    }
}

/// Conditions without nesting that says nothing and without repetition.
fn flatten(conditions: Vec<Condition>) -> Vec<Condition> {
    let mut flat = Vec::new();
    for condition in conditions {
        match condition {
            Condition::All(all) => {
                for inner in flatten(all) {
                    push_new(&mut flat, inner);
                }
            }
            other => push_new(&mut flat, other),
        }
    }
    flat
}

fn push_new(flat: &mut Vec<Condition>, condition: Condition) {
    if !flat.contains(&condition) {
        flat.push(condition);
    }
}

/// The narrowest walk: a patient's compartment, else a single exact value, else the whole type.
/// Asking for ids needs no walk at all, so the type stands and the store looks them up.
fn choose_driver(resource_type: ResourceType, conditions: &[Condition]) -> Driver {
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
        _ => None,
    });
    let value = || {
        conditions.iter().find_map(|condition| match condition {
            Condition::Value(key, value) if is_exact(value) => {
                Some(Driver::Value(*key, value.clone()))
            }
            _ => None,
        })
    };
    compartment.or_else(value).unwrap_or(Driver::Type)
}

fn is_exact(value: &Match) -> bool {
    match value {
        Match::Token(token) => token.system.is_some() && token.code.is_some(),
        Match::Reference(targets) => targets.len() == 1,
        Match::Uri(_) => true,
        _ => false,
    }
}

fn implied(driver: &Driver, resource_type: ResourceType, condition: &Condition) -> bool {
    match (driver, condition) {
        (Driver::Compartment(patient), Condition::Compartment(ty, theirs)) => {
            *ty == resource_type && theirs == patient
        }
        (Driver::Value(key, value), Condition::Value(other, theirs)) => {
            key == other && value == theirs
        }
        _ => false,
    }
}

fn condition(resource_type: ResourceType, clause: &Clause, chained: Chained<'_>) -> Condition {
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
        Test::Missing(true) => Condition::Not(Box::new(present(clause, key))),
        Test::Missing(false) => present(clause, key),
        Test::AnyOf(matches) => any_of(resource_type, clause, key, matches),
        Test::NoneOf(matches) => {
            Condition::Not(Box::new(any_of(resource_type, clause, key, matches)))
        }
    }
}

/// What a resource at the other end of a reference must satisfy: the clause, inside the view.
fn hop(ty: ResourceType, clause: &Clause, chained: Chained<'_>) -> Option<Condition> {
    let mut conditions = restrict(ty, chained(ty)?);
    conditions.push(condition(ty, clause, chained));
    Some(Condition::All(flatten(conditions)))
}

/// Every resource has an id and a time of last update.
fn present(clause: &Clause, key: index::Key) -> Condition {
    match clause.parameter.code {
        "_id" | "_lastUpdated" => Condition::All(Vec::new()),
        _ => Condition::Has(key),
    }
}

fn any_of(
    resource_type: ResourceType,
    clause: &Clause,
    key: index::Key,
    matches: &[Match],
) -> Condition {
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
            .map(|value| single(resource_type, key, value))
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

fn single(resource_type: ResourceType, key: index::Key, value: &Match) -> Condition {
    match value {
        Match::Reference(targets) if targets.is_empty() => Condition::Never,
        // `patient=` names the compartment whenever the parameter alone confers membership.
        Match::Reference(targets) => match targets.as_slice() {
            [reference::Target::Local(ty, id)]
                if ty.as_str() == "Patient" && confers_membership(resource_type, key) =>
            {
                Condition::All(vec![
                    Condition::Compartment(resource_type, id.clone()),
                    Condition::Value(key, value.clone()),
                ])
            }
            _ => Condition::Value(key, value.clone()),
        },
        _ => Condition::Value(key, value.clone()),
    }
}

fn confers_membership(resource_type: ResourceType, key: index::Key) -> bool {
    match compartment::patient_membership(resource_type) {
        Membership::References(parameters) => parameters
            .iter()
            .any(|parameter| index::Key::parameter(parameter) == key),
        _ => false,
    }
}

/// The restriction as conditions; none when everything of the type may be seen.
fn restrict(resource_type: ResourceType, restriction: &Restriction) -> Vec<Condition> {
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
            .map(|clause| condition(resource_type, clause, &unchained)),
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
