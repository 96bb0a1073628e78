//! Every modifier, on every kind of parameter that takes it and on those that do not.

use serde_json::json;

use crate::shelf::Shelf;

fn shelf() -> Shelf {
    Shelf::of(&[
        json!({ "resourceType": "Patient", "id": "ann", "gender": "female",
            "name": [{ "family": "Müller-Lüdenscheidt", "given": ["Ann", "Marie Luise"] }],
            "identifier": [{ "system": "http://hospital", "value": "MR1",
                "type": { "text": "Medical record", "coding": [
                    { "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR" }] } }],
            "link": [{ "type": "seealso", "other": { "reference": "Patient/bob", "display": "Bob of Boston" } }] }),
        json!({ "resourceType": "Patient", "id": "bob", "gender": "male",
            "identifier": [{ "system": "http://hospital", "value": "MR1",
                "type": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "SS" }] } }] }),
        json!({ "resourceType": "Observation", "id": "o", "status": "final",
            "code": { "text": "Blood glucose", "coding": [{ "system": "http://loinc.org", "code": "2345-7",
                "display": "Glucose [Mass/volume] in Serum" }] },
            "subject": { "reference": "Patient/ann", "display": "Ann" },
            "performer": [{ "identifier": { "system": "http://staff", "value": "D7" } }] }),
        json!({ "resourceType": "Observation", "id": "p", "status": "amended", "code": { "text": "Pulse" },
            "subject": { "reference": "Group/g" }, "device": { "reference": "#d" },
            "contained": [{ "resourceType": "Device", "id": "d" }] }),
        json!({ "resourceType": "ValueSet", "id": "v", "status": "active", "url": "http://a.org/fhir/ValueSet/x" }),
        json!({ "resourceType": "ValueSet", "id": "w", "status": "draft", "url": "http://a.org/fhirx" }),
        json!({ "resourceType": "ValueSet", "id": "u", "status": "draft", "url": "urn:oid:1.2.3" }),
    ])
}

#[test]
fn missing_tells_nothing_from_something() {
    shelf().check(&[
        ("Patient?name:missing=true", "bob"),
        ("Patient?name:missing=false", "ann"),
        // An identifier alone and a contained resource are something.
        ("Observation?performer:missing=false", "o"),
        ("Observation?device:missing=false", "p"),
        ("Observation?code:missing=true", ""),
        ("Observation?_id:missing=true", ""),
        ("Observation?encounter:missing=true", "o p"),
    ]);
}

#[test]
fn strings_match_at_the_start_anywhere_exactly_or_by_words() {
    shelf().check(&[
        ("Patient?family=muller", "ann"),
        ("Patient?family=ludenscheidt", ""),
        ("Patient?family:contains=LÜDEN", "ann"),
        ("Patient?family:exact=Müller-Lüdenscheidt", "ann"),
        ("Patient?family:exact=müller-lüdenscheidt", ""),
        ("Patient?given:text=luise", "ann"),
        ("Patient?given:text=lui mar", "ann"),
        ("Patient?given:text=uise", ""),
    ]);
}

#[test]
fn text_looks_at_the_words_for_a_code_or_a_reference() {
    shelf().check(&[
        ("Observation?code:text=glucose", "o"),
        ("Observation?code:text=glucose serum", "o"),
        ("Observation?code:text=pulse", "p"),
        ("Observation?code:text=2345-7", ""),
        ("Observation?subject:text=ann", "o"),
        ("Patient?identifier:text=medical", "ann"),
        ("Patient?link:text=boston", "ann"),
    ]);
}

#[test]
fn not_is_about_the_whole_resource() {
    shelf().check(&[
        ("Observation?status:not=final", "p"),
        ("Observation?status:not=final,amended", ""),
        ("Observation?code:not=2345-7", "p"),
    ]);
}

#[test]
fn in_and_not_in_take_the_codes_of_a_value_set() {
    let shelf = shelf();
    shelf.check(&[
        (
            "Patient?gender:in=http://hl7.org/fhir/ValueSet/administrative-gender",
            "ann bob",
        ),
        (
            "Patient?gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender",
            "",
        ),
        (
            "Observation?code:in=http://hl7.org/fhir/ValueSet/administrative-gender",
            "",
        ),
        (
            "Observation?code:not-in=http://hl7.org/fhir/ValueSet/administrative-gender",
            "o p",
        ),
    ]);
    shelf.refuse(&[
        "Observation?code:in=http://example.org/unknown",
        "Observation?code:not-in=http://example.org/unknown",
        "Observation?code:below=http://snomed.info/sct|73211009",
        "Observation?code:above=http://snomed.info/sct|73211009",
        "Observation?code:below=73211009",
    ]);
}

#[test]
fn of_type_wants_type_and_value_of_the_same_identifier() {
    let shelf = shelf();
    shelf.check(&[
        ("Patient?identifier=MR1", "ann bob"),
        (
            "Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|MR1",
            "ann",
        ),
        (
            "Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|SS|MR1",
            "bob",
        ),
        (
            "Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|MR2",
            "",
        ),
    ]);
    shelf.refuse(&[
        "Patient?identifier:of-type=MR|MR1",
        "Patient?identifier:of-type=http://x||MR1",
    ]);
}

#[test]
fn a_reference_is_found_by_its_identifier_or_its_type() {
    shelf().check(&[
        ("Observation?performer:identifier=http://staff|D7", "o"),
        ("Observation?performer:identifier=d7", "o"),
        ("Observation?performer:identifier=http://other|D7", ""),
        ("Observation?performer=D7", ""),
        ("Observation?subject:Patient=ann", "o"),
        ("Observation?subject:Group=g", "p"),
        ("Observation?subject:Group=ann", ""),
        ("Observation?subject=ann", "o"),
    ]);
}

#[test]
fn urls_are_found_below_and_above() {
    let shelf = shelf();
    shelf.check(&[
        ("ValueSet?url:below=http://a.org/fhir", "v"),
        ("ValueSet?url:below=http://a.org/fhir/", "v"),
        ("ValueSet?url:below=http://a.org", "v w"),
        (
            "ValueSet?url:above=http://a.org/fhir/ValueSet/x/_history/5",
            "v",
        ),
        ("ValueSet?url:above=http://a.org/fhirx/y", "w"),
        ("ValueSet?url=http://a.org/fhir", ""),
        ("ValueSet?url=urn:oid:1.2.3", "u"),
    ]);
    shelf.refuse(&["ValueSet?url:below=urn:oid:1.2", "ValueSet?url:above=a"]);
}

#[test]
fn a_modifier_on_the_wrong_kind_is_refused() {
    shelf().refuse(&[
        "Observation?date:exact=2024",
        "Observation?date:contains=2024",
        "Observation?code:exact=x",
        "Observation?code:contains=x",
        "Observation?code:identifier=x",
        "Observation?code:Patient=x",
        "Observation?value-quantity:not=1",
        "Observation?subject:exact=x",
        "Observation?subject:not=x",
        "Observation?subject:Device2=x",
        "Observation?subject:Practitioner=x",
        "Observation?subject:of-type=a|b|c",
        "Observation?subject:below=x",
        "Patient?name:not=x",
        "Patient?name:in=x",
        "Patient?name:foo=x",
        "Patient?birthdate:missing=maybe",
        "ValueSet?url:exact=x",
        "ValueSet?url:not=x",
        "RiskAssessment?probability:exact=1",
    ]);
}
