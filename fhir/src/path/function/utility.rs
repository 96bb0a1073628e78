//! `iif`, `trace`, the instant of the evaluation and `type`.
//! <http://hl7.org/fhirpath/N1/#utility-functions>

use super::{Function, Invocation, function};
use crate::path::error::PathError;
use crate::path::evaluate::{Answer, Frame, truth};
use crate::path::item::Item;
use crate::path::temporal::{DateTime, Time};

pub(super) const FUNCTIONS: &[Function] = &[
    function("iif", 2, 3, iif),
    function("now", 0, 0, |call| Ok(vec![Item::DateTime(now(call)?)])),
    function("timeOfDay", 0, 0, |call| {
        Ok(vec![Item::Time(time_of_day(call)?)])
    }),
    function("today", 0, 0, |call| Ok(vec![Item::Date(now(call)?.date)])),
    function("trace", 1, 2, |call| Ok(call.input.to_vec())),
    function("type", 0, 0, |call| {
        Ok(call.input.iter().map(type_name).collect())
    }),
];

/// Evaluates only the branch that is chosen.
fn iif<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let frame = Frame {
        focus: call.input,
        ..call.frame
    };
    let Some(criterion) = call.argument(0) else {
        return Ok(Vec::new());
    };
    let holds = truth(&call.evaluator.evaluate(criterion, &frame)?, call.name())?;
    match call.argument(if holds == Some(true) { 1 } else { 2 }) {
        Some(branch) => call.evaluator.evaluate(branch, &frame),
        None => Ok(Vec::new()),
    }
}

fn now(call: &Invocation<'_, '_>) -> Result<DateTime, PathError> {
    let now = call.evaluator.now.and_then(DateTime::from_chrono);
    now.ok_or(PathError::Unavailable(call.call.function.name))
}

fn time_of_day(call: &Invocation<'_, '_>) -> Result<Time, PathError> {
    now(call)?.time.ok_or(PathError::Unavailable("timeOfDay"))
}

fn type_name<'a>(item: &Item<'a>) -> Item<'a> {
    Item::TypeName(item.type_name())
}
