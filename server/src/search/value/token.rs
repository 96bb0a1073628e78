//! Coded values (R4, "token") and the modifiers that bring in other codes.

use fhir::search_parameter::SearchParameter;

use super::{implied, some_text, unescaped};
use crate::problem::Problem;
use crate::search::clause::Match;
use crate::search::query::Context;
use crate::search::refusal::{illegal, unknown_terminology, unsupported_modifier};
use crate::search::terminology::Code;
use crate::search::token::{Token, TypedIdentifier, fold_code};

pub(super) fn parse(
    parameter: &'static SearchParameter,
    modifier: Option<&str>,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let code = parameter.code;
    match modifier {
        // Logical ids are case-sensitive, unlike other tokens.
        None | Some("not") if code == "_id" => some_text(code, unescaped(text)).map(Match::Exact),
        _ if code == "_id" => Err(unsupported_modifier(parameter, modifier)),
        None | Some("not") => token(parameter, text).map(Match::Token),
        Some("of-type") => TypedIdentifier::parse(text)
            .map(Match::OfType)
            .ok_or_else(|| {
                illegal(
                    code,
                    text,
                    "system|code|value, the system and code of the type of the identifier",
                )
            }),
        Some("in" | "not-in") => value_set(parameter, &unescaped(text), context),
        Some("below" | "above") => related(parameter, modifier, text, context),
        other => Err(unsupported_modifier(parameter, other)),
    }
}

fn token(parameter: &SearchParameter, text: &str) -> Result<Token, Problem> {
    let token = Token::parse(text)
        .ok_or_else(|| illegal(parameter.code, text, "code, system|code, |code or system|"))?;
    Ok(implied::without_implied(parameter, token))
}

/// `:in` and `:not-in`: any code of a value set.
fn value_set(
    parameter: &SearchParameter,
    url: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let codes = context.terminology.expand(url).ok_or_else(|| {
        unknown_terminology(parameter.code, &format!("the codes of the value set {url}"))
    })?;
    Ok(Match::Codes(grouped(parameter, codes)))
}

/// `:below` and `:above`: the code and what it includes, or what includes it.
fn related(
    parameter: &SearchParameter,
    modifier: Option<&str>,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let Some(Token {
        system: Some(system),
        code: Some(_),
    }) = Token::parse(text)
    else {
        return Err(illegal(parameter.code, text, "system|code"));
    };
    let parts = crate::search::token::split_unescaped(text, '|');
    let code = parts.get(1).map(String::as_str).unwrap_or_default();
    let codes = match modifier {
        Some("below") => context.terminology.below(&system, code),
        _ => context.terminology.above(&system, code),
    };
    let codes = codes.ok_or_else(|| {
        unknown_terminology(
            parameter.code,
            &format!("the hierarchy of the code system {system}"),
        )
    })?;
    let codes = codes.into_iter().map(|code| Code {
        system: system.clone(),
        code,
    });
    Ok(Match::Codes(grouped(parameter, codes.collect())))
}

/// Codes by system, as they stand in the index.
fn grouped(parameter: &SearchParameter, codes: Vec<Code>) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for Code { system, code } in codes {
        let token = implied::without_implied(
            parameter,
            Token {
                system: Some(system),
                code: Some(fold_code(&code)),
            },
        );
        let (system, code) = (
            token.system.unwrap_or_default(),
            token.code.unwrap_or_default(),
        );
        match groups.iter_mut().find(|(known, _)| *known == system) {
            Some((_, codes)) => codes.push(code),
            None => groups.push((system, vec![code])),
        }
    }
    groups
}
