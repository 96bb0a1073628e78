//! Numbers and quantities (R4, "number", "quantity").

use fhir::ucum;

use super::{split_prefix, split_unescaped};
use crate::problem::Problem;
use crate::search::clause::{Match, Prefix};
use crate::search::number::{Range, UCUM};
use crate::search::refusal::illegal;

pub(super) fn number(code: &str, text: &str) -> Result<Match, Problem> {
    let (prefix, rest) = split_prefix(text);
    let range = range(prefix, rest)
        .ok_or_else(|| illegal(code, text, "a number such as 5.4, after an optional prefix"))?;
    Ok(Match::Number(prefix, range))
}

/// Ordering prefixes compare with the very value; `eq`, `ne` and `ap` with its precision.
fn range(prefix: Prefix, text: &str) -> Option<Range> {
    match prefix {
        Prefix::Eq | Prefix::Ne | Prefix::Ap => Range::parse(text),
        _ => Range::exactly(text),
    }
}

pub(super) fn quantity(code: &str, text: &str) -> Result<Match, Problem> {
    let (prefix, rest) = split_prefix(text);
    let parts = split_unescaped(rest, '|');
    let wanted = "a number, number|system|code or number||code, after an optional prefix";
    let (value, system, unit) = match parts.as_slice() {
        [value] => (value, None, None),
        [value, system, unit] => (value, some(system), some(unit)),
        _ => return Err(illegal(code, text, wanted)),
    };
    let range = range(prefix, value).ok_or_else(|| illegal(code, text, wanted))?;
    Ok(canonical(prefix, range, system.as_deref(), unit.as_deref())
        .unwrap_or(Match::Quantity(prefix, range, system, unit)))
}

/// A quantity in a unit of UCUM is looked up in canonical units, so that `1 g` finds `1000 mg`.
fn canonical(
    prefix: Prefix,
    range: Range,
    system: Option<&str>,
    unit: Option<&str>,
) -> Option<Match> {
    let unit = unit.filter(|_| system == Some(UCUM))?;
    let canonical = ucum::canonical(unit)?;
    Some(Match::Canonical(
        prefix,
        range.converted(&canonical),
        canonical.unit,
    ))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
