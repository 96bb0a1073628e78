//! Kinds of values: composites, places, quantities in units, codes with implied systems.

use serde_json::{Value, json};

use crate::shelf::Shelf;

const UCUM: &str = "http://unitsofmeasure.org";

fn blood_pressure(id: &str, systolic: u32, diastolic: u32) -> Value {
    let part = |code: &str, value: u32| {
        json!({ "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
            "valueQuantity": { "value": value, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]" } })
    };
    json!({ "resourceType": "Observation", "id": id, "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": "85354-9" }] },
        "component": [part("8480-6", systolic), part("8462-4", diastolic)] })
}

#[test]
fn the_parts_of_a_composite_are_about_the_same_element() {
    let shelf = Shelf::of(&[
        blood_pressure("high", 150, 85),
        blood_pressure("low", 110, 70),
        json!({ "resourceType": "Observation", "id": "glucose", "status": "final",
            "code": { "coding": [{ "system": "http://loinc.org", "code": "2345-7" }] },
            "valueQuantity": { "value": 95, "unit": "mg/dL", "system": UCUM, "code": "mg/dL" } }),
        json!({ "resourceType": "Observation", "id": "text", "status": "final",
            "code": { "coding": [{ "system": "http://loinc.org", "code": "1-8" }] }, "valueString": "Clear, pale" }),
        json!({ "resourceType": "Observation", "id": "when", "status": "final",
            "code": { "coding": [{ "code": "2-8" }] }, "valueDateTime": "2024-05-06" }),
    ]);
    shelf.check(&[
        ("Observation?component-code-value-quantity=8480-6$gt140", "high"),
        // The diastolic value of neither is above 140, though another value is.
        ("Observation?component-code-value-quantity=8462-4$gt140", ""),
        ("Observation?component-code-value-quantity=http://loinc.org|8480-6$lt120", "low"),
        ("Observation?component-code-value-quantity=8480-6$gt140,8462-4$lt80", "high low"),
        ("Observation?component-code-value-quantity=8480-6$gt14|http://unitsofmeasure.org|cm[Hg]", "high"),
        ("Observation?combo-code-value-quantity=2345-7$95", "glucose"),
        ("Observation?combo-code-value-quantity=8462-4$70", "low"),
        ("Observation?code-value-quantity=2345-7$95||mg/dL", "glucose"),
        ("Observation?code-value-quantity=8480-6$150", ""),
        (r"Observation?code-value-string=1-8$clear\, p", "text"),
        ("Observation?code-value-date=2-8$2024-05", "when"),
        ("Observation?component-code-value-quantity:missing=true", "glucose text when"),
        ("Observation?code-value-quantity:missing=false", "glucose"),
    ]);
    shelf.refuse(&[
        "Observation?code-value-quantity=2345-7",
        "Observation?code-value-quantity=2345-7$95$1",
        "Observation?code-value-quantity=2345-7$abc",
        "Observation?code-value-quantity:exact=2345-7$95",
    ]);
}

#[test]
fn a_component_may_lie_outside_the_element_and_be_a_reference() {
    let shelf = Shelf::of(&[
        json!({ "resourceType": "DocumentReference", "id": "d", "status": "current",
            "relatesTo": [
                { "code": "replaces", "target": { "reference": "DocumentReference/x" } },
                { "code": "appends", "target": { "reference": "DocumentReference/y" } }] }),
        json!({ "resourceType": "MolecularSequence", "id": "m", "coordinateSystem": 0,
            "referenceSeq": { "chromosome": { "coding": [{ "code": "1" }] }, "windowStart": 10, "windowEnd": 20 },
            "variant": [{ "start": 12, "end": 13 }, { "start": 17, "end": 18 }] }),
    ]);
    shelf.check(&[
        ("DocumentReference?relationship=replaces$x", "d"),
        ("DocumentReference?relationship=replaces$DocumentReference/y", ""),
        ("DocumentReference?relationship=http://hl7.org/fhir/document-relationship-type|appends$y", "d"),
        ("MolecularSequence?chromosome-variant-coordinate=1$gt11$lt14", "m"),
        ("MolecularSequence?chromosome-variant-coordinate=1$12$18", ""),
        ("MolecularSequence?chromosome-window-coordinate=1$10$20", "m"),
    ]);
}

#[test]
fn an_amount_is_found_in_any_unit_of_its_measure() {
    let observation = |id: &str, value: &str, code: &str| {
        let value: Value = serde_json::from_str(value).unwrap();
        json!({ "resourceType": "Observation", "id": id, "status": "final", "code": { "text": "x" },
            "valueQuantity": { "value": value, "unit": "words", "system": UCUM, "code": code } })
    };
    let shelf = Shelf::of(&[
        observation("dose", "1000", "mg"),
        observation("large", "1.5", "g"),
        observation("fever", "38.5", "Cel"),
        observation("odd", "7", "{score}"),
        json!({ "resourceType": "Observation", "id": "bare", "status": "final", "code": { "text": "x" },
            "valueQuantity": { "value": 1 } }),
    ]);
    shelf.check(&[
        (
            "Observation?value-quantity=1.0|http://unitsofmeasure.org|g",
            "dose",
        ),
        (
            "Observation?value-quantity=1000|http://unitsofmeasure.org|mg",
            "dose",
        ),
        (
            "Observation?value-quantity=gt1|http://unitsofmeasure.org|g",
            "large",
        ),
        (
            "Observation?value-quantity=ge1|http://unitsofmeasure.org|g",
            "dose large",
        ),
        (
            "Observation?value-quantity=le1000000|http://unitsofmeasure.org|ug",
            "dose",
        ),
        (
            "Observation?value-quantity=gt100|http://unitsofmeasure.org|[degF]",
            "fever",
        ),
        (
            "Observation?value-quantity=1.0|http://unitsofmeasure.org|L",
            "",
        ),
        (
            "Observation?value-quantity=7|http://unitsofmeasure.org|{score}",
            "odd",
        ),
        // Without a system the unit is what is written.
        ("Observation?value-quantity=1||g", ""),
        ("Observation?value-quantity=1000||mg", "dose"),
        ("Observation?value-quantity=1000||words", "dose"),
        // A bare number is the number written, not the canonical one.
        ("Observation?value-quantity=1", "bare"),
        (
            "Observation?value-quantity=ne1.0|http://unitsofmeasure.org|g",
            "large",
        ),
    ]);
}

#[test]
fn amounts_are_sorted_by_how_much_they_are() {
    let shelf = Shelf::of(&[]);
    shelf.refuse(&[
        "Observation?_sort=code-value-quantity",
        "Location?_sort=near",
    ]);
}

#[test]
fn places_are_found_within_a_distance() {
    let place = |id: &str, latitude: f64, longitude: f64| {
        json!({ "resourceType": "Location", "id": id,
            "position": { "latitude": latitude, "longitude": longitude } })
    };
    let shelf = Shelf::of(&[
        place("boston", 42.3601, -71.0589),
        place("cambridge", 42.3736, -71.1097),
        place("new-york", 40.7128, -74.0060),
        json!({ "resourceType": "Location", "id": "nowhere" }),
    ]);
    shelf.check(&[
        ("Location?near=42.36|-71.06|1|km", "boston"),
        ("Location?near=42.36|-71.06|3|[mi_i]", "boston cambridge"),
        ("Location?near=42.36|-71.06", "boston cambridge"),
        (
            "Location?near=42.36|-71.06|400",
            "boston cambridge new-york",
        ),
        (
            "Location?near=42.36|-71.06|400000|m",
            "boston cambridge new-york",
        ),
        (
            "Location?near=42.36|-71.06|1|km,40.7|-74|10",
            "boston new-york",
        ),
        ("Location?near:missing=true", "nowhere"),
    ]);
    shelf.refuse(&[
        "Location?near=42.36",
        "Location?near=x|y",
        "Location?near=42|-71|5|kg",
        "Location?near=42|-71|-5|km",
        "Location?near=142|-71|5|km",
        "Location?near:exact=42|-71|5|km",
    ]);
}

#[test]
fn a_plain_code_implies_the_system_of_its_value_set() {
    let shelf = Shelf::of(&[
        json!({ "resourceType": "Patient", "id": "m", "gender": "male", "active": true }),
        json!({ "resourceType": "Patient", "id": "f", "gender": "female", "deceasedBoolean": true }),
    ]);
    shelf.check(&[
        (
            "Patient?gender=http://hl7.org/fhir/administrative-gender|male",
            "m",
        ),
        (
            "Patient?gender=http://hl7.org/fhir/administrative-gender|",
            "f m",
        ),
        ("Patient?gender=male", "m"),
        ("Patient?gender=|male", "m"),
        ("Patient?gender=http://example.org|male", ""),
        (
            "Patient?gender:not=http://hl7.org/fhir/administrative-gender|male",
            "f",
        ),
        (
            "Patient?active=http://terminology.hl7.org/CodeSystem/special-values|true",
            "m",
        ),
        (
            "Patient?deceased=http://terminology.hl7.org/CodeSystem/special-values|true",
            "f",
        ),
        (
            "Patient?active=http://terminology.hl7.org/CodeSystem/special-values|maybe",
            "",
        ),
    ]);
}

#[test]
fn parameters_of_every_resource_look_at_its_meta() {
    let shelf = Shelf::of(&[
        json!({ "resourceType": "Patient", "id": "a", "meta": {
            "lastUpdated": "1970-01-01T00:00:00Z", "source": "http://example.org/lab#1",
            "profile": ["http://example.org/p|1.0"],
            "tag": [{ "system": "http://t", "code": "x" }],
            "security": [{ "system": "http://s", "code": "R" }] } }),
        json!({ "resourceType": "Patient", "id": "b" }),
    ]);
    shelf.check(&[
        ("Patient?_id=a", "a"),
        ("Patient?_id=a,b,c", "a b"),
        ("Patient?_id:not=a", "b"),
        ("Patient?_lastUpdated=1970-01-01", "a b"),
        ("Patient?_lastUpdated=gt1970-01-01", ""),
        ("Patient?_tag=http://t|x", "a"),
        ("Patient?_tag:not=x", "b"),
        ("Patient?_security=R", "a"),
        ("Patient?_security:missing=true", "b"),
        ("Patient?_source=http://example.org/lab#1", "a"),
        ("Patient?_source:below=http://example.org", "a"),
        ("Patient?_source=http://example.org/lab", ""),
        ("Patient?_profile=http://example.org/p", "a"),
        ("Patient?_profile=http://example.org/p|1.0", "a"),
        ("Patient?_profile=http://example.org/p|2.0", ""),
    ]);
    shelf.refuse(&[
        "Patient?_id:exact=a",
        "Patient?_id:in=a",
        "Patient?_lastUpdated:exact=1970",
    ]);
}
