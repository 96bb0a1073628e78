//! Where an element stands in the JSON form of a resource.

use fhir::definition::{self, Element, Kind, Type};
use fhir::path::Node;
use serde_json::{Map, Value};

/// A step from a JSON value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A member of an object.
    Member(String),
    /// An item of an array.
    Item(usize),
}

/// The place of an element that is not the resource itself.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The object that holds the element.
    pub(super) holder: Vec<Step>,
    /// The key of the element, without an underscore.
    pub(super) key: String,
    /// Which occurrence it is.
    pub(super) at: usize,
    /// What the element is.
    pub(super) element: &'static Element,
    /// Its type.
    pub(super) ty: &'static Type,
}

/// Finds an element that evaluating a path on the resource yielded.
pub(super) fn locate(resource: &Value, wanted: &Node<'_>) -> Option<Place> {
    let wanted = wanted.value().or(wanted.sibling())?;
    search(resource, definition::resource(), wanted, &mut Vec::new())
}

fn search(
    value: &Value,
    ty: &'static Type,
    wanted: &Value,
    steps: &mut Vec<Step>,
) -> Option<Place> {
    let members = value.as_object()?;
    let ty = concrete(ty, members);
    for (key, child) in members {
        let plain = key.strip_prefix('_').unwrap_or(key);
        let Some((element, ty)) = ty.json_element(plain) else {
            continue;
        };
        for (at, occurrence) in occurrences(child).iter().enumerate() {
            if std::ptr::eq(occurrence, wanted) {
                return Some(Place {
                    holder: steps.clone(),
                    key: plain.to_owned(),
                    at,
                    element,
                    ty,
                });
            }
            let depth = steps.len();
            steps.push(Step::Member(key.clone()));
            if child.is_array() {
                steps.push(Step::Item(at));
            }
            let found = search(occurrence, ty, wanted, steps);
            if found.is_some() {
                return found;
            }
            steps.truncate(depth);
        }
    }
    None
}

/// A resource inside another says itself what it is.
fn concrete(ty: &'static Type, members: &Map<String, Value>) -> &'static Type {
    let named = || members.get("resourceType").and_then(Value::as_str);
    match ty.kind {
        Kind::Resource => named().and_then(definition::find).unwrap_or(ty),
        _ => ty,
    }
}

fn occurrences(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        single => std::slice::from_ref(single),
    }
}

/// The object at the end of some steps.
pub(super) fn object<'v>(
    resource: &'v mut Value,
    steps: &[Step],
) -> Option<&'v mut Map<String, Value>> {
    steps
        .iter()
        .try_fold(resource, |value, step| match (value, step) {
            (Value::Object(members), Step::Member(name)) => members.get_mut(name),
            (Value::Array(items), Step::Item(at)) => items.get_mut(*at),
            _ => None,
        })?
        .as_object_mut()
}
