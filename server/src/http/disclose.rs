//! Telling whose data an answer holds, where the token does not say it: people are told who read their
//! record, also when it was a professional's app that may read many (`user/` scopes). What backend
//! services read, behind which nobody stands, is not told one by one.

use std::collections::BTreeSet;

use actix_web::HttpRequest;
use actix_web::web::{self, Data};
use fhir::resource_type::ResourceType;
use serde_json::Value;
use smart::introspection::Disclosure;

use super::authenticate::{presented, purpose};
use super::state::State;
use crate::access::authority::Authority;
use crate::execute::Outcome;
use crate::execute::imaging::Held;
use crate::interaction::Instance;
use crate::problem::{Kind, Problem};
use crate::store::Stored;

/// Has kept that the caller reads these resources; on an error nothing may be sent.
pub(super) async fn disclose(
    state: &Data<State>,
    request: &HttpRequest,
    authority: &Authority,
    instances: Vec<Instance>,
) -> Result<(), Problem> {
    if !authority.acts_for_user() || instances.is_empty() {
        return Ok(());
    }
    let shared = state.clone();
    let patients: BTreeSet<String> =
        web::block(move || shared.store.patients_of(&instances).map_err(Problem::from))
            .await
            .map_err(|error| Problem::internal(&error))??;
    if patients.is_empty() {
        return Ok(());
    }
    let (_, token) = presented(request)?;
    let disclosure = Disclosure {
        token,
        purpose: &purpose(request),
        patients: &Vec::from_iter(patients),
    };
    let kept = state.authorization.disclosed(disclosure).await;
    kept.map_err(|error| {
        tracing::warn!(%error, "a disclosure cannot be kept");
        Problem::new(
            Kind::Unavailable,
            "It cannot be kept at the moment who reads this; try again soon.",
        )
    })
}

/// The resources of this server that an outcome shows.
pub(super) fn shown(outcome: &Outcome) -> Vec<Instance> {
    match outcome {
        Outcome::Resource(stored) => vec![stored.instance()],
        Outcome::Searchset(found) => {
            let all = found.matches.iter().chain(&found.included);
            all.map(Stored::instance).collect()
        }
        Outcome::History(history) => {
            let versions = history.versions.iter();
            versions.map(|version| version.instance.clone()).collect()
        }
        Outcome::Written(written) if written.is_shown => vec![written.stored.instance()],
        Outcome::Images(held) => files(held),
        Outcome::Answer(made) => {
            let mut found = Vec::new();
            collect(made, &mut found);
            found
        }
        Outcome::Written(_) | Outcome::Deleted(_) | Outcome::Accepted(_) => vec![],
    }
}

/// The files of images.
pub(super) fn files(held: &[Held]) -> Vec<Instance> {
    let binary = ResourceType::parse("Binary").into_iter();
    binary
        .flat_map(|resource_type| {
            held.iter().map(move |held| Instance {
                resource_type,
                id: held.id().to_owned(),
            })
        })
        .collect()
}

/// Resources within one that was made for the answer, and the patients it is about itself.
fn collect(value: &Value, found: &mut Vec<Instance>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            found.extend(named(value));
            members.values().for_each(|member| collect(member, found));
        }
        _ => {}
    }
}

fn named(value: &Value) -> Option<Instance> {
    let of = |ty: &str, id: &str| {
        Some(Instance {
            resource_type: ResourceType::parse(ty)?,
            id: id.to_owned(),
        })
    };
    let resource_type = value["resourceType"].as_str()?;
    if let Some(id) = value["id"].as_str() {
        return of(resource_type, id);
    }
    let about = ["subject", "patient"].map(|name| value[name]["reference"].as_str());
    let reference = about.into_iter().flatten().next()?;
    let (before, id) = reference.rsplit_once("Patient/")?;
    (before.is_empty() || before.ends_with('/')).then(|| of("Patient", id))?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_made_names_the_resources_in_it_and_whom_it_is_about() {
        let made = json!({"resourceType": "Bundle", "entry": [
            {"resource": {"resourceType": "Condition", "id": "c"}},
            {"resource": {"resourceType": "Observation", "subject": {"reference": "http://x/Patient/p"}}},
            {"resource": {"resourceType": "Observation", "subject": {"reference": "Group/g"}}},
            {"resource": {"resourceType": "Nonsense", "id": "n"}}]});
        let names: Vec<String> = shown(&Outcome::Answer(made))
            .iter()
            .map(|instance| format!("{}/{}", instance.resource_type, instance.id))
            .collect();
        assert_eq!(names, ["Condition/c", "Patient/p"]);
    }
}
