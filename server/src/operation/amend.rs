//! A small change of a stored resource: read, edited and written over the very version that was
//! read.

use serde_json::Value;

use crate::access::decide::Authorized;
use crate::execute::{self, Means};
use crate::interaction::Instance;
use crate::interaction::body::Body;
use crate::interaction::precondition::Precondition;
use crate::problem::{Kind, Problem};
use crate::search::plan::Plan;
use crate::store::Stored;

/// How often a change is tried again when another write came in between.
const ATTEMPTS: usize = 8;

/// Edits a resource that may be read and written, as a new version; nothing is written when nothing
/// changes. Shows the resource as it is afterwards.
pub(super) fn amend(
    means: Means<'_>,
    authorized: &Authorized,
    instance: &Instance,
    edit: impl Fn(&mut Value) -> Result<(), Problem>,
) -> Result<Value, Problem> {
    let readable = authorized
        .included(instance.resource_type)
        .ok_or_else(Problem::not_found)?;
    let plan = Plan::read(instance.resource_type, &instance.id, readable);
    for _ in 0..ATTEMPTS {
        let stored = means.store.read(&plan)?.ok_or_else(Problem::not_found)?;
        match attempt(means, authorized, instance, &stored, &edit) {
            Err(problem) if problem.kind == Kind::VersionConflict => {}
            other => return other,
        }
    }
    Err(Problem::new(
        Kind::VersionConflict,
        "The resource is being changed by others; try again.",
    ))
}

fn attempt(
    means: Means<'_>,
    authorized: &Authorized,
    instance: &Instance,
    stored: &Stored,
    edit: &impl Fn(&mut Value) -> Result<(), Problem>,
) -> Result<Value, Problem> {
    let parse = |body: &[u8]| -> Result<Value, Problem> {
        serde_json::from_slice(body).map_err(|error| Problem::internal(&error))
    };
    let mut resource = parse(&stored.body)?;
    let before = resource.clone();
    edit(&mut resource)?;
    if resource == before {
        return Ok(before);
    }
    let body = Body::parse(instance.resource_type, resource.to_string().as_bytes())?;
    let over = Precondition {
        versions: Some(vec![stored.version]),
        absent: false,
    };
    let written = execute::replace(means, instance, body, over, authorized.restriction())?;
    parse(&written.body)
}
