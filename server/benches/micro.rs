//! What a request costs inside of the server, part by part: `cargo bench -p server`.
//!
//! Budgets (`README.md`, "Speed"): a typical resource is indexed within 10 µs; reading a query and
//! planning it, and putting a page of fifty together, are a small part of a request of 130 µs.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]

use chrono::DateTime;
use divan::{Bencher, black_box};
use fhir::resource_type::ResourceType;
use fhir::subset::Subset;
use serde_json::{Value, json};
use server::access::authority::Authority;
use server::access::decide::decide;
use server::access::restriction::{Alternative, Restriction, View};
use server::execute::{Pages, Searchset};
use server::interaction::parse;
use server::render::searchset;
use server::search::index::extract;
use server::search::plan::{Plan, SearchView, unchained};
use server::search::query::{Context, Handling, Query};
use server::search::terminology::Published;
use server::store::Stored;
use smart::Introspection;

const CONTEXT: Context<'static> = Context {
    base: "http://localhost:8080/api/fhir",
    now: DateTime::UNIX_EPOCH,
    terminology: &Published,
};

fn main() {
    divan::main();
}

fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }], "text": display })
}

fn laboratory_result() -> Value {
    json!({
        "resourceType": "Observation",
        "id": "p0000042-lab7",
        "meta": { "versionId": "1", "lastUpdated": "2025-03-01T08:15:00.000Z" },
        "status": "final",
        "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory", "Laboratory")],
        "code": concept("http://loinc.org", "4548-4", "Hemoglobin A1c"),
        "subject": { "reference": "Patient/p0000042" },
        "encounter": { "reference": "Encounter/p0000042-enc2" },
        "effectiveDateTime": "2025-03-01T08:00:00Z",
        "issued": "2025-03-01T11:00:00Z",
        "valueQuantity": { "value": 6.1, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%" }
    })
}

fn condition() -> Value {
    json!({
        "resourceType": "Condition",
        "id": "p0000042-cond3",
        "meta": { "versionId": "1", "lastUpdated": "2025-03-01T08:15:00.000Z" },
        "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
        "verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", "Confirmed"),
        "category": [concept("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item", "Problem List Item")],
        "code": concept("http://snomed.info/sct", "44054006", "Diabetes mellitus type 2"),
        "subject": { "reference": "Patient/p0000042" },
        "onsetDateTime": "2019-06-12",
        "recordedDate": "2019-06-12"
    })
}

fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "id": "p0000042",
        "meta": { "versionId": "1", "lastUpdated": "2025-03-01T08:15:00.000Z" },
        "identifier": [{ "system": "http://example.org/fhir/mrn", "value": "MRN0000042" }],
        "name": [{ "use": "official", "family": "Garcia", "given": ["Robin"] }],
        "gender": "female",
        "birthDate": "1972-01-05",
        "telecom": [{ "system": "phone", "value": "555-555-0100", "use": "home" }],
        "address": [{ "line": ["1 Example Street"], "city": "Springfield", "state": "MA", "postalCode": "01101" }]
    })
}

/// The index rows of a resource; budget 10 µs.
#[divan::bench(args = ["Observation", "Condition", "Patient"])]
fn extraction(bencher: Bencher<'_, '_>, name: &str) {
    let resource = match name {
        "Observation" => laboratory_result(),
        "Condition" => condition(),
        _ => patient(),
    };
    let ty = ResourceType::parse(name).unwrap();
    bencher.bench(|| extract(ty, black_box(&resource)).unwrap());
}

/// The laboratory page of a patient, from the pairs of the URL to the plan under a patient's token.
#[divan::bench]
fn planning(bencher: Bencher<'_, '_>) {
    let ty = ResourceType::parse("Observation").unwrap();
    let pairs = [
        ("patient", "p0000042"),
        ("category", "laboratory"),
        ("date", "ge2015"),
        ("_sort", "-date"),
        ("_count", "50"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mine = Restriction {
        alternatives: vec![Alternative {
            view: View::Patient("p0000042".into()),
            criteria: Vec::new(),
        }],
    };
    bencher.bench(|| {
        let query = Query::parse(ty, black_box(&pairs), Handling::Lenient, &CONTEXT).unwrap();
        let view = SearchView {
            searched: &mine,
            chained: &unchained,
        };
        Plan::search(&query, &view)
    });
}

/// What a token granted through consent stands for, from the answer of introspection.
#[divan::bench]
fn authority(bencher: Bencher<'_, '_>) {
    let answer = consented();
    bencher.bench(|| Authority::from_introspection(black_box(&answer), CONTEXT.base).unwrap());
}

/// The decision on a read with such a token.
#[divan::bench]
fn decision(bencher: Bencher<'_, '_>) {
    let authority = Authority::from_introspection(&consented(), CONTEXT.base).unwrap();
    let read = parse::read("Observation", "p0000042-lab7").unwrap();
    bencher.bench(|| decide(&authority, black_box(&read).clone(), &CONTEXT).unwrap());
}

fn consented() -> Introspection {
    let categories = ["laboratory", "vital-signs", "social-history", "survey"];
    let observations = categories.map(|code| {
        format!("patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|{code}")
    });
    let whole = [
        "Patient",
        "Condition",
        "MedicationRequest",
        "Encounter",
        "Immunization",
    ];
    let whole = whole.map(|name| format!("patient/{name}.rs"));
    let scopes = [
        &observations[..],
        &whole[..],
        &["openid".into(), "fhirUser".into()],
    ]
    .concat();
    Introspection {
        active: true,
        scope: Some(scopes.join(" ")),
        patient: Some("p0000042".into()),
        sub: Some("u".into()),
        client_id: Some("c".into()),
        aud: Some(CONTEXT.base.into()),
        ..Introspection::default()
    }
}

/// A Bundle around fifty stored resources.
#[divan::bench]
fn assembly(bencher: Bencher<'_, '_>) {
    let body = laboratory_result().to_string().into_bytes();
    let found = Stored {
        key: 1,
        resource_type: ResourceType::parse("Observation").unwrap(),
        id: "p0000042-lab7".into(),
        version: 1,
        updated: DateTime::UNIX_EPOCH,
        body,
    };
    let page = Searchset {
        matches: vec![found; 50],
        included: Vec::new(),
        total: Some(50),
        query: "Observation?patient=p0000042&category=laboratory".into(),
        pages: Pages::default(),
        ignored: Vec::new(),
        at: DateTime::UNIX_EPOCH,
    };
    bencher.bench(|| searchset(black_box(&page), CONTEXT.base, &Subset::Whole));
}
