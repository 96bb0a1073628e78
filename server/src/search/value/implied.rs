//! The systems of plain codes and booleans (R4, "token": "the system is implied").
//!
//! A `code` has no system in the resource, so its index rows have none either; a query that names
//! the system of the element's value set means the same row.

use fhir::definition;
use fhir::search_parameter::SearchParameter;
use fhir::validate::enumerated;

use crate::search::token::Token;

/// The system of `true` and `false` (R4, "token").
const SPECIAL_VALUES: &str = "http://terminology.hl7.org/CodeSystem/special-values";

/// The same token without a system that the elements of the parameter imply.
pub(super) fn without_implied(parameter: &SearchParameter, token: Token) -> Token {
    let is_implied = token
        .system
        .as_deref()
        .is_some_and(|system| implies(parameter, system, token.code.as_deref()));
    if is_implied {
        return Token {
            system: Some(String::new()),
            ..token
        };
    }
    token
}

fn implies(parameter: &SearchParameter, system: &str, code: Option<&str>) -> bool {
    if system == SPECIAL_VALUES {
        return code.is_none_or(|code| ["true", "false"].contains(&code));
    }
    parameter
        .expression
        .split(" | ")
        .all(|path| element_implies(path, system))
}

/// Whether the path leads to a `code` whose value set has codes of the system.
fn element_implies(path: &str, system: &str) -> bool {
    let Some(element) = element(path).filter(|element| element.types == ["code"]) else {
        return false;
    };
    let codes = element
        .binding
        .and_then(|binding| enumerated(binding.value_set));
    codes.is_some_and(|codes| codes.iter().any(|(_, known)| *known == system))
}

/// The element that a plain path such as `Patient.contact.gender` names.
fn element(path: &str) -> Option<&'static definition::Element> {
    let mut steps = path.split('.');
    let mut ty = definition::find(steps.next()?)?;
    let mut last = None;
    for step in steps {
        let element = ty.element(step)?;
        last = Some(element);
        if let Some(next) = element.member_type() {
            ty = next;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use fhir::resource_type::ResourceType;
    use fhir::search_parameter;

    use super::*;

    fn is_implied(ty: &str, code: &str, system: &str, value: &str) -> bool {
        let ty = ResourceType::parse(ty).unwrap();
        let parameter = search_parameter::find(ty, code).unwrap();
        implies(parameter, system, Some(value))
    }

    #[test]
    fn a_code_implies_the_systems_of_its_value_set() {
        let gender = "http://hl7.org/fhir/administrative-gender";
        assert!(is_implied("Patient", "gender", gender, "male"));
        assert!(!is_implied(
            "Patient",
            "gender",
            "http://example.org",
            "male"
        ));
        assert!(is_implied(
            "Observation",
            "status",
            "http://hl7.org/fhir/observation-status",
            "final"
        ));
        assert!(is_implied("Patient", "active", SPECIAL_VALUES, "true"));
        assert!(!is_implied("Observation", "code", "http://loinc.org", "x"));
    }
}
