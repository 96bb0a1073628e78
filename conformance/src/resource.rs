//! Reading foreign resources: every member may be missing or of a wrong type.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;
use url::Url;

/// The logical id.
pub(crate) fn id_of(resource: &Value) -> Option<&str> {
    resource["id"].as_str()
}

/// The resource type.
pub(crate) fn type_of(resource: &Value) -> Option<&str> {
    resource["resourceType"].as_str()
}

/// `Type/id`, for messages and sets; parts that are missing show as `?`.
pub(crate) fn name_of(resource: &Value) -> String {
    let part = |text: Option<&str>| text.unwrap_or("?").to_owned();
    format!("{}/{}", part(type_of(resource)), part(id_of(resource)))
}

/// The text of `meta.lastUpdated`.
pub(crate) fn last_updated_text(resource: &Value) -> Option<&str> {
    resource["meta"]["lastUpdated"].as_str()
}

/// `meta.lastUpdated` as an instant.
pub(crate) fn last_updated(resource: &Value) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(last_updated_text(resource)?).ok()
}

/// Calls `visit` with every object inside `value`, itself included.
pub(crate) fn each_object<'a>(
    value: &'a Value,
    visit: &mut dyn FnMut(&'a serde_json::Map<String, Value>),
) {
    match value {
        Value::Object(members) => {
            visit(members);
            members
                .values()
                .for_each(|member| each_object(member, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| each_object(item, visit)),
        _ => {}
    }
}

/// Every literal reference in the resource.
pub(crate) fn references(resource: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    each_object(resource, &mut |object| {
        found.extend(object.get("reference").and_then(Value::as_str));
    });
    found
}

/// Every `(system, code)` in the resource.
pub(crate) fn codings(resource: &Value) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    each_object(resource, &mut |object| {
        let text = |name| object.get(name).and_then(Value::as_str);
        found.extend(text("system").zip(text("code")));
    });
    found
}

/// `Type/id` of a reference to this server, relative or absolute, without its version.
pub(crate) fn local_reference(reference: &str, base: &Url) -> Option<String> {
    let relative = match reference.strip_prefix(base.as_str()) {
        Some(rest) => rest.strip_prefix('/')?,
        None => reference,
    };
    let mut parts = relative.split('/');
    let (resource_type, id) = (parts.next()?, parts.next()?);
    let is_version = matches!(parts.next(), None | Some("_history"));
    let is_type = resource_type.starts_with(|c: char| c.is_ascii_uppercase())
        && resource_type.chars().all(|c| c.is_ascii_alphabetic());
    (is_version && is_type && is_id(id)).then(|| format!("{resource_type}/{id}"))
}

/// The `id` data type (FHIR R4, "Primitive Types").
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// Whether `resource` is about `patient`, judged by its element `subject`: the id itself for
/// `id`, otherwise references, of which one names the patient and none another patient.
pub(crate) fn is_about(resource: &Value, subject: &str, patient: &str, base: &Url) -> bool {
    if subject == "id" {
        return id_of(resource) == Some(patient);
    }
    let wanted = format!("Patient/{patient}");
    let named: Vec<_> = references(&resource[subject])
        .into_iter()
        .filter_map(|reference| local_reference(reference, base))
        .collect();
    let patients = || named.iter().filter(|name| name.starts_with("Patient/"));
    patients().all(|name| *name == wanted) && (subject == "target" || patients().count() > 0)
}

/// Whether any reference in `resource` names `Patient/{patient}`.
pub(crate) fn mentions_patient(resource: &Value, patient: &str, base: &Url) -> bool {
    let wanted = format!("Patient/{patient}");
    name_of(resource) == wanted
        || references(resource)
            .into_iter()
            .any(|reference| local_reference(reference, base).as_deref() == Some(&wanted))
}

/// Whether a member of a document is a list that holds `word`.
pub(crate) fn lists(document: &Value, member: &str, word: &str) -> bool {
    document[member]
        .as_array()
        .is_some_and(|words| words.iter().any(|found| found == word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn base() -> Url {
        Url::parse("https://a.example/fhir").unwrap()
    }

    #[test]
    fn local_references_lose_base_and_version() {
        for text in [
            "Patient/1",
            "https://a.example/fhir/Patient/1",
            "Patient/1/_history/3",
        ] {
            assert_eq!(
                local_reference(text, &base()).as_deref(),
                Some("Patient/1"),
                "{text}"
            );
        }
        for text in [
            "#p",
            "urn:uuid:1",
            "https://b.example/fhir/Patient/1",
            "Patient",
            "",
            "x/1",
        ] {
            assert_eq!(local_reference(text, &base()), None, "{text}");
        }
    }

    #[test]
    fn a_record_about_two_patients_is_about_neither() {
        let mixed = json!({"subject": [{"reference": "Patient/a"}, {"reference": "Patient/b"}]});
        assert!(!is_about(&mixed, "subject", "a", &base()));
        assert!(is_about(
            &json!({"subject": {"reference": "Patient/a"}}),
            "subject",
            "a",
            &base()
        ));
        assert!(!is_about(&json!({"subject": 5}), "subject", "a", &base()));
    }

    #[test]
    fn wrong_types_read_as_nothing() {
        let odd = json!({"id": 5, "meta": [], "code": {"system": 1, "code": null}});
        assert_eq!(name_of(&odd), "?/?");
        assert!(last_updated(&odd).is_none() && codings(&odd).is_empty());
        assert_eq!(references(&json!([null, {"reference": {}}])).len(), 0);
    }
}
