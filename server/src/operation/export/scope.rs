//! Whose records an export is of.

use std::collections::BTreeSet;

use fhir::resource_type::ResourceType;
use serde_json::Value;

use crate::access::decide::Authorized;
use crate::execute::Means;
use crate::interaction::Instance;
use crate::operation::{Arguments, Call, Target};
use crate::problem::{Kind, Problem};
use crate::search::plan::Plan;
use crate::search::record::Patients;
use crate::search::reference::Target as Reference;

/// Of what.
#[derive(Debug)]
pub(super) enum Scope {
    System,
    /// The records of all patients, or of these.
    Patients(Vec<String>),
    /// The records of the members of a group, or of these among them.
    Group(Instance, Vec<String>),
}

impl Scope {
    /// What a call is about.
    pub(super) fn read(call: &Call<'_>, arguments: &Arguments) -> Result<Self, Problem> {
        let patients = patients(arguments)?;
        match &call.target {
            Target::System if patients.is_empty() => Ok(Self::System),
            Target::System => Err(Problem::new(
                Kind::Invalid,
                "The parameter 'patient' is for [base]/Patient/$export and [base]/Group/[id]/$export.",
            )
            .at_parameter("patient")),
            Target::Type(_) => Ok(Self::Patients(patients)),
            Target::Instance(group) => Ok(Self::Group(group.clone(), patients)),
        }
    }

    /// Whose records; `None` for the whole server.
    pub(super) fn patients(
        &self,
        means: Means<'_>,
        authorized: &Authorized,
    ) -> Result<Option<Patients>, Problem> {
        match self {
            Self::System => Ok(None),
            Self::Patients(ids) if ids.is_empty() => Ok(Some(Patients::All)),
            Self::Patients(ids) => {
                are_there(means, authorized, ids)?;
                Ok(Some(Patients::These(ids.clone())))
            }
            Self::Group(group, wanted) => {
                let members = members(means, authorized, group)?;
                let stranger = wanted.iter().find(|id| !members.contains(id));
                match stranger {
                    Some(_) => Err(Problem::new(
                        Kind::Value,
                        "The parameter 'patient' names somebody who is not a member of the group.",
                    )
                    .at_parameter("patient")),
                    None if wanted.is_empty() => Ok(Some(Patients::These(members))),
                    None => Ok(Some(Patients::These(wanted.clone()))),
                }
            }
        }
    }
}

/// The ids of the patients asked for.
fn patients(arguments: &Arguments) -> Result<Vec<String>, Problem> {
    let refused = || {
        Problem::new(
            Kind::Value,
            "The parameter 'patient' takes a valueReference to a Patient, in a Parameters sent by POST.",
        )
        .at_parameter("patient")
    };
    if arguments.text("patient").is_some() {
        return Err(refused());
    }
    arguments
        .complex("patient")
        .map(|reference| {
            let text = reference["reference"].as_str().unwrap_or_default();
            patient_id(text).ok_or_else(refused)
        })
        .collect()
}

fn patient_id(reference: &str) -> Option<String> {
    match Reference::relative(reference) {
        Some(Reference::Local(ty, id)) if ty.as_str() == "Patient" => Some(id),
        _ => None,
    }
}

/// Refuses patients whom the caller does not see: a file without them would look complete.
fn are_there(means: Means<'_>, authorized: &Authorized, ids: &[String]) -> Result<(), Problem> {
    let readable = ResourceType::parse("Patient")
        .and_then(|ty| authorized.included(ty).map(|restriction| (ty, restriction)));
    let Some((ty, restriction)) = readable else {
        return Ok(());
    };
    for id in ids {
        if means
            .store
            .read(&Plan::read(ty, id, restriction))?
            .is_none()
        {
            return Err(Problem::new(
                Kind::Value,
                "The parameter 'patient' names somebody who is not there.",
            )
            .at_parameter("patient"));
        }
    }
    Ok(())
}

/// The patients of a group who have not left it, and those of the groups in it.
fn members(
    means: Means<'_>,
    authorized: &Authorized,
    group: &Instance,
) -> Result<Vec<String>, Problem> {
    let mut members = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![group.id.clone()];
    while let Some(id) = waiting.pop() {
        let plan = Plan::read(group.resource_type, &id, authorized.restriction());
        let stored = match means.store.read(&plan)? {
            Some(stored) => stored,
            None if id == group.id => return Err(Problem::not_found()),
            None => continue,
        };
        for member in current_members(&stored.body)? {
            match Reference::relative(&member) {
                Some(Reference::Local(ty, id)) if ty.as_str() == "Patient" => {
                    members.insert(id);
                }
                Some(Reference::Local(ty, id))
                    if ty == group.resource_type && seen.insert(id.clone()) =>
                {
                    waiting.push(id);
                }
                _ => {}
            }
        }
    }
    Ok(members.into_iter().collect())
}

fn current_members(group: &[u8]) -> Result<Vec<String>, Problem> {
    let group: Value = serde_json::from_slice(group).map_err(|error| Problem::internal(&error))?;
    let members = group["member"].as_array().into_iter().flatten();
    Ok(members
        .filter(|member| member["inactive"] != true)
        .filter_map(|member| member["entity"]["reference"].as_str())
        .map(str::to_owned)
        .collect())
}
