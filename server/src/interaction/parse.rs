//! From the parts of a request to an [`Interaction`].

use fhir::resource_type::ResourceType;

use super::Interaction;
use crate::problem::Problem;
use crate::search::query::{Context, Handling, Query};
use crate::search::reference::is_id;

/// A read. An id that could never be one is answered like an unknown one.
pub fn read(type_name: &str, id: &str) -> Result<Interaction, Problem> {
    let resource_type = resource_type(type_name)?;
    if !is_id(id) {
        return Err(Problem::not_found());
    }
    Ok(Interaction::Read {
        resource_type,
        id: id.to_owned(),
    })
}

/// A search of one type.
pub fn search(
    type_name: &str,
    pairs: &[(String, String)],
    handling: Handling,
    context: &Context<'_>,
) -> Result<Interaction, Problem> {
    let resource_type = resource_type(type_name)?;
    Query::parse(resource_type, pairs, handling, context)
        .map(|query| Interaction::Search(Box::new(query)))
}

fn resource_type(name: &str) -> Result<ResourceType, Problem> {
    ResourceType::parse(name).ok_or_else(|| Problem::unknown_type(name))
}
