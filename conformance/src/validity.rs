//! Whether a resource is valid R4, judged by the `fhir` crate.

use fhir::validate::{self, Issue, Options};
use serde_json::Value;

use crate::resource::is_id;

/// What is wrong with `resource`; empty when nothing was found. Beyond R4 itself a record that a
/// server sends has an id.
pub(crate) fn faults(resource: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if !resource["id"].as_str().is_some_and(is_id) {
        faults.push("id is missing or not a legal id".to_owned());
    }
    faults.extend(errors(&validate::validate(resource, &Options::default())));
    faults
}

/// The errors among issues, as sentences.
fn errors(issues: &[Issue]) -> impl Iterator<Item = String> {
    issues.iter().filter(|issue| issue.is_error()).map(sentence)
}

fn sentence(issue: &Issue) -> String {
    match &issue.expression {
        Some(expression) => format!("{expression}: {}", issue.diagnostics),
        None => issue.diagnostics.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn observation() -> Value {
        json!({"resourceType": "Observation", "id": "o", "status": "final",
               "meta": {"versionId": "1", "lastUpdated": "2024-02-29T10:00:00.001+02:00"},
               "category": [{"text": "c"}],
               "code": {"text": "x", "coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
               "effectiveDateTime": "2024-02",
               "valueQuantity": {"value": 1.50, "unit": "mmHg"}})
    }

    #[test]
    fn a_sound_resource_has_no_faults() {
        assert_eq!(faults(&observation()), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        for (name, value) in [
            ("status", json!("done")),
            ("category", json!({"text": "not a list"})),
            ("category", json!([])),
            ("code", json!({})),
            ("code", json!({"text": "x", "colour": "red"})),
            ("id", json!("not legal!")),
            ("id", Value::Null),
            ("meta", json!({"lastUpdated": "yesterday"})),
            ("effectiveDateTime", json!("2024-02-30")),
            ("valueQuantity", json!({"value": "1.5"})),
            ("component", json!([{"valueInteger": 3}])),
            ("contained", json!([{"resourceType": "Nonsense"}])),
            ("dateRecorded", json!("2024-01-01")),
        ] {
            let mut resource = observation();
            resource[name] = value;
            assert!(!faults(&resource).is_empty(), "{name}: {resource}");
        }
    }

    #[test]
    fn what_is_no_resource_is_said_to_be_none() {
        for value in [
            json!(null),
            json!([]),
            json!({"resourceType": 5, "id": "a"}),
        ] {
            assert!(!faults(&value).is_empty());
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        let known = vec!["resourceType", "code", "_status", "contained", "subject"];
        let key = prop_oneof![
            "[a-z]{1,4}",
            prop::sample::select(known).prop_map(str::to_owned)
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            let members = prop::collection::vec((key.clone(), inner.clone()), 0..5);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_json_makes_it_panic(value in any_json(), member in "[a-z_]{1,6}", part in any_json()) {
            let mut resource = observation();
            resource[member] = part.clone();
            resource["code"] = part;
            for value in [&value, &resource] {
                faults(value);
                crate::resource::codings(value);
                crate::resource::references(value);
                crate::resource::last_updated(value);
            }
        }
    }
}
