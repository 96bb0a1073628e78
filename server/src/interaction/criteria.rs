//! The criteria of a conditional write: a search that must select, and of which nothing is left
//! out (R4, "conditional create", "conditional update", "conditional delete").

use fhir::resource_type::ResourceType;

use crate::problem::{Kind, Problem};
use crate::search::query::{Context, Handling, Query};

/// Settled by content negotiation; they select nothing.
const FORMATS: [&str; 2] = ["_format", "_pretty"];

/// Reads criteria. Unknown ones are refused: to leave one out would be to find too much.
pub fn parse(
    resource_type: ResourceType,
    pairs: &[(String, String)],
    context: &Context<'_>,
) -> Result<Query, Problem> {
    let pairs: Vec<_> = pairs
        .iter()
        .filter(|(name, _)| !FORMATS.contains(&name.as_str()))
        .cloned()
        .collect();
    if pairs.is_empty() {
        return Err(Problem::new(
            Kind::Required,
            format!("Name an id, or criteria that find one {resource_type}: {EXAMPLE}."),
        ));
    }
    let query = Query::parse(resource_type, &pairs, Handling::Strict, context).map_err(unknown)?;
    if selects(&query) {
        Ok(query)
    } else {
        Err(Problem::new(
            Kind::Invalid,
            format!(
                "The criteria of a write are search parameters that select, such as {EXAMPLE}."
            ),
        ))
    }
}

const EXAMPLE: &str = "identifier=system|value";

/// What a search may leave out, a write may not.
fn unknown(problem: Problem) -> Problem {
    match problem.kind {
        Kind::UnsupportedParameter => Problem {
            kind: Kind::Invalid,
            ..problem
        },
        _ => problem,
    }
}

/// Whether a query has criteria and nothing else.
fn selects(query: &Query) -> bool {
    !query.clauses.is_empty()
        && query.clauses.len() == query.applied.len()
        && query.chained().is_empty()
}
