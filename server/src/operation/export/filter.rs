//! `_typeFilter`: searches that the resources of a type must match.

use std::collections::BTreeMap;

use fhir::resource_type::ResourceType;
use url::form_urlencoded;

use crate::operation::{Arguments, Call};
use crate::problem::{Kind, Problem, printable};
use crate::search::query::{Handling, Query};

/// The searches of each type. One that is about a type not asked for, or that says more than what
/// to select, is refused; what is not offered is left out for a lenient caller.
pub(super) fn parse(
    call: &Call<'_>,
    arguments: &Arguments,
    types: &[ResourceType],
    ignored: &mut Vec<Problem>,
) -> Result<BTreeMap<ResourceType, Vec<Query>>, Problem> {
    let mut filters: BTreeMap<ResourceType, Vec<Query>> = BTreeMap::new();
    for text in arguments.texts("_typeFilter").flat_map(searches) {
        let query = search(call, text)?;
        if !types.is_empty() && !types.contains(&query.resource_type) {
            return Err(refused(text, "its type is not in '_type'"));
        }
        ignored.extend(query.ignored.iter().cloned());
        filters.entry(query.resource_type).or_default().push(query);
    }
    Ok(filters)
}

/// Clients of 1.0.1 send several searches in one value, separated by commas. A comma before
/// `Type?` ends a search; any other belongs to a value.
fn searches(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(comma) = text[from..].find(',').map(|at| at + from) {
        let rest = &text[comma + 1..];
        let begins = rest
            .split_once('?')
            .is_some_and(|(name, _)| ResourceType::parse(name).is_some());
        if begins {
            found.push(&text[start..comma]);
            start = comma + 1;
        }
        from = comma + 1;
    }
    found.push(&text[start..]);
    found
}

fn search(call: &Call<'_>, text: &str) -> Result<Query, Problem> {
    let (name, criteria) = text
        .split_once('?')
        .ok_or_else(|| refused(text, "it is not a search such as Observation?status=final"))?;
    let ty = ResourceType::parse(name)
        .ok_or_else(|| refused(text, "it is not about a resource type of R4"))?;
    let pairs: Vec<(String, String)> = form_urlencoded::parse(criteria.as_bytes())
        .into_owned()
        .collect();
    let handling = if call.is_lenient() {
        Handling::Lenient
    } else {
        Handling::Strict
    };
    let query = Query::parse(ty, &pairs, handling, &call.context)?;
    if selects(&query) {
        Ok(query)
    } else {
        Err(refused(
            text,
            "it may select, but not sort, count, page or include",
        ))
    }
}

/// Whether a query has criteria and nothing else.
fn selects(query: &Query) -> bool {
    query.clauses.len() == query.applied.len()
        && query.includes.is_empty()
        && query.sort.is_empty()
        && query.cursor.is_none()
}

fn refused(text: &str, why: &str) -> Problem {
    Problem::new(
        Kind::Invalid,
        format!(
            "'{}' is not a value of the parameter '_typeFilter': {why}.",
            printable(text)
        ),
    )
    .at_parameter("_typeFilter")
}

#[cfg(test)]
mod tests {
    use super::searches;

    #[test]
    fn a_comma_ends_a_search_only_before_another_one() {
        assert_eq!(
            searches("Observation?code=a,b,Condition?category=c,Foo?x"),
            ["Observation?code=a,b", "Condition?category=c,Foo?x"]
        );
        assert_eq!(searches("Patient?"), ["Patient?"]);
    }
}
