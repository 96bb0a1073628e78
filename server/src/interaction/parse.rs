//! From the parts of a request to an [`Interaction`].

use fhir::resource_type::ResourceType;

use super::body::{Body, Sent};
use super::criteria;
use super::history::{HistoryQuery, Of};
use super::patch::Patch;
use super::precondition::Precondition;
use super::{Address, Instance, Interaction};
use crate::problem::{Kind, Problem};
use crate::search::contained;
use crate::search::query::{Context, Handling, Query};
use crate::search::reference::is_id;
use crate::search::several::{Compartment, Several};

/// A read.
pub fn read(type_name: &str, id: &str) -> Result<Interaction, Problem> {
    instance(type_name, id).map(Interaction::Read)
}

/// A read of one version. A version that could never be one is answered like an unknown one.
pub fn version_read(type_name: &str, id: &str, version: &str) -> Result<Interaction, Problem> {
    let instance = instance(type_name, id)?;
    let version = version.parse().map_err(|_| Problem::not_found())?;
    Ok(Interaction::VersionRead(instance, version))
}

/// The history of one resource, of a type when `id` is `None`, of everything when both are.
pub fn history(
    type_name: Option<&str>,
    id: Option<&str>,
    pairs: &[(String, String)],
    handling: Handling,
) -> Result<Interaction, Problem> {
    let of = match (type_name, id) {
        (Some(type_name), Some(id)) => Of::Instance(instance(type_name, id)?),
        (Some(type_name), None) => Of::Type(resource_type(type_name)?),
        (None, _) => Of::System,
    };
    HistoryQuery::parse(of, pairs, handling).map(|query| Interaction::History(Box::new(query)))
}

/// A search of one type.
pub fn search(
    type_name: &str,
    pairs: &[(String, String)],
    handling: Handling,
    context: &Context<'_>,
) -> Result<Interaction, Problem> {
    let resource_type = resource_type(type_name)?;
    if let Some(containers) = contained::parse(resource_type, pairs, handling, context)? {
        return Ok(Interaction::SearchSeveral(Box::new(containers)));
    }
    Query::parse(resource_type, pairs, handling, context)
        .map(|query| Interaction::Search(Box::new(query)))
}

/// A search of the whole server.
pub fn search_system(
    pairs: &[(String, String)],
    handling: Handling,
    context: &Context<'_>,
) -> Result<Interaction, Problem> {
    Several::parse(None, pairs, handling, context)
        .map(|several| Interaction::SearchSeveral(Box::new(several)))
}

/// A search of a compartment; `searched` is a type or `*` for all types in it.
pub fn search_compartment(
    (of, id): (&str, &str),
    searched: &str,
    pairs: &[(String, String)],
    handling: Handling,
    context: &Context<'_>,
) -> Result<Interaction, Problem> {
    let Instance { resource_type, id } = instance(of, id)?;
    let within = Compartment::of(resource_type, &id).ok_or_else(|| {
        Problem::new(
            Kind::UnknownRoute,
            format!("{resource_type} has no compartment."),
        )
    })?;
    if searched == "*" {
        return Several::parse(Some(&within), pairs, handling, context)
            .map(|several| Interaction::SearchSeveral(Box::new(several)));
    }
    let searched = self::resource_type(searched)?;
    if !within.may_hold(searched) {
        return Err(Problem::new(
            Kind::UnsupportedValue,
            format!("{searched} is not in the compartment of {resource_type}."),
        ));
    }
    let mut query = Query::parse(searched, pairs, handling, context)?;
    query.path = format!("{resource_type}/{id}/{searched}");
    query.within = Some(within);
    Ok(Interaction::Search(Box::new(query)))
}

/// A create, conditional when `criteria` are given.
pub fn create<'a>(
    type_name: &str,
    sent: impl Into<Sent<'a>>,
    criteria: Option<&[(String, String)]>,
    context: &Context<'_>,
) -> Result<Interaction, Problem> {
    let resource_type = resource_type(type_name)?;
    let unless = criteria
        .map(|pairs| if_none_exist(resource_type, pairs, context))
        .transpose()?;
    Ok(Interaction::Create {
        body: Box::new(Body::read(resource_type, sent.into())?),
        unless: unless.map(Box::new),
    })
}

/// The criteria of `If-None-Exist`. A header that was sent must select.
fn if_none_exist(
    resource_type: ResourceType,
    pairs: &[(String, String)],
    context: &Context<'_>,
) -> Result<Query, Problem> {
    criteria::parse(resource_type, pairs, context).map_err(|problem| match problem.kind {
        Kind::Required => Problem::new(
            Kind::Invalid,
            "If-None-Exist takes search parameters that select, such as identifier=system|value.",
        ),
        _ => problem,
    })
}

/// An update. The body must name the id of the URL (R4, "update").
pub fn update<'a>(
    type_name: &str,
    id: &str,
    sent: impl Into<Sent<'a>>,
    precondition: Precondition,
) -> Result<Interaction, Problem> {
    let instance = writable(type_name, id)?;
    let body = Body::read(instance.resource_type, sent.into())?;
    match body.id() {
        Some(own) if own == instance.id => {}
        None => return Err(Problem::new(Kind::Required, id_missing(&instance))),
        Some(_) => return Err(Problem::new(Kind::Invalid, id_missing(&instance))),
    }
    Ok(Interaction::Update {
        address: Address::Instance(instance),
        body: Box::new(body),
        precondition,
    })
}

fn id_missing(instance: &Instance) -> String {
    format!("The body must have the id of the URL, '{}'.", instance.id)
}

/// An update of what the criteria find (R4, "conditional update").
pub fn conditional_update<'a>(
    type_name: &str,
    criteria: &[(String, String)],
    sent: impl Into<Sent<'a>>,
    precondition: Precondition,
    context: &Context<'_>,
) -> Result<Interaction, Problem> {
    let resource_type = resource_type(type_name)?;
    let query = criteria::parse(resource_type, criteria, context)?;
    Ok(Interaction::Update {
        address: Address::Matching(Box::new(query)),
        body: Box::new(Body::read(resource_type, sent.into())?),
        precondition,
    })
}

/// A patch.
pub fn patch(
    type_name: &str,
    id: &str,
    patch: Patch,
    precondition: Precondition,
) -> Result<Interaction, Problem> {
    Ok(Interaction::Patch {
        address: Address::Instance(instance(type_name, id)?),
        patch: Box::new(patch),
        precondition,
    })
}

/// A patch of what the criteria find (R4, "conditional patch").
pub fn conditional_patch(
    type_name: &str,
    criteria: &[(String, String)],
    patch: Patch,
    precondition: Precondition,
    context: &Context<'_>,
) -> Result<Interaction, Problem> {
    let resource_type = resource_type(type_name)?;
    let query = criteria::parse(resource_type, criteria, context)?;
    Ok(Interaction::Patch {
        address: Address::Matching(Box::new(query)),
        patch: Box::new(patch),
        precondition,
    })
}

/// A delete.
pub fn delete(
    type_name: &str,
    id: &str,
    precondition: Precondition,
) -> Result<Interaction, Problem> {
    Ok(Interaction::Delete {
        address: Address::Instance(instance(type_name, id)?),
        precondition,
    })
}

/// A delete of what the criteria find (R4, "conditional delete").
pub fn conditional_delete(
    type_name: &str,
    criteria: &[(String, String)],
    precondition: Precondition,
    context: &Context<'_>,
) -> Result<Interaction, Problem> {
    let resource_type = resource_type(type_name)?;
    let query = criteria::parse(resource_type, criteria, context)?;
    Ok(Interaction::Delete {
        address: Address::Matching(Box::new(query)),
        precondition,
    })
}

/// An address. An id that could never be one is answered like an unknown one.
pub fn instance(type_name: &str, id: &str) -> Result<Instance, Problem> {
    let resource_type = resource_type(type_name)?;
    if !is_id(id) {
        return Err(Problem::not_found());
    }
    Ok(Instance {
        resource_type,
        id: id.to_owned(),
    })
}

/// An address that may be given to a new resource.
///
/// R4 lets an id be `.` or `..`, but clients take such segments out of URLs (RFC 3986 §5.2.4):
/// nobody could reach the resource.
fn writable(type_name: &str, id: &str) -> Result<Instance, Problem> {
    let resource_type = resource_type(type_name)?;
    if !is_id(id) || matches!(id, "." | "..") {
        return Err(Problem::new(
            Kind::Value,
            "An id has 1 to 64 letters, digits, '-' and '.', and is neither '.' nor '..'.",
        ));
    }
    Ok(Instance {
        resource_type,
        id: id.to_owned(),
    })
}

/// A type by its name.
pub fn resource_type(name: &str) -> Result<ResourceType, Problem> {
    ResourceType::parse(name).ok_or_else(|| Problem::unknown_type(name))
}
