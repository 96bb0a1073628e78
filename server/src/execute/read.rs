//! `read` (R4, "RESTful API").

use super::Means;
use crate::access::restriction::Restriction;
use crate::interaction::Instance;
use crate::problem::{Kind, Problem};
use crate::search::plan::Plan;
use crate::store::{Occupied, Stored};

/// The current version, if the restriction admits it. An id that never was, one that may not be
/// seen and one that was deleted out of sight are answered alike; who sees everything of the type
/// may know that a resource was deleted.
pub(super) fn read(
    means: Means<'_>,
    instance: &Instance,
    restriction: &Restriction,
) -> Result<Stored, Problem> {
    let plan = Plan::read(instance.resource_type, &instance.id, restriction);
    if let Some(stored) = means.store.read(&plan)? {
        return Ok(stored);
    }
    if restriction.is_none() && matches!(means.store.occupied(instance)?, Occupied::Deleted(_)) {
        return Err(Problem::new(Kind::Gone, "This resource was deleted."));
    }
    Err(Problem::not_found())
}
