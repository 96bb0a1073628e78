//! `read` (R4, "RESTful API").

use fhir::resource_type::ResourceType;

use super::Means;
use crate::access::restriction::Restriction;
use crate::problem::Problem;
use crate::search::plan::Plan;
use crate::store::Stored;

/// The current version, if the restriction admits it. An id that never was and one that may not
/// be seen are answered alike.
pub(super) fn read(
    means: Means<'_>,
    resource_type: ResourceType,
    id: &str,
    restriction: &Restriction,
) -> Result<Stored, Problem> {
    means
        .store
        .read(&Plan::read(resource_type, id, restriction))?
        .ok_or_else(Problem::not_found)
}
