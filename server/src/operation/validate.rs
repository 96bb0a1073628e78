//! `[type]/$validate`: what a write of the same resource would say about it
//! (R4, the operation `Resource-validate`).

use fhir::resource_type::ResourceType;
use fhir::validate::{Issue, Options, Outcome, parse_and_validate, validate};
use serde_json::{Value, json};

use crate::interaction::body::listed;
use crate::problem::{Kind, Problem};

/// Canonical URL of the definition.
pub const DEFINITION: &str = "http://hl7.org/fhir/OperationDefinition/Resource-validate";

/// The `OperationOutcome` about a resource sent as it is, or as the parameter `resource` of a
/// `Parameters`. A profile cannot be validated against yet: asking for one is refused rather than
/// answered as if it had been looked at.
pub fn outcome(resource_type: ResourceType, body: &[u8]) -> Result<Value, Problem> {
    let options = Options {
        best_practices: true,
        ..Options::default()
    };
    let sent = parse_and_validate(body, None, &options);
    let parameters = sent
        .resource
        .as_ref()
        .filter(|resource| resource["resourceType"] == "Parameters")
        .filter(|_| resource_type.as_str() != "Parameters");
    let issues = match parameters {
        Some(parameters) => of_parameters(resource_type, parameters, options)?,
        None => of_resource(resource_type, sent, body, options),
    };
    Ok(rendered(&issues))
}

fn of_resource(
    resource_type: ResourceType,
    sent: Outcome,
    body: &[u8],
    options: Options,
) -> Vec<Issue> {
    let of_type = sent
        .resource
        .as_ref()
        .is_none_or(|resource| resource["resourceType"] == resource_type.as_str());
    if of_type {
        sent.issues
    } else {
        parse_and_validate(body, Some(resource_type), &options).issues
    }
}

fn of_parameters(
    resource_type: ResourceType,
    parameters: &Value,
    options: Options,
) -> Result<Vec<Issue>, Problem> {
    let parts = parameters["parameter"].as_array();
    let named = |name: &str| {
        parts
            .into_iter()
            .flatten()
            .find(|part| part["name"] == name)
    };
    if named("profile").is_some() {
        return Err(Problem::new(
            Kind::UnsupportedValue,
            "This server validates against base R4 only; leave the parameter 'profile' out.",
        ));
    }
    let resource = named("resource")
        .map(|part| &part["resource"])
        .filter(|resource| resource["resourceType"] == resource_type.as_str())
        .ok_or_else(|| {
            Problem::new(
                Kind::Invalid,
                format!("The parameter 'resource' must hold a {resource_type}."),
            )
        })?;
    Ok(validate(resource, &options))
}

fn rendered(issues: &[Issue]) -> Value {
    let mut listed: Vec<Value> = issues.iter().map(listed).collect();
    if listed.is_empty() {
        listed.push(json!({
            "severity": "information",
            "code": "informational",
            "details": { "text": "The resource is valid." }
        }));
    }
    json!({ "resourceType": "OperationOutcome", "issue": listed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(body: &str) -> Vec<String> {
        let outcome = outcome(ResourceType::parse("Patient").unwrap(), body.as_bytes()).unwrap();
        outcome["issue"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|issue| issue["severity"] == "error" || issue["severity"] == "fatal")
            .map(|issue| issue["code"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_resource_is_validated_as_it_is_or_inside_parameters() {
        let inside = |resource: &str| {
            format!(
                r#"{{"resourceType":"Parameters","parameter":[{{"name":"resource","resource":{resource}}}]}}"#
            )
        };
        let (good, bad) = (
            r#"{"resourceType":"Patient","gender":"female"}"#,
            r#"{"resourceType":"Patient","gender":"x"}"#,
        );
        assert_eq!(codes(good), Vec::<String>::new());
        assert_eq!(codes(&inside(good)), Vec::<String>::new());
        assert_eq!(codes(bad), ["code-invalid"]);
        assert_eq!(codes(&inside(bad)), ["code-invalid"]);
        assert!(!codes(r#"{"resourceType":"Group"}"#).is_empty());
        assert!(!codes("{").is_empty());
    }

    #[test]
    fn a_profile_is_not_pretended_to_be_checked() {
        let body = r#"{"resourceType":"Parameters","parameter":[{"name":"profile","valueUri":"http://x"}]}"#;
        let problem =
            outcome(ResourceType::parse("Patient").unwrap(), body.as_bytes()).unwrap_err();
        assert_eq!(problem.kind, Kind::UnsupportedValue);
    }
}
