//! One fault for each kind of rule: where it is reported, as what, and on behalf of which profile.

use fhir::us_core::UsCore;
use fhir::validate::{Code, Issue, Options, Severity, validate};
use serde_json::{Value, json};

const US: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";

/// What is reported about a resource held against a US Core profile.
fn found(profile: &str, resource: &Value) -> Vec<Issue> {
    let canonical = format!("{US}{profile}");
    let options = Options {
        profiles: &[&canonical],
        ..Options::default()
    };
    validate(resource, &options)
}

/// The only issue apart from remarks, which is on behalf of the profile.
fn only(profile: &str, resource: &Value) -> (Severity, Code, String) {
    let mut issues = found(profile, resource);
    issues.retain(|issue| issue.code != Code::Informational);
    assert_eq!(issues.len(), 1, "{issues:#?}");
    let issue = issues.remove(0);
    let url = issue.profile.unwrap();
    assert!(
        url.starts_with("http://hl7.org/") && url.contains('|'),
        "{url}"
    );
    (issue.severity, issue.code, issue.expression.unwrap())
}

fn assert_error(profile: &str, resource: &Value, code: Code, expression: &str) {
    let (severity, found, place) = only(profile, resource);
    assert_eq!(
        (severity, found, place.as_str()),
        (Severity::Error, code, expression)
    );
}

fn assert_conforms(profile: &str, resource: &Value) {
    let issues = found(profile, resource);
    assert!(
        issues
            .iter()
            .all(|issue| issue.severity == Severity::Information),
        "{issues:#?}"
    );
}

fn with(mut resource: Value, pointer: &str, value: Value) -> Value {
    let (above, name) = pointer.rsplit_once('/').unwrap();
    match resource.pointer_mut(above).unwrap() {
        Value::Array(items) if name == "-" => items.push(value),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => other[name] = value,
    }
    resource
}

fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "identifier": [{"system": "http://a", "value": "1"}],
        "name": [{"family": "A"}],
        "gender": "female",
    })
}

fn pressure(code: &str) -> Value {
    json!({
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "valueQuantity": {"value": 120, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"},
    })
}

fn blood_pressure() -> Value {
    json!({
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": LOINC, "code": "85354-9"}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2020-01-01",
        "component": [pressure("8480-6"), pressure("8462-4")],
    })
}

fn race(parts: &Value) -> Value {
    with(
        patient(),
        "/extension",
        json!([{"url": format!("{US}us-core-race"), "extension": parts}]),
    )
}

fn category(code: &str) -> Value {
    let coding = json!({"system": "urn:oid:2.16.840.1.113883.6.238", "code": code});
    json!({"url": "ombCategory", "valueCoding": coding})
}

#[test]
fn what_keeps_all_rules_conforms() {
    assert_conforms("us-core-patient", &patient());
    assert_conforms("us-core-blood-pressure", &blood_pressure());
    let text = json!({"url": "text", "valueString": "White"});
    assert_conforms("us-core-patient", &race(&json!([category("2106-3"), text])));
}

#[test]
fn an_element_must_be_there() {
    let resource = with(patient(), "/identifier/0", json!({"value": "1"}));
    assert_error(
        "us-core-patient",
        &resource,
        Code::Required,
        "Patient.identifier[0].system",
    );
}

#[test]
fn a_slice_must_be_there() {
    let resource = with(blood_pressure(), "/component/1", pressure("8478-0"));
    assert_error(
        "us-core-blood-pressure",
        &resource,
        Code::Required,
        "Observation.component",
    );
    let issue = found("us-core-blood-pressure", &resource).remove(0);
    assert!(
        issue.diagnostics.contains("diastolic") && issue.diagnostics.contains("8462-4"),
        "{issue}"
    );
}

#[test]
fn a_slice_must_not_be_there_too_often() {
    let resource = with(blood_pressure(), "/component/-", pressure("8480-6"));
    assert_error(
        "us-core-blood-pressure",
        &resource,
        Code::Structure,
        "Observation.component",
    );
}

#[test]
fn what_belongs_to_no_slice_is_left_alone_where_slicing_is_open() {
    let resource = with(blood_pressure(), "/component/-", pressure("8478-0"));
    assert_conforms("us-core-blood-pressure", &resource);
}

#[test]
fn the_type_is_one_the_profile_allows() {
    let mut resource = with(
        blood_pressure(),
        "/effectiveInstant",
        json!("2020-01-01T00:00:00Z"),
    );
    resource
        .as_object_mut()
        .unwrap()
        .remove("effectiveDateTime");
    assert_error(
        "us-core-blood-pressure",
        &resource,
        Code::Structure,
        "Observation.effective",
    );
}

#[test]
fn a_fixed_value_is_kept_within_a_slice() {
    let resource = with(
        blood_pressure(),
        "/component/0/valueQuantity/code",
        json!("kPa"),
    );
    let issues = found("us-core-blood-pressure", &resource);
    let errors: Vec<_> = issues.iter().filter(|issue| issue.is_error()).collect();
    assert_eq!(errors.len(), 1, "{issues:#?}");
    assert_eq!(
        errors[0].expression.as_deref(),
        Some("Observation.component[0].value.code")
    );
    assert_eq!(errors[0].code, Code::Value);
}

#[test]
fn a_pattern_is_kept() {
    let resource = with(
        blood_pressure(),
        "/code",
        json!({"coding": [{"system": LOINC, "code": "8302-2"}]}),
    );
    assert_error(
        "us-core-blood-pressure",
        &resource,
        Code::Value,
        "Observation.code",
    );
}

#[test]
fn a_reference_leads_to_a_type_the_profile_allows() {
    for (reference, place) in [
        ("Group/1", "Observation.subject"),
        ("http://example.org/fhir/Device/1", "Observation.subject"),
    ] {
        let resource = with(
            blood_pressure(),
            "/subject",
            json!({"reference": reference}),
        );
        assert_error("us-core-blood-pressure", &resource, Code::Invalid, place);
    }
    let resource = with(
        blood_pressure(),
        "/subject",
        json!({"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}),
    );
    assert_conforms("us-core-blood-pressure", &resource);
}

#[test]
fn a_code_is_of_the_required_value_set() {
    let text = json!({"url": "text", "valueString": "?"});
    let resource = race(&json!([category("1000-0"), text]));
    assert_error(
        "us-core-patient",
        &resource,
        Code::CodeInvalid,
        "Patient.extension[0].extension[0].value",
    );
}

#[test]
fn a_code_outside_an_extensible_value_set_is_a_warning() {
    let other = json!({"coding": [{"system": "http://a", "code": "b"}]});
    let resource = with(patient(), "/communication", json!([{"language": other}]));
    let canonical = format!("{US}us-core-patient|7.0.0");
    let options = Options {
        profiles: &[&canonical],
        ..Options::default()
    };
    let resource = with(resource, "/address", json!([{"state": "XX"}]));
    let issues = validate(&resource, &options);
    let warnings: Vec<_> = issues
        .iter()
        .filter(|issue| issue.severity == Severity::Warning)
        .collect();
    assert!(issues.iter().all(|issue| !issue.is_error()));
    assert_eq!(warnings.len(), 1);
    assert_eq!(
        warnings[0].expression.as_deref(),
        Some("Patient.address[0].state")
    );
}

#[test]
fn value_sets_that_are_not_known_are_named_once() {
    let codes: Vec<_> = ["de", "fr"]
        .iter()
        .map(|code| json!({"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]}}))
        .collect();
    let resource = with(patient(), "/communication", json!(codes));
    let issues = found("us-core-patient", &resource);
    assert_eq!(issues.len(), 1, "{issues:#?}");
    assert_eq!(
        (issues[0].severity, issues[0].code),
        (Severity::Information, Code::Informational)
    );
    assert!(
        issues[0]
            .diagnostics
            .contains("http://terminology.hl7.org/ValueSet/Languages")
    );
}

#[test]
fn a_constraint_of_the_profile_holds() {
    let resource = with(patient(), "/name/0", json!({"use": "official"}));
    assert_error(
        "us-core-patient",
        &resource,
        Code::Invariant,
        "Patient.name[0]",
    );
    let npi = |value: &str| {
        json!({
            "resourceType": "Organization",
            "active": true,
            "name": "A",
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": value}],
        })
    };
    assert_conforms("us-core-organization", &npi("1234567893"));
    assert_error(
        "us-core-organization",
        &npi("1234567890"),
        Code::Invariant,
        "Organization.identifier[0]",
    );
}

#[test]
fn an_extension_has_the_value_its_definition_names() {
    let birthsex = |value: Value| with(patient(), "/extension", json!([value]));
    let url = format!("{US}us-core-birthsex");
    let good = birthsex(json!({"url": url, "valueCode": "F"}));
    assert_conforms("us-core-patient", &good);
    let bad = birthsex(json!({"url": url, "valueString": "F"}));
    assert_error(
        "us-core-patient",
        &bad,
        Code::Structure,
        "Patient.extension[0].value",
    );
}

#[test]
fn an_extension_has_the_parts_its_definition_names() {
    assert_error(
        "us-core-patient",
        &race(&json!([category("2106-3")])),
        Code::Required,
        "Patient.extension[0].extension",
    );
    let text = json!({"url": "text", "valueString": "White"});
    let twice = race(&json!([text, text]));
    assert_error(
        "us-core-patient",
        &twice,
        Code::Structure,
        "Patient.extension[0].extension",
    );
    let valued = with(
        patient(),
        "/extension",
        json!([{"url": format!("{US}us-core-race"), "valueString": "White"}]),
    );
    let issues = found("us-core-patient", &valued);
    assert!(issues.iter().any(|issue| issue.code == Code::Structure && issue.diagnostics.contains("not allowed")), "{issues:#?}");
}

#[test]
fn an_extension_occurs_as_often_as_the_profile_allows() {
    let one = json!({"url": format!("{US}us-core-birthsex"), "valueCode": "F"});
    let twice = with(patient(), "/extension", json!([one, one]));
    let canonical = format!("{US}us-core-patient|6.1.0");
    let options = Options {
        profiles: &[&canonical],
        ..Options::default()
    };
    let issues = validate(&twice, &options);
    assert_eq!(issues.len(), 1, "{issues:#?}");
    assert!(issues[0].diagnostics.contains("birthsex"));
}

#[test]
fn releases_differ() {
    let sex = json!({"url": format!("{US}us-core-sex"), "valueCode": "248152002"});
    let resource = with(patient(), "/extension", json!([sex]));
    for (version, conforms) in [("6.1.0", true), ("7.0.0", true), ("8.0.0", false)] {
        let canonical = format!("{US}us-core-patient|{version}");
        let options = Options {
            profiles: &[&canonical],
            ..Options::default()
        };
        let issues = validate(&resource, &options);
        assert_eq!(
            !issues.iter().any(Issue::is_error),
            conforms,
            "{version} {issues:#?}"
        );
    }
}

#[test]
fn a_profile_is_about_a_type() {
    let issues = found("us-core-patient", &blood_pressure());
    assert_eq!(issues.len(), 1);
    assert_eq!(
        (issues[0].severity, issues[0].code),
        (Severity::Error, Code::Invalid)
    );
}

#[test]
fn an_unknown_profile_is_not_checked_and_that_is_said() {
    for (canonical, severity) in [
        (format!("{US}us-core-nobody"), Severity::Warning),
        (format!("{US}us-core-patient|9.0.0"), Severity::Warning),
    ] {
        let options = Options {
            profiles: &[&canonical],
            ..Options::default()
        };
        let issues = validate(&patient(), &options);
        assert_eq!(issues.len(), 1);
        assert_eq!(
            (issues[0].severity, issues[0].code),
            (severity, Code::NotFound)
        );
    }
    let claiming = with(
        patient(),
        "/meta",
        json!({"profile": ["http://a/b", "http://hl7.org/fhir/StructureDefinition/Patient"]}),
    );
    let options = Options {
        claims: true,
        ..Options::default()
    };
    let issues = validate(&claiming, &options);
    assert_eq!(issues.len(), 1);
    assert_eq!(
        (issues[0].severity, issues[0].code),
        (Severity::Information, Code::NotFound)
    );
    assert_eq!(
        issues[0].expression.as_deref(),
        Some("Patient.meta.profile[0]")
    );
}

#[test]
fn a_claim_is_held_against_the_resource_within_a_bundle_too() {
    let mut claiming = with(
        patient(),
        "/meta",
        json!({"profile": [format!("{US}us-core-patient")]}),
    );
    claiming.as_object_mut().unwrap().remove("name");
    let bundle =
        json!({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": claiming}]});
    let options = Options {
        claims: true,
        ..Options::default()
    };
    let issues = validate(&bundle, &options);
    assert_eq!(issues.len(), 1, "{issues:#?}");
    assert_eq!(
        issues[0].expression.as_deref(),
        Some("Bundle.entry[0].resource.name")
    );
    assert!(validate(&bundle, &Options::default()).is_empty());
}

#[test]
fn without_a_version_the_release_asked_for_counts() {
    let genderless = {
        let mut patient = patient();
        patient.as_object_mut().unwrap().remove("gender");
        patient
    };
    let canonical = format!("{US}us-core-patient");
    for (us_core, count) in [(UsCore::V7_0_0, 1), (UsCore::V8_0_0, 0)] {
        let options = Options {
            profiles: &[&canonical],
            us_core,
            ..Options::default()
        };
        assert_eq!(validate(&genderless, &options).len(), count, "{us_core}");
    }
}

#[test]
fn a_closed_slicing_allows_nothing_else() {
    let canonical = "http://hl7.org/fhir/StructureDefinition/bodyheight";
    let mut resource = blood_pressure();
    resource.as_object_mut().unwrap().remove("component");
    resource["code"] = json!({"coding": [{"system": LOINC, "code": "8302-2"}]});
    resource["valueString"] = json!("tall");
    let options = Options {
        profiles: &[canonical],
        ..Options::default()
    };
    let issues = validate(&resource, &options);
    assert!(
        issues.iter().any(|issue| issue.code == Code::Structure
            && issue.expression.as_deref() == Some("Observation.value")),
        "{issues:#?}"
    );
}
