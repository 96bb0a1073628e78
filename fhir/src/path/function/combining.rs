//! Making one collection of two. <http://hl7.org/fhirpath/N1/#combining>

use super::{Function, Invocation, function};
use crate::path::equality;
use crate::path::evaluate::Answer;

pub(super) const FUNCTIONS: &[Function] = &[
    function("combine", 1, 1, combine),
    function("exclude", 1, 1, exclude),
    function("intersect", 1, 1, intersect),
    function("union", 1, 1, union),
];

fn union<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    call.evaluator.union(call.input.to_vec(), call.value(0)?)
}

fn combine<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let mut items = call.input.to_vec();
    items.extend(call.value(0)?);
    Ok(items)
}

fn intersect<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let items = keep(call, true)?;
    equality::distinct(items, call.evaluator)
}

fn exclude<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    keep(call, false)
}

/// The items that are, or are not, in the other collection.
fn keep<'a>(call: &Invocation<'_, 'a>, included: bool) -> Answer<'a> {
    let other = call.value(0)?;
    let mut items = Vec::new();
    for item in call.input {
        if equality::includes(&other, item, call.evaluator)? == included {
            items.push(item.clone());
        }
    }
    Ok(items)
}
