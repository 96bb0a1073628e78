//! Functions of strings. <http://hl7.org/fhirpath/N1/#string-manipulation>

use std::borrow::Cow;

use super::{Function, Invocation, count, function, one};
use crate::path::error::PathError;
use crate::path::evaluate::Answer;
use crate::path::item::Item;
use crate::path::pattern::Pattern;

pub(super) const FUNCTIONS: &[Function] = &[
    function("contains", 1, 1, |call| {
        test(call, |text, part| text.contains(part))
    }),
    function("endsWith", 1, 1, |call| {
        test(call, |text, part| text.ends_with(part))
    }),
    function("indexOf", 1, 1, index_of),
    function("length", 0, 0, length),
    function("lower", 0, 0, |call| map(call, str::to_lowercase)),
    function_of_pattern("matches", 1, matches),
    function("replace", 2, 2, replace),
    function_of_pattern("replaceMatches", 2, replace_matches),
    function("startsWith", 1, 1, |call| {
        test(call, |text, part| text.starts_with(part))
    }),
    function("substring", 1, 2, substring),
    function("toChars", 0, 0, to_chars),
    function("upper", 0, 0, |call| map(call, str::to_uppercase)),
];

const fn function_of_pattern(name: &'static str, count: usize, apply: super::Apply) -> Function {
    Function {
        takes_pattern: true,
        ..function(name, count, count, apply)
    }
}

fn test<'a>(call: &Invocation<'_, 'a>, holds: fn(&str, &str) -> bool) -> Answer<'a> {
    let operands = call.single_text()?.zip(call.text(0)?);
    Ok(one(
        operands.map(|(text, part)| Item::Boolean(holds(&text, &part)))
    ))
}

fn map<'a>(call: &Invocation<'_, 'a>, convert: fn(&str) -> String) -> Answer<'a> {
    let Some(text) = call.single_text()? else {
        return Ok(Vec::new());
    };
    owned(call, convert(&text))
}

fn owned<'a>(call: &Invocation<'_, 'a>, text: String) -> Answer<'a> {
    call.evaluator.spend(text.len())?;
    Ok(vec![Item::owned_text(text)])
}

/// Counts letters, not bytes.
fn index_of<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let Some((text, part)) = call.single_text()?.zip(call.text(0)?) else {
        return Ok(Vec::new());
    };
    let at = text.find(&*part).and_then(|at| text.get(..at));
    Ok(vec![at.map_or(Item::Integer(-1), |before| {
        count(before.chars().count())
    })])
}

fn length<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    Ok(one(call
        .single_text()?
        .map(|text| count(text.chars().count()))))
}

fn substring<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let (Some(text), Some(start)) = (call.single_text()?, call.integer(0)?) else {
        return Ok(Vec::new());
    };
    let Some(start) = usize::try_from(start)
        .ok()
        .filter(|start| *start < text.chars().count())
    else {
        return Ok(Vec::new());
    };
    let length = match call.integer(1)? {
        Some(length) => usize::try_from(length).unwrap_or(0),
        None => usize::MAX,
    };
    owned(call, text.chars().skip(start).take(length).collect())
}

fn replace<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let operands = call.single_text()?.zip(call.text(0)?).zip(call.text(1)?);
    let Some(((text, pattern), substitution)) = operands else {
        return Ok(Vec::new());
    };
    let found = text.matches(&*pattern).count();
    call.evaluator
        .spend(text.len() + found * substitution.len())?;
    owned(call, text.replace(&*pattern, &substitution))
}

fn matches<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let (Some(text), Some(pattern)) = (call.single_text()?, pattern(call)?) else {
        return Ok(Vec::new());
    };
    call.evaluator.spend(text.len())?;
    Ok(vec![Item::Boolean(pattern.0.is_match(&text))])
}

fn replace_matches<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let (Some(text), Some(pattern), Some(substitution)) =
        (call.single_text()?, pattern(call)?, call.text(1)?)
    else {
        return Ok(Vec::new());
    };
    call.evaluator
        .spend((text.len() + 1) * (substitution.len() + 1))?;
    owned(
        call,
        pattern.0.replace_all(&text, &*substitution).into_owned(),
    )
}

/// The regular expression, compiled with the path where it is a literal.
fn pattern<'a>(call: &Invocation<'_, 'a>) -> Result<Option<Cow<'a, Pattern>>, PathError> {
    if let Some(pattern) = &call.call.pattern {
        return Ok(Some(Cow::Borrowed(pattern)));
    }
    call.text(0)?
        .map(|text| Pattern::parse(&text).map(Cow::Owned))
        .transpose()
}

fn to_chars<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let text = call.single_text()?.unwrap_or_default();
    call.evaluator.spend(text.len())?;
    Ok(text
        .chars()
        .map(|letter| Item::owned_text(letter.to_string()))
        .collect())
}
