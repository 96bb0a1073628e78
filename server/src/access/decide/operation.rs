//! Deciding on an operation: what it needs is said by its request.

use std::collections::BTreeMap;

use fhir::resource_type::ResourceType;
use smart::scope::{Action, Level};

use super::{Authorized, chained_of, forbidden, granted, restriction};
use crate::access::authority::{Authority, Grant};
use crate::access::restriction::Restriction;
use crate::interaction::Interaction;
use crate::operation::{Invocation, Needs};
use crate::problem::{Kind, Problem};
use crate::search::query::Context;

pub(super) fn decide(
    authority: &Authority,
    invocation: Invocation,
    context: &Context<'_>,
) -> Result<Authorized, Problem> {
    let needs = invocation.request.needs();
    let narrowed = match needs.level {
        Some(level) => &of_level(authority, level)?,
        None => authority,
    };
    let restriction = match needs.subject {
        Some((ty, action)) => granted(narrowed, ty, action, context)?,
        None => Restriction {
            alternatives: Vec::new(),
        },
    };
    let included = read(narrowed, &needs, context)?;
    let mut chained = BTreeMap::new();
    for query in invocation.request.queries() {
        chained.extend(chained_of(narrowed, query, context)?);
    }
    Ok(Authorized {
        interaction: Interaction::Operation(invocation),
        restriction,
        included,
        chained,
        searched: Vec::new(),
        searchable: None,
        readable: None,
        owner: authority.owner().to_owned(),
        scopes: narrowed.scopes(),
    })
}

/// The same authority with the scopes of one level only. A right that rests on no token has none.
fn of_level(authority: &Authority, level: Level) -> Result<Authority, Problem> {
    match authority.grant() {
        Grant::Token { .. } => Ok(authority.with_level(level)),
        Grant::OpenMirror => Err(Problem::new(
            Kind::Forbidden,
            format!(
                "This needs a token with scopes such as {}/*.rs.",
                level.as_str()
            ),
        )),
    }
}

/// What may be shown of each type; refused when that is nothing of all, or of one that must be
/// there.
fn read(
    authority: &Authority,
    needs: &Needs,
    context: &Context<'_>,
) -> Result<BTreeMap<ResourceType, Restriction>, Problem> {
    let mut readable = BTreeMap::new();
    for ty in &needs.reads {
        let restriction = restriction(authority, *ty, Action::Read, context);
        if !restriction.alternatives.is_empty() {
            readable.insert(*ty, restriction);
        } else if needs.reads_all {
            return Err(forbidden(*ty, Action::Read));
        }
    }
    match needs.reads.first() {
        Some(ty) if readable.is_empty() && !needs.reads_none => Err(forbidden(*ty, Action::Read)),
        _ => Ok(readable),
    }
}
