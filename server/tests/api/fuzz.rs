//! Random query strings, dates, references and Bundles. `FUZZ_SECONDS=60 cargo test -p server
//! --test api fuzz` goes on for a minute each; without it a few cases are tried.

use fhir::validate::{Options, parse_and_validate};
use serde_json::{Value, json};
use server::interaction::pairs;
use server::search::date::Range;
use server::search::reference::{Target, is_id};

use crate::helpers::{Server, answer};
use crate::mutate::{Case, Chance, seeds, text, value};
use crate::shelf::Shelf;
use crate::write::{backend, condition};

fn shelf() -> Shelf {
    Shelf::of(&[
        json!({ "resourceType": "Patient", "id": "ann", "gender": "female", "active": true, "birthDate": "1980-05-06",
            "name": [{ "family": "Peterson", "given": ["Ann"] }], "generalPractitioner": [{ "reference": "Practitioner/doc" }],
            "identifier": [{ "system": "http://s", "value": "1", "type": { "coding": [{ "system": "http://t", "code": "MR" }] } }],
            "text": { "status": "generated", "div": "<div><b>Bone</b> metastases, &lt;5 mm</div>" } }),
        json!({ "resourceType": "Patient", "id": "bob", "gender": "male", "birthDate": "2015", "name": [{ "family": "Śmith" }],
            "link": [{ "other": { "reference": "Patient/ann" }, "type": "seealso" }] }),
        json!({ "resourceType": "Observation", "id": "o", "status": "final", "subject": { "reference": "Patient/ann" },
            "code": { "coding": [{ "system": "http://loinc.org", "code": "2345-7", "display": "Glucose in blood" }] },
            "valueQuantity": { "value": 95, "system": "http://unitsofmeasure.org", "code": "mg/dL" },
            "effectivePeriod": { "start": "2024-01-10", "end": "2024-02-10" } }),
        json!({ "resourceType": "Observation", "id": "p", "status": "final", "code": { "text": "Pulse" },
            "subject": { "reference": "Patient/bob" }, "effectiveDateTime": "2024-03-01", "valueString": "ok" }),
        json!({ "resourceType": "Practitioner", "id": "doc", "name": [{ "family": "Who" }] }),
        json!({ "resourceType": "Location", "id": "here", "position": { "latitude": 42.3, "longitude": -71.0 } }),
    ])
}

const SEARCHES: &[&str] = &[
    "name=peterson&gender=female",
    "family:exact=Peterson&_sort=-birthdate,_id",
    "identifier=http://s|1&identifier:of-type=http://t|MR|1",
    "birthdate=ge1980-05&birthdate=lt2016-01-01T00:00:00Z",
    "_id=ann,bob&_lastUpdated=gt2000",
    "general-practitioner.name=who",
    "general-practitioner:Practitioner.family:contains=h",
    "_has:Observation:subject:code=http://loinc.org|2345-7",
    "_has:Observation:subject:_has:Provenance:target:agent=x",
    "_filter=name sw pet and (gender eq female or not (birthdate gt 1990))",
    "_text=bone and (metast* or liver)",
    "_content=peterson",
    "link=ann&link:missing=false",
    "code=2345-7&value-quantity=gt90|http://unitsofmeasure.org|mg/dL",
    "value-quantity=0.95||g/L",
    "code-value-quantity=http://loinc.org|2345-7$lt100",
    "date=ap2024-01&date:missing=false",
    "subject:Patient._id=ann&subject=Patient/ann",
    "status:not=amended&code:text=glucose",
    "near=42.3|-71.0|5|km",
    "_include=Observation:subject&_revinclude:iterate=Provenance:target",
    "_tag=http://x|y&_profile:below=http://x&_source:above=http://x/y",
    "gender:in=http://hl7.org/fhir/ValueSet/administrative-gender",
    "_count=5&_total=accurate&_summary=false&_elements=name",
];

const WORDS: &[&str] = &[
    "&",
    "=",
    ",",
    "|",
    "$",
    "\\,",
    "\\|",
    ":missing=true",
    ":not",
    ":exact",
    ":contains",
    ":text",
    ":in",
    ":above",
    ":below",
    ":of-type",
    ":identifier",
    ":Patient",
    ".name",
    "_has:",
    "_filter=",
    "_text=",
    "_sort=",
    "_id=",
    "gt",
    "lt",
    "ge",
    "le",
    "ne",
    "sa",
    "eb",
    "ap",
    "eq",
    "2024-02-30",
    "9999-12-31T23:59:59.999+14:00",
    "0001",
    "1e308",
    "-1e-308",
    "0.000000000000000000001",
    "NaN",
    "http://x/y|1",
    "Patient/",
    "urn:uuid:",
    "/_history/1",
    "#x",
    " and ",
    " or ",
    " not (",
    "\"",
    "*",
    "%",
    "_",
    "é",
    "İ",
    "\u{0}",
    "99999999999999999999",
    "|||",
    "NEAR(a b)",
    "()",
    "_cursor=x",
];

#[test]
fn a_query_string_is_answered_alike_by_database_and_memory_or_refused() {
    let shelf = shelf();
    for seed in seeds("query string", 150) {
        let mut chance = Chance::new(seed);
        let ty = *chance.pick(&["Patient", "Observation", "Location"]);
        let query = text(&mut chance, SEARCHES, WORDS);
        let search = format!("{ty}?{query}");
        let case = Case(seed, &search);
        if let Err(problem) = shelf.find(&search) {
            assert_eq!(problem.kind.status(), 400, "{problem}");
        }
        if let Ok(pairs) = pairs::decode(query.as_bytes()) {
            assert!(
                pairs
                    .iter()
                    .all(|(name, value)| !name.contains('\0') && !value.contains('\0'))
            );
        }
        drop(case);
    }
}

const DATES: &[&str] = &[
    "2024",
    "2024-02",
    "2024-02-29",
    "2024-02-29T10:00",
    "2024-02-29T10:00:59Z",
    "2024-02-29T10:00:59.123456789+14:00",
    "0001-01-01",
    "9999-12-31T23:59:60Z",
];

const PARTS: &[&str] = &[
    "T",
    "Z",
    "+",
    "-",
    ":",
    ".",
    "00",
    "60",
    "24",
    "-12:00",
    "+14:01",
    " ",
    "0",
    "9",
    "-00",
    "é",
    "2024-02-30",
];

#[test]
fn a_date_is_a_range_that_does_not_end_before_it_begins() {
    let shelf = shelf();
    for seed in seeds("date", 2_000) {
        let mut chance = Chance::new(seed);
        let date = text(&mut chance, DATES, PARTS);
        let case = Case(seed, &date);
        if let Some(range) = Range::parse(&date) {
            assert!(range.low <= range.high, "{range:?}");
            assert!(range.low > i64::MIN && range.high < i64::MAX, "{range:?}");
        }
        let resource = json!({ "resourceType": "Patient", "birthDate": date, "deceasedDateTime": date,
            "meta": { "lastUpdated": date } });
        let text = resource.to_string();
        let judged = parse_and_validate(text.as_bytes(), None, &Options::default());
        if judged.is_valid() {
            assert!(
                Range::parse(&date).is_some(),
                "what may be written may be searched"
            );
        }
        if chance.below(20) == 0 {
            let prefix = *chance.pick(&["", "ge", "ne", "ap"]);
            let _ = shelf.find(&format!(
                "Observation?date={prefix}{}",
                date.replace('&', "")
            ));
        }
        drop(case);
    }
}

const REFERENCES: &[&str] = &[
    "Patient/ann",
    "Patient/ann/_history/2",
    "http://x/Patient/ann",
    "https://elsewhere.example:8080/fhir/Patient/ann/_history/1",
    "urn:uuid:11111111-1111-4111-8111-111111111111",
    "urn:oid:1.2.3",
    "#x",
    "Patient?identifier=http://s|1",
];

const STEPS: &[&str] = &[
    "/", "//", "..", "#", "?", "Patient", "Foo", "_history", "http://", "urn:", "%2F", ":", "|",
    ".", "-", "é", " ",
];

#[test]
fn a_reference_leads_to_a_legal_address_or_elsewhere() {
    let shelf = shelf();
    for seed in seeds("reference", 2_000) {
        let mut chance = Chance::new(seed);
        let reference = text(&mut chance, REFERENCES, STEPS);
        let case = Case(seed, &reference);
        match Target::parse(&reference) {
            Some(Target::Local(ty, id)) => {
                assert!(is_id(&id));
                let again = Target::parse(&format!("{ty}/{id}"));
                assert_eq!(again, Some(Target::Local(ty, id)));
            }
            Some(Target::Url(url)) => assert_eq!(url, reference),
            None => assert!(reference.is_empty() || reference.starts_with('#')),
        }
        let resource =
            json!({ "resourceType": "Condition", "subject": { "reference": reference } });
        let _ = parse_and_validate(resource.to_string().as_bytes(), None, &Options::default());
        if chance.below(20) == 0 {
            let _ = shelf.find(&format!(
                "Observation?subject={}",
                reference.replace('&', "")
            ));
        }
        drop(case);
    }
}

fn bundles() -> Vec<Value> {
    let one = "urn:uuid:11111111-1111-4111-8111-111111111111";
    let mut own = condition("a");
    own["id"] = json!("a-c");
    let patch = json!({ "resourceType": "Parameters", "parameter": [{ "name": "operation", "part": [
        { "name": "type", "valueCode": "replace" }, { "name": "path", "valueString": "Condition.code.text" },
        { "name": "value", "valueString": "x" }] }] });
    let entries = json!([
        { "fullUrl": one, "resource": { "resourceType": "Patient", "name": [{ "family": "New" }] },
          "request": { "method": "POST", "url": "Patient", "ifNoneExist": "identifier=http://x|1" } },
        { "resource": { "resourceType": "Condition", "subject": { "reference": one } },
          "request": { "method": "POST", "url": "Condition" } },
        { "resource": { "resourceType": "Condition", "subject": { "reference": "Patient?_id=a" } },
          "request": { "method": "PUT", "url": "Condition?code=x" } },
        { "resource": own, "request": { "method": "PUT", "url": "Condition/a-c", "ifMatch": "W/\"1\"" } },
        { "resource": patch, "request": { "method": "PATCH", "url": "Condition/b-c" } },
        { "request": { "method": "DELETE", "url": "Condition?_id=never" } },
        { "request": { "method": "GET", "url": "Patient?name=new&_include=*", "ifNoneMatch": "W/\"1\"" } },
        { "request": { "method": "GET", "url": "Patient/a/_history" } },
    ]);
    let each = entries.as_array().into_iter().flatten();
    let mut made: Vec<Value> = each
        .map(|entry| json!({ "resourceType": "Bundle", "type": "batch", "entry": [entry] }))
        .collect();
    for ty in ["batch", "transaction"] {
        made.push(json!({ "resourceType": "Bundle", "type": ty, "entry": entries }));
    }
    made
}

const MEMBERS: &[&str] = &[
    "resource",
    "request",
    "method",
    "url",
    "fullUrl",
    "ifMatch",
    "ifNoneExist",
    "entry",
    "type",
    "transaction",
    "batch",
    "GET",
    "PUT",
    "POST",
    "DELETE",
    "PATCH",
    "HEAD",
    "Patient",
    "Condition/a-c",
    "Condition",
    "_history",
    "urn:uuid:11111111-1111-4111-8111-111111111111",
    "?",
    "#",
    "W/\"1\"",
    "*",
    "Patient?name=New",
    "_id=a,b",
    "subject",
    "reference",
    "id",
    "meta",
    "..",
    "%",
    "$validate",
    "Binary",
    "contained",
    "\u{0}",
    "é",
];

#[actix_web::test]
async fn a_bundle_is_done_or_refused_and_the_server_goes_on() {
    let server = Server::start();
    backend(&server);
    let corpus = bundles();
    for seed in seeds("bundle", 100) {
        let mut chance = Chance::new(seed);
        let made = value(&mut chance, &corpus, MEMBERS).to_string();
        let sent = if chance.below(4) == 0 {
            text(&mut chance, &[made.as_str()], MEMBERS)
        } else {
            made
        };
        let case = Case(seed, &sent);
        let request = server
            .request("POST", &server.base)
            .bearer_auth("backend")
            .header("Content-Type", "application/fhir+json")
            .body(sent.clone());
        let (status, answered) = answer(request).await;
        assert!(status < 500, "{status}: {answered}");
        let ty = answered["resourceType"].as_str().unwrap_or_default();
        assert_eq!(
            ty,
            if status == 200 {
                "Bundle"
            } else {
                "OperationOutcome"
            },
            "{answered}"
        );
        for entry in answered["entry"].as_array().into_iter().flatten() {
            let status = entry["response"]["status"].as_str().unwrap();
            assert!(!status.starts_with('5'), "{entry}");
        }
        drop(case);
    }
    assert_eq!(
        server.json("Condition?_summary=count", "backend").await.0,
        200
    );
}
