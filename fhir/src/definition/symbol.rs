//! Element names as small numbers, so that a step of a path compares integers.

use super::table::definitions;

/// The number of an element name that occurs in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(pub(super) u16);

impl Symbol {
    /// The symbol of `name`, or nothing if no type of FHIR has an element of that name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        definitions().symbols.get(name).copied()
    }
}
