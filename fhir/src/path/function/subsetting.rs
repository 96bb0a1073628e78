//! Parts of a collection. <http://hl7.org/fhirpath/N1/#subsetting>

use super::{Function, Invocation, function, one};
use crate::path::evaluate::Answer;

pub(super) const FUNCTIONS: &[Function] = &[
    function("first", 0, 0, |call| Ok(one(call.input.first().cloned()))),
    function("last", 0, 0, |call| Ok(one(call.input.last().cloned()))),
    function("single", 0, 0, |call| Ok(one(call.single()?.cloned()))),
    function("skip", 1, 1, skip),
    function("tail", 0, 0, |call| {
        Ok(call.input.get(1..).unwrap_or_default().to_vec())
    }),
    function("take", 1, 1, take),
];

fn skip<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    Ok(call.input.iter().skip(length(call)?).cloned().collect())
}

fn take<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    Ok(call.input.iter().take(length(call)?).cloned().collect())
}

/// The argument; a negative number counts as zero.
fn length(call: &Invocation<'_, '_>) -> Result<usize, crate::path::PathError> {
    Ok(call
        .integer(0)?
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(0))
}
