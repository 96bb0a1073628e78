//! Data as found in the wild: a few resources of each patient get a blemish, and a tag that says which.

use serde_json::{Value, json};

use crate::record::{Record, Seed};
use crate::stream::Stream;

/// The system of the tags that name a blemish.
pub(crate) const SYSTEM: &str = "https://example.org/fhir/CodeSystem/as-found-in-the-wild";
/// The system of codes that mean something in one house only.
const LOCAL: &str = "https://example.org/cedar-ridge/local-codes";
/// The share of resources with a blemish.
const SHARE: f64 = 0.05;

/// What can be wrong: the code of its tag, and how it is done to a resource that it suits.
type Blemish = (&'static str, fn(&mut Value) -> Option<()>);

const BLEMISHES: [Blemish; 5] = [
    ("missing-display", drop_displays),
    ("local-code", make_local),
    ("odd-precision", make_precise),
    ("vague-date", make_vague),
    ("entered-in-error", enter_in_error),
];

/// The tag of a second copy of a resource.
const DUPLICATE: &str = "duplicate-entry";

/// Types whose elements other resources rely on least; the rest is left alone.
const TYPES: [&str; 8] = [
    "AllergyIntolerance",
    "Condition",
    "DiagnosticReport",
    "Immunization",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
];

/// Gives some resources of a patient a blemish each; the world stays as it is.
pub(crate) fn spoil(record: &mut Record, seed: u64) {
    let Some(patient) = record.patient.clone() else {
        return;
    };
    let mut stream = Stream::open(seed, &patient, "wild");
    let mut copies = Vec::new();
    for resource in &mut record.seeds {
        if !TYPES.contains(&resource.resource_type) || !stream.chance(SHARE) {
            continue;
        }
        if stream.chance(0.15) {
            copies.extend(copy(resource));
        } else {
            // The drawn blemish, or the next one that suits the resource.
            let first = stream.below(5) as usize;
            let mut turns = BLEMISHES.iter().cycle().skip(first).take(BLEMISHES.len());
            turns.any(|(label, spoil)| change(resource, label, *spoil).is_some());
        }
    }
    record.seeds.extend(copies);
}

/// Applies a blemish, if it suits the resource.
fn change(resource: &mut Seed, label: &str, spoil: fn(&mut Value) -> Option<()>) -> Option<()> {
    let mut value: Value = serde_json::from_str(&resource.json).ok()?;
    spoil(&mut value)?;
    label_as(&mut value, label);
    resource.json = value.to_string();
    Some(())
}

/// The same resource once more under another id, as two systems report it.
fn copy(resource: &Seed) -> Option<Seed> {
    let mut value: Value = serde_json::from_str(&resource.json).ok()?;
    let id = format!("{}-dup", resource.id);
    if id.len() > 64 {
        return None;
    }
    value["id"] = json!(id);
    value["meta"]["versionId"] = json!("1");
    label_as(&mut value, DUPLICATE);
    Some(Seed {
        id,
        json: value.to_string(),
        version: 1,
        earlier: Vec::new(),
        ..resource.clone()
    })
}

fn label_as(value: &mut Value, label: &str) {
    if let Some(tags) = value["meta"]["tag"].as_array_mut() {
        tags.push(json!({"system": SYSTEM, "code": label}));
    }
}

/// The concept that says what a resource is about.
fn concept(value: &mut Value) -> Option<&mut Value> {
    let name = ["code", "vaccineCode", "medicationCodeableConcept"]
        .into_iter()
        .find(|name| value.get(*name).is_some())?;
    value.get_mut(name)
}

fn drop_displays(value: &mut Value) -> Option<()> {
    for coding in concept(value)?.get_mut("coding")?.as_array_mut()? {
        coding.as_object_mut()?.shift_remove("display");
    }
    Some(())
}

/// The code of the house alone; the text still says what is meant. Vital signs keep their codes.
fn make_local(value: &mut Value) -> Option<()> {
    if value.pointer("/category/0/coding/0/code") == Some(&json!("vital-signs")) {
        return None;
    }
    let concept = concept(value)?;
    let code = concept.pointer("/coding/0/code")?.as_str()?.to_owned();
    concept.get("text")?;
    concept["coding"] = json!([{"system": LOCAL, "code": format!("CR-{code}")}]);
    Some(())
}

/// More digits than any instrument has.
fn make_precise(value: &mut Value) -> Option<()> {
    let number = value.pointer("/valueQuantity/value")?.to_string();
    let exact = if number.contains('.') {
        format!("{number}0000")
    } else {
        format!("{number}.00000")
    };
    value["valueQuantity"]["value"] = serde_json::from_str(&exact).ok()?;
    Some(())
}

/// A month where a day was known.
fn make_vague(value: &mut Value) -> Option<()> {
    let day = value.get("onsetDateTime")?.as_str()?;
    let month = day.get(..7)?.to_owned();
    value["onsetDateTime"] = json!(month);
    Some(())
}

fn enter_in_error(value: &mut Value) -> Option<()> {
    const CODE: &str = "entered-in-error";
    if value.get("verificationStatus").is_none() {
        value.get("status")?;
        value["status"] = json!(CODE);
        return Some(());
    }
    let coding = value.pointer_mut("/verificationStatus/coding/0")?;
    coding["code"] = json!(CODE);
    coding["display"] = json!("Entered in Error");
    // R4 forbids a clinical status here (con-5, ait-2), and an end without one (con-4).
    let members = value.as_object_mut()?;
    members.shift_remove("clinicalStatus");
    members.shift_remove("abatementDateTime");
    Some(())
}
