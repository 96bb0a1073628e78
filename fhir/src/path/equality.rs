//! Equality, equivalence and membership. <http://hl7.org/fhirpath/N1/#equality>

use std::borrow::Cow;
use std::collections::HashSet;

use std::cmp::Ordering;

use serde_json::Value;

use super::ast::Operator;
use super::decimal::Decimal;
use super::error::PathError;
use super::evaluate::{Answer, Evaluator};
use super::item::Item;
use super::node;
use super::order::{self, Comparison};

/// JSON deeper than this is not compared; the parser of JSON already refuses it.
const MAX_JSON_DEPTH: u8 = 200;

/// Whether the collections are equal item by item; nothing if one is empty or it is unknown.
pub(super) fn equal(
    left: &[Item<'_>],
    right: &[Item<'_>],
    evaluator: &Evaluator<'_, '_>,
) -> Result<Option<bool>, PathError> {
    if left.is_empty() || right.is_empty() {
        return Ok(None);
    }
    if left.len() != right.len() {
        return Ok(Some(false));
    }
    evaluator.spend(left.len())?;
    let mut result = Some(true);
    for (left, right) in left.iter().zip(right) {
        match equal_items(left, right, evaluator.offset) {
            Some(true) => {}
            Some(false) => return Ok(Some(false)),
            None => result = None,
        }
    }
    Ok(result)
}

/// Whether two items are equal; nothing if their precision or units do not tell.
fn equal_items(left: &Item<'_>, right: &Item<'_>, offset: i16) -> Option<bool> {
    if let (Item::Node(left), Item::Node(right)) = (left, right)
        && left.is_same(right)
    {
        return Some(true);
    }
    match (left.value(), right.value()) {
        (Item::Boolean(left), Item::Boolean(right)) => Some(left == right),
        (Item::TypeName(left), Item::TypeName(right)) => Some(left == right),
        (Item::Unresolved(left), Item::Unresolved(right)) => Some(left == right),
        (Item::Node(left), Item::Node(right)) => {
            let same_type = left.definition() == right.definition();
            Some(same_type && equal_optional(left.value(), right.value(), Mode::Equal))
        }
        (left, right) => match order::compare(&left, &right, offset) {
            Comparison::Known(order) => Some(order == Ordering::Equal),
            Comparison::Unknown => None,
            Comparison::Undefined => Some(false),
        },
    }
}

/// Whether the collections have equivalent items in any order; two empty ones are equivalent.
pub(super) fn equivalent(
    left: &[Item<'_>],
    right: &[Item<'_>],
    evaluator: &Evaluator<'_, '_>,
) -> Result<bool, PathError> {
    if left.len() != right.len() {
        return Ok(false);
    }
    evaluator.spend(left.len() * right.len())?;
    Ok(is_permutation(left, right, |left, right| {
        equivalent_items(left, right, evaluator.offset)
    }))
}

/// Whether each of `left` can be paired with another of `right`.
fn is_permutation<T>(left: &[T], right: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    let mut free: Vec<&T> = right.iter().collect();
    left.iter().all(
        |item| match free.iter().position(|other| same(item, other)) {
            Some(at) => {
                free.swap_remove(at);
                true
            }
            None => false,
        },
    )
}

fn equivalent_items(left: &Item<'_>, right: &Item<'_>, offset: i16) -> bool {
    match (left.value(), right.value()) {
        (Item::String(left), Item::String(right)) => normalized(&left) == normalized(&right),
        (Item::Node(left), Item::Node(right)) => {
            equal_optional(left.value(), right.value(), Mode::Equivalent)
        }
        (left @ (Item::Quantity(_) | Item::Integer(_) | Item::Decimal(_)), right) => {
            equivalent_numbers(&left, &right)
        }
        (left, right) => equal_items(&left, &right, offset) == Some(true),
    }
}

fn equivalent_numbers(left: &Item<'_>, right: &Item<'_>) -> bool {
    if let (Some(left), Some(right)) = (left.as_decimal(), right.as_decimal()) {
        return equivalent_decimals(left, right);
    }
    left.as_quantity()
        .zip(right.as_quantity())
        .is_some_and(|(left, right)| left.equivalent(&right))
}

/// Equal when rounded to the precision of the less precise one.
fn equivalent_decimals(left: Decimal, right: Decimal) -> bool {
    let scale = left.trimmed().scale().min(right.trimmed().scale());
    left.rounded(scale) == right.rounded(scale)
}

/// Without regard to case and to how much white space there is.
fn normalized(text: &str) -> String {
    text.split_whitespace()
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether the collection contains the single item; nothing if there is no item.
pub(super) fn contains(
    collection: &[Item<'_>],
    item: &[Item<'_>],
    operator: Operator,
    evaluator: &Evaluator<'_, '_>,
) -> Result<Option<bool>, PathError> {
    match item {
        [] => Ok(None),
        [item] => includes(collection, item, evaluator).map(Some),
        _ => Err(PathError::NotSingle(operator.symbol())),
    }
}

/// Whether the collection has an item equal to this one.
pub(super) fn includes(
    collection: &[Item<'_>],
    item: &Item<'_>,
    evaluator: &Evaluator<'_, '_>,
) -> Result<bool, PathError> {
    evaluator.spend(collection.len())?;
    Ok(collection
        .iter()
        .any(|other| equal_items(other, item, evaluator.offset) == Some(true)))
}

/// The items without later duplicates.
pub(super) fn distinct<'a>(items: Vec<Item<'a>>, evaluator: &Evaluator<'_, 'a>) -> Answer<'a> {
    if items.len() < 2 {
        return Ok(items);
    }
    if let Some(texts) = texts(&items) {
        evaluator.spend(items.len())?;
        let mut seen = HashSet::with_capacity(items.len());
        let items = items.into_iter().zip(texts);
        return Ok(items
            .filter_map(|(item, text)| seen.insert(text).then_some(item))
            .collect());
    }
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        if !includes(&kept, &item, evaluator)? {
            kept.push(item);
        }
    }
    Ok(kept)
}

/// The strings, if all items are strings: these can be told apart without comparing every pair.
fn texts<'a>(items: &[Item<'a>]) -> Option<Vec<Cow<'a, str>>> {
    items.iter().map(Item::as_text).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Equal,
    Equivalent,
}

fn equal_optional(left: Option<&Value>, right: Option<&Value>, mode: Mode) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => equal_json(left, right, mode, 0),
        (left, right) => left.is_none() && right.is_none(),
    }
}

/// Compares complex values element by element; numbers by value, keys in any order.
fn equal_json(left: &Value, right: &Value, mode: Mode, depth: u8) -> bool {
    if depth > MAX_JSON_DEPTH {
        return false;
    }
    let same = |left: &Value, right: &Value| equal_json(left, right, mode, depth + 1);
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let has = |(key, value)| right.get(key).is_some_and(|other| same(value, other));
            left.len() == right.len() && left.iter().all(has)
        }
        (Value::Array(left), Value::Array(right)) if mode == Mode::Equivalent => {
            left.len() == right.len() && is_permutation(left, right, same)
        }
        (Value::Array(left), Value::Array(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len() == right.len() && pairs.all(|(left, right)| same(left, right))
        }
        (Value::Number(_), Value::Number(_)) => equal_numbers(left, right, mode),
        (Value::String(left), Value::String(right)) if mode == Mode::Equivalent => {
            normalized(left) == normalized(right)
        }
        _ => left == right,
    }
}

fn equal_numbers(left: &Value, right: &Value, mode: Mode) -> bool {
    match (node::decimal(left), node::decimal(right)) {
        (Some(left), Some(right)) if mode == Mode::Equivalent => equivalent_decimals(left, right),
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}
