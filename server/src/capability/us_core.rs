//! What the `CapabilityStatement` says about US Core, from the tables of the release.

use fhir::profile;
use fhir::resource_type::ResourceType;
use fhir::search_parameter;
use fhir::us_core::{Combination, UsCore};
use serde_json::{Value, json};

use crate::search::query::is_offered;

/// Names parameters that can be searched with together.
const COMBINATION: &str =
    "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination";
/// How strongly the guide asks for something.
const EXPECTATION: &str = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation";

/// The requirements for servers that this server fulfils.
pub(super) fn capability_statement(us_core: UsCore) -> String {
    format!("http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server|{us_core}")
}

/// The guide.
pub(super) fn implementation_guide(us_core: UsCore) -> String {
    format!("http://hl7.org/fhir/us/core/ImplementationGuide/hl7.fhir.us.core|{us_core}")
}

/// Adds to a type the profiles on it and the combinations of parameters that the guide names.
pub(super) fn support(resource: &mut Value, ty: ResourceType, us_core: UsCore) {
    let profiles: Vec<_> = profile::of_release(us_core)
        .filter(|profile| profile.ty.name == ty.as_str())
        .map(|profile| json!(format!("{}|{}", profile.url, profile.version)))
        .collect();
    if !profiles.is_empty() && ty.as_str() != "Extension" {
        resource["supportedProfile"] = Value::Array(profiles);
    }
    let combinations: Vec<_> = us_core
        .combinations(ty)
        .filter(|combination| is_searchable(ty, combination))
        .map(combination)
        .collect();
    if !combinations.is_empty() {
        resource["extension"] = Value::Array(combinations);
    }
}

fn is_searchable(ty: ResourceType, combination: &Combination) -> bool {
    combination
        .parameters()
        .all(|code| search_parameter::find(ty, code).is_some_and(is_offered))
}

fn combination(combination: Combination) -> Value {
    let expectation = json!({ "url": EXPECTATION, "valueCode": combination.expectation });
    let required = combination
        .parameters()
        .map(|code| json!({ "url": "required", "valueString": code }));
    let parts: Vec<_> = std::iter::once(expectation).chain(required).collect();
    json!({ "url": COMBINATION, "extension": parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supported(ty: &str, us_core: UsCore) -> Value {
        let mut resource = json!({});
        support(&mut resource, ResourceType::parse(ty).unwrap(), us_core);
        resource
    }

    #[test]
    fn the_profiles_of_the_release_are_named_with_their_version() {
        let names = |us_core| {
            let resource = supported("Condition", us_core);
            let urls = resource["supportedProfile"].as_array().unwrap().clone();
            urls.iter()
                .map(|url| url.as_str().unwrap().rsplit_once('/').unwrap().1.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(UsCore::V4_0_0), ["us-core-condition|4.0.0"]);
        assert_eq!(
            names(UsCore::V8_0_0),
            [
                "us-core-condition-encounter-diagnosis|8.0.0",
                "us-core-condition-problems-health-concerns|8.0.0"
            ]
        );
        assert_eq!(supported("Basic", UsCore::V8_0_0), json!({}));
    }

    #[test]
    fn combinations_are_named_as_far_as_they_can_be_searched() {
        let patient = supported("Patient", UsCore::V8_0_0);
        let combinations = patient["extension"].as_array().unwrap();
        assert!(combinations.iter().any(|combination| {
            let parts = combination["extension"].as_array().unwrap();
            let has = |code: &str| parts.iter().any(|part| part["valueString"] == code);
            has("birthdate") && has("name") && parts[0]["valueCode"] == "SHALL"
        }));
    }
}
