//! Conversions between `FHIRPath`'s own types. <http://hl7.org/fhirpath/N1/#conversion>

use super::{Function, Invocation, function, one, yes};
use crate::path::decimal::Decimal;
use crate::path::evaluate::Answer;
use crate::path::item::Item;
use crate::path::quantity::Quantity;
use crate::path::temporal::{Date, DateTime, Time};

pub(super) const FUNCTIONS: &[Function] = &[
    function("convertsToBoolean", 0, 0, |call| converts(call, to_boolean)),
    function("convertsToDate", 0, 0, |call| converts(call, to_date)),
    function("convertsToDateTime", 0, 0, |call| {
        converts(call, to_date_time)
    }),
    function("convertsToDecimal", 0, 0, |call| converts(call, to_decimal)),
    function("convertsToInteger", 0, 0, |call| converts(call, to_integer)),
    function("convertsToQuantity", 0, 1, converts_to_quantity),
    function("convertsToString", 0, 0, |call| converts(call, to_string)),
    function("convertsToTime", 0, 0, |call| converts(call, to_time)),
    function("toBoolean", 0, 0, |call| convert(call, to_boolean)),
    function("toDate", 0, 0, |call| convert(call, to_date)),
    function("toDateTime", 0, 0, |call| convert(call, to_date_time)),
    function("toDecimal", 0, 0, |call| convert(call, to_decimal)),
    function("toInteger", 0, 0, |call| convert(call, to_integer)),
    function("toQuantity", 0, 1, quantity),
    function("toString", 0, 0, |call| convert(call, to_string)),
    function("toTime", 0, 0, |call| convert(call, to_time)),
];

/// A conversion of a value that is no node; nothing if it has none.
type Conversion = for<'a> fn(&Item<'a>) -> Option<Item<'a>>;

fn convert<'a>(call: &Invocation<'_, 'a>, conversion: Conversion) -> Answer<'a> {
    Ok(one(call
        .single()?
        .and_then(|item| conversion(&item.value()))))
}

fn converts<'a>(call: &Invocation<'_, 'a>, conversion: Conversion) -> Answer<'a> {
    let Some(item) = call.single()? else {
        return Ok(Vec::new());
    };
    Ok(yes(conversion(&item.value()).is_some()))
}

fn to_boolean<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    let value = match item {
        Item::Boolean(value) => *value,
        Item::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => true,
            "false" | "f" | "no" | "n" | "0" | "0.0" => false,
            _ => return None,
        },
        number => match number.as_decimal()? {
            value if value == Decimal::whole(1) => true,
            value if value.is_zero() => false,
            _ => return None,
        },
    };
    Some(Item::Boolean(value))
}

fn to_integer<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::Integer(value) => Some(Item::Integer(*value)),
        Item::Boolean(value) => Some(Item::Integer((*value).into())),
        Item::String(text) => text.parse().ok().map(Item::Integer),
        _ => None,
    }
}

fn to_decimal<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    let value = match item {
        Item::Boolean(value) => i32::from(*value).into(),
        Item::String(text) if text.contains(['e', 'E']) => return None,
        Item::String(text) => Decimal::parse(text.strip_prefix('+').unwrap_or(text))?,
        number => number.as_decimal()?,
    };
    Some(Item::Decimal(value))
}

fn to_date<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::String(text) => DateTime::parse(text).map(|moment| Item::Date(moment.date)),
        Item::Date(_) | Item::DateTime(_) => item.as_moment().map(|moment| Item::Date(moment.date)),
        _ => None,
    }
}

fn to_date_time<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::String(text) => DateTime::parse(text).map(Item::DateTime),
        moment => moment.as_moment().map(Item::DateTime),
    }
}

fn to_time<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::String(text) => Time::parse(text.strip_prefix('T').unwrap_or(text)).map(Item::Time),
        Item::Time(time) => Some(Item::Time(*time)),
        _ => None,
    }
}

pub(super) fn to_string<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    let text = match item {
        Item::String(text) => return Some(Item::String(text.clone())),
        Item::Boolean(value) => value.to_string(),
        Item::Integer(value) => value.to_string(),
        Item::Decimal(value) => value.to_string(),
        Item::Date(date) => Date::to_string(date),
        Item::DateTime(moment) => moment.to_string(),
        Item::Time(time) => time.to_string(),
        Item::Quantity(quantity) => quantity.to_string(),
        Item::Node(_) | Item::Unresolved(_) | Item::TypeName(_) => return None,
    };
    Some(Item::owned_text(text))
}

fn to_quantity<'a>(item: &Item<'a>) -> Option<Quantity<'a>> {
    match item {
        Item::Boolean(value) => Some(Quantity::ucum(i32::from(*value).into(), "1")),
        Item::String(text) => Quantity::parse(text),
        number => number.as_quantity(),
    }
}

/// With an argument the quantity is converted to that unit.
fn quantity<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let quantity = call.single()?.and_then(|item| to_quantity(&item.value()));
    let quantity = match (quantity, call.text(0)?) {
        (Some(quantity), Some(unit)) => quantity.in_unit(unit),
        (quantity, _) => quantity,
    };
    Ok(one(
        quantity.map(|quantity| Item::Quantity(Box::new(quantity)))
    ))
}

fn converts_to_quantity<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    if call.input.is_empty() {
        return Ok(Vec::new());
    }
    quantity(call).map(|items| yes(!items.is_empty()))
}
