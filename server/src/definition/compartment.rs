//! The `CompartmentDefinition`s of the compartments that can be searched.

use fhir::compartment::{NAMES, parameters_of};
use fhir::resource_type::ResourceType;
use serde_json::{Value, json};

/// The canonical URLs, as the `CapabilityStatement` lists them.
pub fn urls() -> Vec<String> {
    NAMES.iter().map(|name| url(name)).collect()
}

/// One definition for each compartment.
pub(super) fn definitions() -> impl Iterator<Item = Value> {
    NAMES
        .iter()
        .filter_map(|name| ResourceType::parse(name))
        .map(definition)
}

fn url(name: &str) -> String {
    format!(
        "http://hl7.org/fhir/CompartmentDefinition/{}",
        name.to_ascii_lowercase()
    )
}

fn definition(of: ResourceType) -> Value {
    let name = of.as_str();
    let held: Vec<Value> = ResourceType::all().map(|ty| held(of, ty)).collect();
    json!({
        "resourceType": "CompartmentDefinition",
        "id": name.to_ascii_lowercase(),
        "url": url(name),
        "name": format!("{name}Compartment"),
        "status": "active",
        "description": format!("The resources that belong to one {name}, as this server searches them."),
        "code": name,
        "search": true,
        "resource": held,
    })
}

/// A type without parameters is not in the compartment.
fn held(of: ResourceType, ty: ResourceType) -> Value {
    let itself = (of == ty).then_some("{def}");
    let codes: Vec<&str> = itself
        .into_iter()
        .chain(
            parameters_of(of, ty)
                .into_iter()
                .map(|parameter| parameter.code),
        )
        .collect();
    match codes.as_slice() {
        [] => json!({ "code": ty.as_str() }),
        codes => json!({ "code": ty.as_str(), "param": codes }),
    }
}
