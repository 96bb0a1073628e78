//! Arithmetic on numbers, strings, quantities and dates. <http://hl7.org/fhirpath/N1/#math>

use super::ast::Operator;
use super::decimal::Decimal;
use super::error::PathError;
use super::evaluate::{Answer, Evaluator};
use super::item::Item;
use super::quantity::Quantity;
use super::temporal::DateTime;

/// The result of an operator; empty where an operand is, or where the result does not exist
/// (division by zero, overflow).
pub(super) fn operate<'a>(
    operator: Operator,
    left: &[Item<'a>],
    right: &[Item<'a>],
    evaluator: &Evaluator<'_, 'a>,
) -> Answer<'a> {
    let single = |items: &[Item<'a>]| match items {
        [] => Ok(None),
        [item] => Ok(Some(item.value())),
        _ => Err(PathError::NotSingle(operator.symbol())),
    };
    let (left, right) = (single(left)?, single(right)?);
    if operator == Operator::Concatenate {
        return concatenate(left, right, evaluator);
    }
    let (Some(left), Some(right)) = (left, right) else {
        return Ok(Vec::new());
    };
    let result = match (&left, &right) {
        (Item::String(_), Item::String(_)) if operator == Operator::Add => {
            return concatenate(Some(left), Some(right), evaluator);
        }
        (Item::Integer(left), Item::Integer(right)) => integers(operator, *left, *right),
        (Item::Integer(_) | Item::Decimal(_), Item::Integer(_) | Item::Decimal(_)) => {
            decimals(operator, &left, &right)
        }
        (_, Item::Quantity(quantity)) if !matches!(left, Item::Quantity(_)) => {
            return moved(operator, &left, quantity).map(|item| item.into_iter().collect());
        }
        _ => quantities(operator, &left, &right),
    };
    let item = result.map_err(|Undefined| PathError::Type(operator.symbol()))?;
    Ok(item.into_iter().collect())
}

/// The operator is not defined for the types.
struct Undefined;

/// A result; nothing if it does not exist.
type Outcome<'a> = Result<Option<Item<'a>>, Undefined>;

fn concatenate<'a>(
    left: Option<Item<'a>>,
    right: Option<Item<'a>>,
    evaluator: &Evaluator<'_, 'a>,
) -> Answer<'a> {
    let mut text = String::new();
    for item in [left, right].into_iter().flatten() {
        let Item::String(part) = item else {
            return Err(PathError::Type("&"));
        };
        text.push_str(&part);
    }
    evaluator.spend(text.len())?;
    Ok(vec![Item::owned_text(text)])
}

fn integers<'a>(operator: Operator, left: i32, right: i32) -> Outcome<'a> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Quotient => left.checked_div(right),
        Operator::Remainder => left.checked_rem(right),
        Operator::Divide => {
            return Ok(Decimal::from(left).divide(right.into()).map(Item::Decimal));
        }
        _ => return Err(Undefined),
    };
    Ok(result.map(Item::Integer))
}

fn decimals<'a>(operator: Operator, left: &Item<'a>, right: &Item<'a>) -> Outcome<'a> {
    let (left, right) = (
        left.as_decimal().ok_or(Undefined)?,
        right.as_decimal().ok_or(Undefined)?,
    );
    let result = match operator {
        Operator::Add => left.add(right),
        Operator::Subtract => left.subtract(right),
        Operator::Multiply => left.multiply(right),
        Operator::Divide => left.divide(right),
        Operator::Remainder => left.remainder(right),
        Operator::Quotient => return Ok(left.quotient(right).and_then(integer)),
        _ => return Err(Undefined),
    };
    Ok(result.map(Item::Decimal))
}

/// A whole number as an integer; nothing if it does not fit.
pub(super) fn integer<'a>(value: Decimal) -> Option<Item<'a>> {
    i32::try_from(value.truncated()).ok().map(Item::Integer)
}

fn quantities<'a>(operator: Operator, left: &Item<'a>, right: &Item<'a>) -> Outcome<'a> {
    let (left, right) = (
        left.as_quantity().ok_or(Undefined)?,
        right.as_quantity().ok_or(Undefined)?,
    );
    let result = match operator {
        Operator::Add => left.add(&right),
        Operator::Subtract => left.add(&right.negate()),
        Operator::Multiply => left.scaled(&right, Decimal::multiply),
        Operator::Divide => left.divided(&right),
        _ => return Err(Undefined),
    };
    Ok(result.map(|quantity| Item::Quantity(Box::new(quantity))))
}

/// A date or time moved by a duration, or a number times a quantity.
fn moved<'a>(
    operator: Operator,
    left: &Item<'a>,
    duration: &Quantity<'a>,
) -> Result<Option<Item<'a>>, PathError> {
    let fault = PathError::Type(operator.symbol());
    if matches!(left, Item::Integer(_) | Item::Decimal(_)) {
        let right = Item::Quantity(Box::new(duration.clone()));
        return quantities(operator, left, &right).map_err(|Undefined| fault);
    }
    let duration = match operator {
        Operator::Add => duration.clone(),
        Operator::Subtract => duration.negate(),
        _ => return Err(fault),
    };
    let span = Span::of(&duration).ok_or(fault.clone())?;
    match left {
        Item::Date(date) => Ok(span
            .after((*date).into())
            .map(|moment| Item::Date(moment.date))),
        Item::DateTime(moment) => Ok(span.after(*moment).map(Item::DateTime)),
        Item::Time(time) => match span {
            Span::Nanoseconds(count) => Ok(Some(Item::Time(time.plus(count)))),
            _ => Err(fault),
        },
        _ => Err(fault),
    }
}

/// A duration as the calendar counts it.
#[derive(Clone, Copy)]
enum Span {
    Months(i64),
    Days(i64),
    Nanoseconds(i64),
}

/// What a number of units makes.
type Count = fn(i64) -> Span;

/// Calendar durations in months, days or nanoseconds. Above seconds the fraction is ignored;
/// UCUM's definite durations are allowed for seconds and less.
const SPANS: [(&str, Count, i64); 8] = [
    ("year", Span::Months, 12),
    ("month", Span::Months, 1),
    ("week", Span::Days, 7),
    ("day", Span::Days, 1),
    ("hour", Span::Nanoseconds, 3_600_000_000_000),
    ("minute", Span::Nanoseconds, 60_000_000_000),
    ("second", Span::Nanoseconds, 1_000_000_000),
    ("millisecond", Span::Nanoseconds, 1_000_000),
];

impl Span {
    fn of(duration: &Quantity<'_>) -> Option<Self> {
        let word = match &*duration.unit {
            word if duration.is_calendar => word,
            "s" => "second",
            "ms" => "millisecond",
            _ => return None,
        };
        let (_, span, size) = SPANS.iter().find(|row| row.0 == word)?;
        let count = if matches!(word, "second" | "millisecond") {
            duration
                .value
                .multiply(Decimal::whole((*size).into()))?
                .truncated()
        } else {
            duration.value.truncated().checked_mul((*size).into())?
        };
        i64::try_from(count).ok().map(span)
    }

    /// The moment that much later, counted in the finest unit the moment has.
    fn after(self, moment: DateTime) -> Option<DateTime> {
        const DAY: i64 = 86_400_000_000_000;
        let has_days = moment.date.day.is_some();
        match self {
            Self::Months(count) if moment.date.month.is_none() => {
                moment.plus_months(count / 12 * 12)
            }
            Self::Months(count) => moment.plus_months(count),
            Self::Days(count) if has_days => moment.plus_days(count),
            Self::Days(count) if moment.date.month.is_some() => moment.plus_months(count / 30),
            Self::Days(count) => moment.plus_months(count / 365 * 12),
            Self::Nanoseconds(count) if moment.time.is_some() => moment.plus_nanoseconds(count),
            Self::Nanoseconds(count) => Self::Days(count / DAY).after(moment),
        }
    }
}

/// A number or quantity with its sign.
pub(super) fn signed<'a>(is_minus: bool, items: &[Item<'a>]) -> Answer<'a> {
    let symbol = if is_minus { "-" } else { "+" };
    let item = match items {
        [] => return Ok(Vec::new()),
        [item] => item.value(),
        _ => return Err(PathError::NotSingle(symbol)),
    };
    let negative = match &item {
        Item::Integer(value) => value.checked_neg().map(Item::Integer),
        Item::Decimal(value) => Some(negated(*value)),
        Item::Quantity(quantity) => Some(Item::Quantity(Box::new(quantity.negate()))),
        _ => return Err(PathError::Type(symbol)),
    };
    Ok(if is_minus {
        negative.into_iter().collect()
    } else {
        vec![item]
    })
}

/// `-2147483648` is an integer although what follows its sign is too great for one.
fn negated<'a>(value: Decimal) -> Item<'a> {
    let value = value.negate();
    if value == Decimal::from(i32::MIN) && value.scale() == 0 {
        return Item::Integer(i32::MIN);
    }
    Item::Decimal(value)
}

/// The single integer of a collection.
pub(super) fn whole(items: &[Item<'_>], what: &'static str) -> Result<Option<i32>, PathError> {
    match items {
        [] => Ok(None),
        [item] => match item.value() {
            Item::Integer(value) => Ok(Some(value)),
            _ => Err(PathError::Type(what)),
        },
        _ => Err(PathError::NotSingle(what)),
    }
}
