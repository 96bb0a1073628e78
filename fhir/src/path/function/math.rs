//! Functions of numbers. <http://hl7.org/fhirpath/N1/#math-1>

use super::{Function, Invocation, function, one};
use crate::path::arithmetic::integer;
use crate::path::decimal::Decimal;
use crate::path::error::PathError;
use crate::path::evaluate::Answer;
use crate::path::item::Item;

pub(super) const FUNCTIONS: &[Function] = &[
    function("abs", 0, 0, abs),
    function("ceiling", 0, 0, |call| {
        whole(call, |value| {
            Decimal::whole(value.negate().floor()).negate()
        })
    }),
    function("exp", 0, 0, |call| float(call, f64::exp)),
    function("floor", 0, 0, |call| {
        whole(call, |value| Decimal::whole(value.floor()))
    }),
    function("ln", 0, 0, |call| float(call, f64::ln)),
    function("log", 1, 1, |call| float_with(call, f64::log)),
    function("power", 1, 1, power),
    function("round", 0, 1, round),
    function("sqrt", 0, 0, |call| float(call, f64::sqrt)),
    function("truncate", 0, 0, |call| whole(call, |value| value)),
];

/// The single number the function is applied to.
fn number(call: &Invocation<'_, '_>) -> Result<Option<Decimal>, PathError> {
    let Some(item) = call.single()? else {
        return Ok(None);
    };
    item.as_decimal().map(Some).ok_or(call.type_fault())
}

fn argument(call: &Invocation<'_, '_>) -> Result<Option<Decimal>, PathError> {
    let Some(item) = call.single_value(0)? else {
        return Ok(None);
    };
    item.as_decimal().map(Some).ok_or(call.type_fault())
}

fn abs<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let magnitude = |value: Decimal| {
        if value.is_negative() {
            value.negate()
        } else {
            value
        }
    };
    Ok(one(match call.single()?.map(Item::value) {
        None => None,
        Some(Item::Integer(value)) => value.checked_abs().map(Item::Integer),
        Some(Item::Decimal(value)) => Some(Item::Decimal(magnitude(value))),
        Some(Item::Quantity(mut quantity)) => {
            quantity.value = magnitude(quantity.value);
            Some(Item::Quantity(quantity))
        }
        Some(_) => return Err(call.type_fault()),
    }))
}

fn whole<'a>(call: &Invocation<'_, 'a>, operate: fn(Decimal) -> Decimal) -> Answer<'a> {
    Ok(one(number(call)?.map(operate).and_then(integer)))
}

/// A function that needs floating point; empty where the result is no number.
fn float<'a>(call: &Invocation<'_, 'a>, operate: fn(f64) -> f64) -> Answer<'a> {
    let result = number(call)?.map(|value| operate(value.to_f64()));
    Ok(one(result.and_then(Decimal::from_f64).map(Item::Decimal)))
}

fn float_with<'a>(call: &Invocation<'_, 'a>, operate: fn(f64, f64) -> f64) -> Answer<'a> {
    let operands = number(call)?.zip(argument(call)?);
    let result = operands.map(|(left, right)| operate(left.to_f64(), right.to_f64()));
    Ok(one(result.and_then(Decimal::from_f64).map(Item::Decimal)))
}

/// Exact for a whole exponent that is not negative.
fn power<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let (Some(operand), Some(exponent)) = (call.single()?, call.single_value(0)?) else {
        return Ok(Vec::new());
    };
    let Item::Integer(exponent) = exponent else {
        return float_with(call, f64::powf);
    };
    match (operand.value(), u32::try_from(exponent)) {
        (Item::Integer(value), Ok(exponent)) => {
            Ok(one(value.checked_pow(exponent).map(Item::Integer)))
        }
        (Item::Decimal(value), Ok(exponent)) if exponent <= 64 => {
            let mut factors = (0..exponent).map(|_| value);
            let product = factors.try_fold(Decimal::whole(1), Decimal::multiply);
            product.map_or_else(
                || float_with(call, f64::powf),
                |value| Ok(vec![Item::Decimal(value)]),
            )
        }
        _ => float_with(call, f64::powf),
    }
}

fn round<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let scale = call.integer(0)?.unwrap_or(0);
    let scale = u32::try_from(scale).map_err(|_| call.type_fault())?;
    Ok(one(number(call)?
        .and_then(|value| value.rounded(scale))
        .map(Item::Decimal)))
}
