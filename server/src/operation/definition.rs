//! The definition of every row, as a resource (R4, `OperationDefinition`).

use serde_json::{Value, json};

use super::{Level, Operation, Parameter, TABLE, Use};

/// One resource for each operation, with the canonical URL that the `CapabilityStatement` names.
pub fn definitions() -> impl Iterator<Item = Value> {
    TABLE.iter().map(|operation| definition(operation))
}

fn definition(operation: &Operation) -> Value {
    let at = |level| operation.levels.contains(&level);
    let types = if operation.types.is_empty() {
        &["Resource"]
    } else {
        operation.types
    };
    let mut definition = json!({
        "resourceType": "OperationDefinition",
        "id": operation.id,
        "url": operation.definition,
        "name": name(operation.id),
        "title": operation.title,
        "status": "active",
        "kind": "operation",
        "description": operation.description,
        "affectsState": operation.affects_state,
        "code": operation.code,
        "resource": types,
        "system": at(Level::System),
        "type": at(Level::Type),
        "instance": at(Level::Instance),
    });
    if !(at(Level::Type) || at(Level::Instance))
        && let Some(members) = definition.as_object_mut()
    {
        members.shift_remove("resource");
    }
    if !operation.parameters.is_empty() {
        definition["parameter"] = operation.parameters.iter().map(parameter).collect();
    }
    definition
}

/// A name that programs can use: `Resource-validate` is `ResourceValidate`.
fn name(id: &str) -> String {
    id.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect()
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "use": match parameter.direction { Use::In => "in", Use::Out => "out" },
        "min": parameter.min,
        "max": parameter.max,
        "documentation": parameter.documentation,
        "type": parameter.fhir_type,
    })
}

#[cfg(test)]
mod tests {
    use fhir::validate::{Issue, Options, validate};

    use super::*;

    #[test]
    fn every_definition_is_a_valid_resource() {
        for definition in definitions() {
            let issues = validate(&definition, &Options::default());
            let errors: Vec<&Issue> = issues.iter().filter(|issue| issue.is_error()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", definition["id"]);
        }
    }

    #[test]
    fn a_definition_says_what_the_row_says() {
        let validate = definitions()
            .find(|definition| definition["id"] == "Resource-validate")
            .unwrap();
        assert_eq!(validate["code"], "validate");
        assert_eq!(validate["instance"], true);
        assert_eq!(validate["system"], false);
        assert_eq!(validate["name"], "ResourceValidate");
    }
}
