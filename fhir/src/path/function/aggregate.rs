//! `aggregate`. <http://hl7.org/fhirpath/N1/#aggregates>

use super::{Function, Invocation, function};
use crate::path::evaluate::{Answer, Frame};

pub(super) const FUNCTIONS: &[Function] = &[function("aggregate", 1, 2, aggregate)];

fn aggregate<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let Some(step) = call.argument(0) else {
        return Ok(Vec::new());
    };
    let mut total = call.value(1)?;
    for (at, item) in call.input.iter().enumerate() {
        let focus = std::slice::from_ref(item);
        let frame = Frame {
            focus,
            index: Some(at),
            total: &total,
        };
        total = call.evaluator.evaluate(step, &frame)?;
    }
    Ok(total)
}
