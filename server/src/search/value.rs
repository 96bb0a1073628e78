//! From the text of one value to what it matches, by the kind of the parameter.

use fhir::resource_type::ResourceType;
use fhir::search_parameter::{Kind, SearchParameter};

use super::clause::{Match, PREFIXES, Prefix};
use super::fold::fold;
use super::query::Context;
use super::reference::{Target, is_id};
use super::refusal::{illegal, unsupported_modifier};
use super::token::{Token, split_unescaped};
use super::{date, number};
use crate::problem::Problem;

pub(super) fn parse_match(
    parameter: &'static SearchParameter,
    modifier: Option<&str>,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let unescaped = || split_unescaped(text, '\0').concat();
    let code = parameter.code;
    match (parameter.kind, modifier) {
        (Kind::String, None) => some_text(code, fold(&unescaped())).map(Match::Starts),
        (Kind::String, Some("contains")) => {
            some_text(code, fold(&unescaped())).map(Match::Contains)
        }
        (Kind::String, Some("exact")) => some_text(code, unescaped()).map(Match::Exact),
        // Logical ids are case-sensitive, unlike other tokens.
        (Kind::Token, None | Some("not")) if code == "_id" => {
            some_text(code, unescaped()).map(Match::Exact)
        }
        (Kind::Token, None | Some("not")) => Token::parse(text)
            .map(Match::Token)
            .ok_or_else(|| illegal(code, text, "code, system|code, |code or system|")),
        (Kind::Uri, None) => some_text(code, unescaped()).map(Match::Uri),
        (Kind::Date, None) => parse_date(code, text, context),
        (Kind::Number, None) => parse_number(code, text),
        (Kind::Quantity, None) => parse_quantity(code, text),
        (Kind::Reference, modifier) => parse_reference(parameter, modifier, &unescaped(), context),
        (kind, modifier) => Err(unsupported_modifier(code, kind, modifier)),
    }
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

fn parse_number(code: &str, text: &str) -> Result<Match, Problem> {
    let (prefix, rest) = split_prefix(text);
    let range = number_range(prefix, rest)
        .ok_or_else(|| illegal(code, text, "a number such as 5.4, after an optional prefix"))?;
    Ok(Match::Number(prefix, range))
}

/// Ordering prefixes compare with the very value; `eq`, `ne` and `ap` with its precision.
fn number_range(prefix: Prefix, text: &str) -> Option<number::Range> {
    match prefix {
        Prefix::Eq | Prefix::Ne | Prefix::Ap => number::Range::parse(text),
        _ => number::Range::exactly(text),
    }
}

fn parse_quantity(code: &str, text: &str) -> Result<Match, Problem> {
    let (prefix, rest) = split_prefix(text);
    let parts = split_unescaped(rest, '|');
    let wanted = "a number, number|system|code or number||code, after an optional prefix";
    let (value, system, unit) = match parts.as_slice() {
        [value] => (value, None, None),
        [value, system, unit] => (value, some(system), some(unit)),
        _ => return Err(illegal(code, text, wanted)),
    };
    let range = number_range(prefix, value).ok_or_else(|| illegal(code, text, wanted))?;
    Ok(Match::Quantity(prefix, range, system, unit))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn parse_reference(
    parameter: &'static SearchParameter,
    modifier: Option<&str>,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let narrowed = match modifier {
        None => None,
        Some(name) => Some(
            ResourceType::parse(name)
                .filter(|ty| may_target(parameter, *ty))
                .ok_or_else(|| unsupported_modifier(parameter.code, parameter.kind, Some(name)))?,
        ),
    };
    let local = text
        .strip_prefix(context.base)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(text);
    if let Some(Target::Local(ty, id)) = Target::relative(local) {
        let fits = narrowed.is_none_or(|only| only == ty);
        return Ok(Match::Reference(if fits {
            vec![Target::Local(ty, id)]
        } else {
            Vec::new()
        }));
    }
    if is_id(local) {
        return Ok(by_id(parameter, narrowed, local));
    }
    if local.contains(':') {
        return Ok(Match::Reference(vec![Target::Url(local.to_owned())]));
    }
    Err(illegal(
        parameter.code,
        text,
        "an id, Type/id or an absolute URL",
    ))
}

pub(super) fn may_target(parameter: &SearchParameter, ty: ResourceType) -> bool {
    parameter.targets.is_empty() || parameter.targets.contains(&ty.as_str())
}

fn by_id(parameter: &SearchParameter, narrowed: Option<ResourceType>, id: &str) -> Match {
    match narrowed {
        Some(ty) => Match::Reference(vec![Target::Local(ty, id.to_owned())]),
        None if parameter.targets.is_empty() => Match::AnyType(id.to_owned()),
        None => Match::Reference(
            parameter
                .targets
                .iter()
                .filter_map(|name| ResourceType::parse(name))
                .map(|ty| Target::Local(ty, id.to_owned()))
                .collect(),
        ),
    }
}
