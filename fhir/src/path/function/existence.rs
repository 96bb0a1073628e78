//! Questions about a collection. <http://hl7.org/fhirpath/N1/#existence>

use super::{Function, Invocation, count, function, yes};
use crate::path::equality;
use crate::path::error::PathError;
use crate::path::evaluate::{Answer, truth};
use crate::path::item::Item;

pub(super) const FUNCTIONS: &[Function] = &[
    function("all", 1, 1, all),
    function("allFalse", 0, 0, |call| {
        Ok(yes(booleans(call)?.all(|value| !value)))
    }),
    function("allTrue", 0, 0, |call| {
        Ok(yes(booleans(call)?.all(|value| value)))
    }),
    function("anyFalse", 0, 0, |call| {
        Ok(yes(booleans(call)?.any(|value| !value)))
    }),
    function("anyTrue", 0, 0, |call| {
        Ok(yes(booleans(call)?.any(|value| value)))
    }),
    function("count", 0, 0, |call| Ok(vec![count(call.input.len())])),
    function("distinct", 0, 0, distinct),
    function("empty", 0, 0, |call| Ok(yes(call.input.is_empty()))),
    function("exists", 0, 1, exists),
    function("isDistinct", 0, 0, |call| {
        Ok(yes(distinct(call)?.len() == call.input.len()))
    }),
    function("not", 0, 0, not),
    function("subsetOf", 1, 1, |call| {
        subset(call.input, &call.value(0)?, call)
    }),
    function("supersetOf", 1, 1, |call| {
        subset(&call.value(0)?, call.input, call)
    }),
];

fn exists<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let Some(criterion) = call.argument(0) else {
        return Ok(yes(!call.input.is_empty()));
    };
    for at in 0..call.input.len() {
        if call.holds(criterion, at)? {
            return Ok(yes(true));
        }
    }
    Ok(yes(false))
}

fn all<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let Some(criterion) = call.argument(0) else {
        return Ok(Vec::new());
    };
    for at in 0..call.input.len() {
        if !call.holds(criterion, at)? {
            return Ok(yes(false));
        }
    }
    Ok(yes(true))
}

fn booleans(call: &Invocation<'_, '_>) -> Result<impl Iterator<Item = bool> + use<>, PathError> {
    let value = |item: &Item<'_>| item.as_boolean().ok_or(PathError::Type(call.name()));
    let values = call
        .input
        .iter()
        .map(value)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(values.into_iter())
}

fn distinct<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    equality::distinct(call.input.to_vec(), call.evaluator)
}

fn subset<'a>(part: &[Item<'a>], whole: &[Item<'a>], call: &Invocation<'_, 'a>) -> Answer<'a> {
    for item in part {
        if !equality::includes(whole, item, call.evaluator)? {
            return Ok(yes(false));
        }
    }
    Ok(yes(true))
}

fn not<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let value = truth(call.input, call.name())?;
    Ok(value
        .map(|value| Item::Boolean(!value))
        .into_iter()
        .collect())
}
