//! The validator from outside. `validate/cases.tsv` has a row per rule and fault: a resource and what is
//! reported about it, and for each rule a resource that keeps it.

#![expect(clippy::unwrap_used, reason = "a failing test panics")]

#[path = "validate/table.rs"]
mod table;

use fhir::resource_type::ResourceType;
use fhir::validate::{
    Code, Issue, MAX_ISSUES, Options, Outcome, Severity, parse_and_validate, validate,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn outcome(text: &str) -> Outcome {
    parse_and_validate(text.as_bytes(), None, &Options::default())
}

fn found(resource: &Value) -> Vec<Issue> {
    outcome(&resource.to_string()).issues
}

fn extended(resource: &str, members: Value) -> Value {
    let mut resource: Value = resource.parse().unwrap();
    if let (Value::Object(own), Value::Object(members)) = (&mut resource, members) {
        own.extend(members);
    }
    resource
}

fn patient(members: Value) -> Value {
    extended(r#"{"resourceType":"Patient"}"#, members)
}

fn observation(members: Value) -> Value {
    let observation = r#"{"resourceType":"Observation","status":"final","code":{"text":"a"}}"#;
    extended(observation, members)
}

#[test]
fn a_valid_resource_is_kept_as_written() {
    let text = r#"{"id":"a","resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{"value":1.00,"unit":"g"}}"#;
    let expected = ResourceType::parse("Observation");
    for text in [text.to_owned(), format!("\u{feff}{text}")] {
        let outcome = parse_and_validate(text.as_bytes(), expected, &Options::default());
        let kept = outcome.into_result().unwrap().to_string();
        assert_eq!(kept, text.trim_start_matches('\u{feff}'));
    }
}

#[test]
fn what_is_no_json_is_fatal_and_concerns_no_element() {
    for text in [
        "",
        "{",
        "{\"resourceType\":\"Patient\"}}",
        "{\"id\":1,}",
        "NaN",
        "{\"a\":\"\\ud800\"}",
    ] {
        let outcome = outcome(text);
        assert!(outcome.resource.is_none() && !outcome.is_valid());
        let issue = &outcome.issues[0];
        assert_eq!(
            (issue.severity, issue.code),
            (Severity::Fatal, Code::Structure),
            "{text}"
        );
        assert_eq!(issue.expression, None);
        assert!(issue.diagnostics.starts_with("Line 1, column "));
    }
}

#[test]
fn a_repeated_name_is_an_issue() {
    let text = r#"{"resourceType":"Patient","name":[{"text":"a","text":"b"}],"active":true,"active":true}"#;
    let issues = outcome(text).issues;
    let places: Vec<_> = issues
        .iter()
        .map(|issue| issue.expression.as_deref().unwrap())
        .collect();
    assert_eq!(places, ["Patient.name[0].text", "Patient.active"]);
    assert!(issues.iter().all(|issue| issue.code == Code::Structure));
}

#[test]
fn the_resource_type_is_known_and_the_expected_one() {
    for text in ["[]", "\"a\"", "1", "null", "{}"] {
        assert_eq!(outcome(text).issues[0].code, Code::Structure, "{text}");
    }
    for name in [json!(5), json!("patient"), json!("DomainResource")] {
        assert_eq!(
            found(&json!({ "resourceType": name }))[0].code,
            Code::Structure
        );
    }
    let expected = ResourceType::parse("Observation");
    let text = br#"{"resourceType":"Patient"}"#;
    let outcome = parse_and_validate(text, expected, &Options::default());
    assert_eq!(outcome.issues[0].code, Code::Invalid);
}

#[test]
fn a_warning_does_not_make_a_resource_invalid() {
    let text = r#"{"resourceType":"ValueSet","status":"draft","name":"not a name"}"#;
    let outcome = outcome(text);
    assert!(outcome.is_valid());
    assert_eq!(outcome.issues[0].severity, Severity::Warning);
}

#[test]
fn each_option_switches_its_checks_off() {
    let none = Options {
        invariants: false,
        bindings: false,
        references: false,
        ..Options::default()
    };
    let resource = observation(json!({
        "status": "a",
        "dataAbsentReason": {"text": "a"},
        "valueString": "b",
        "subject": {"reference": "Practitioner/1"},
    }));
    assert_eq!(validate(&resource, &Options::default()).len(), 3);
    assert_eq!(validate(&resource, &none), []);
    let all = Options {
        best_practices: true,
        ..Options::default()
    };
    let remarks = validate(&observation(json!({})), &all);
    assert_eq!(
        (remarks.len(), remarks[0].severity),
        (1, Severity::Information)
    );
}

#[test]
fn a_contained_resource_is_found_in_use_whatever_else_is_checked() {
    let options = Options {
        references: false,
        ..Options::default()
    };
    let resource = patient(json!({
        "contained": [{"resourceType": "Organization", "id": "o", "name": "a"}],
        "managingOrganization": {"reference": "#o"},
    }));
    assert_eq!(validate(&resource, &options), []);
}

#[test]
fn a_sentence_says_what_was_found_and_what_is_accepted() {
    for (resource, sentence) in [
        (
            patient(json!({"gendre": "male"})),
            "\"gendre\" is not an element of Patient. Did you mean gender?",
        ),
        (
            patient(json!({"gender": "femal"})),
            "\"femal\" is not a code of http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1; did you mean female?",
        ),
        (
            patient(json!({"name": {"text": "a"}})),
            "The element may repeat and must be an array, but an object was found.",
        ),
        (
            json!({"resourceType": "Pacient"}),
            "\"Pacient\" is not a resource type of R4. Did you mean Patient?",
        ),
        (
            patient(json!({"birthDate": "1.2.2000"})),
            "\"1.2.2000\" is not of type date: YYYY, YYYY-MM or YYYY-MM-DD in the calendar is needed.",
        ),
        (
            patient(json!({"deceasedString": "a"})),
            "deceased[x] of Patient is a choice and must be one of these types: boolean, dateTime.",
        ),
    ] {
        assert_eq!(found(&resource)[0].diagnostics, sentence);
    }
}

#[test]
fn all_faults_are_reported_up_to_a_bound() {
    assert_eq!(
        found(&patient(json!({"gender": "x", "birthDate": "x", "foo": 1}))).len(),
        3
    );
    let names: Vec<Value> = (0..200).map(|_| json!({"family": ""})).collect();
    assert_eq!(
        found(&patient(json!({ "name": names }))).len(),
        MAX_ISSUES + 1
    );
}

#[test]
fn deep_nesting_of_a_value_is_not_followed() {
    let mut extension = json!({"url": "a", "valueString": "a"});
    for _ in 0..100 {
        extension = json!({"url": "http://a", "extension": [extension]});
    }
    let issues = validate(
        &patient(json!({"extension": [extension]})),
        &Options::default(),
    );
    assert!(issues.iter().any(|issue| issue.code == Code::TooCostly));
}

/// Names that lead to every part of the validator.
const NAMES: [&str; 20] = [
    "name",
    "_birthDate",
    "birthDate",
    "extension",
    "url",
    "valueQuantity",
    "value",
    "contained",
    "resourceType",
    "reference",
    "subject",
    "code",
    "coding",
    "text",
    "div",
    "id",
    "entry",
    "resource",
    "valueReference",
    "period",
];

/// Resources of a few members with known names and foreign values.
fn any_resource() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[#/A-Za-z0-9:<> -]{0,12}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 40, 5, |inner| {
        let member = (prop::sample::select(&NAMES[..]), inner.clone());
        let object = prop::collection::vec(member, 0..5).prop_map(|members| {
            let named = |(key, value): (&str, Value)| (key.to_owned(), value);
            Value::Object(members.into_iter().map(named).collect())
        });
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::from),
            object
        ]
    });
    let types = prop::sample::select(&["Patient", "Observation", "Bundle", "Parameters"][..]);
    (types, value).prop_map(|(name, mut value)| {
        if let Some(members) = value.as_object_mut() {
            members.insert("resourceType".to_owned(), name.into());
        }
        value
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let outcome = parse_and_validate(&bytes, None, &Options::default());
        prop_assert!(!outcome.is_valid());
    }

    #[test]
    fn a_text_and_its_value_have_the_same_issues(resource in any_resource()) {
        prop_assert_eq!(found(&resource), validate(&resource, &Options::default()));
    }
}
