//! Whether a resource is well formed R4: members that exist, lists where lists belong, mandatory
//! elements, primitives of the right JSON type and form, and `status` codes. The definitions are
//! those of the `fhir` crate; invariants and profiles are another matter.

mod primitive;
mod status;

use fhir::definition::{self, Kind, Type};
use serde_json::{Map, Value};

use crate::resource::{is_id, type_of};

/// Faults reported per resource; more would not be read.
const MOST: usize = 20;

/// What is wrong with `resource`; empty when nothing was found.
pub(crate) fn faults(resource: &Value) -> Vec<String> {
    let mut inspection = Inspection::default();
    if !resource["id"].as_str().is_some_and(is_id) {
        inspection.add("id is missing or not a legal id".to_owned());
    }
    inspection.resource(resource, "");
    inspection.0.extend(status::fault(resource));
    inspection.0
}

#[derive(Default)]
struct Inspection(Vec<String>);

impl Inspection {
    fn add(&mut self, fault: String) {
        if self.0.len() < MOST {
            self.0.push(fault);
        }
    }

    fn resource(&mut self, value: &Value, path: &str) {
        let name = type_of(value).unwrap_or_default();
        let concrete = definition::find(name)
            .filter(|found| found.kind == Kind::Resource && !found.is_abstract);
        match (concrete, value.as_object()) {
            (Some(found), Some(members)) => {
                let path = if path.is_empty() {
                    name.to_owned()
                } else {
                    format!("{path}({name})")
                };
                self.members(members, found, &path);
            }
            _ => self.add(format!("{path} resourceType {name:?} is no R4 resource")),
        }
    }

    fn members(&mut self, members: &Map<String, Value>, found: &'static Type, path: &str) {
        if members.is_empty() {
            self.add(format!("{path} is empty"));
        }
        for (key, value) in members {
            let is_type = key == "resourceType" && found.kind == Kind::Resource;
            if !is_type {
                self.member(key, value, found, path);
            }
        }
        for element in found.elements().filter(|element| element.min > 0) {
            let has =
                |key: &str| members.contains_key(key) || members.contains_key(&format!("_{key}"));
            let is_there = has(element.name)
                || (element.is_choice()
                    && element
                        .member_types()
                        .any(|ty| has(&choice_key(element.name, ty.name))));
            if !is_there {
                self.add(format!("{path}.{} is missing", element.name));
            }
        }
    }

    fn member(&mut self, key: &str, value: &Value, found: &'static Type, path: &str) {
        let path = format!("{path}.{key}");
        let name = key.strip_prefix('_').unwrap_or(key);
        let Some((element, member_type)) = found.json_element(name) else {
            return self.add(format!("{path} does not exist in R4"));
        };
        let is_shadow = name != key;
        match (value, element.repeats()) {
            (Value::Array(items), true) if items.is_empty() => self.add(format!("{path} is empty")),
            (Value::Array(items), true) => {
                for item in items {
                    let is_gap = item.is_null() && member_type.kind == Kind::Primitive;
                    if !is_gap {
                        self.value(item, member_type, is_shadow, &path);
                    }
                }
            }
            (Value::Array(_), false) => self.add(format!("{path} must not be a list")),
            (_, true) => self.add(format!("{path} must be a list")),
            (_, false) => self.value(value, member_type, is_shadow, &path),
        }
    }

    fn value(&mut self, value: &Value, found: &'static Type, is_shadow: bool, path: &str) {
        match (found.kind, value) {
            (Kind::Primitive, Value::Object(members)) if is_shadow => self.shadow(members, path),
            (Kind::Primitive, _) if !is_shadow => {
                self.0.extend(
                    primitive::fault(value, found.name).map(|fault| format!("{path} {fault}")),
                );
            }
            (Kind::Resource, _) => self.resource(value, path),
            (_, Value::Object(members)) if !is_shadow => self.members(members, found, path),
            _ => self.add(format!("{path} must be an object")),
        }
    }

    /// The sibling of a primitive holds its id and extensions.
    fn shadow(&mut self, members: &Map<String, Value>, path: &str) {
        match definition::find("Element") {
            Some(element) => self.members(members, element, path),
            None => self.add(format!("{path} cannot be judged")),
        }
    }
}

/// `valueQuantity` of `value` and `Quantity`.
fn choice_key(stem: &str, type_name: &str) -> String {
    let mut letters = type_name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    stem.chars().chain(first).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn observation() -> Value {
        json!({"resourceType": "Observation", "id": "o", "status": "final",
               "meta": {"versionId": "1", "lastUpdated": "2024-02-29T10:00:00.001+02:00"},
               "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
               "category": [{"text": "c"}],
               "code": {"text": "x", "coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
               "contained": [{"resourceType": "Practitioner", "id": "p", "name": [{"family": "A"}]}],
               "performer": [{"reference": "#p"}],
               "effectiveDateTime": "2024-02", "_issued": {"extension": [{"url": "http://x", "valueCode": "unknown"}]},
               "valueQuantity": {"value": 1.50, "unit": "mmHg"},
               "component": [{"code": {"text": "y"}, "valueInteger": 3}]})
    }

    #[test]
    fn a_sound_resource_has_no_faults() {
        assert_eq!(faults(&observation()), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        for (name, value) in [
            ("status", json!("done")),
            ("status", Value::Null),
            ("category", json!({"text": "not a list"})),
            ("category", json!([])),
            ("category", json!([null])),
            ("code", json!({})),
            ("code", json!([{"text": "a list"}])),
            ("code", json!({"text": "x", "colour": "red"})),
            ("id", json!("not legal!")),
            ("meta", json!({"lastUpdated": "yesterday"})),
            ("meta", json!("today")),
            ("valueString", json!("")),
            ("effectiveDateTime", json!("2024-02-30")),
            ("valueQuantity", json!({"value": "1.5"})),
            ("component", json!([{"valueInteger": 3}])),
            ("contained", json!([{"resourceType": "Nonsense"}])),
            ("_issued", json!("x")),
            ("dateRecorded", json!("2024-01-01")),
        ] {
            let mut resource = observation();
            resource[name] = value;
            assert!(!faults(&resource).is_empty(), "{name}: {resource}");
        }
    }

    #[test]
    fn a_choice_is_satisfied_by_any_of_its_types() {
        let mut immunization = json!({"resourceType": "Immunization", "id": "i",
            "status": "completed", "vaccineCode": {"text": "v"},
            "patient": {"reference": "Patient/a"}, "occurrenceString": "last year"});
        assert_eq!(faults(&immunization), Vec::<String>::new());
        immunization
            .as_object_mut()
            .unwrap()
            .remove("occurrenceString");
        assert_eq!(
            faults(&immunization),
            ["Immunization.occurrence is missing"]
        );
    }

    fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        let key = prop_oneof![
            "[a-z]{1,4}",
            Just("resourceType".to_owned()),
            Just("code".to_owned()),
            Just("_status".to_owned()),
            Just("contained".to_owned()),
            Just("valueQuantity".to_owned())
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((key.clone(), inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest::proptest! {
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

    #[test]
    fn what_is_no_resource_is_said_to_be_none() {
        for value in [
            json!(null),
            json!([]),
            json!("x"),
            json!({"resourceType": 5, "id": "a"}),
        ] {
            assert!(!faults(&value).is_empty());
        }
    }
}
