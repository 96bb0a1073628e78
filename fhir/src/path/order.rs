//! Which of two items is less. <http://hl7.org/fhirpath/N1/#comparison>

use std::cmp::Ordering;

use super::ast::Operator;
use super::error::PathError;
use super::evaluate::Evaluator;
use super::item::Item;

/// Whether a comparison holds; nothing where an operand is empty or too imprecise.
pub(super) fn holds(
    operator: Operator,
    left: &[Item<'_>],
    right: &[Item<'_>],
    evaluator: &Evaluator<'_, '_>,
) -> Result<Option<bool>, PathError> {
    let (left, right) = match (left, right) {
        ([], _) | (_, []) => return Ok(None),
        ([left], [right]) => (left.value(), right.value()),
        _ => return Err(PathError::NotSingle(operator.symbol())),
    };
    let order = match compare(&left, &right, evaluator.offset) {
        Comparison::Known(order) => Some(order),
        Comparison::Unknown => None,
        Comparison::Undefined => return Err(PathError::Type(operator.symbol())),
    };
    Ok(order.map(|order| match operator {
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }))
}

/// What is known about the order of two values.
pub(super) enum Comparison {
    Known(Ordering),
    /// The precision or the units do not tell.
    Unknown,
    /// The types have no order.
    Undefined,
}

impl From<Option<Ordering>> for Comparison {
    fn from(order: Option<Ordering>) -> Self {
        order.map_or(Self::Unknown, Self::Known)
    }
}

/// The order of two values that are no nodes.
pub(super) fn compare(left: &Item<'_>, right: &Item<'_>, offset: i16) -> Comparison {
    match (left, right) {
        (Item::String(left), Item::String(right)) => Comparison::Known(left.cmp(right)),
        (Item::Time(left), Item::Time(right)) => left.compare(*right).into(),
        (Item::Integer(left), Item::Integer(right)) => Comparison::Known(left.cmp(right)),
        _ => {
            if let Some((left, right)) = left.as_moment().zip(right.as_moment()) {
                return left.compare(right, offset).into();
            }
            if let Some((left, right)) = left.as_decimal().zip(right.as_decimal()) {
                return Comparison::Known(left.cmp(&right));
            }
            match left.as_quantity().zip(right.as_quantity()) {
                Some((left, right)) => left.compare(&right).into(),
                None => Comparison::Undefined,
            }
        }
    }
}
