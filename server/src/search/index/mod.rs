//! From a resource to its index rows: a pure function, so rebuilding an index changes nothing.

pub mod chart;
mod compile;
mod contained;
mod extract;
mod found;
mod gate;
mod kept;
mod label;
mod measure;
mod value;

use fhir::resource_type::ResourceType;
use fhir::search_parameter::SearchParameter;

pub use contained::Contained;
pub use extract::{Unreadable, extract, kept};

/// What a row is about: a search parameter, the patient compartment of a type, or the context
/// that content of a type hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u16);

const OF_TYPE: u16 = 0x2000;
const IDENTIFIER: u16 = 0x4000;
const COMPARTMENT: u16 = 0x8000;
const CONTEXT: u16 = 0xC000;
const CONTAINED: u16 = 0xFFFF;

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

    /// Rows that stand for a resource inside another one.
    pub fn contained() -> Self {
        Self(CONTAINED)
    }

    /// Where identifiers with a type are kept apart from the other values of the parameter.
    #[must_use]
    pub fn of_type(self) -> Self {
        Self(self.0 | OF_TYPE)
    }

    /// Where identifiers of references are kept apart from the other values of the parameter.
    #[must_use]
    pub fn identifier(self) -> Self {
        Self(self.0 | IDENTIFIER)
    }

    /// Whether only resources of the type have its rows: it is a parameter of that type's own.
    pub fn is_of(self, resource_type: ResourceType) -> bool {
        let mut rows = fhir::search_parameter::all();
        rows.nth(usize::from(self.0))
            .is_some_and(|row| row.number == self.0 && row.base == resource_type.as_str())
    }

    /// Whether its rows say to which patients a resource belongs.
    pub fn is_compartment(self) -> bool {
        (COMPARTMENT..CONTEXT).contains(&self.0)
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
        /// The code, folded. It comes first because it tells two values apart sooner.
        code: String,
        /// URI of the system.
        system: String,
    },
    /// A text, folded and as written.
    Text {
        /// For matching from the start or anywhere.
        folded: String,
        /// For `:exact`; empty where only `:text` may be asked for.
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
    /// The same quantity in the canonical unit of its measure.
    Canonical {
        /// The number; a range for a FHIR Range.
        range: super::number::Range,
        /// The canonical unit.
        unit: String,
    },
    /// A reference.
    Reference(super::reference::Target),
    /// The identifier of a reference, folded.
    Identifier {
        /// The value, folded.
        value: String,
        /// URI of the system; empty when there is none.
        system: String,
    },
    /// An identifier with the type it has.
    OfType(super::token::TypedIdentifier),
    /// A URI.
    Uri(String),
    /// The words of the narrative, sorted, with blanks between them.
    Narrative(String),
    /// The words of the whole resource, sorted, with blanks between them.
    Content(String),
    /// A place.
    Place(super::position::Point),
    /// One element of a composite parameter: the values of each component.
    Composite {
        /// Tells the elements of one resource apart.
        instance: u32,
        /// The values, in the order of the components.
        parts: Vec<Vec<Value>>,
    },
    /// A resource inside this one.
    Contained(Contained),
    /// A line of a patient's chart. It says nothing that other rows do not say.
    Line(chart::Line),
}

/// Changes whenever the same resource would have other rows.
const RULES: u32 = 7;

/// Tells indexes apart that were made from another table of parameters or by other rules.
pub fn fingerprint() -> String {
    format!("{:016x}-{RULES}", fhir::search_parameter::fingerprint())
}
