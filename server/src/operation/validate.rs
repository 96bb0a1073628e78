//! `$validate`: what a write would say about a resource (R4, operation `Resource-validate`).
//!
//! The resource is sent, bare or as the parameter `resource` of a `Parameters`; called on an
//! instance without one, the stored resource is looked at. Nothing is stored, so any token may
//! send one.

use std::sync::Arc;

use fhir::resource_type::ResourceType;
use fhir::validate::{self, Breach, Issue, parse_and_validate};
use serde_json::{Value, json};
use smart::scope::Action;

use super::{Call, Level, Needs, Operation, Request, Target, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::interaction::Instance;
use crate::interaction::body::listed;
use crate::problem::{Kind, Problem, printable};
use crate::search::plan::Plan;

use asked::{Against, asked};

mod asked;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "validate",
    id: "Resource-validate",
    definition: "http://hl7.org/fhir/OperationDefinition/Resource-validate",
    title: "Validate a resource",
    description: "Says what is wrong with a resource: its JSON, elements, values, required bindings, references and invariants, and whether it conforms to the profile asked for and to those of US Core that it claims in meta.profile. A write checks everything but profiles. Nothing is stored.",
    levels: &[Level::Type, Level::Instance],
    types: &[],
    affects_state: false,
    is_mirrored: false,
    parameters: &[
        input(
            "resource",
            0,
            "1",
            "Resource",
            "The resource; on an instance, the stored one if it is left out.",
        ),
        input(
            "mode",
            0,
            "1",
            "code",
            "What it is meant for: create, update, delete or profile.",
        ),
        input(
            "profile",
            0,
            "1",
            "uri",
            "The profile it should conform to.",
        ),
        output("return", 1, "1", "OperationOutcome", "What was found."),
    ],
    searches: false,
    read,
};

/// What is validated for (R4, code system `resource-validation-mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Create,
    Update,
    Delete,
    Profile,
}

const MODES: &[(&str, Mode)] = &[
    ("create", Mode::Create),
    ("update", Mode::Update),
    ("delete", Mode::Delete),
    ("profile", Mode::Profile),
];

#[derive(Debug)]
enum Validate {
    /// A resource that was sent, with what was found.
    Sent(Vec<Issue>),
    /// The resource that is stored.
    Stored(Instance, Against),
    /// Whether the resource could be deleted.
    Deletion(Instance),
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let ty = call.target.resource_type().ok_or_else(Problem::not_found)?;
    let asked = asked(call, ty)?;
    let mode = asked.mode.as_deref().map(mode).transpose()?;
    check_profile(ty, mode, &asked.against)?;
    let request = match (asked.validated, &call.target, mode) {
        (_, Target::Instance(instance), Some(Mode::Delete)) => Validate::Deletion(instance.clone()),
        (_, _, Some(Mode::Delete)) => return Err(needs("mode=delete is asked of one resource")),
        (Some(validated), target, mode) => {
            let mut issues = validated.issues;
            if let (Target::Instance(instance), Some(Mode::Update) | None) = (target, mode) {
                issues.extend(wrong_id(instance, validated.resource.as_ref()));
            }
            Validate::Sent(issues)
        }
        (None, Target::Instance(instance), _) => Validate::Stored(instance.clone(), asked.against),
        (None, _, _) => return Err(needs("Send the resource as the body, or in a Parameters")),
    };
    Ok(Arc::new(request))
}

fn mode(text: &str) -> Result<Mode, Problem> {
    MODES
        .iter()
        .find(|(code, _)| *code == text)
        .map(|(_, mode)| *mode)
        .ok_or_else(|| {
            let codes: Vec<_> = MODES.iter().map(|(code, _)| *code).collect();
            super::argument::illegal("mode", text, &codes.join(", "))
        })
}

/// A profile is looked at or refused, never passed over: the definition of the type itself is what
/// every resource is held against anyway.
fn check_profile(ty: ResourceType, mode: Option<Mode>, against: &Against) -> Result<(), Problem> {
    let Some(url) = against.profile.as_deref() else {
        return match mode {
            Some(Mode::Profile) => Err(needs("mode=profile needs the parameter 'profile'")),
            _ => Ok(()),
        };
    };
    let is_own = url == format!("http://hl7.org/fhir/StructureDefinition/{ty}");
    let known = fhir::profile::find(url, against.us_core);
    if is_own || known.is_some_and(|profile| profile.ty.name == ty.as_str()) {
        return Ok(());
    }
    let of_type = fhir::profile::of_release(against.us_core)
        .filter(|profile| profile.ty.name == ty.as_str())
        .map(|profile| profile.url);
    let accepted: Vec<_> = of_type.collect();
    let said = if accepted.is_empty() {
        format!("there is no profile of US Core on {ty}")
    } else {
        format!("profiles on {ty}: {}", accepted.join(", "))
    };
    let what = format!(
        "The profile '{}' cannot be validated against; {said}.",
        printable(url)
    );
    Err(Problem::new(Kind::UnsupportedValue, what).at_parameter("profile"))
}

fn wrong_id(instance: &Instance, resource: Option<&Value>) -> Option<Issue> {
    let id = resource?["id"].as_str();
    (id != Some(instance.id.as_str())).then(|| Issue {
        severity: validate::Severity::Error,
        code: validate::Code::Value,
        breach: Breach::Rule,
        diagnostics: "An update must have the id of the URL.".into(),
        expression: Some(format!("{}.id", instance.resource_type)),
        profile: None,
    })
}

fn needs(what: &str) -> Problem {
    Problem::new(Kind::Invalid, format!("{what}."))
}

impl Request for Validate {
    fn needs(&self) -> Needs {
        match self {
            Self::Sent(_) => Needs::default(),
            Self::Stored(instance, _) => Needs::action(instance.resource_type, Action::Read),
            Self::Deletion(instance) => Needs::action(instance.resource_type, Action::Delete),
        }
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let (instance, against) = match self {
            Self::Sent(_) => return Ok(Outcome::Answer(self.outcome(&[]))),
            Self::Stored(instance, against) => (instance, against.clone()),
            Self::Deletion(instance) => (instance, Against::default()),
        };
        let plan = Plan::read(
            instance.resource_type,
            &instance.id,
            authorized.restriction(),
        );
        let stored = means.store.read(&plan)?.ok_or_else(Problem::not_found)?;
        let judged = against.judge(|options| parse_and_validate(&stored.body, None, options));
        let issues = judged.issues;
        Ok(Outcome::Answer(self.outcome(&issues)))
    }
}

impl Validate {
    fn outcome(&self, stored: &[Issue]) -> Value {
        match self {
            Self::Sent(issues) => rendered(issues, "The resource is valid."),
            Self::Stored(..) => rendered(stored, "The resource is valid."),
            Self::Deletion(_) => rendered(&[], "The resource can be deleted."),
        }
    }
}

fn rendered(issues: &[Issue], fine: &str) -> Value {
    let mut listed: Vec<Value> = issues.iter().map(listed).collect();
    if listed.is_empty() {
        listed.push(json!({
            "severity": "information",
            "code": "informational",
            "details": { "text": fine }
        }));
    }
    json!({ "resourceType": "OperationOutcome", "issue": listed })
}
