//! `$validate-code`: whether a code is one of a system or value set (R4, operations
//! `CodeSystem-validate-code` and `ValueSet-validate-code`).

use std::sync::Arc;

use fhir::terminology::{self, ValueSet};
use serde_json::{Value, json};

use super::coded::{self, Coded};
use super::{Answer, VERSION, parameters, required, unknown_code, value_set, versioned};
use crate::operation::{Call, Level, Operation, Parameter, Request, input, output};
use crate::problem::{Problem, printable};

const URL: &str = "Canonical URL of the value set; a version is not looked at.";

const CODE: [Parameter; 4] = [
    input("code", 0, "1", "code", "The code."),
    input(
        "display",
        0,
        "1",
        "string",
        "What the caller takes the code to mean.",
    ),
    input("coding", 0, "1", "Coding", "The code with its system."),
    input(
        "codeableConcept",
        0,
        "1",
        "CodeableConcept",
        "Several codes, one of which is enough.",
    ),
];

const RESULT: [Parameter; 3] = [
    output("result", 1, "1", "boolean", "Whether it is."),
    output("message", 0, "1", "string", "Why not, or a hint."),
    output("display", 0, "1", "string", "What the code means."),
];

/// The row of code systems.
pub const OF_CODE_SYSTEM: Operation = Operation {
    code: "validate-code",
    id: "CodeSystem-validate-code",
    definition: "http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code",
    title: "Check a code of a system",
    description: "Says whether a code is one of a code system. A code that is not in what is known of a system known only in part is 404: nothing can be said about it.",
    levels: &[Level::Type],
    types: &["CodeSystem"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input(
            "url",
            0,
            "1",
            "uri",
            "Canonical URL of the code system, with a version or without.",
        ),
        VERSION,
        CODE[0],
        CODE[1],
        CODE[2],
        CODE[3],
        RESULT[0],
        RESULT[1],
        RESULT[2],
    ],
    searches: false,
    read: read_code_system,
};

/// The row of value sets.
pub const OF_VALUE_SET: Operation = Operation {
    code: "validate-code",
    id: "ValueSet-validate-code",
    definition: "http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code",
    title: "Check a code of a value set",
    description: "Says whether a code is in a value set that R4 or US Core enumerates.",
    types: &["ValueSet"],
    parameters: &[
        input("url", 0, "1", "uri", URL),
        CODE[0],
        input("system", 0, "1", "uri", "The system of the code."),
        CODE[1],
        CODE[2],
        CODE[3],
        RESULT[0],
        RESULT[1],
        RESULT[2],
    ],
    read: read_value_set,
    ..OF_CODE_SYSTEM
};

/// What can be said about one code.
struct Verdict {
    result: bool,
    message: Option<String>,
    display: Option<&'static str>,
}

fn read_code_system(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let url = arguments.text("url");
    let sent = coded::codes(&arguments, url)?;
    let of_url = || {
        url.and_then(|url| url.split_once('|'))
            .map(|(_, version)| version)
    };
    let version = arguments.text("version").or_else(of_url);
    let verdicts = sent.iter().map(|coded| match url {
        Some(url) if !is_same(url, &coded.system) => Ok(refused(
            coded,
            &format!("the code system {}", printable(url)),
        )),
        _ => in_system(coded, version),
    });
    let verdicts: Result<Vec<_>, _> = verdicts.collect();
    Ok(Arc::new(Answer(best(verdicts?))))
}

fn read_value_set(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let url = required(call, arguments.text("url"), "url")?;
    let set = value_set(&url, call.us_core)?;
    let codings = coded::codes(&arguments, None)?;
    let verdicts = codings.iter().map(|coded| in_set(set, coded)).collect();
    Ok(Arc::new(Answer(best(verdicts))))
}

/// Whether both name one code system, in whichever version.
fn is_same(canonical: &str, system: &str) -> bool {
    let url = |text| str::split_once(text, '|').map_or(text, |(url, _)| url);
    url(canonical) == url(system)
}

fn in_system(coded: &Coded, version: Option<&str>) -> Result<Verdict, Problem> {
    let system = versioned(&coded.system, version)?;
    match system.concept(&coded.code) {
        Some(_) => Ok(accepted(coded)),
        None if system.is_complete => {
            Ok(refused(coded, &format!("the code system {}", system.url)))
        }
        None => Err(unknown_code(system, &coded.code)),
    }
}

fn in_set(set: &ValueSet, coded: &Coded) -> Verdict {
    if set.has(&coded.system, &coded.code) {
        accepted(coded)
    } else {
        refused(coded, &format!("the value set {}", set.url))
    }
}

fn refused(coded: &Coded, whole: &str) -> Verdict {
    let (system, code) = (printable(&coded.system), printable(&coded.code));
    Verdict {
        result: false,
        message: Some(format!("'{code}' of {system} is not in {whole}.")),
        display: None,
    }
}

/// A code that is there. Another display than the system's own is wrong where the whole system is
/// known; larger systems have several names for a code.
fn accepted(coded: &Coded) -> Verdict {
    let system = terminology::code_system(&coded.system);
    let concept = system.and_then(|system| system.concept(&coded.code));
    let display = concept.and_then(|concept| concept.display);
    let is_other = |sent: &&String| display.is_some_and(|own| !own.eq_ignore_ascii_case(sent));
    let other = coded.display.as_ref().filter(is_other);
    let is_complete = system.is_some_and(|system| system.is_complete);
    Verdict {
        result: other.is_none() || !is_complete,
        message: other.zip(display).map(|(sent, own)| {
            format!(
                "The display known here is '{own}', not '{}'.",
                printable(sent)
            )
        }),
        display,
    }
}

/// The first verdict in favour, else the first.
fn best(verdicts: Vec<Verdict>) -> Value {
    let at = verdicts
        .iter()
        .position(|verdict| verdict.result)
        .unwrap_or(0);
    let Some(verdict) = verdicts.into_iter().nth(at) else {
        return parameters([]);
    };
    parameters([
        Some(json!({ "name": "result", "valueBoolean": verdict.result })),
        verdict
            .message
            .map(|text| json!({ "name": "message", "valueString": text })),
        verdict
            .display
            .map(|text| json!({ "name": "display", "valueString": text })),
    ])
}
