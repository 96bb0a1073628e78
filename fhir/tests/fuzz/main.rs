//! Random expressions, JSON and XML. `FUZZ_SECONDS=60 cargo test -p fhir --test fuzz` goes on for a
//! minute each; without it a few cases are tried.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "a run says how many cases it tried")]

mod mutate;

use std::time::{Duration, Instant};

use fhir::path::{Environment, Node, Path};
use fhir::validate::{Options, parse_and_validate};
use fhir::xml::{self, Layout};
use mutate::{Case, Chance, seeds, text, value};
use serde_json::{Value, json};

/// No case takes longer, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn resources() -> Vec<Value> {
    vec![
        json!({ "resourceType": "Patient", "id": "a", "gender": "female", "birthDate": "1980-05-06",
            "_birthDate": { "extension": [{ "url": "http://x/time", "valueDateTime": "1980-05-06T10:00:00Z" }] },
            "name": [{ "family": "Núñez", "given": ["Ana", "M."], "period": { "start": "2000", "end": "2001-02" } }],
            "deceasedBoolean": false, "multipleBirthInteger": 2,
            "contained": [{ "resourceType": "Organization", "id": "o", "name": "Clinic" }],
            "managingOrganization": { "reference": "#o" },
            "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x <b>y</b> &amp; z</div>" } }),
        json!({ "resourceType": "Observation", "id": "o", "status": "final",
            "code": { "coding": [{ "system": "http://loinc.org", "code": "2345-7", "display": "Glucose" }], "text": "x" },
            "subject": { "reference": "Patient/a" }, "effectivePeriod": { "start": "2024-01-10T10:00:00+01:00" },
            "valueQuantity": { "value": 95.50, "system": "http://unitsofmeasure.org", "code": "mg/dL" },
            "component": [{ "code": { "text": "a" }, "valueString": "b" }, { "code": { "text": "c" }, "valueRange": { "low": { "value": 1 } } }] }),
        json!({ "resourceType": "Bundle", "type": "collection", "entry": [
            { "fullUrl": "urn:uuid:11111111-1111-4111-8111-111111111111", "resource": { "resourceType": "Condition",
              "subject": { "reference": "Patient/a" }, "onsetAge": { "value": 52, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a" } } }] }),
        json!({ "resourceType": "Questionnaire", "status": "active", "item": [
            { "linkId": "1", "type": "group", "item": [{ "linkId": "1.1", "type": "choice", "answerOption": [{ "valueCoding": { "code": "a" } }] }] }] }),
    ]
}

const WORDS: &[&str] = &[
    "name",
    "given",
    ".where(",
    ".select(",
    ".repeat(",
    ".exists()",
    ".all(",
    "$this",
    "$index",
    "%resource",
    "%context",
    "@2020-02-30",
    "@T24:00",
    "@2020T",
    "4 'mg'",
    "1 year",
    "9223372036854775807",
    "0.0000000000000000000000000001",
    "iif(",
    ".substring(1, 2)",
    ".replace('', 'x')",
    ".matches('(a+)+$')",
    ".toInteger()",
    ".toDateTime()",
    ".toQuantity()",
    " div 0",
    " mod ",
    " / 0",
    " & ",
    " is ",
    " as ",
    " in ",
    " contains ",
    " implies ",
    " xor ",
    "~",
    "!~",
    "|",
    "{}",
    "resolve()",
    "ofType(",
    ".children()",
    ".descendants()",
    ".combine(",
    ".union(",
    ".aggregate(",
    "trace('x')",
    "'\\u0041'",
    "`a`",
    "//",
    "/*",
    "extension",
    "url",
    "valueString",
    "resourceType",
    "id",
    "meta",
    "_id",
    "value",
    "reference",
    "#o",
    "http://hl7.org/fhir",
    "&lt;",
    "<script>",
    "1980-13-01",
    "-0",
    "\u{0}",
];

fn expressions() -> Vec<&'static str> {
    include_str!("../../data/constraints.tsv")
        .lines()
        .filter_map(|row| row.split('\t').nth(3))
        .chain([
            "Patient.name.where(use='official').given.first()",
            "Observation.value as Quantity",
            "(Condition.onset as Age) | Condition.abatement.as(Age)",
        ])
        .collect()
}

#[test]
fn an_expression_prints_as_it_parses_and_ends() {
    let (expressions, resources) = (expressions(), resources());
    let environment = Environment::default();
    for seed in seeds("FHIRPath", 400) {
        let mut chance = Chance::new(seed);
        let text = text(&mut chance, &expressions, WORDS);
        let case = Case(seed, &text);
        let started = Instant::now();
        if let Ok(path) = Path::parse(&text) {
            let printed = path.to_string();
            assert_eq!(Path::parse(&printed).as_ref(), Ok(&path), "{printed}");
            for resource in &resources {
                let _ = path.evaluate(&Node::resource(resource), &environment);
            }
        }
        assert!(started.elapsed() < PATIENCE);
        drop(case);
    }
}

#[test]
fn what_is_valid_survives_xml_and_nothing_panics() {
    let resources = resources();
    for seed in seeds("JSON and XML", 400) {
        let mut chance = Chance::new(seed);
        let made = value(&mut chance, &resources, WORDS).to_string();
        let sent = if chance.below(3) == 0 {
            text(&mut chance, &[made.as_str()], WORDS)
        } else {
            made
        };
        let case = Case(seed, &sent);
        let started = Instant::now();
        let judged = parse_and_validate(sent.as_bytes(), None, &Options::default());
        if judged.is_valid()
            && let Some(resource) = judged.resource
        {
            let written = xml::write(&resource, Layout::Compact).expect("it is valid");
            assert_eq!(
                xml::read(written.as_bytes()).as_ref(),
                Ok(&resource),
                "{written}"
            );
            let damaged = text(&mut chance, &[written.as_str()], WORDS);
            let _ = xml::read(damaged.as_bytes());
        }
        assert!(started.elapsed() < PATIENCE);
        drop(case);
    }
}
