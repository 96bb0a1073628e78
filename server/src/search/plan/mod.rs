//! Query and restriction become one plan: where to walk, and what each candidate must satisfy.
//!
//! A plan is logical: it names parameters, values and compartments, not tables. Because the
//! restriction is part of it, no path can fetch a row first and forget to check it afterwards.

mod criterion;
mod driver;
mod membership;
mod view;

use fhir::resource_type::ResourceType;

use super::include::{Direction, Include};
use super::query::{Match, Prefix, Query};
use super::sort::Sort;
use super::{date, index};
use crate::access::restriction::Restriction;
use criterion::{criterion, filter};
pub use driver::charted;
use view::restrict;

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
    /// It belongs to at least one of these patients.
    Compartments(ResourceType, Vec<String>),
    /// This parameter refers to something, and everything it refers to has one of these types and
    /// satisfies its condition.
    EveryTarget(index::Key, Vec<(ResourceType, Condition)>),
    /// A resource that this parameter refers to has this type and satisfies the condition.
    Context(index::Key, Vec<(ResourceType, Condition)>),
    /// It contains a resource of this type that satisfies the condition.
    Contains(ResourceType, Box<Condition>),
    /// A resource of this type refers to it by this parameter and satisfies the condition.
    ReferredToBy(ResourceType, index::Key, Box<Condition>),
}

/// The walk that yields candidates in the order of their keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Driver {
    /// Resources of the type that belong to a patient: its chart, or the part of it that a
    /// condition leaves.
    Chart(String, Option<Condition>),
    /// Resources of the type that belong to at least one of these patients.
    Compartments(Vec<String>),
    /// Resources with this very value.
    Value(index::Key, Match),
    /// Resources that this condition leaves; a store chooses it when they are few.
    Among(Box<Condition>),
    /// What resources of the plan's type contain: those of this type that satisfy the condition. The
    /// matches are they, at their places; the other conditions are about their containers.
    Inside(ResourceType, Box<Condition>),
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

impl Condition {
    /// What a resource of the type satisfies when the restriction admits it.
    pub fn restricted(resource_type: ResourceType, restriction: &Restriction) -> Self {
        Self::All(flatten(restrict(resource_type, restriction)))
    }
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
        let conditions = Self::search_conditions(query, view);
        let plan = match query.inside {
            Some(_) => Self::inside(query.resource_type, conditions),
            None => Self::over(query.resource_type, conditions),
        };
        Self {
            sort: query.sort.clone(),
            ..plan
        }
    }

    /// Everything that a match of a search under a restriction satisfies.
    pub fn search_conditions(query: &Query, view: &SearchView<'_>) -> Vec<Condition> {
        let mut conditions: Vec<_> = query
            .clauses
            .iter()
            .map(|clause| criterion(query.resource_type, clause, view.chained))
            .collect();
        let filters = query.filters.iter();
        conditions.extend(filters.map(|one| filter(query.resource_type, one, view.chained)));
        if let Some(within) = &query.within {
            conditions.push(membership::of(within, query.resource_type));
        }
        conditions.extend(restrict(query.resource_type, view.searched));
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

    /// The plan of everything of a type under a restriction.
    pub fn all(resource_type: ResourceType, restriction: &Restriction) -> Self {
        Self::over(resource_type, restrict(resource_type, restriction))
    }

    /// The plan of what satisfies the conditions, under a restriction.
    pub fn within(
        resource_type: ResourceType,
        restriction: &Restriction,
        mut conditions: Vec<Condition>,
    ) -> Self {
        conditions.extend(restrict(resource_type, restriction));
        Self::over(resource_type, conditions)
    }

    /// The plan of what is contained, as the first such condition says, in resources that satisfy the
    /// others.
    fn inside(resource_type: ResourceType, conditions: Vec<Condition>) -> Self {
        let mut driver = Driver::Among(Box::new(Condition::Never));
        let mut others = Vec::new();
        for condition in flatten(conditions) {
            match condition {
                Condition::Contains(ty, inside) if !matches!(driver, Driver::Inside(..)) => {
                    driver = Driver::Inside(ty, inside);
                }
                other => others.push(other),
            }
        }
        Self {
            resource_type,
            driver,
            conditions: others,
            sort: Vec::new(),
        }
    }

    /// The plan of everything of a type that satisfies the conditions.
    pub fn over(resource_type: ResourceType, conditions: Vec<Condition>) -> Self {
        let mut conditions = flatten(conditions);
        let driver = driver::choose(resource_type, &conditions);
        conditions.retain(|condition| !driver::implies(&driver, resource_type, condition));
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
