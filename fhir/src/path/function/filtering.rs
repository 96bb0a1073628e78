//! Filtering and projection. <http://hl7.org/fhirpath/N1/#filtering-and-projection>

use super::{Function, Invocation, function};
use crate::path::equality;
use crate::path::evaluate::{Answer, Frame};

pub(super) const FUNCTIONS: &[Function] = &[
    function("repeat", 1, 1, repeat),
    function("select", 1, 1, select),
    function("where", 1, 1, filter),
];

fn filter<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let Some(criterion) = call.argument(0) else {
        return Ok(Vec::new());
    };
    let mut items = Vec::new();
    for (at, item) in call.input.iter().enumerate() {
        if call.holds(criterion, at)? {
            items.push(item.clone());
        }
    }
    Ok(items)
}

fn select<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let Some(projection) = call.argument(0) else {
        return Ok(Vec::new());
    };
    let mut items = Vec::new();
    for at in 0..call.input.len() {
        items.extend(call.of_item(projection, at)?);
    }
    Ok(items)
}

/// Projects what is new until nothing new comes; the budget ends what would never end.
fn repeat<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let Some(projection) = call.argument(0) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let mut waiting = call.input.to_vec();
    while let Some(item) = waiting.pop() {
        let focus = std::slice::from_ref(&item);
        let frame = Frame {
            focus,
            index: None,
            total: call.frame.total,
        };
        for new in call.evaluator.evaluate(projection, &frame)? {
            if !equality::includes(&found, &new, call.evaluator)? {
                found.push(new.clone());
                waiting.push(new);
            }
        }
    }
    Ok(found)
}
