//! The `value` of an operation: a datatype by its `value[x]`, or parts that make up an element
//! that has no datatype (R4, "FHIRPath Patch").

use fhir::definition::{Element, Type};
use serde_json::{Map, Value};

use super::occurrence::{Occurrence, put_back, take, underscored};

/// A value as the parameter part states it.
#[derive(Debug, Clone)]
pub(super) struct Supplied(Map<String, Value>);

impl Supplied {
    /// The part named `value` of an operation, or one of its own parts.
    pub(super) fn new(part: Map<String, Value>) -> Self {
        Self(part)
    }

    /// What the part holds.
    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The suffix of its `value[x]`: `HumanName`.
    fn suffix(&self) -> Option<&str> {
        self.0.keys().find_map(|key| {
            let key = key.strip_prefix('_').unwrap_or(key);
            key.strip_prefix("value")
                .filter(|suffix| !suffix.is_empty())
        })
    }

    /// The key that the element has with this value: a choice has the type in it. `None` when a
    /// choice is given parts, of which it cannot be told.
    pub(super) fn key(&self, element: &Element) -> Option<String> {
        if element.is_choice() {
            self.suffix()
                .map(|suffix| format!("{}{suffix}", element.name))
        } else {
            Some(element.name.to_owned())
        }
    }

    /// Its JSON as an occurrence of an element of this type; `Err` names what is wrong.
    pub(super) fn occurrence(&self, ty: &'static Type) -> Result<Occurrence, String> {
        if let Some(resource) = self.0.get("resource") {
            return Ok(whole(resource.clone()));
        }
        if let Some(suffix) = self.suffix() {
            let of = |key: String| self.0.get(&key).cloned().unwrap_or_default();
            return Ok(Occurrence {
                value: of(format!("value{suffix}")),
                sibling: of(underscored(&format!("value{suffix}"))),
            });
        }
        match self.0.get("part").and_then(Value::as_array) {
            Some(parts) => assembled(parts, ty).map(whole),
            None => Err("its value is missing".into()),
        }
    }
}

fn whole(value: Value) -> Occurrence {
    Occurrence {
        value,
        sibling: Value::Null,
    }
}

fn assembled(parts: &[Value], ty: &'static Type) -> Result<Value, String> {
    let mut members = Map::new();
    for part in parts {
        let part = part.as_object().cloned().unwrap_or_default();
        let name = part.get("name").and_then(Value::as_str).unwrap_or_default();
        let element = element(ty, name)?;
        attach(&mut members, element, &Supplied::new(part.clone()))?;
    }
    Ok(Value::Object(members))
}

/// The element of a type that `name` or `valueName` names.
pub(super) fn element(ty: &'static Type, name: &str) -> Result<&'static Element, String> {
    ty.element(name)
        .or_else(|| ty.json_element(name).map(|(element, _)| element))
        .ok_or_else(|| {
            let name = crate::problem::printable(name);
            format!("{} has no element '{name}'", ty.path)
        })
}

/// Adds an occurrence of an element to an object.
pub(super) fn attach(
    object: &mut Map<String, Value>,
    element: &'static Element,
    supplied: &Supplied,
) -> Result<(), String> {
    let key = supplied
        .key(element)
        .ok_or_else(|| format!("'{}' is a choice of types; give a value[x]", element.name))?;
    let ty = type_of(element, &key)?;
    let is_there = |key: &str| object.contains_key(key) || object.contains_key(&underscored(key));
    let is_taken = !element.repeats() && keys(element).any(|key| is_there(&key));
    if is_taken {
        return Err(format!("'{}' is there already; replace it", element.name));
    }
    let occurrence = supplied.occurrence(ty)?;
    let mut all = take(object, &key);
    all.push(occurrence);
    put_back(object, &key, all, element.repeats());
    Ok(())
}

/// The type that an element has under a key.
pub(super) fn type_of(element: &'static Element, key: &str) -> Result<&'static Type, String> {
    element
        .member_types()
        .find(|ty| !element.is_choice() || key_of(element, ty) == key)
        .ok_or_else(|| {
            let key = crate::problem::printable(key);
            format!("'{key}' is not a choice of {}", element.path)
        })
}

/// Every key that the element may have.
fn keys(element: &'static Element) -> impl Iterator<Item = String> {
    element.member_types().map(|ty| {
        if element.is_choice() {
            key_of(element, ty)
        } else {
            element.name.to_owned()
        }
    })
}

fn key_of(element: &Element, ty: &Type) -> String {
    let mut letters = ty.name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    element.name.chars().chain(first).chain(letters).collect()
}
