//! `$subsumes`: whether one code includes another (R4, operation `CodeSystem-subsumes`).

use std::sync::Arc;

use serde_json::json;

use super::{Answer, VERSION, parameters, required, unknown, unknown_code, versioned};
use crate::operation::{Arguments, Call, Level, Operation, Request, input, output};
use crate::problem::{Kind, Problem};

/// The row.
pub const OPERATION: Operation = Operation {
    code: "subsumes",
    id: "CodeSystem-subsumes",
    definition: "http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes",
    title: "Compare two codes",
    description: "Says whether one code of a system includes another, by the hierarchy of the system. Only for systems that are known completely.",
    levels: &[Level::Type],
    types: &["CodeSystem"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input("codeA", 0, "1", "code", "The first code."),
        input("codeB", 0, "1", "code", "The second code."),
        input("system", 0, "1", "uri", "The system of both."),
        VERSION,
        input(
            "codingA",
            0,
            "1",
            "Coding",
            "The first code with its system.",
        ),
        input(
            "codingB",
            0,
            "1",
            "Coding",
            "The second code with its system.",
        ),
        output(
            "outcome",
            1,
            "1",
            "code",
            "equivalent, subsumes, subsumed-by or not-subsumed.",
        ),
    ],
    searches: false,
    read,
};

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let (system_a, code_a) = side(call, &arguments, "codingA", "codeA")?;
    let (system_b, code_b) = side(call, &arguments, "codingB", "codeB")?;
    if system_a != system_b {
        return Err(Problem::new(
            Kind::Invalid,
            "Both codes must be of the same system.",
        ));
    }
    let system = versioned(&system_a, arguments.text("version"))?;
    for code in [&code_a, &code_b] {
        system
            .concept(code)
            .ok_or_else(|| unknown_code(system, code))?;
    }
    let relation = system.relation(&code_a, &code_b).ok_or_else(|| {
        unknown(&format!(
            "Only a part of {} is known here, without its hierarchy",
            system.url
        ))
    })?;
    let outcome = json!({ "name": "outcome", "valueCode": relation.as_str() });
    Ok(Arc::new(Answer(parameters([Some(outcome)]))))
}

/// System and code of one side.
fn side(
    call: &Call<'_>,
    arguments: &Arguments,
    coding: &str,
    code: &str,
) -> Result<(String, String), Problem> {
    if let Some(sent) = arguments.complex(coding).next() {
        let text = |name: &str| required(call, sent[name].as_str(), coding);
        return Ok((text("system")?, text("code")?));
    }
    let code = required(call, arguments.text(code), code)?;
    Ok((required(call, arguments.text("system"), "system")?, code))
}
