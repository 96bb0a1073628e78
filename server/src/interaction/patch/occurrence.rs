//! The occurrences of an element: what its key and its key with an underscore hold together.

use serde_json::{Map, Value};

/// One occurrence: its value, and what a primitive has besides; `null` for nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Occurrence {
    pub(super) value: Value,
    pub(super) sibling: Value,
}

/// Takes the occurrences under a key; [`put_back`] returns them to the same place.
pub(super) fn take(object: &mut Map<String, Value>, key: &str) -> Vec<Occurrence> {
    let mut all = |key: &str| match object.get_mut(key).map(Value::take) {
        Some(Value::Array(items)) => items,
        Some(Value::Null) | None => Vec::new(),
        Some(single) => vec![single],
    };
    let (mut values, mut siblings) = (all(key), all(&underscored(key)));
    let count = values.len().max(siblings.len());
    values.resize(count, Value::Null);
    siblings.resize(count, Value::Null);
    values
        .into_iter()
        .zip(siblings)
        .map(|(value, sibling)| Occurrence { value, sibling })
        .collect()
}

/// Puts occurrences under a key. What would hold nothing is left out, as FHIR's JSON demands.
pub(super) fn put_back(
    object: &mut Map<String, Value>,
    key: &str,
    occurrences: Vec<Occurrence>,
    repeats: bool,
) {
    let (values, siblings) = occurrences
        .into_iter()
        .map(|occurrence| (occurrence.value, occurrence.sibling))
        .unzip();
    put(object, key, values, repeats);
    put(object, &underscored(key), siblings, repeats);
}

fn put(object: &mut Map<String, Value>, key: &str, mut values: Vec<Value>, repeats: bool) {
    if values.iter().all(Value::is_null) {
        object.shift_remove(key);
    } else if repeats {
        object.insert(key.to_owned(), Value::Array(values));
    } else {
        object.insert(key.to_owned(), values.swap_remove(0));
    }
}

pub(super) fn underscored(key: &str) -> String {
    format!("_{key}")
}
