//! From a resource to its index rows: a pure function, so rebuilding an index changes nothing.

mod extract;
mod value;

use fhir::resource_type::ResourceType;
use fhir::search_parameter::SearchParameter;

pub use extract::{Unreadable, extract};

/// What a row is about: a search parameter, the patient compartment of a type, or the context
/// that content of a type hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u16);

const COMPARTMENT: u16 = 0x8000;
const CONTEXT: u16 = 0xC000;

impl Key {
    /// Rows of a search parameter.
    pub fn parameter(parameter: &SearchParameter) -> Self {
        Self(parameter.number)
    }

    /// Rows that say to which patients a resource of the type belongs.
    pub fn compartment(resource_type: ResourceType) -> Self {
        Self(COMPARTMENT + resource_type.number())
    }

    /// Rows that say on which resource a resource of the type hangs.
    pub fn context(resource_type: ResourceType) -> Self {
        Self(CONTEXT + resource_type.number())
    }

    /// The number that stands for it in stored rows.
    pub fn number(self) -> u16 {
        self.0
    }
}

/// One value of one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What the value is of.
    pub key: Key,
    /// The value.
    pub value: Value,
}

/// A value as it is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A code, folded, with its system; the system is empty when there is none.
    Token {
        /// URI of the system.
        system: String,
        /// The code, folded.
        code: String,
    },
    /// A text, folded and as written.
    Text {
        /// For matching from the start or anywhere.
        folded: String,
        /// For `:exact`.
        exact: String,
    },
    /// A period, in milliseconds, inclusive.
    Date(super::date::Range),
    /// A number.
    Number(super::number::Range),
    /// A quantity.
    Quantity {
        /// The number; a range for a FHIR Range.
        range: super::number::Range,
        /// URI of the unit's system; empty when there is none.
        system: String,
        /// The unit's code, or its text when there is no code.
        unit: String,
    },
    /// A reference.
    Reference(super::reference::Target),
    /// A URI.
    Uri(String),
}
