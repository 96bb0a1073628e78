//! From the text of one value to what it matches, by the kind of the parameter and its modifier.

mod composite;
mod implied;
mod quantity;
mod reference;
mod token;
mod uri;

use fhir::search_parameter::{Kind, SearchParameter};

use super::clause::{Match, PREFIXES, Prefix};
use super::date;
use super::document::Expression;
use super::fold::fold;
use super::position::Circle;
use super::query::Context;
use super::refusal::{illegal, unsupported_modifier};
use super::token::split_unescaped;
use crate::problem::Problem;

pub(super) use reference::may_target;

pub(super) fn parse_match(
    parameter: &'static SearchParameter,
    modifier: Option<&str>,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let code = parameter.code;
    if parameter.expression.is_empty() {
        return document(code, &unescaped(text));
    }
    match (parameter.kind, modifier) {
        (Kind::String, _) => string(parameter, modifier, &unescaped(text)),
        (Kind::Token | Kind::Reference, Some("text")) => words(code, &unescaped(text)),
        (Kind::Token, _) => token::parse(parameter, modifier, text, context),
        (Kind::Uri, _) => uri::parse(parameter, modifier, &unescaped(text)),
        (Kind::Date, None) => parse_date(code, text, context),
        (Kind::Number, None) => quantity::number(code, text),
        (Kind::Quantity, None) => quantity::quantity(code, text),
        (Kind::Reference, _) => reference::parse(parameter, modifier, text, context),
        (Kind::Composite, None) => composite::parse(parameter, text, context),
        (Kind::Special, None) => Circle::parse(text).map(Match::Near).ok_or_else(|| {
            illegal(
                code,
                text,
                "latitude|longitude|distance|unit, such as 42.36|-71.06|5|km, the distance and its unit may be left out",
            )
        }),
        (_, modifier) => Err(unsupported_modifier(parameter, modifier)),
    }
}

fn unescaped(text: &str) -> String {
    split_unescaped(text, '\0').concat()
}

fn string(
    parameter: &SearchParameter,
    modifier: Option<&str>,
    text: &str,
) -> Result<Match, Problem> {
    let code = parameter.code;
    match modifier {
        None => some_text(code, fold(text)).map(Match::Starts),
        Some("contains") => some_text(code, fold(text)).map(Match::Contains),
        Some("exact") => some_text(code, text.to_owned()).map(Match::Exact),
        Some("text") => words(code, text),
        other => Err(unsupported_modifier(parameter, other)),
    }
}

/// `_text` and `_content`.
fn document(code: &str, text: &str) -> Result<Match, Problem> {
    let expression = Expression::parse(text).ok_or_else(|| {
        illegal(
            code,
            text,
            "words, joined by and, or and parentheses; a word may end in *; phrases are not offered",
        )
    })?;
    Ok(match code {
        "_text" => Match::Narrative(expression),
        _ => Match::Content(expression),
    })
}

/// `:text`: each word asked for begins a word of the text.
fn words(code: &str, text: &str) -> Result<Match, Problem> {
    let folded = some_text(code, fold(text))?;
    Ok(Match::Words(folded.split(' ').map(str::to_owned).collect()))
}

fn some_text(code: &str, text: String) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(illegal(code, &text, "some text"));
    }
    Ok(text)
}

fn split_prefix(text: &str) -> (Prefix, &str) {
    PREFIXES
        .iter()
        .find_map(|(name, prefix)| Some((*prefix, text.strip_prefix(name)?)))
        .unwrap_or((Prefix::Eq, text))
}

fn parse_date(code: &str, text: &str, context: &Context<'_>) -> Result<Match, Problem> {
    let (prefix, rest) = split_prefix(text);
    let range = date::Range::parse(rest).ok_or_else(|| {
        illegal(
            code,
            text,
            "a date such as 2016, 2016-04, 2016-04-16 or 2016-04-17T04:00:00Z, after one of eq ne gt lt ge le sa eb ap",
        )
    })?;
    Ok(Match::Date(
        prefix,
        match prefix {
            Prefix::Ap => date::approximately(range, context.now),
            _ => range,
        },
    ))
}
