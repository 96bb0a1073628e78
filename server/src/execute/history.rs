//! `vread` and the history of an instance (R4, "RESTful API").
//!
//! A version is shown when the restriction admits the current version and the version's own
//! content: what was another patient's once stays out of sight, and so does what has become it.

use super::{History, Means};
use crate::access::restriction::Restriction;
use crate::interaction::Instance;
use crate::problem::{Kind, Problem};
use crate::search::index;
use crate::search::matches::{Candidate, Surroundings};
use crate::search::plan::{Condition, Plan};
use crate::search::reference::Target;
use crate::store::{Store, Stored};

/// One version.
pub(super) fn version_read(
    means: Means<'_>,
    instance: &Instance,
    version: u32,
    restriction: &Restriction,
) -> Result<Stored, Problem> {
    let history = history(means, instance, restriction)?;
    let found = history
        .versions
        .into_iter()
        .find(|found| found.version == version)
        .ok_or_else(Problem::not_found)?;
    found.stored.ok_or_else(|| {
        Problem::new(
            Kind::Gone,
            "This version records that the resource was deleted.",
        )
    })
}

/// All versions, newest first.
pub(super) fn history(
    means: Means<'_>,
    instance: &Instance,
    restriction: &Restriction,
) -> Result<History, Problem> {
    let plan = Plan::read(instance.resource_type, &instance.id, restriction);
    // A deleted resource has no content that could be judged: only a caller who sees everything
    // of the type may know that it was there.
    let current = means.store.read(&plan)?;
    if current.is_none() && *restriction != Restriction::none() {
        return Err(Problem::not_found());
    }
    let around = InStore(means.store);
    let condition = Condition::All(plan.conditions);
    let mut versions = means.store.versions(instance)?;
    if versions.is_empty() {
        return Err(Problem::not_found());
    }
    versions.retain(|version| match &version.stored {
        None => true,
        Some(stored) => is_admitted(stored, &condition, &around),
    });
    Ok(History {
        instance: instance.clone(),
        versions,
        at: means.now,
    })
}

fn is_admitted(stored: &Stored, condition: &Condition, around: &InStore<'_>) -> bool {
    let Ok(json) = serde_json::from_slice(&stored.body) else {
        return false;
    };
    let Ok(rows) = index::extract(stored.resource_type, &json) else {
        return false;
    };
    condition.admits(
        Candidate {
            id: &stored.id,
            updated: stored.updated,
            rows: &rows,
        },
        around,
    )
}

/// Asks the store about the resources around a version; what it cannot answer is a no.
struct InStore<'a>(&'a Store);

impl Surroundings for InStore<'_> {
    /// A version is judged by a restriction, and restrictions never ask this.
    fn is_referred_to(
        &self,
        _: &str,
        _: fhir::resource_type::ResourceType,
        _: index::Key,
        _: &Condition,
    ) -> bool {
        false
    }

    fn is_seen(
        &self,
        target: &Target,
        contexts: &[(fhir::resource_type::ResourceType, Condition)],
    ) -> bool {
        let Target::Local(ty, id) = target else {
            return false;
        };
        contexts
            .iter()
            .filter(|(context, _)| context == ty)
            .any(|(_, condition)| {
                let plan = Plan {
                    conditions: vec![Condition::Id(vec![id.clone()]), condition.clone()],
                    ..Plan::read(*ty, id, &Restriction::none())
                };
                matches!(self.0.read(&plan), Ok(Some(_)))
            })
    }
}
