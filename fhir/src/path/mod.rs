//! `FHIRPath`, version N1 (<http://hl7.org/fhirpath/N1>), with FHIR's additions
//! (<http://hl7.org/fhir/R4/fhirpath.html>).
//!
//! An expression is parsed once into a [`Path`]; evaluating it reads the JSON form of a resource
//! in place and yields [`Item`]s that borrow from it.
//!
//! ```
//! use fhir::path::{Environment, Item, Node, Path};
//!
//! let resource = serde_json::json!({
//!     "resourceType": "Observation",
//!     "status": "final",
//!     "valueQuantity": { "value": 72, "code": "/min" },
//! });
//! let node = Node::resource(&resource);
//! let nothing = Environment::default();
//!
//! let value = Path::parse("(Observation.value as Quantity)")?;
//! let items = value.evaluate(&node, &nothing)?;
//! let Some(Item::Node(quantity)) = items.first() else { panic!() };
//! assert_eq!(quantity.type_name(), "Quantity");
//! assert_eq!(quantity.value(), Some(&resource["valueQuantity"]));
//!
//! let is_done = Path::parse("status in ('final' | 'amended') and value.exists()")?;
//! assert!(is_done.holds(&node, &nothing)?);
//! # Ok::<(), fhir::path::PathError>(())
//! ```
//!
//! Deviations, all of them needed by what HL7 publishes:
//! - `as` on several items keeps those of the type instead of failing;
//! - `as(DateTime)` also accepts FHIR's `dateTime` (and so for the other primitives);
//! - without a way to resolve references, `resolve()` yields an item of which only the type is
//!   known, so that `resolve() is Patient` can be decided;
//! - a moment without an offset is taken to have that of [`Environment::now`], else UTC.

mod alternatives;
mod arithmetic;
mod ast;
mod decimal;
mod environment;
mod equality;
mod error;
mod evaluate;
mod function;
mod item;
mod lexer;
mod logic;
mod needs;
mod node;
mod order;
mod parse;
mod pattern;
mod print;
mod quantity;
mod temporal;
mod temporal_text;
mod term;
mod unit;

use std::fmt;

pub use decimal::Decimal;
pub use environment::{ConformsTo, Environment, MemberOf, Resolve};
pub use error::PathError;
pub use item::{Item, TypeName};
pub use needs::Needs;
pub use node::Node;
pub use quantity::Quantity;
pub use temporal::{Date, DateTime, Fraction, Time};

/// How deeply an expression may be nested, parentheses and operators both counting.
pub const MAX_DEPTH: usize = 64;

/// A compiled `FHIRPath` expression. Its `Display` form parses to an equal path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    expression: ast::Expression,
}

impl Path {
    /// Compiles an expression; unknown functions and wrong numbers of arguments are refused here.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        parse::expression(text).map(|expression| Self { expression })
    }

    /// Evaluates the expression on a node; a path without a start begins there. The result borrows
    /// from the resource and from the path (for its literals).
    pub fn evaluate<'a, 'e: 'a>(
        &'a self,
        node: &Node<'a>,
        environment: &Environment<'e>,
    ) -> Result<Vec<Item<'a>>, PathError> {
        evaluate::evaluate(&self.expression, node, environment)
    }

    /// Evaluates the expression as a condition; an empty result is false.
    pub fn holds<'a, 'e: 'a>(
        &'a self,
        node: &Node<'a>,
        environment: &Environment<'e>,
    ) -> Result<bool, PathError> {
        let items = self.evaluate(node, environment)?;
        evaluate::truth(&items, "condition").map(|value| value == Some(true))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.fmt(formatter)
    }
}
