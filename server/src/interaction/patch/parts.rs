//! The operations of a FHIRPath Patch as they are written: a parameter with its parts.

use fhir::path::Path;
use serde_json::{Map, Value};

use super::path::{Act, Operation};
use super::supplied::Supplied;
use crate::problem::{Kind, Problem, printable};

/// Longest path that is read, in bytes.
const MAX_PATH: usize = 1000;

impl Operation {
    pub(super) fn parse(at: usize, parameter: &Value) -> Result<Self, Problem> {
        let parts = Parts::of(at, parameter)?;
        let act = match parts.text("type")? {
            "add" => Act::Add(parts.text("name")?.to_owned(), parts.value()?),
            "insert" => Act::Insert(parts.value()?, parts.number("index")?),
            "delete" => Act::Delete,
            "replace" => Act::Replace(parts.value()?),
            "move" => Act::Move(parts.number("source")?, parts.number("destination")?),
            other => {
                let other = printable(other);
                let why = format!("'{other}' is none of add, insert, delete, replace, move");
                return Err(illegal(at, &why));
            }
        };
        let text = parts.text("path")?;
        if text.len() > MAX_PATH {
            return Err(illegal(at, "its path is longer than 1,000 bytes"));
        }
        let path = Path::parse(text)
            .map_err(|error| illegal(at, &format!("its path is no FHIRPath: {error}")))?;
        Ok(Self { act, path })
    }
}

/// The parts of one operation.
struct Parts<'a> {
    at: usize,
    parts: &'a [Value],
}

impl<'a> Parts<'a> {
    fn of(at: usize, parameter: &'a Value) -> Result<Self, Problem> {
        let parts = parameter["part"].as_array();
        match (parameter["name"].as_str(), parts) {
            (Some("operation"), Some(parts)) => Ok(Self { at, parts }),
            _ => Err(illegal(
                at,
                "a parameter named 'operation' with parts is needed",
            )),
        }
    }

    fn named(&self, name: &str) -> Option<&'a Map<String, Value>> {
        self.parts
            .iter()
            .find(|part| part["name"] == name)
            .and_then(Value::as_object)
    }

    fn text(&self, name: &str) -> Result<&'a str, Problem> {
        self.named(name)
            .and_then(|part| part.iter().find(|(key, _)| key.starts_with("value")))
            .and_then(|(_, value)| value.as_str())
            .ok_or_else(|| illegal(self.at, &format!("its part '{name}' is missing")))
    }

    fn number(&self, name: &str) -> Result<usize, Problem> {
        self.named(name)
            .and_then(|part| part.get("valueInteger")?.as_u64())
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| {
                let why = format!("its part '{name}' must be a valueInteger from 0");
                illegal(self.at, &why)
            })
    }

    fn value(&self) -> Result<Supplied, Problem> {
        self.named("value")
            .map(|part| Supplied::new(part.clone()))
            .ok_or_else(|| illegal(self.at, "its part 'value' is missing"))
    }
}

fn illegal(at: usize, why: &str) -> Problem {
    Problem::new(Kind::Invalid, format!("Operation {at}: {why}."))
}
