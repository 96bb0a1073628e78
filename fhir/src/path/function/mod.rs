//! The functions by name, and what a call offers them.

mod aggregate;
mod combining;
mod conversion;
mod existence;
mod fhir;
mod filtering;
mod math;
mod reference;
mod string;
mod subsetting;
mod tree;
mod utility;

use std::borrow::Cow;
use std::fmt;

use super::ast::{Call, Expression};
use super::error::PathError;
use super::evaluate::{Answer, Evaluator, Frame, truth};
use super::item::Item;

/// A function: how many arguments it takes and what it does.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) least: usize,
    pub(super) most: usize,
    /// Whether the first argument is a regular expression.
    pub(super) takes_pattern: bool,
    pub(super) apply: Apply,
}

pub(super) type Apply = for<'x, 'a> fn(&Invocation<'x, 'a>) -> Answer<'a>;

/// A row of a table of functions.
const fn function(name: &'static str, least: usize, most: usize, apply: Apply) -> Function {
    Function {
        name,
        least,
        most,
        takes_pattern: false,
        apply,
    }
}

/// The function of this name. `is`, `as` and `ofType` take a type and are not among them.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    static GROUPS: [&[Function]; 11] = [
        aggregate::FUNCTIONS,
        combining::FUNCTIONS,
        conversion::FUNCTIONS,
        existence::FUNCTIONS,
        fhir::FUNCTIONS,
        filtering::FUNCTIONS,
        math::FUNCTIONS,
        string::FUNCTIONS,
        subsetting::FUNCTIONS,
        tree::FUNCTIONS,
        utility::FUNCTIONS,
    ];
    GROUPS
        .into_iter()
        .flatten()
        .find(|function| function.name == name)
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// A call of a function on a collection.
pub(super) struct Invocation<'x, 'a> {
    pub(super) evaluator: &'x Evaluator<'x, 'a>,
    pub(super) call: &'a Call,
    pub(super) input: &'x [Item<'a>],
    /// What surrounds the call; arguments are evaluated there unless they speak of each item.
    pub(super) frame: Frame<'x, 'a>,
}

impl<'x, 'a> Invocation<'x, 'a> {
    fn name(&self) -> &'static str {
        self.call.function.name
    }

    fn argument(&self, at: usize) -> Option<&'a Expression> {
        self.call.arguments.get(at)
    }

    /// The value of an argument in the surroundings of the call; empty if there is none.
    fn value(&self, at: usize) -> Answer<'a> {
        match self.argument(at) {
            Some(argument) => self.evaluator.evaluate(argument, &self.frame),
            None => Ok(Vec::new()),
        }
    }

    /// The single item of an argument, converted to `FHIRPath`'s own types.
    fn single_value(&self, at: usize) -> Result<Option<Item<'a>>, PathError> {
        let items = self.value(at)?;
        self.single_of(&items).map(|item| item.map(Item::value))
    }

    fn integer(&self, at: usize) -> Result<Option<i32>, PathError> {
        match self.single_value(at)? {
            None => Ok(None),
            Some(Item::Integer(value)) => Ok(Some(value)),
            Some(_) => Err(self.type_fault()),
        }
    }

    fn text(&self, at: usize) -> Result<Option<Cow<'a, str>>, PathError> {
        match self.single_value(at)? {
            None => Ok(None),
            Some(Item::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.type_fault()),
        }
    }

    /// The value of an argument that speaks of an item, `$this`.
    fn of_item(&self, argument: &'a Expression, at: usize) -> Answer<'a> {
        let Some(item) = self.input.get(at) else {
            return Ok(Vec::new());
        };
        let focus = std::slice::from_ref(item);
        let frame = Frame {
            focus,
            index: Some(at),
            total: self.frame.total,
        };
        self.evaluator.evaluate(argument, &frame)
    }

    /// Whether a criterion holds for the item; an empty answer counts as no.
    fn holds(&self, criterion: &'a Expression, at: usize) -> Result<bool, PathError> {
        let answer = self.of_item(criterion, at)?;
        truth(&answer, self.name()).map(|value| value == Some(true))
    }

    fn single_of<'i>(&self, items: &'i [Item<'a>]) -> Result<Option<&'i Item<'a>>, PathError> {
        match items {
            [] => Ok(None),
            [item] => Ok(Some(item)),
            _ => Err(PathError::NotSingle(self.name())),
        }
    }

    /// The single item the function is applied to.
    fn single(&self) -> Result<Option<&'x Item<'a>>, PathError> {
        self.single_of(self.input)
    }

    /// The single string the function is applied to.
    fn single_text(&self) -> Result<Option<Cow<'a, str>>, PathError> {
        match self.single()?.map(Item::value) {
            None => Ok(None),
            Some(Item::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.type_fault()),
        }
    }

    fn type_fault(&self) -> PathError {
        PathError::Type(self.name())
    }
}

fn yes(value: bool) -> Vec<Item<'static>> {
    vec![Item::Boolean(value)]
}

fn one(item: Option<Item<'_>>) -> Vec<Item<'_>> {
    item.into_iter().collect()
}

/// The length of a collection or text as an integer.
fn count(length: usize) -> Item<'static> {
    Item::Integer(i32::try_from(length).unwrap_or(i32::MAX))
}
