//! References (R4, "reference").

use fhir::resource_type::ResourceType;
use fhir::search_parameter::SearchParameter;

use super::unescaped;
use crate::problem::Problem;
use crate::search::clause::Match;
use crate::search::query::Context;
use crate::search::reference::{Target, is_id};
use crate::search::refusal::{illegal, unsupported_modifier};
use crate::search::token::Token;

pub(super) fn parse(
    parameter: &'static SearchParameter,
    modifier: Option<&str>,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    if modifier == Some("identifier") {
        return Token::parse(text).map(Match::Identifier).ok_or_else(|| {
            illegal(
                parameter.code,
                text,
                "value, system|value, |value or system|",
            )
        });
    }
    let narrowed = modifier.map(|name| narrowed(parameter, name)).transpose()?;
    to_resource(parameter, narrowed, &unescaped(text), context)
}

fn narrowed(parameter: &SearchParameter, name: &str) -> Result<ResourceType, Problem> {
    ResourceType::parse(name)
        .filter(|ty| may_target(parameter, *ty))
        .ok_or_else(|| unsupported_modifier(parameter, Some(name)))
}

fn to_resource(
    parameter: &'static SearchParameter,
    narrowed: Option<ResourceType>,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
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

/// Whether a reference that the parameter follows may point to a resource of the type.
pub(in crate::search) fn may_target(parameter: &SearchParameter, ty: ResourceType) -> bool {
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
