//! `_filter`: conditions joined by `and`, `or` and `not` (R4, "_filter").
//!
//! A test compares a parameter, or a chain that ends in one, with a value by an operator. `and`
//! binds closer than `or`. What a parameter's kind has no comparison for is refused.

mod comparison;
mod parse;

use std::collections::BTreeSet;

use fhir::resource_type::ResourceType;

use super::clause::Clause;

pub(super) use parse::parse;

/// What a filter asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these.
    All(Vec<Filter>),
    /// At least one of these.
    Any(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// It contains a resource of this type that satisfies this; never written in a `_filter`.
    Contains(ResourceType, Box<Filter>),
    /// One test.
    Test(Clause),
}

impl Filter {
    /// How many values it compares with.
    pub(super) fn values(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::values).sum(),
            Self::Not(inner) | Self::Contains(_, inner) => inner.values(),
            Self::Test(clause) => clause.values(),
        }
    }

    pub(super) fn collect_chained(&self, types: &mut BTreeSet<ResourceType>) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.collect_chained(types);
                }
            }
            Self::Not(inner) | Self::Contains(_, inner) => inner.collect_chained(types),
            Self::Test(clause) => clause.collect_chained(types),
        }
    }
}
