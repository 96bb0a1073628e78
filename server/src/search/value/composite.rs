//! Composite values (R4, "composite"): `code$value`, each part read like a value of its own.

use fhir::search_parameter::{Component, SearchParameter};

use super::parse_match;
use crate::problem::Problem;
use crate::search::clause::Match;
use crate::search::query::Context;
use crate::search::refusal::illegal;
use crate::search::token::split_protected;

pub(super) fn parse(
    parameter: &'static SearchParameter,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let parts = split_protected(text, '$');
    let components = &parameter.components;
    if parts.len() != components.len() {
        return Err(illegal(parameter.code, text, &wanted(parameter)));
    }
    components
        .iter()
        .zip(&parts)
        .map(|(component, part)| match component.parameter() {
            Some(definition) => parse_match(definition, None, part, context),
            None => Err(illegal(parameter.code, text, &wanted(parameter))),
        })
        .collect::<Result<_, _>>()
        .map(Match::Composite)
}

/// The form of its values: the kinds of the parts, with the separator.
fn wanted(parameter: &SearchParameter) -> String {
    let kinds: Vec<&str> = parameter
        .components
        .iter()
        .filter_map(Component::parameter)
        .map(|definition| definition.kind.as_str())
        .collect();
    kinds.join("$")
}
