//! `$validate`: what a write would say about a resource (R4, operation `Resource-validate`).
//!
//! The resource is sent, bare or as the parameter `resource` of a `Parameters`; called on an
//! instance without one, the stored resource is looked at. Nothing is stored, so any token may
//! send one.

use std::sync::Arc;

use fhir::resource_type::ResourceType;
use fhir::us_core::UsCore;
use fhir::validate::{self, Breach, Issue, Options, Outcome as Validated, parse_and_validate};
use serde_json::{Value, json};
use smart::scope::Action;

use super::{Call, Level, Needs, Operation, Request, Target, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::interaction::Instance;
use crate::interaction::body::listed;
use crate::problem::{Kind, Problem, printable};
use crate::search::plan::Plan;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "validate",
    id: "Resource-validate",
    definition: "http://hl7.org/fhir/OperationDefinition/Resource-validate",
    title: "Validate a resource",
    description: "Says what is wrong with a resource: its JSON, elements, values, required bindings, references and invariants. Nothing is stored.",
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

const OPTIONS: Options = Options {
    invariants: true,
    bindings: true,
    references: true,
    best_practices: true,
    profiles: &[],
    claims: false,
    us_core: UsCore::V8_0_0,
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
    Stored(Instance),
    /// Whether the resource could be deleted.
    Deletion(Instance),
}

/// What was sent, before it is judged.
struct Asked {
    validated: Option<Validated>,
    mode: Option<String>,
    profile: Option<String>,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let ty = call.target.resource_type().ok_or_else(Problem::not_found)?;
    let asked = asked(call, ty)?;
    let mode = asked.mode.as_deref().map(mode).transpose()?;
    check_profile(ty, mode, asked.profile.as_deref())?;
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
        (None, Target::Instance(instance), _) => Validate::Stored(instance.clone()),
        (None, _, _) => return Err(needs("Send the resource as the body, or in a Parameters")),
    };
    Ok(Arc::new(request))
}

fn asked(call: &Call<'_>, ty: ResourceType) -> Result<Asked, Problem> {
    let in_url = Call {
        body: &[],
        ..call.clone()
    }
    .arguments()?;
    let mut asked = Asked {
        validated: None,
        mode: in_url.text("mode").map(str::to_owned),
        profile: in_url.text("profile").map(str::to_owned),
    };
    if call.body.is_empty() {
        return Ok(asked);
    }
    let sent = parse_and_validate(call.body, None, &OPTIONS);
    let is_envelope = ty.as_str() != "Parameters"
        && sent
            .resource
            .as_ref()
            .is_some_and(|resource| resource["resourceType"] == "Parameters");
    if is_envelope {
        asked.open(ty, sent.resource.unwrap_or_default())?;
    } else {
        asked.validated = Some(of_type(ty, sent, call.body));
    }
    Ok(asked)
}

impl Asked {
    /// Reads a `Parameters`. Its resource is what is judged, so it may be anything.
    fn open(&mut self, ty: ResourceType, mut parameters: Value) -> Result<(), Problem> {
        let Value::Array(members) = parameters["parameter"].take() else {
            return Err(needs("Parameters needs the parameter 'resource'"));
        };
        for mut member in members {
            let name = member["name"].as_str().unwrap_or_default().to_owned();
            let text = || {
                ["valueCode", "valueUri", "valueCanonical", "valueString"]
                    .iter()
                    .find_map(|key| member[*key].as_str())
                    .map(str::to_owned)
            };
            match name.as_str() {
                "mode" => self.mode = text(),
                "profile" => self.profile = text(),
                "resource" => {
                    let resource = member["resource"].take();
                    self.validated = Some(within(ty, resource)?);
                }
                other => {
                    return Err(Problem::new(
                        Kind::UnsupportedParameter,
                        format!(
                            "'{}' is not a parameter of $validate; accepted: resource, mode, profile.",
                            printable(other)
                        ),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The resource inside a `Parameters`, judged.
fn within(ty: ResourceType, resource: Value) -> Result<Validated, Problem> {
    if resource["resourceType"] != ty.as_str() {
        return Err(needs(&format!("The parameter 'resource' must hold a {ty}")));
    }
    Ok(Validated {
        issues: validate::validate(&resource, &OPTIONS),
        resource: Some(resource),
    })
}

/// Another type than the URL names is an issue.
fn of_type(ty: ResourceType, sent: Validated, body: &[u8]) -> Validated {
    let is_of_type = sent
        .resource
        .as_ref()
        .is_none_or(|resource| resource["resourceType"] == ty.as_str());
    if is_of_type {
        sent
    } else {
        parse_and_validate(body, Some(ty), &OPTIONS)
    }
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
fn check_profile(
    ty: ResourceType,
    mode: Option<Mode>,
    profile: Option<&str>,
) -> Result<(), Problem> {
    match profile {
        None if mode == Some(Mode::Profile) => {
            Err(needs("mode=profile needs the parameter 'profile'"))
        }
        Some(url) if url != format!("http://hl7.org/fhir/StructureDefinition/{ty}") => {
            Err(Problem::new(
                Kind::UnsupportedValue,
                "This server validates against base R4 only; leave the parameter 'profile' out.",
            )
            .at_parameter("profile"))
        }
        _ => Ok(()),
    }
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
            Self::Stored(instance) => Needs::action(instance.resource_type, Action::Read),
            Self::Deletion(instance) => Needs::action(instance.resource_type, Action::Delete),
        }
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let (Self::Stored(instance) | Self::Deletion(instance)) = self else {
            return Ok(Outcome::Answer(self.outcome(&[])));
        };
        let plan = Plan::read(
            instance.resource_type,
            &instance.id,
            authorized.restriction(),
        );
        let stored = means.store.read(&plan)?.ok_or_else(Problem::not_found)?;
        let issues = parse_and_validate(&stored.body, None, &OPTIONS).issues;
        Ok(Outcome::Answer(self.outcome(&issues)))
    }
}

impl Validate {
    fn outcome(&self, stored: &[Issue]) -> Value {
        match self {
            Self::Sent(issues) => rendered(issues, "The resource is valid."),
            Self::Stored(_) => rendered(stored, "The resource is valid."),
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
