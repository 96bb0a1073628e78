//! Three-valued logic. <http://hl7.org/fhirpath/N1/#boolean-logic>

use super::ast::Operator;
use super::error::PathError;
use super::evaluate::truth;
use super::item::Item;

/// Whether the left operand alone decides the result, so that the right one is not evaluated.
pub(super) fn is_decided(operator: Operator, left: &[Item<'_>]) -> Result<bool, PathError> {
    let deciding = match operator {
        Operator::And | Operator::Implies => false,
        Operator::Or => true,
        _ => return Ok(false),
    };
    truth(left, operator.symbol()).map(|left| left == Some(deciding))
}

/// The result where the left operand decides.
pub(super) fn decided<'a>(operator: Operator) -> Item<'a> {
    Item::Boolean(operator != Operator::And)
}

/// The result of a logical operator; nothing where it is unknown.
pub(super) fn combine(
    operator: Operator,
    left: &[Item<'_>],
    right: &[Item<'_>],
) -> Result<Option<bool>, PathError> {
    let left = truth(left, operator.symbol())?;
    let right = truth(right, operator.symbol())?;
    Ok(match operator {
        Operator::And => or(left.map(not), right.map(not)).map(not),
        Operator::Or => or(left, right),
        Operator::Implies => or(left.map(not), right),
        _ => left.zip(right).map(|(left, right)| left != right),
    })
}

fn not(value: bool) -> bool {
    !value
}

fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}
