//! What a query is refused with, and the name that was probably meant.

use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, SearchParameter};

use super::modifier;
use super::query::{MAX_ALTERNATIVES, is_offered};
use crate::problem::{self, Problem, printable};

pub(super) fn too_many_values() -> Problem {
    Problem::new(
        problem::Kind::TooCostly,
        format!("A search takes at most {MAX_ALTERNATIVES} values in all."),
    )
}

pub(crate) fn nothing(name: &str) -> Problem {
    Problem::new(
        problem::Kind::Value,
        format!("Parameter '{}' has no value.", printable(name)),
    )
    .at_parameter(&printable(name))
}

pub(crate) fn illegal(code: &str, value: &str, accepted: &str) -> Problem {
    Problem::new(
        problem::Kind::Value,
        format!(
            "'{}' is not a value of parameter '{}'; accepted: {accepted}.",
            printable(value),
            printable(code),
        ),
    )
    .at_parameter(&printable(code))
}

pub(super) fn unsupported_modifier(parameter: &SearchParameter, modifier: Option<&str>) -> Problem {
    let taken = match modifier::of(parameter) {
        [] => "it takes none".to_owned(),
        taken => format!("accepted: :{}", taken.join(", :")),
    };
    Problem::new(
        problem::Kind::UnsupportedValue,
        format!(
            "Parameter '{}' (a {}) does not take the modifier ':{}'; {taken}.",
            parameter.code,
            parameter.kind.as_str(),
            printable(modifier.unwrap_or_default()),
        ),
    )
    .at_parameter(parameter.code)
}

/// What this server does not do, and what would be another question without it.
pub(crate) fn not_offered(what: &str) -> Problem {
    let name = what.split_once('=').map_or(what, |(name, _)| name);
    Problem::new(
        problem::Kind::UnsupportedValue,
        format!("'{what}' is not offered."),
    )
    .at_parameter(name)
}

/// What a terminology would have to know. Leaving the parameter out would answer another question.
pub(super) fn unknown_terminology(code: &str, what: &str) -> Problem {
    Problem::new(
        problem::Kind::UnsupportedValue,
        format!("This server does not know {}.", printable(what)),
    )
    .at_parameter(code)
}

pub(super) fn unknown(resource_type: ResourceType, code: &str) -> Problem {
    let hint = nearest(resource_type, code)
        .map_or(String::new(), |near| format!(" Did you mean '{near}'?"));
    Problem::new(
        problem::Kind::UnsupportedParameter,
        format!(
            "Search parameter '{}' is not offered for {resource_type}.{hint}",
            printable(code),
        ),
    )
    .at_parameter(&printable(code))
}

fn nearest(resource_type: ResourceType, code: &str) -> Option<&'static str> {
    search_parameter::of(resource_type)
        .filter(|parameter| is_offered(parameter))
        .map(|parameter| (distance(parameter.code, code), parameter.code))
        .min()
        .filter(|(distance, near)| *distance <= 1 + near.len() / 4)
        .map(|(_, near)| near)
}

/// Edits (insert, delete, replace) between two short names.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<u8> = other.bytes().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, theirs) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *theirs);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
