//! What the scopes of an authority let be seen or done of one type.

use fhir::compartment::{Membership, patient_membership};
use fhir::resource_type::ResourceType;
use smart::scope::{Action, Constraint, Level, ResourceScope};

use crate::access::authority::{Authority, Grant, is_professional};
use crate::access::restriction::{Alternative, Restriction, View};
use crate::search::query::{Clause, Context};

/// What of `resource_type` the authority may `action`.
pub(super) fn restriction(
    authority: &Authority,
    resource_type: ResourceType,
    action: Action,
    context: &Context<'_>,
) -> Restriction {
    match authority.grant() {
        Grant::OpenMirror if looks(action) => Restriction::none(),
        Grant::OpenMirror => Restriction {
            alternatives: Vec::new(),
        },
        Grant::Token { scopes, .. } => Restriction {
            alternatives: scopes
                .resources()
                .filter(|scope| scope.admits(resource_type.as_str(), action))
                .filter_map(|scope| alternative(authority, scope, resource_type, action, context))
                .collect(),
        },
    }
}

/// `None` when the scope cannot be honoured: no patient in context, a level the holder has no
/// right to, or a constraint that cannot be evaluated. It then opens nothing.
fn alternative(
    authority: &Authority,
    scope: &ResourceScope,
    resource_type: ResourceType,
    action: Action,
    context: &Context<'_>,
) -> Option<Alternative> {
    Some(Alternative {
        view: match whose(authority, scope.level)? {
            Whose::Everybody => View::Everything,
            // What all patients share is not one patient's to change.
            Whose::Patient(_)
                if *patient_membership(resource_type) == Membership::Shared && !looks(action) =>
            {
                return None;
            }
            Whose::Patient(patient) => view(authority, resource_type, patient, context)?,
        },
        criteria: criteria(resource_type, &scope.constraint, context)?,
    })
}

fn looks(action: Action) -> bool {
    matches!(action, Action::Read | Action::Search)
}

enum Whose<'a> {
    Everybody,
    Patient(&'a str),
}

fn whose(authority: &Authority, level: Level) -> Option<Whose<'_>> {
    let Grant::Token {
        patient,
        user,
        person,
        ..
    } = authority.grant()
    else {
        return None;
    };
    match level {
        Level::User if user.as_ref().is_some_and(is_professional) => Some(Whose::Everybody),
        // A patient's own user scopes never exceed the record that was chosen.
        Level::Patient | Level::User => patient.as_deref().map(Whose::Patient),
        Level::System => (!person).then_some(Whose::Everybody),
    }
}

fn view(
    authority: &Authority,
    resource_type: ResourceType,
    patient: &str,
    context: &Context<'_>,
) -> Option<View> {
    match patient_membership(resource_type) {
        Membership::Never => None,
        Membership::Context(_) => Some(View::Context(contexts(authority, context))),
        Membership::Shared => Some(View::Everything),
        Membership::EveryTarget(_) => Some(View::EveryTarget(contexts(authority, context))),
        Membership::References(_) | Membership::Itself(_) => {
            Some(View::Patient(patient.to_owned()))
        }
    }
}

/// The types that content may hang on, each under its own restriction.
fn contexts(authority: &Authority, context: &Context<'_>) -> Vec<(ResourceType, Restriction)> {
    ResourceType::all()
        .filter(|ty| {
            matches!(
                patient_membership(*ty),
                Membership::References(_) | Membership::Itself(_)
            )
        })
        .map(|ty| (ty, restriction(authority, ty, Action::Read, context)))
        .filter(|(_, restriction)| !restriction.alternatives.is_empty())
        .collect()
}

fn criteria(
    resource_type: ResourceType,
    constraint: &Constraint,
    context: &Context<'_>,
) -> Option<Vec<Clause>> {
    constraint
        .iter()
        .map(|(name, value)| Clause::parse(resource_type, name, value, context).ok())
        .collect()
}
