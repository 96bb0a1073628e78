//! `$lookup`: what a code means (R4, operation `CodeSystem-lookup`).

use std::sync::Arc;

use fhir::terminology::{CodeSystem, Concept};
use serde_json::{Value, json};

use super::{Answer, VERSION, coded, parameters, unknown, unknown_code, versioned};
use crate::operation::{Call, Level, Operation, Request, input, output};
use crate::problem::{Problem, printable};

/// The row.
pub const OPERATION: Operation = Operation {
    code: "lookup",
    id: "CodeSystem-lookup",
    definition: "http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup",
    title: "Look up a code",
    description: "Says what a code means: its display, what includes it and what it includes. Code systems of R4 and of HL7 version 2 and 3 are known completely, others in part.",
    levels: &[Level::Type],
    types: &["CodeSystem"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input("code", 0, "1", "code", "The code; needs the system."),
        input("system", 0, "1", "uri", "The system of the code."),
        VERSION,
        input("coding", 0, "1", "Coding", "The code with its system."),
        output(
            "name",
            1,
            "1",
            "string",
            "The title of the system, or its URL.",
        ),
        output("version", 0, "1", "string", "The version of the system."),
        output("display", 1, "1", "string", "What the code means."),
        output(
            "property",
            0,
            "*",
            "BackboneElement",
            "parent, child, inactive and notSelectable, each with code and value.",
        ),
    ],
    searches: false,
    read,
};

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let coded = coded::code(&arguments)?;
    let system = versioned(&coded.system, arguments.text("version"))?;
    let concept = system
        .concept(&coded.code)
        .ok_or_else(|| unknown_code(system, &coded.code))?;
    let display = concept.display.ok_or_else(|| {
        unknown(&format!(
            "What '{}' of {} means is not known here",
            printable(&coded.code),
            system.url
        ))
    })?;
    let named = [
        Some(json!({ "name": "name", "valueString": system.title.unwrap_or(system.url) })),
        system
            .version
            .map(|version| json!({ "name": "version", "valueString": version })),
        Some(json!({ "name": "display", "valueString": display })),
    ];
    let properties = properties(system, concept).into_iter().map(Some);
    Ok(Arc::new(Answer(parameters(
        named.into_iter().chain(properties),
    ))))
}

fn properties(system: &CodeSystem, concept: &Concept) -> Vec<Value> {
    let children = system
        .concepts()
        .iter()
        .filter(|other| other.parents.contains(&concept.code));
    let codes = |name: &'static str, code: &str| property(name, &json!({ "valueCode": code }));
    let parents = concept.parents.iter().map(|code| codes("parent", code));
    let children = children.map(|child| codes("child", child.code));
    let flags = [
        ("inactive", concept.is_inactive),
        ("notSelectable", concept.is_abstract),
    ];
    let flags = flags
        .into_iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(name, _)| property(name, &json!({ "valueBoolean": true })));
    parents.chain(children).chain(flags).collect()
}

fn property(name: &str, value: &Value) -> Value {
    let mut part = value.clone();
    part["name"] = json!("value");
    json!({ "name": "property", "part": [{ "name": "code", "valueCode": name }, part] })
}
