//! JSON Patch (RFC 6902).

use fhir::path::Decimal;
use serde_json::{Map, Value};

use super::pointer::{Pointer, descend, index};
use super::{MAX_OPERATIONS, Room, failed, too_many};
use crate::problem::{Kind, Problem, printable};

/// A JSON Patch.
#[derive(Debug, Clone)]
pub struct JsonPatch(Vec<Operation>);

#[derive(Debug, Clone)]
struct Operation {
    act: Act,
    path: Pointer,
}

#[derive(Debug, Clone)]
enum Act {
    Add(Value),
    Remove,
    Replace(Value),
    Move(Pointer),
    Copy(Pointer),
    Test(Value),
}

/// Why an operation was not carried out.
type Fault = &'static str;

const NOTHING_THERE: Fault = "its path leads to nothing";
const NOTHING_FROM: Fault = "'from' leads to nothing";

impl JsonPatch {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let Ok(Value::Array(operations)) = fhir::validate::read(bytes) else {
            return Err(Problem::new(
                Kind::Structure,
                "A JSON Patch is an array of operations (RFC 6902).",
            ));
        };
        if operations.len() > MAX_OPERATIONS {
            return Err(too_many(MAX_OPERATIONS));
        }
        operations
            .into_iter()
            .enumerate()
            .map(|(at, operation)| Operation::parse(at, operation))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether it tests anything.
    pub(super) fn tests(&self) -> bool {
        self.0
            .iter()
            .any(|operation| matches!(operation.act, Act::Test(_)))
    }

    pub(super) fn apply(&self, mut document: Value) -> Result<Value, Problem> {
        let mut room = Room::new();
        for (at, operation) in self.0.iter().enumerate() {
            if let Act::Copy(from) = &operation.act
                && let Some(copied) = from.find(&document)
            {
                room.take(copied)?;
            }
            operation
                .apply(&mut document)
                .map_err(|why| failed(at, &format!("{why}.")))?;
        }
        Ok(document)
    }
}

impl Operation {
    fn parse(at: usize, operation: Value) -> Result<Self, Problem> {
        let Value::Object(mut members) = operation else {
            return Err(illegal(at, "it is not an object"));
        };
        let path = pointer(at, &members, "path")?;
        let name = members.get("op").and_then(Value::as_str).map(str::to_owned);
        let act = match name.as_deref() {
            Some("add") => Act::Add(value(at, &mut members)?),
            Some("remove") => Act::Remove,
            Some("replace") => Act::Replace(value(at, &mut members)?),
            Some("move") => Act::Move(pointer(at, &members, "from")?),
            Some("copy") => Act::Copy(pointer(at, &members, "from")?),
            Some("test") => Act::Test(value(at, &mut members)?),
            other => {
                let why = format!(
                    "'{}' is none of add, remove, replace, move, copy, test",
                    printable(other.unwrap_or_default())
                );
                return Err(illegal(at, &why));
            }
        };
        Ok(Self { act, path })
    }

    fn apply(&self, document: &mut Value) -> Result<(), Fault> {
        match &self.act {
            Act::Add(value) => add(document, &self.path, value.clone()),
            Act::Remove => remove(document, &self.path).map(|_| ()),
            Act::Replace(value) => {
                let (parents, last) = self.path.split().ok_or("it replaces everything")?;
                let parent = descend(document, parents).ok_or(NOTHING_THERE)?;
                *member(parent, last).ok_or(NOTHING_THERE)? = value.clone();
                Ok(())
            }
            Act::Move(from) if self.path.is_inside(from) => Err("it moves a value into itself"),
            Act::Move(from) => {
                let moved = remove(document, from).map_err(|_| NOTHING_FROM)?;
                add(document, &self.path, moved)
            }
            Act::Copy(from) => {
                let copied = from.find(document).ok_or(NOTHING_FROM)?.clone();
                add(document, &self.path, copied)
            }
            Act::Test(wanted) => match self.path.find(document) {
                Some(found) if equal(found, wanted) => Ok(()),
                Some(_) => Err("the test failed: another value is there"),
                None => Err(NOTHING_THERE),
            },
        }
    }
}

fn member<'v>(parent: &'v mut Value, step: &str) -> Option<&'v mut Value> {
    match parent {
        Value::Object(members) => members.get_mut(step),
        Value::Array(items) => items.get_mut(index(step)?),
        _ => None,
    }
}

fn add(document: &mut Value, path: &Pointer, value: Value) -> Result<(), Fault> {
    let (parents, last) = path.split().ok_or("it replaces everything")?;
    match descend(document, parents).ok_or(NOTHING_THERE)? {
        Value::Object(members) => {
            members.insert(last.to_owned(), value);
        }
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => match index(last) {
            Some(at) if at <= items.len() => items.insert(at, value),
            _ => return Err("its index is outside the array"),
        },
        _ => return Err("its path leads into a value that has no members"),
    }
    Ok(())
}

fn remove(document: &mut Value, path: &Pointer) -> Result<Value, Fault> {
    let (parents, last) = path.split().ok_or("it removes everything")?;
    match descend(document, parents) {
        Some(Value::Object(members)) => members.shift_remove(last),
        Some(Value::Array(items)) => index(last)
            .filter(|at| *at < items.len())
            .map(|at| items.remove(at)),
        _ => None,
    }
    .ok_or(NOTHING_THERE)
}

/// RFC 6902 §4.6: numbers are equal when their values are, members in any order.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let decimals = Decimal::parse(left.as_str()).zip(Decimal::parse(right.as_str()));
            left == right || decimals.is_some_and(|(left, right)| left == right)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(one, two)| equal(one, two))
        }
        (Value::Object(left), Value::Object(right)) => {
            let has = |(name, value): (&String, &Value)| {
                right.get(name).is_some_and(|other| equal(value, other))
            };
            left.len() == right.len() && left.iter().all(has)
        }
        (left, right) => left == right,
    }
}

fn value(at: usize, members: &mut Map<String, Value>) -> Result<Value, Problem> {
    members
        .shift_remove("value")
        .ok_or_else(|| illegal(at, "its 'value' is missing"))
}

fn pointer(at: usize, members: &Map<String, Value>, name: &str) -> Result<Pointer, Problem> {
    let text = members
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| illegal(at, &format!("its '{name}' is missing")))?;
    Pointer::parse(text).ok_or_else(|| {
        failed(
            at,
            &format!("its '{name}' is no JSON Pointer such as /name/0/family."),
        )
    })
}

fn illegal(at: usize, why: &str) -> Problem {
    Problem::new(Kind::Structure, format!("Operation {at}: {why}."))
}
