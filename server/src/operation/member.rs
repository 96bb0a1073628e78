//! `Group/$member-add` and `$member-remove`: who belongs to a group (Da Vinci Member Attribution,
//! operations `member-add` and `member-remove`; members are named by `patientReference`).

use std::sync::Arc;

use fhir::resource_type::ResourceType;
use serde_json::{Value, json};
use smart::scope::Action;

use super::{Call, Level, Needs, Operation, Parameter, Request, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome, amend};
use crate::interaction::Instance;
use crate::problem::{Kind, Problem};
use crate::search::plan::Plan;
use crate::search::reference::Target as Reference;

/// The row of `$member-add`.
pub const ADD: Operation = Operation {
    code: "member-add",
    id: "member-add",
    definition: "http://hl7.org/fhir/us/davinci-atr/OperationDefinition/member-add",
    title: "Add a member to a group",
    description: "Makes a patient a member of a group; one who is a member already stays one.",
    levels: &[Level::Instance],
    types: &["Group"],
    affects_state: true,
    is_mirrored: false,
    parameters: &[
        PATIENT,
        input(
            "attributionPeriod",
            0,
            "1",
            "Period",
            "When the patient is a member.",
        ),
        RETURN,
    ],
    searches: false,
    read: |call| change(call, Change::Add(period(call)?)),
};

/// The row of `$member-remove`.
pub const REMOVE: Operation = Operation {
    code: "member-remove",
    id: "member-remove",
    definition: "http://hl7.org/fhir/us/davinci-atr/OperationDefinition/member-remove",
    title: "Remove a member from a group",
    description: "Ends the membership of a patient in a group.",
    parameters: &[PATIENT, RETURN],
    read: |call| change(call, Change::Remove),
    ..ADD
};

const PATIENT: Parameter = input(
    "patientReference",
    1,
    "1",
    "Reference",
    "The patient, as Patient/[id].",
);
const RETURN: Parameter = output("return", 1, "1", "OperationOutcome", "What was done.");

#[derive(Debug, Clone)]
enum Change {
    Add(Option<Value>),
    Remove,
}

#[derive(Debug, Clone)]
struct Member {
    group: Instance,
    patient: Instance,
    change: Change,
}

fn period(call: &Call<'_>) -> Result<Option<Value>, Problem> {
    Ok(call
        .arguments()?
        .complex("attributionPeriod")
        .next()
        .cloned())
}

fn change(call: &Call<'_>, change: Change) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let reference = arguments.complex("patientReference").next();
    let text = reference.and_then(|reference| reference["reference"].as_str());
    let patient = match text.and_then(Reference::relative) {
        Some(Reference::Local(ty, id)) if ty.as_str() == "Patient" => Instance {
            resource_type: ty,
            id,
        },
        _ => {
            return Err(Problem::new(
                Kind::Value,
                "The parameter 'patientReference' takes a valueReference such as Patient/[id].",
            )
            .at_parameter("patientReference"));
        }
    };
    let group = call.target.instance().ok_or_else(Problem::not_found)?;
    Ok(Arc::new(Member {
        group: group.clone(),
        patient,
        change,
    }))
}

impl Request for Member {
    fn needs(&self) -> Needs {
        Needs {
            reads: vec![self.group.resource_type, self.patient.resource_type],
            reads_all: true,
            ..Needs::action(self.group.resource_type, Action::Update)
        }
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        self.check_patient(means, authorized, self.patient.resource_type)?;
        let member = self.clone();
        let edit = move |group: &mut Value| member.edit(group);
        amend(means, authorized, &self.group, edit)?;
        let done = match self.change {
            Change::Add(_) => "The patient is a member of the group.",
            Change::Remove => "The patient is not a member of the group.",
        };
        Ok(Outcome::Answer(json!({
            "resourceType": "OperationOutcome",
            "issue": [{
                "severity": "information",
                "code": "informational",
                "details": { "text": done }
            }]
        })))
    }
}

impl Member {
    fn check_patient(
        &self,
        means: Means<'_>,
        authorized: &Authorized,
        ty: ResourceType,
    ) -> Result<(), Problem> {
        let readable = authorized.included(ty).ok_or_else(Problem::not_found)?;
        let plan = Plan::read(ty, &self.patient.id, readable);
        match means.store.read(&plan)? {
            Some(_) => Ok(()),
            None => Err(Problem::new(
                Kind::Invalidity,
                "There is no such patient that this token may read.",
            )
            .at_parameter("patientReference")),
        }
    }

    fn edit(&self, group: &mut Value) {
        let reference = format!("Patient/{}", self.patient.id);
        let mut members = group["member"].as_array().cloned().unwrap_or_default();
        let is_theirs = |member: &Value| member["entity"]["reference"] == reference;
        let is_member = members
            .iter()
            .any(|member| is_theirs(member) && member["inactive"] != true);
        match &self.change {
            Change::Add(_) if is_member => return,
            Change::Add(period) => {
                members.retain(|member| !is_theirs(member));
                let mut member = json!({ "entity": { "reference": reference } });
                if let Some(period) = period {
                    member["period"] = period.clone();
                }
                members.push(member);
            }
            Change::Remove => members.retain(|member| !is_theirs(member)),
        }
        if let Some(group) = group.as_object_mut() {
            if members.is_empty() {
                group.shift_remove("member");
            } else {
                group.insert("member".into(), Value::Array(members));
            }
        }
    }
}
