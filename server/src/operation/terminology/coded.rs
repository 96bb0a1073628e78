//! The code that an operation is about: as code and system, as a Coding or as a `CodeableConcept`.

use serde_json::Value;

use crate::operation::Arguments;
use crate::problem::{Kind, Problem};

/// A code with its system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coded {
    pub(super) system: String,
    pub(super) code: String,
    /// What the caller takes it to mean.
    pub(super) display: Option<String>,
}

impl Coded {
    fn of_coding(coding: &Value) -> Option<Self> {
        let text = |name: &str| coding[name].as_str().map(str::to_owned);
        Some(Self {
            system: text("system")?,
            code: text("code")?,
            display: text("display"),
        })
    }
}

/// The codes that were sent. A plain `code` is of the `system` parameter or, where the operation
/// is about one system, of that.
pub(super) fn codes(arguments: &Arguments, system: Option<&str>) -> Result<Vec<Coded>, Problem> {
    let concepts = arguments.complex("codeableConcept");
    let codings = concepts.flat_map(|concept| concept["coding"].as_array().into_iter().flatten());
    let codings: Vec<&Value> = codings.chain(arguments.complex("coding")).collect();
    let system = arguments.text("system").or(system);
    let plain = match (arguments.text("code"), system) {
        (Some(code), Some(system)) => Some(Coded {
            system: system.to_owned(),
            code: code.to_owned(),
            display: arguments.text("display").map(str::to_owned),
        }),
        (Some(_), None) => return Err(needs("A code needs the parameter 'system'")),
        (None, _) => None,
    };
    let sent: Option<Vec<_>> = codings.into_iter().map(Coded::of_coding).collect();
    let mut sent = sent.ok_or_else(|| needs("A Coding needs system and code"))?;
    sent.extend(plain);
    if sent.is_empty() {
        return Err(needs("Send a code with its system, or a Coding"));
    }
    Ok(sent)
}

/// The only code that was sent.
pub(super) fn code(arguments: &Arguments) -> Result<Coded, Problem> {
    let mut sent = codes(arguments, None)?;
    match (sent.pop(), sent.is_empty()) {
        (Some(coded), true) => Ok(coded),
        _ => Err(needs("Send one code only")),
    }
}

fn needs(what: &str) -> Problem {
    Problem::new(Kind::Invalid, format!("{what}."))
}
