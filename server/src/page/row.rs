//! What a table says of a resource, whatever its type.

use serde_json::Value;

/// Where a resource says what it is, the first that is there.
const WHAT: &[&str] = &[
    "/name/0/text",
    "/name/0/family",
    "/title",
    "/code/text",
    "/code/coding/0/display",
    "/medicationCodeableConcept/text",
    "/medicationCodeableConcept/coding/0/display",
    "/medicationReference/display",
    "/vaccineCode/text",
    "/vaccineCode/coding/0/display",
    "/type/text",
    "/type/coding/0/display",
    "/type/0/text",
    "/type/0/coding/0/display",
    "/category/0/text",
    "/category/0/coding/0/display",
    "/class/display",
    "/description/text",
    "/description",
    "/name",
    "/code",
];

/// Where it says when.
const WHEN: &[&str] = &[
    "/effectiveDateTime",
    "/effectivePeriod/start",
    "/performedDateTime",
    "/performedPeriod/start",
    "/occurrenceDateTime",
    "/onsetDateTime",
    "/authoredOn",
    "/period/start",
    "/birthDate",
    "/date",
    "/started",
    "/recordedDate",
    "/recorded",
    "/created",
    "/meta/lastUpdated",
];

const STATUS: &[&str] = &[
    "/clinicalStatus/coding/0/code",
    "/lifecycleStatus",
    "/status",
    "/gender",
];

fn first(resource: &Value, places: &[&str]) -> String {
    places
        .iter()
        .find_map(|place| resource.pointer(place).and_then(Value::as_str))
        .unwrap_or_default()
        .to_owned()
}

/// What it is, in a few words.
pub(super) fn what(resource: &Value) -> String {
    let given = resource.pointer("/name/0/given/0").and_then(Value::as_str);
    let what = first(resource, WHAT);
    let what: String = what.chars().take(120).collect();
    match given {
        Some(given) if resource.pointer("/name/0/text").is_none() => format!("{given} {what}"),
        _ => what,
    }
}

/// When it was, as far as it says.
pub(super) fn when(resource: &Value) -> String {
    first(resource, WHEN).chars().take(10).collect()
}

/// Its state.
pub(super) fn status(resource: &Value) -> String {
    first(resource, STATUS)
}
