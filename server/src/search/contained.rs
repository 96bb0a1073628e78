//! Searches that look into resources for those they contain (R4, "Searching for contained
//! resources"): `_contained=true` and `both`.
//!
//! A match is the container, whatever its type, under the restriction of that type: what is
//! contained belongs to its container, so whoever sees the one sees the other. With
//! `_containedType=contained` it is what is contained.

use fhir::resource_type::ResourceType;

use super::clause::{Clause, Test};
use super::filter::Filter;
use super::query::{Context, Handling, Query};
use super::refusal::{illegal, not_offered};
use super::several::Several;
use crate::problem::Problem;

const CONTAINED: &str = "_contained";
const CONTAINED_TYPE: &str = "_containedType";

/// Where matches are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Only inside other resources.
    Inside,
    /// There and among the resources themselves.
    Both,
}

/// What is shown of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Container,
    Contained,
}

/// A search for containers or what they contain; `None` when the query looks at resources themselves, as most do.
pub fn parse(
    resource_type: ResourceType,
    pairs: &[(String, String)],
    handling: Handling,
    context: &Context<'_>,
) -> Result<Option<Several>, Problem> {
    let is_about =
        |(name, _): &(String, String)| [CONTAINED, CONTAINED_TYPE].contains(&name.as_str());
    let (about, rest): (Vec<_>, Vec<_>) = pairs.iter().cloned().partition(is_about);
    let Some((place, shown)) = place(&about)? else {
        return Ok(None);
    };
    let mut query = Query::parse(resource_type, &rest, handling, context)?;
    answerable(&query)?;
    query.applied.extend(about);
    query.inside = (shown == Shown::Contained).then_some(resource_type);
    let queries = ResourceType::all().map(|container| over(container, &query, place));
    Ok(Some(Several {
        queries: queries.collect(),
        named: false,
        contained: Some(resource_type),
    }))
}

fn place(about: &[(String, String)]) -> Result<Option<(Place, Shown)>, Problem> {
    let (mut place, mut shown) = (None, Shown::Container);
    for (name, value) in about {
        match (name.as_str(), value.as_str()) {
            (CONTAINED, "false") => place = None,
            (CONTAINED, "true") => place = Some(Place::Inside),
            (CONTAINED, "both") => place = Some(Place::Both),
            (CONTAINED, _) => return Err(illegal(name, value, "true, both or false")),
            (_, "container") => shown = Shown::Container,
            (_, "contained") => shown = Shown::Contained,
            _ => return Err(illegal(name, value, "container or contained")),
        }
    }
    match (place, shown) {
        // Two walks, of resources and of what they contain, have no order among them.
        (Some(Place::Both), Shown::Contained) => Err(not_offered(
            "_containedType=contained together with _contained=both",
        )),
        (place, shown) => Ok(place.map(|place| (place, shown))),
    }
}

/// The search of one type of container.
fn over(container: ResourceType, query: &Query, place: Place) -> Query {
    let tests = query.clauses.iter().cloned().map(Filter::Test);
    let own = tests.chain(query.filters.iter().cloned()).collect();
    let inside = Filter::Contains(query.resource_type, Box::new(Filter::All(own)));
    let wanted = match (place, &inside) {
        (Place::Both, Filter::Contains(ty, own)) if *ty == container => {
            Filter::Any(vec![(**own).clone(), inside])
        }
        _ => inside,
    };
    Query {
        resource_type: container,
        clauses: Vec::new(),
        filters: vec![wanted],
        ..query.clone()
    }
}

/// Nothing may be asked that a contained resource has not: an address, a time of update, words of
/// its own; and an order or includes would be those of its container, if that is the match.
fn answerable(query: &Query) -> Result<(), Problem> {
    if !query.sort.is_empty() {
        return Err(not_offered("_sort together with _contained"));
    }
    if !query.includes.is_empty() {
        return Err(not_offered("_include together with _contained"));
    }
    query.clauses.iter().try_for_each(is_own)?;
    query.filters.iter().try_for_each(all_own)
}

fn all_own(filter: &Filter) -> Result<(), Problem> {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().try_for_each(all_own),
        Filter::Not(inner) | Filter::Contains(_, inner) => all_own(inner),
        Filter::Test(clause) => is_own(clause),
    }
}

fn is_own(clause: &Clause) -> Result<(), Problem> {
    let code = clause.parameter.code;
    if matches!(clause.test, Test::Has(..)) {
        return Err(not_offered("_has together with _contained"));
    }
    if ["_lastUpdated", "_text", "_content"].contains(&code) {
        return Err(not_offered(&format!("{code} together with _contained")));
    }
    Ok(())
}
