//! `create`, `update` and `delete` (R4, "RESTful API"). Each is one transaction in which the
//! restriction must admit what was there before and what is there afterwards.

use super::{Means, Outcome, Written};
use crate::access::restriction::Restriction;
use crate::interaction::Instance;
use crate::interaction::body::Body;
use crate::interaction::precondition::Precondition;
use crate::problem::{Kind, Problem};
use crate::search::date;
use crate::search::index;
use crate::search::plan::{Plan, SearchView, unchained};
use crate::search::query::Query;
use crate::store::{Incoming, Occupied, Stored, Transaction};

/// What a write may touch.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// What may be written.
    pub(super) writable: Restriction,
    /// What may be shown in the answer; `None` for nothing.
    pub(super) readable: Option<Restriction>,
}

/// Creates a resource, unless `unless` finds one: then that one is the answer.
pub(super) fn create(
    means: Means<'_>,
    body: Body,
    unless: Option<(Query, Restriction)>,
    bounds: Bounds,
) -> Result<Outcome, Problem> {
    let (id, now) = (means.ids.next(), means.now.timestamp_millis());
    means.store.change(move |transaction| {
        if let Some((query, searchable)) = &unless {
            let view = SearchView {
                searched: searchable,
                chained: &unchained,
            };
            let plan = Plan::search(query, &view);
            match transaction.find(&plan, 2)?.as_slice() {
                [] => {}
                [found] => return Ok(Outcome::Written(Written::unchanged(found.clone()))),
                _ => return Err(multiple()),
            }
        }
        let instance = Instance {
            resource_type: body.resource_type,
            id,
        };
        put(transaction, &instance, body, 1, now, &bounds).map(|stored| created(stored, &bounds))
    })
}

/// Replaces a resource, or makes it when the id was never used or its resource was deleted.
pub(super) fn update(
    means: Means<'_>,
    instance: Instance,
    body: Body,
    precondition: Precondition,
    bounds: Bounds,
) -> Result<Outcome, Problem> {
    let now = means.now.timestamp_millis();
    means.store.change(move |transaction| {
        let occupied = admitted(transaction, &instance, &bounds.writable)?;
        check(&precondition, &occupied)?;
        let (version, is_new) = match occupied {
            Occupied::Free => (1, true),
            Occupied::Deleted(version) => (version + 1, true),
            Occupied::Current(version) => (version + 1, false),
        };
        let stored = put(transaction, &instance, body, version, now, &bounds)?;
        Ok(if is_new {
            created(stored, &bounds)
        } else {
            Outcome::Written(Written::updated(stored, shown(&bounds)))
        })
    })
}

/// Deletes a resource. What is not there, was deleted before or may not be seen is answered alike.
pub(super) fn delete(
    means: Means<'_>,
    instance: Instance,
    precondition: Precondition,
    bounds: Bounds,
) -> Result<Outcome, Problem> {
    let now = means.now.timestamp_millis();
    means.store.change(move |transaction| {
        match admitted(transaction, &instance, &bounds.writable) {
            Ok(occupied @ Occupied::Current(version)) => {
                check(&precondition, &occupied)?;
                transaction.delete(instance.resource_type, &instance.id, version + 1, now)?;
                Ok(Outcome::Deleted(Some(version + 1)))
            }
            Ok(_) => Ok(Outcome::Deleted(None)),
            Err(problem) if problem.kind == Kind::NotFound => Ok(Outcome::Deleted(None)),
            Err(problem) => Err(problem),
        }
    })
}

/// The state of an address, as far as the caller may touch it.
fn admitted(
    transaction: &Transaction<'_>,
    instance: &Instance,
    restriction: &Restriction,
) -> Result<Occupied, Problem> {
    let occupied = transaction.occupied(instance.resource_type, &instance.id)?;
    if matches!(occupied, Occupied::Current(_)) && !sees(transaction, instance, restriction)? {
        return Err(Problem::not_found());
    }
    Ok(occupied)
}

fn sees(
    transaction: &Transaction<'_>,
    instance: &Instance,
    restriction: &Restriction,
) -> Result<bool, Problem> {
    let plan = Plan::read(instance.resource_type, &instance.id, restriction);
    Ok(!transaction.find(&plan, 1)?.is_empty())
}

fn check(precondition: &Precondition, occupied: &Occupied) -> Result<(), Problem> {
    let current = match occupied {
        Occupied::Current(version) => Some(*version),
        Occupied::Free | Occupied::Deleted(_) => None,
    };
    if precondition.absent && current.is_some() {
        return Err(Problem::new(
            Kind::AlreadyThere,
            "There is a resource with this id already (If-None-Match: *).",
        ));
    }
    match &precondition.versions {
        Some(versions) if !current.is_some_and(|version| versions.contains(&version)) => {
            Err(Problem::new(
                Kind::VersionConflict,
                "The stored version is not the one that If-Match names; read it again.",
            ))
        }
        _ => Ok(()),
    }
}

/// Stores a version and makes sure that its content is the caller's to write.
fn put(
    transaction: &Transaction<'_>,
    instance: &Instance,
    body: Body,
    version: u32,
    now: i64,
    bounds: &Bounds,
) -> Result<Stored, Problem> {
    let incoming = stamped(instance, body, version, now)?;
    let stored = Stored {
        key: 0,
        resource_type: instance.resource_type,
        id: instance.id.clone(),
        version,
        updated: incoming.updated,
        body: incoming.body.clone(),
    };
    transaction.put(incoming, version)?;
    if !sees(transaction, instance, &bounds.writable)? {
        return Err(Problem::new(
            Kind::Forbidden,
            "The token's scopes do not reach a resource with this content.",
        ));
    }
    Ok(stored)
}

fn stamped(instance: &Instance, body: Body, version: u32, now: i64) -> Result<Incoming, Problem> {
    let updated = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
    let json = body.stamp(&instance.id, version, &date::print(updated));
    let rows =
        index::extract(instance.resource_type, &json).map_err(|error| Problem::internal(&error))?;
    Ok(Incoming {
        resource_type: instance.resource_type,
        id: instance.id.clone(),
        updated,
        body: json.to_string().into_bytes(),
        rows,
        earlier: Vec::new(),
    })
}

fn created(stored: Stored, bounds: &Bounds) -> Outcome {
    Outcome::Written(Written::created(stored, shown(bounds)))
}

/// What was just written lies in the writable view; it is shown when reading is allowed by the
/// very same view. Anything narrower is not worth an oracle.
fn shown(bounds: &Bounds) -> bool {
    bounds.readable.as_ref() == Some(&bounds.writable)
}

fn multiple() -> Problem {
    Problem::new(
        Kind::MultipleMatches,
        "More than one resource matches the criteria; nothing was written.",
    )
}
