//! `_filter`, `_text`, `_content`, `_list`, nested `_has`, and what is refused instead of ignored.

use serde_json::json;

use crate::helpers::{Server, answer};
use crate::shelf::Shelf;

fn shelf() -> Shelf {
    Shelf::of(&[
        json!({ "resourceType": "Patient", "id": "ann", "gender": "female", "active": true, "birthDate": "1980-05-06",
            "name": [{ "family": "Peterson", "given": ["Ann"] }],
            "text": { "status": "generated", "div": "<div><b>Bone</b> metastases, &lt;5 mm</div>" } }),
        json!({ "resourceType": "Patient", "id": "bob", "gender": "male", "active": false, "birthDate": "2015",
            "name": [{ "family": "Smith", "given": ["Robert", "Pete"] }],
            "text": { "status": "generated", "div": "<div>Liver tumour</div>" } }),
        json!({ "resourceType": "Patient", "id": "cid", "birthDate": "2000-01-01" }),
        json!({ "resourceType": "Observation", "id": "o", "status": "final",
            "code": { "coding": [{ "system": "http://loinc.org", "code": "2345-7", "display": "Glucose in blood" }] },
            "subject": { "reference": "Patient/ann" },
            "valueQuantity": { "value": 95, "system": "http://unitsofmeasure.org", "code": "mg/dL" },
            "effectivePeriod": { "start": "2024-01-10", "end": "2024-02-10" } }),
        json!({ "resourceType": "Observation", "id": "p", "status": "final", "code": { "text": "Pulse" },
            "subject": { "reference": "Patient/bob" }, "effectiveDateTime": "2024-03-01",
            "performer": [{ "reference": "Practitioner/doc" }] }),
        json!({ "resourceType": "Practitioner", "id": "doc", "name": [{ "family": "Who" }] }),
        json!({ "resourceType": "List", "id": "l", "status": "current", "mode": "working",
            "entry": [{ "item": { "reference": "Patient/ann" } }, { "item": { "reference": "Observation/p" } }] }),
        json!({ "resourceType": "ValueSet", "id": "v", "status": "active", "url": "http://a.org/x/y" }),
        json!({ "resourceType": "Provenance", "id": "why", "recorded": "2024-01-01T00:00:00Z",
            "target": [{ "reference": "Observation/p" }], "agent": [{ "who": { "reference": "Practitioner/doc" } }] }),
    ])
}

#[test]
fn a_filter_joins_tests_by_and_or_and_not() {
    shelf().check(&[
        (r#"Patient?_filter=family eq "peterson""#, "ann"),
        ("Patient?_filter=family eq peter", ""),
        ("Patient?_filter=name co ter", "ann"),
        ("Patient?_filter=name sw pet", "ann bob"),
        ("Patient?_filter=name ew bert", "bob"),
        ("Patient?_filter=given ne robert", "ann bob"),
        (
            "Patient?_filter=gender eq male or birthdate gt 1990",
            "bob cid",
        ),
        (
            "Patient?_filter=gender eq male and birthdate gt 1990",
            "bob",
        ),
        // `and` binds closer than `or`.
        (
            "Patient?_filter=gender eq female or gender eq male and active eq true",
            "ann",
        ),
        (
            "Patient?_filter=(gender eq female or gender eq male) and active eq false",
            "bob",
        ),
        ("Patient?_filter=not (gender eq male)", "ann cid"),
        ("Patient?_filter=NOT(gender eq male or name pr true)", "cid"),
        ("Patient?_filter=gender pr false", "cid"),
        ("Patient?_filter=gender ne male", "ann"),
        ("Patient?_filter=_id ne ann", "bob cid"),
        (
            "Patient?_filter=_id eq ann and active eq true&gender=female",
            "ann",
        ),
        (
            "Patient?_filter=birthdate eq 2015&_filter=active eq false",
            "bob",
        ),
        ("Patient?_filter=birthdate ne 2015", "ann cid"),
        ("Patient?_filter=birthdate eb 2001", "ann cid"),
        (
            "Patient?_filter=gender in http://hl7.org/fhir/ValueSet/administrative-gender",
            "ann bob",
        ),
    ]);
}

#[test]
fn a_filter_follows_references_and_compares_every_kind() {
    shelf().check(&[
        ("Observation?_filter=code eq http://loinc.org|2345-7", "o"),
        ("Observation?_filter=code ne http://loinc.org|2345-7", "p"),
        ("Observation?_filter=subject re Patient/ann", "o"),
        ("Observation?_filter=subject ne Patient/ann", "p"),
        ("Observation?_filter=subject.name co smi", "p"),
        ("Observation?_filter=not (patient.name co smi)", "o"),
        ("Observation?_filter=subject:Patient.birthdate lt 1990", "o"),
        ("Observation?_filter=value-quantity ge 95", "o"),
        (
            "Observation?_filter=value-quantity eq 0.95|http://unitsofmeasure.org|g/L",
            "o",
        ),
        ("Observation?_filter=value-quantity ne 95", ""),
        ("Observation?_filter=date po 2024-02", "o"),
        ("Observation?_filter=date eq 2024-02", ""),
        ("Observation?_filter=date sa 2024-02-15", "p"),
        ("Observation?_filter=code-value-quantity eq 2345-7$95", "o"),
        (
            "Patient?_filter=_has:Observation:subject:code eq 2345-7",
            "ann",
        ),
        ("ValueSet?_filter=url ss http://a.org/x", "v"),
        ("ValueSet?_filter=url sb http://a.org/x/y/z", "v"),
        ("ValueSet?_filter=url ne http://a.org/x/y", ""),
    ]);
}

#[test]
fn what_is_no_filter_is_refused() {
    let deep = format!("Patient?_filter={}gender eq male", "(".repeat(99));
    let many = format!(
        "Patient?_filter=gender eq male{}",
        " or gender eq male".repeat(99)
    );
    shelf().refuse(&[
        "Patient?_filter=name",
        "Patient?_filter=name co",
        "Patient?_filter=name xx a",
        "Patient?_filter=(name co a",
        "Patient?_filter=name co a)",
        "Patient?_filter=name co a name co b",
        "Patient?_filter=name co a and",
        "Patient?_filter=not name co a",
        "Patient?_filter=foo eq a",
        r#"Patient?_filter=name co "a"#,
        r#"Patient?_filter=name co """#,
        "Patient?_filter=name gt a",
        "Patient?_filter=gender co a",
        "Patient?_filter=birthdate co 2015",
        "Patient?_filter=birthdate eq abc",
        "Patient?_filter=birthdate eq ge2015",
        "Patient?_filter=gender pr maybe",
        "Patient?_filter=name:exact eq a",
        "Patient?_filter=_text eq a",
        "Patient?_filter=link[type eq seealso].other pr true",
        "Patient?_filter=gender ss http://s|a",
        "Observation?_filter=subject.foo eq a",
        "Observation?_filter=code-value-quantity ne 2345-7$95",
        &deep,
        &many,
    ]);
}

#[test]
fn words_are_found_in_the_narrative_or_anywhere() {
    let shelf = shelf();
    shelf.check(&[
        ("Patient?_text=bone", "ann"),
        ("Patient?_text=(bone OR liver)", "ann bob"),
        ("Patient?_text=(bone OR liver) and metastases", "ann"),
        ("Patient?_text=tumo*", "bob"),
        ("Patient?_text=tumo", ""),
        ("Patient?_text=peterson", ""),
        ("Patient?_text=b", ""),
        ("Patient?_content=peterson", "ann"),
        ("Patient?_content=bone and peterson", "ann"),
        ("Patient?_content=pete*", "ann bob"),
        ("Patient?_content=1980-05-06", "ann"),
        ("Observation?_content=glucose", "o"),
        ("Observation?subject._text=liver", "p"),
        ("Patient?_text=bone&gender=male", ""),
        ("Patient?_has:Observation:subject:_content=glucose", "ann"),
    ]);
    shelf.refuse(&[
        "Patient?_text=\"bone metastases\"",
        "Patient?_text=and",
        "Patient?_text=(bone",
        "Patient?_text=*",
        "Patient?_text:exact=bone",
        "Patient?_text:missing=true",
        "Patient?_sort=_text",
        "Binary?_text=x",
    ]);
}

#[test]
fn lists_and_nested_reverse_chains_select() {
    let shelf = shelf();
    shelf.check(&[
        ("Patient?_list=l", "ann"),
        ("Observation?_list=l,other", "p"),
        ("Practitioner?_list=l", ""),
        ("Patient?_list=other", ""),
        (
            "Patient?_has:Observation:subject:_has:Provenance:target:agent=doc",
            "bob",
        ),
        ("Patient?_has:Observation:subject:performer.name=who", "bob"),
        ("Observation?subject._has:List:item:_id=l", "o"),
        (
            "Provenance?target:Observation.subject:Patient.name=smith",
            "why",
        ),
    ]);
    shelf.refuse(&["Patient?_list=$current-allergies", "Patient?_list:not=l"]);
}

#[actix_web::test]
async fn what_would_change_the_question_is_refused_however_it_is_handled() {
    let server = Server::start();
    for handling in ["lenient", "strict"] {
        for query in [
            "_contained=true&_sort=date",
            "_contained=both&_include=*",
            "_contained=maybe",
            "_containedType=contained",
            "_query=x",
            "_filter=x",
            "_text=(",
        ] {
            let request = server
                .get(&format!("Observation?{query}"), "all-a")
                .header("Prefer", format!("handling={handling}"));
            assert_eq!(answer(request).await.0, 400, "{query} {handling}");
        }
    }
    assert_eq!(
        server
            .ids("Observation?_contained=false", "all-a")
            .await
            .len(),
        4
    );
}

#[actix_web::test]
async fn full_text_filters_and_lists_stay_inside_the_callers_view() {
    let server = Server::start();
    for (path, want) in [
        ("Observation?_content=laboratory", "a-o0 a-o1"),
        (
            "Observation?_filter=not (category eq laboratory)",
            "a-o2 a-o3",
        ),
        (
            "Observation?_filter=subject eq Patient/b or status eq final",
            "a-o0 a-o1 a-o2 a-o3",
        ),
        ("Patient?_filter=_id ne a", ""),
        ("Patient?_list=nothing", ""),
    ] {
        let want: Vec<_> = want.split_whitespace().collect();
        assert_eq!(server.ids(path, "all-a").await, want, "{path}");
    }
    server
        .tokens
        .issue("labs", "patient/Observation.rs", Some("a"));
    for path in [
        "Observation?_list=l",
        "Observation?_filter=subject:Patient.name co smith",
        "Observation?_filter=not (subject:Patient.name co smith)",
    ] {
        assert_eq!(server.json(path, "labs").await.0, 403, "{path}");
    }
}
