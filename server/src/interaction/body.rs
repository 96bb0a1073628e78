//! The resource in the body of a write: valid, or refused with one issue for each fault.

use std::collections::BTreeMap;

use fhir::resource_type::ResourceType;
use fhir::subset::is_marked;
use fhir::validate::{Breach, Issue, Options, parse_and_validate, validate};
use serde_json::{Map, Value, json};

use super::bundle::settle;
use crate::problem::{Kind, Problem};

/// A valid resource, its members in the order they were written.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// What `resourceType` says.
    pub resource_type: ResourceType,
    members: Map<String, Value>,
}

/// A resource as it was sent.
#[derive(Debug)]
pub enum Sent<'a> {
    /// The text of a body.
    Text(&'a [u8]),
    /// The resource of an entry, whose JSON was read with its Bundle.
    Json(Value),
}

impl<'a> From<&'a [u8]> for Sent<'a> {
    fn from(text: &'a [u8]) -> Self {
        Self::Text(text)
    }
}

impl Body {
    /// Reads a resource of the type that the URL names. The profiles it claims are not looked at:
    /// what R4 allows can be stored, and `$validate` says whether a claim holds.
    pub fn parse(resource_type: ResourceType, bytes: &[u8]) -> Result<Self, Problem> {
        parse_and_validate(bytes, Some(resource_type), &Options::default())
            .into_result()
            .map_err(|issues| refused(&issues))
            .and_then(|resource| Self::of(resource_type, resource))
    }

    /// Reads a resource of the type that the URL names, in whichever form it was sent.
    pub fn read(resource_type: ResourceType, sent: Sent<'_>) -> Result<Self, Problem> {
        match sent {
            Sent::Text(bytes) => Self::parse(resource_type, bytes),
            Sent::Json(resource) if resource["resourceType"] == resource_type.as_str() => {
                Self::from_value(resource)
            }
            Sent::Json(_) => Err(Problem::new(
                Kind::Invalid,
                format!("The URL is that of a {resource_type}, and the resource is none."),
            )),
        }
    }

    /// Puts what was found in the place of what stood for it in a transaction.
    pub fn settle(&mut self, found: &BTreeMap<String, String>) {
        let mut resource = Value::Object(std::mem::take(&mut self.members));
        settle(&mut resource, found);
        if let Value::Object(members) = resource {
            self.members = members;
        }
    }

    /// Takes a resource that was read already, of whatever type it says it is.
    pub fn from_value(resource: Value) -> Result<Self, Problem> {
        let issues = validate(&resource, &Options::default());
        if issues.iter().any(Issue::is_error) {
            return Err(refused(&issues));
        }
        let named = resource["resourceType"].as_str();
        match named.and_then(ResourceType::parse) {
            Some(resource_type) => Self::of(resource_type, resource),
            None => Err(not_an_object()),
        }
    }

    fn of(resource_type: ResourceType, resource: Value) -> Result<Self, Problem> {
        match resource {
            Value::Object(members) if is_marked(&members) => Err(partial()),
            Value::Object(members) => Ok(Self {
                resource_type,
                members,
            }),
            _ => Err(not_an_object()),
        }
    }

    /// Its members, as they were sent.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// The id the body gives itself.
    pub fn id(&self) -> Option<&str> {
        self.members.get("id").and_then(Value::as_str)
    }

    /// The resource as it was sent.
    pub fn into_json(self) -> Value {
        Value::Object(self.members)
    }

    /// The canonical form: `resourceType`, `id` and `meta` first, version and instant set by the
    /// server whatever the body said (R4, "create", "update").
    pub fn stamp(mut self, id: &str, version: u32, updated: &str) -> Value {
        let mut meta = Map::new();
        meta.insert("versionId".into(), json!(version.to_string()));
        meta.insert("lastUpdated".into(), json!(updated));
        if let Some(Value::Object(theirs)) = self.members.shift_remove("meta") {
            for (name, value) in theirs {
                meta.entry(name).or_insert(value);
            }
        }
        let mut stamped = Map::new();
        stamped.insert("resourceType".into(), json!(self.resource_type.as_str()));
        stamped.insert("id".into(), json!(id));
        stamped.insert("meta".into(), Value::Object(meta));
        for (name, value) in self.members {
            stamped.entry(name).or_insert(value);
        }
        Value::Object(stamped)
    }
}

fn not_an_object() -> Problem {
    Problem::new(Kind::Structure, "The body is not a JSON object.")
}

/// Storing it would lose what was cut (R4, "Summary", "SUBSETTED").
fn partial() -> Problem {
    Problem::new(
        Kind::Partial,
        "The resource is tagged SUBSETTED: it is only a part, read with _summary or _elements. Read it whole, and change that.",
    )
}

/// 400 when the text cannot be read as the resource, 422 when it breaks a rule
/// (R4, "create").
pub(super) fn refused(issues: &[Issue]) -> Problem {
    let unreadable = issues
        .iter()
        .any(|issue| issue.is_error() && issue.breach == Breach::Grammar);
    let kind = if unreadable {
        Kind::Structure
    } else {
        Kind::Invalidity
    };
    let listed = issues.iter().map(listed).collect();
    Problem::new(kind, "The resource is not valid.").with_issues(listed)
}

/// An issue as an `OperationOutcome.issue`.
pub fn listed(issue: &Issue) -> Value {
    let diagnostics = match &issue.profile {
        Some(profile) => format!("{} ({profile})", issue.diagnostics),
        None => issue.diagnostics.clone(),
    };
    let mut listed = json!({
        "severity": issue.severity.as_str(),
        "code": issue.code.as_str(),
        "details": { "text": issue.diagnostics },
        "diagnostics": diagnostics,
    });
    if let Some(expression) = &issue.expression {
        listed["expression"] = json!([expression]);
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient(text: &str) -> Result<Body, Problem> {
        Body::parse(ResourceType::parse("Patient").unwrap(), text.as_bytes())
    }

    #[test]
    fn the_server_decides_id_version_and_instant_and_keeps_the_rest() {
        let text = r#"{"resourceType":"Patient","birthDate":"1980","id":"theirs","meta":{"versionId":"9","tag":[{"code":"x"}]},"gender":"other","active":true,"multipleBirthInteger":2}"#;
        let stamped = patient(text)
            .unwrap()
            .stamp("mine", 3, "2026-01-01T00:00:00.000Z");
        assert_eq!(
            stamped.to_string(),
            r#"{"resourceType":"Patient","id":"mine","meta":{"versionId":"3","lastUpdated":"2026-01-01T00:00:00.000Z","tag":[{"code":"x"}]},"birthDate":"1980","gender":"other","active":true,"multipleBirthInteger":2}"#
        );
    }

    #[test]
    fn what_cannot_be_read_is_400_and_what_breaks_a_rule_is_422() {
        for (text, status) in [
            ("{", 400),
            (r#"{"resourceType":"Patient","gendre":"x"}"#, 400),
            (
                r#"{"resourceType":"Observation","status":"final","code":{"text":"x"}}"#,
                400,
            ),
            (r#"{"resourceType":"Patient","gender":"x"}"#, 422),
        ] {
            let problem = patient(text).unwrap_err();
            assert_eq!(problem.kind.status(), status, "{text}");
            assert!(problem.outcome()["issue"][0]["diagnostics"].is_string());
        }
    }
}
