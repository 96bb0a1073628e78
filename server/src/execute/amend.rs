//! A small change of a stored resource by an operation: read, edited and written over the very version
//! that was read. As with a patch, whoever others outran again and again is served with none beside it.

use serde_json::Value;

use super::change::{Change, Origin};
use super::inside::Kept;
use super::patch::persist;
use super::{Means, Outcome, write};
use crate::access::decide::Authorized;
use crate::interaction::Instance;
use crate::interaction::body::Body;
use crate::problem::Problem;
use crate::search::plan::Plan;

/// What an edit comes to.
enum Edited {
    /// Everything is as it should be.
    Same(Value),
    Other(Box<Change>),
}

/// Edits a resource that may be read and written, as a new version; nothing is written when nothing
/// changes. Shows the resource as it is afterwards.
pub(crate) fn amend(
    means: Means<'_>,
    authorized: &Authorized,
    instance: &Instance,
    edit: impl Fn(&mut Value) + Clone + Send + 'static,
) -> Result<Value, Problem> {
    let beside = || match prepare(means, authorized, instance, &edit)? {
        Edited::Same(resource) => Ok(resource),
        Edited::Other(change) => shown(
            means
                .store
                .change(move |transaction| write::alone(transaction, *change))?,
        ),
    };
    let alone = || {
        let (kept, authorized) = (Kept::of(means), authorized.clone());
        let (instance, edit) = (instance.clone(), edit.clone());
        means.store.change_and_read(move |transaction, inside| {
            match prepare(kept.means(inside), &authorized, &instance, &edit)? {
                Edited::Same(resource) => Ok(resource),
                Edited::Other(change) => shown(write::alone(transaction, *change)?),
            }
        })
    };
    persist(beside, alone)
}

/// Applies an edit to what is there now.
fn prepare(
    means: Means<'_>,
    authorized: &Authorized,
    instance: &Instance,
    edit: &impl Fn(&mut Value),
) -> Result<Edited, Problem> {
    let ty = instance.resource_type;
    let readable = authorized.included(ty).ok_or_else(Problem::not_found)?;
    let read = |restriction| means.store.read(&Plan::read(ty, &instance.id, restriction));
    // As with a patch, what may not be written is answered like what was never there.
    read(authorized.restriction())?.ok_or_else(Problem::not_found)?;
    let stored = read(readable)?.ok_or_else(Problem::not_found)?;
    let before = parse(&stored.body)?;
    let mut after = before.clone();
    edit(&mut after);
    if after == before {
        return Ok(Edited::Same(before));
    }
    let body = Body::parse(instance.resource_type, after.to_string().as_bytes())?;
    let from = Origin {
        instance: instance.clone(),
        version: stored.version,
    };
    let change = Change::amended(means, body, from, authorized.restriction());
    Ok(Edited::Other(Box::new(change)))
}

fn shown(outcome: Outcome) -> Result<Value, Problem> {
    match outcome {
        Outcome::Written(written) => parse(&written.stored.body),
        _ => Err(Problem::internal(&"an edit that wrote nothing")),
    }
}

fn parse(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::internal(&error))
}
