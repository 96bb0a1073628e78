//! `patch` (R4, "RESTful API"): applied to the version that is read, outside the write transaction
//! that everybody waits for; the transaction makes sure that it is still the current one. Only a
//! patch that others outran again and again is applied inside.

use super::bounds::Bounds;
use super::change::{Change, Origin};
use super::inside::Kept;
use super::target::multiple;
use super::{Means, Outcome, write};
use crate::access::decide::Authorized;
use crate::access::restriction::Restriction;
use crate::interaction::body::Body;
use crate::interaction::{Address, Instance, Interaction};
use crate::problem::{Kind, Problem};
use crate::search::page::Position;
use crate::search::plan::{Plan, SearchView, unchained};
use crate::search::query::Query;
use crate::store::{Occupied, Stored, Window};

/// How often a patch is applied anew when somebody else was faster, before all others wait for it.
const ATTEMPTS: usize = 3;

/// Performs a patch of its own.
pub(super) fn patch(means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
    let beside = || {
        let change = prepare(means, authorized)?;
        means
            .store
            .change(move |transaction| write::alone(transaction, change))
    };
    let alone = || {
        let (kept, authorized) = (Kept::of(means), authorized.clone());
        means.store.change_and_read(move |transaction, inside| {
            let change = prepare(kept.means(inside), &authorized)?;
            write::alone(transaction, change)
        })
    };
    persist(beside, alone)
}

/// Tries beside other writers a few times; whoever they outrun is served with none beside it.
pub(super) fn persist<T>(
    mut beside: impl FnMut() -> Result<T, Problem>,
    alone: impl FnOnce() -> Result<T, Problem>,
) -> Result<T, Problem> {
    for _ in 0..ATTEMPTS {
        match beside() {
            Err(problem) if problem.kind == Kind::Contention => {}
            answer => return answer,
        }
    }
    alone()
}

/// Applies a patch to what is there now.
pub(super) fn prepare(means: Means<'_>, authorized: &Authorized) -> Result<Change, Problem> {
    let Interaction::Patch {
        address,
        patch,
        precondition,
    } = authorized.interaction()
    else {
        return Err(Problem::internal(&"no patch among the patches"));
    };
    let instance = match address {
        Address::Instance(instance) => instance.clone(),
        Address::Matching(query) => matching(means, query, authorized.searchable())?,
    };
    let stored = current(means, &instance, &Bounds::new(authorized), patch.looks())?;
    precondition.check(&Occupied::Current(stored.version))?;
    let resource =
        serde_json::from_slice(&stored.body).map_err(|error| Problem::internal(&error))?;
    let body = Body::from_value(patch.apply(resource)?).map_err(unfit)?;
    let from = Origin {
        instance,
        version: stored.version,
    };
    Change::patched(means, authorized, body, from)
}

/// The one resource that criteria find (R4, "conditional patch").
fn matching(
    means: Means<'_>,
    query: &Query,
    searchable: Option<&Restriction>,
) -> Result<Instance, Problem> {
    let searched = searchable.ok_or_else(|| Problem::internal(&"criteria nobody decided on"))?;
    let view = SearchView {
        searched,
        chained: &unchained,
    };
    let window = Window {
        from: Position::start(i64::MAX),
        limit: 2,
    };
    match means
        .store
        .search(&Plan::search(query, &view), &window)?
        .as_slice()
    {
        [] => Err(Problem::not_found()),
        [found] => Ok(Instance {
            resource_type: found.stored.resource_type,
            id: found.stored.id.clone(),
        }),
        _ => Err(multiple()),
    }
}

/// The current version. What may not be patched is answered like what was never there.
fn current(
    means: Means<'_>,
    instance: &Instance,
    bounds: &Bounds,
    looks: bool,
) -> Result<Stored, Problem> {
    let mut current = None;
    for restriction in bounds.patchable(looks) {
        let plan = Plan::read(instance.resource_type, &instance.id, restriction);
        current = means.store.read(&plan)?;
        if current.is_none() {
            break;
        }
    }
    match current {
        Some(stored) => Ok(stored),
        None if bounds.may_choose_ids()
            && matches!(means.store.occupied(instance)?, Occupied::Deleted(_)) =>
        {
            Err(Problem::new(Kind::Gone, "This resource was deleted."))
        }
        None => Err(Problem::not_found()),
    }
}

/// A result that could not have been sent either.
fn unfit(problem: Problem) -> Problem {
    Problem {
        kind: Kind::Invalidity,
        diagnostics: "The patched resource would not be valid.".into(),
        ..problem
    }
}
