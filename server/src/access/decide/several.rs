//! Deciding on a search over several types: each under its own restriction.

use smart::scope::{Action, ScopeSet};

use super::{Authorized, chained, forbidden, granted, included, restriction};
use crate::access::authority::Authority;
use crate::access::restriction::Restriction;
use crate::interaction::Interaction;
use crate::problem::{Kind, Problem};
use crate::search::query::Context;
use crate::search::several::Several;

/// A type out of reach is refused when the client named it, and left out when the client asked
/// for whatever there is. When all are out of reach the search is refused.
pub(super) fn decide(
    authority: &Authority,
    mut several: Several,
    context: &Context<'_>,
) -> Result<Authorized, Problem> {
    if let Some(ty) = several.contained {
        granted(authority, ty, Action::Search, context)?;
    }
    let mut searched = Vec::new();
    let mut refusal = None;
    let mut kept = Vec::new();
    for query in std::mem::take(&mut several.queries) {
        let ty = query.resource_type;
        let restriction = restriction(authority, ty, Action::Search, context);
        if !restriction.alternatives.is_empty() {
            kept.push(query);
            searched.push(restriction);
        } else if several.named {
            return Err(forbidden(ty, Action::Search));
        } else {
            refusal.get_or_insert_with(|| forbidden(ty, Action::Search));
        }
    }
    if let (true, Some(refusal)) = (kept.is_empty(), refusal) {
        return Err(Problem::new(Kind::Forbidden, refusal.diagnostics));
    }
    several.queries = kept;
    let interaction = Interaction::SearchSeveral(Box::new(several));
    Ok(Authorized {
        chained: chained(authority, &interaction, context)?,
        included: included(authority, &interaction, context),
        searched,
        // Nothing is read but by the searches.
        restriction: Restriction {
            alternatives: Vec::new(),
        },
        searchable: None,
        readable: None,
        interaction,
        owner: authority.owner().to_owned(),
        scopes: ScopeSet::default(),
    })
}
