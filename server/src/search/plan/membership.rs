//! From a compartment to the condition that a resource belongs to it.

use fhir::compartment::{self, Membership};
use fhir::resource_type::ResourceType;

use super::Condition;
use crate::search::index::Key;
use crate::search::query::Match;
use crate::search::reference::Target;
use crate::search::several::Compartment;

/// That a resource of `ty` belongs to the compartment.
pub(super) fn of(within: &Compartment, ty: ResourceType) -> Condition {
    let is_indexed = matches!(
        compartment::patient_membership(ty),
        Membership::References(_) | Membership::Itself(_)
    );
    if within.of.as_str() == "Patient" && is_indexed {
        return Condition::Compartment(ty, within.id.clone());
    }
    let target = Match::Reference(vec![Target::Local(within.of, within.id.clone())]);
    let mut ways: Vec<_> = compartment::parameters_of(within.of, ty)
        .into_iter()
        .map(|parameter| Condition::Value(Key::parameter(parameter), target.clone()))
        .collect();
    if within.of == ty {
        ways.push(Condition::Id(vec![within.id.clone()]));
    }
    match ways.len() {
        1 => ways.swap_remove(0),
        _ => Condition::Any(ways),
    }
}
