//! Terminology operations, answered from what `fhir::terminology` knows and nothing else. What is
//! not known here is said to be unknown; what is known in part is never taken for the whole.
//!
//! They show no resource, so any token may call them.

mod coded;
pub mod expand;
pub mod lookup;
pub mod subsumes;
pub mod translate;
pub mod validate_code;

use fhir::terminology::{self, CodeSystem, ValueSet};
use fhir::us_core::UsCore;
use serde_json::{Value, json};

use super::{Call, Needs, Parameter, Request, input};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::{Kind, Problem, printable};

/// The version of a code system.
const VERSION: Parameter = input(
    "version",
    0,
    "1",
    "string",
    "The version of the system; another one than is known is 404.",
);

/// An answer that is known as soon as the call is read.
#[derive(Debug)]
struct Answer(Value);

impl Request for Answer {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn perform(&self, _: Means<'_>, _: &Authorized) -> Result<Outcome, Problem> {
        Ok(Outcome::Answer(self.0.clone()))
    }
}

/// A `Parameters` of these members; those that are `None` are left out.
fn parameters(members: impl IntoIterator<Item = Option<Value>>) -> Value {
    let members: Vec<_> = members.into_iter().flatten().collect();
    json!({ "resourceType": "Parameters", "parameter": members })
}

/// The value of a parameter that must be given.
fn required(call: &Call<'_>, value: Option<&str>, name: &str) -> Result<String, Problem> {
    value.map(str::to_owned).ok_or_else(|| {
        Problem::new(
            Kind::Invalid,
            format!("${} needs the parameter '{name}'.", call.operation.code),
        )
        .at_parameter(name)
    })
}

fn code_system(url: &str) -> Result<&'static CodeSystem, Problem> {
    terminology::code_system(url).ok_or_else(|| {
        unknown(&format!(
            "The code system '{}' is not known here; known are those that R4 publishes and parts of those that US Core uses",
            printable(url)
        ))
    })
}

/// A code system in the version that is asked for, by a parameter or behind a bar in its URL.
fn versioned(url: &str, version: Option<&str>) -> Result<&'static CodeSystem, Problem> {
    let system = code_system(url)?;
    let asked = version.or_else(|| url.split_once('|').map(|(_, version)| version));
    match (asked, system.version) {
        (None, _) => Ok(system),
        (Some(asked), Some(known)) if asked == known => Ok(system),
        (Some(asked), known) => Err(unknown(&format!(
            "Version '{}' of {} is not known here; {}",
            printable(asked),
            system.url,
            known.map_or_else(
                || "what is known of it is of no version".to_owned(),
                |known| format!("known is {known}")
            )
        ))),
    }
}

fn value_set(url: &str, us_core: UsCore) -> Result<&'static ValueSet, Problem> {
    terminology::value_set(url, us_core).ok_or_else(|| {
        unknown(&format!(
            "The codes of the value set '{}' are not known here; known are those that R4 and US Core enumerate",
            printable(url)
        ))
    })
}

/// Something that nothing can be said about (404).
fn unknown(what: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("{what}."))
}

/// A code of which it cannot be told whether it exists, or that does not.
fn unknown_code(system: &CodeSystem, code: &str) -> Problem {
    let (code, url) = (printable(code), system.url);
    unknown(&if system.is_complete {
        format!("'{code}' is not a code of {url}")
    } else {
        format!("Only a part of {url} is known here, and '{code}' is not in it")
    })
}
