//! What is asked of `$validate`: bare, or inside a `Parameters`.

use fhir::resource_type::ResourceType;
use fhir::us_core::UsCore;
use fhir::validate::{self, Options, Outcome as Validated, parse_and_validate};
use serde_json::Value;

use super::needs;
use crate::operation::Call;
use crate::problem::{Kind, Problem, printable};

/// What a resource is held against besides R4: the profile asked for and those it claims.
#[derive(Debug, Clone, Default)]
pub(super) struct Against {
    pub(super) profile: Option<String>,
    pub(super) us_core: UsCore,
}

impl Against {
    pub(super) fn judge<T>(&self, judge: impl FnOnce(&Options<'_>) -> T) -> T {
        let profiles: Vec<&str> = self.profile.iter().map(String::as_str).collect();
        judge(&Options {
            best_practices: true,
            profiles: &profiles,
            claims: true,
            us_core: self.us_core,
            ..Options::default()
        })
    }
}

/// What was sent, before it is judged.
pub(super) struct Asked {
    /// The resource, judged.
    pub(super) validated: Option<Validated>,
    /// `mode`, as sent.
    pub(super) mode: Option<String>,
    /// What it is held against.
    pub(super) against: Against,
}

pub(super) fn asked(call: &Call<'_>, ty: ResourceType) -> Result<Asked, Problem> {
    let in_url = Call {
        body: &[],
        ..call.clone()
    }
    .arguments()?;
    let mut asked = Asked {
        validated: None,
        mode: in_url.text("mode").map(str::to_owned),
        against: Against {
            profile: in_url.text("profile").map(str::to_owned),
            us_core: call.us_core,
        },
    };
    if call.body.is_empty() {
        return Ok(asked);
    }
    let sent = asked
        .against
        .judge(|options| parse_and_validate(call.body, None, options));
    let is_envelope = ty.as_str() != "Parameters"
        && sent
            .resource
            .as_ref()
            .is_some_and(|resource| resource["resourceType"] == "Parameters");
    if is_envelope {
        asked.open(ty, sent.resource.unwrap_or_default())?;
    } else {
        asked.validated = Some(of_type(ty, sent, call.body, &asked.against));
    }
    Ok(asked)
}

impl Asked {
    /// Reads a `Parameters`. Its resource is what is judged, so it may be anything; it is judged
    /// when everything else is read.
    fn open(&mut self, ty: ResourceType, mut parameters: Value) -> Result<(), Problem> {
        let Value::Array(members) = parameters["parameter"].take() else {
            return Ok(());
        };
        let mut resource = None;
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
                "profile" => self.against.profile = text(),
                "resource" => resource = Some(member["resource"].take()),
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
        if let Some(resource) = resource {
            self.validated = Some(within(ty, resource, &self.against)?);
        }
        Ok(())
    }
}

/// The resource inside a `Parameters`, judged.
fn within(ty: ResourceType, resource: Value, against: &Against) -> Result<Validated, Problem> {
    if resource["resourceType"] != ty.as_str() {
        return Err(needs(&format!("The parameter 'resource' must hold a {ty}")));
    }
    Ok(Validated {
        issues: against.judge(|options| validate::validate(&resource, options)),
        resource: Some(resource),
    })
}

/// Another type than the URL names is an issue.
fn of_type(ty: ResourceType, sent: Validated, body: &[u8], against: &Against) -> Validated {
    let is_of_type = sent
        .resource
        .as_ref()
        .is_none_or(|resource| resource["resourceType"] == ty.as_str());
    if is_of_type {
        sent
    } else {
        against.judge(|options| parse_and_validate(body, Some(ty), options))
    }
}
