//! From authority and interaction to a restriction, or a refusal, before any storage is touched.

use std::collections::{BTreeMap, BTreeSet};

use fhir::resource_type::ResourceType;
use smart::scope::{Action, ScopeSet};

use super::authority::Authority;
use super::restriction::Restriction;
use crate::interaction::Interaction;
use crate::problem::{Kind, Problem};
use crate::search::include::Include;
use crate::search::query::{Context, Query};
use scope::restriction;

mod operation;
mod scope;
mod several;

/// An interaction that this caller may perform, under this restriction. Only [`decide`] makes it,
/// and `execute` takes nothing else.
#[derive(Debug, Clone)]
pub struct Authorized {
    interaction: Interaction,
    restriction: Restriction,
    searched: Vec<Restriction>,
    included: BTreeMap<ResourceType, Restriction>,
    chained: BTreeMap<ResourceType, Restriction>,
    searchable: Option<Restriction>,
    readable: Option<Restriction>,
    owner: String,
    scopes: ScopeSet,
}

impl Authorized {
    /// What of a type may come along with a search; `None` for nothing.
    pub fn included(&self, resource_type: ResourceType) -> Option<&Restriction> {
        self.included.get(&resource_type)
    }

    /// Every type that may come along, with what may be seen of it.
    pub fn all_included(&self) -> &BTreeMap<ResourceType, Restriction> {
        &self.included
    }

    /// The scopes that an operation was decided by.
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// What may be done.
    pub fn interaction(&self) -> &Interaction {
        &self.interaction
    }

    /// What of a chained type may be searched; `None` for nothing.
    pub fn chained(&self, resource_type: ResourceType) -> Option<&Restriction> {
        self.chained.get(&resource_type)
    }

    /// What the criteria of a conditional write may find; `None` when it has none.
    pub fn searchable(&self) -> Option<&Restriction> {
        self.searchable.as_ref()
    }

    /// The interaction, to be carried out.
    pub fn into_interaction(self) -> Interaction {
        self.interaction
    }

    /// What a write may show of the type; `None` for nothing.
    pub fn readable(&self) -> Option<&Restriction> {
        self.readable.as_ref()
    }

    /// What of each type may be seen, for an interaction of the whole system.
    pub fn everywhere(&self) -> impl Iterator<Item = (ResourceType, &Restriction)> {
        self.included.iter().map(|(ty, seen)| (*ty, seen))
    }

    /// What each of [`Interaction::queries`] may find.
    pub fn searched(&self) -> impl Iterator<Item = (&Query, &Restriction)> {
        self.interaction.queries().iter().zip(&self.searched)
    }

    /// What of the type may be seen; nothing for an interaction of the whole system.
    pub fn restriction(&self) -> &Restriction {
        &self.restriction
    }

    /// Whose page links these are.
    pub fn owner(&self) -> &str {
        &self.owner
    }
}

/// Decides. Scope constraints are read in `context`, like any query.
pub fn decide(
    authority: &Authority,
    interaction: Interaction,
    context: &Context<'_>,
) -> Result<Authorized, Problem> {
    if let Interaction::Operation(invocation) = &interaction {
        return operation::decide(authority, invocation.clone(), context);
    }
    if let Interaction::SearchSeveral(several) = interaction {
        return several::decide(authority, *several, context);
    }
    let Some(action) = interaction.needs() else {
        return Err(Problem::internal(&"an interaction that needs nothing"));
    };
    let ty = interaction.resource_type();
    let restriction = match ty {
        Some(ty) => granted(authority, ty, action, context)?,
        None => Restriction::nothing(),
    };
    let searchable = ty
        .filter(|_| interaction.has_criteria())
        .map(|ty| granted(authority, ty, Action::Search, context))
        .transpose()?;
    let readable = readable(authority, &interaction, context);
    if let Some(ty) = ty.filter(|_| interaction.looks() && readable.is_none()) {
        return Err(forbidden(ty, Action::Read));
    }
    Ok(Authorized {
        chained: chained(authority, &interaction, context)?,
        searchable,
        readable,
        included: if interaction.is_of_system() {
            everywhere(authority, action, context)?
        } else {
            included(authority, &interaction, context)
        },
        searched: vec![restriction.clone()],
        interaction,
        restriction,
        owner: authority.owner().to_owned(),
        scopes: ScopeSet::default(),
    })
}

/// The restriction of an action, or the refusal when there is nothing it may touch.
fn granted(
    authority: &Authority,
    ty: ResourceType,
    action: Action,
    context: &Context<'_>,
) -> Result<Restriction, Problem> {
    let restriction = restriction(authority, ty, action, context);
    if !restriction.alternatives.is_empty() {
        return Ok(restriction);
    }
    if ty.is_definition() && matches!(action, Action::Read | Action::Search) {
        return Ok(Restriction::none());
    }
    Err(forbidden(ty, action))
}

/// The restriction of every type that an interaction of the whole system may touch; refused when
/// there is none.
fn everywhere(
    authority: &Authority,
    action: Action,
    context: &Context<'_>,
) -> Result<BTreeMap<ResourceType, Restriction>, Problem> {
    let reached: BTreeMap<_, _> = ResourceType::all()
        .map(|ty| (ty, restriction(authority, ty, action, context)))
        .filter(|(_, restriction)| !restriction.alternatives.is_empty())
        .collect();
    if reached.is_empty() {
        return Err(Problem::new(
            Kind::Forbidden,
            "The token's scopes do not allow this; it needs a scope such as patient/*.rs, and a patient in context.",
        ));
    }
    Ok(reached)
}

/// The restriction of every type that the search's includes can reach and the authority may read.
fn included(
    authority: &Authority,
    interaction: &Interaction,
    context: &Context<'_>,
) -> BTreeMap<ResourceType, Restriction> {
    interaction
        .queries()
        .iter()
        .flat_map(|query| &query.includes)
        .flat_map(Include::reaches)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|ty| (ty, restriction(authority, ty, Action::Read, context)))
        .filter(|(_, restriction)| !restriction.alternatives.is_empty())
        .collect()
}

/// The restriction of every type that the search's chains look at. A search that could only ask
/// about types out of reach is refused: its answer would say what they hold.
fn chained(
    authority: &Authority,
    interaction: &Interaction,
    context: &Context<'_>,
) -> Result<BTreeMap<ResourceType, Restriction>, Problem> {
    let mut reached = BTreeMap::new();
    for query in interaction.queries() {
        reached.extend(chained_of(authority, query, context)?);
    }
    Ok(reached)
}

fn chained_of(
    authority: &Authority,
    query: &Query,
    context: &Context<'_>,
) -> Result<BTreeMap<ResourceType, Restriction>, Problem> {
    let types = query.chained();
    let reached: BTreeMap<_, _> = types
        .iter()
        .map(|ty| (*ty, restriction(authority, *ty, Action::Search, context)))
        .filter(|(_, restriction)| !restriction.alternatives.is_empty())
        .collect();
    match types.first() {
        Some(ty) if reached.is_empty() => Err(forbidden(*ty, Action::Search)),
        _ => Ok(reached),
    }
}

/// What of the type a write may show in its answer: what a read and a search would.
fn readable(
    authority: &Authority,
    interaction: &Interaction,
    context: &Context<'_>,
) -> Option<Restriction> {
    interaction
        .resource_type()
        .filter(|_| interaction.writes())
        .map(|ty| restriction(authority, ty, Action::Read, context))
        .filter(|read| !read.alternatives.is_empty())
}

fn forbidden(resource_type: ResourceType, action: Action) -> Problem {
    let letters = smart::scope::Actions::NONE.with(action);
    Problem::new(
        Kind::Forbidden,
        format!(
            "The token's scopes do not allow this; it needs a scope such as patient/{resource_type}.{letters}, and a patient in context."
        ),
    )
}
