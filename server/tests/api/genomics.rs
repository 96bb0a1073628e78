//! The genomics operations: a person's own variants and haplotypes, and nobody else's.

use serde_json::{Value, json};

use crate::helpers::{Server, records, shared_records, sources};

fn coded(code: &str, value: &str) -> Value {
    json!({ "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
        "valueCodeableConcept": { "coding": [{ "system": "http://loinc.org", "code": value }] } })
}

fn observation(
    patient: &str,
    name: &str,
    code: &str,
    answer: Option<&str>,
    components: &[Value],
) -> Value {
    let mut observation = json!({
        "resourceType": "Observation", "id": format!("{patient}-{name}"), "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
        "subject": { "reference": format!("Patient/{patient}") }, "effectiveDateTime": "2025-03-04",
        "specimen": { "reference": format!("Specimen/{patient}-blood") },
    });
    if let Some(answer) = answer {
        observation["valueCodeableConcept"] =
            json!({ "coding": [{ "system": "http://loinc.org", "code": answer }] });
    }
    if !components.is_empty() {
        observation["component"] = json!(components);
    }
    observation
}

pub fn results(patient: &str, position: u32) -> Vec<Value> {
    let change = |position: u32| coded("81290-9", &format!("NC_000007.13:g.{position}A>T"));
    let variant = |name: &str, answer, position| {
        let components = vec![change(position), coded("48002-0", "LA6684-0")];
        observation(patient, name, "69548-6", Some(answer), &components)
    };
    let mut phase = observation(patient, "phase", "82120-7", Some("LA-CIS"), &[]);
    phase["derivedFrom"] = json!([
        { "reference": format!("Observation/{patient}-v1") }, { "reference": format!("Observation/{patient}-v2") }
    ]);
    let gene = json!({ "code": { "coding": [{ "system": "http://loinc.org", "code": "48018-6" }] },
        "valueCodeableConcept": { "coding": [{ "system": "http://www.genenames.org", "code": "HGNC:2621" }] } });
    vec![
        json!({ "resourceType": "Specimen", "id": format!("{patient}-blood"), "subject": { "reference": format!("Patient/{patient}") },
            "identifier": [{ "system": "http://specimens", "value": patient }] }),
        json!({ "resourceType": "DiagnosticReport", "id": format!("{patient}-report"), "status": "final",
            "subject": { "reference": format!("Patient/{patient}") }, "code": { "text": "genetics" },
            "identifier": [{ "system": "http://tests", "value": patient }],
            "result": [{ "reference": format!("Observation/{patient}-v1") }] }),
        variant("v1", "LA9633-4", position),
        variant("v2", "LA9633-4", position + 10),
        variant("absent", "LA9634-2", position + 20),
        phase,
        observation(
            patient,
            "genotype",
            "84413-4",
            None,
            std::slice::from_ref(&gene),
        ),
        observation(patient, "haplotype", "84414-2", None, &[gene]),
    ]
}

fn world() -> Vec<server::load::Source> {
    let mut resources = shared_records();
    for (patient, position) in [("a", 1000), ("b", 5000)] {
        resources.extend(records(patient));
        resources.extend(results(patient, position));
    }
    sources(resources)
}

/// Names and values of the parts of the first parameter.
fn parts(parameters: &Value) -> Vec<(String, String)> {
    parameters["parameter"][0]["part"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            let value = match (
                &part["valueString"],
                &part["valueBoolean"],
                &part["resource"]["id"],
            ) {
                (Value::String(text), _, _) | (_, _, Value::String(text)) => text.clone(),
                (_, value, _) => value.to_string(),
            };
            (part["name"].as_str().unwrap().to_owned(), value)
        })
        .collect()
}

#[actix_web::test]
async fn variants_are_found_by_place_and_come_along_when_asked_for() {
    let server = Server::start_in(world());
    let range = "NC_000007.13:900-1005";
    for base in ["", "Observation/"] {
        let path = format!("{base}$find-subject-variants?subject=Patient/a&ranges={range}");
        let (status, found) = server.json(&path, "all-a").await;
        assert_eq!(status, 200, "{found}");
        assert_eq!(
            parts(&found),
            [
                ("rangeItem".into(), range.into()),
                ("presence".into(), "true".into())
            ]
        );
    }
    let wide = "NC_000007.13:900-1100";
    let path = format!("$find-subject-variants?subject=a&ranges={wide}&includePhasing=true");
    let (_, found) = server.json(&path, "all-a").await;
    let names: Vec<_> = parts(&found).into_iter().skip(2).collect();
    let wanted = [
        ("variant", "a-v1"),
        ("variant", "a-v2"),
        ("sequencePhaseRelationship", "a-phase"),
    ];
    assert_eq!(
        names,
        wanted.map(|(name, id)| (name.to_owned(), id.to_owned()))
    );
    let (_, two) = server.json(&format!("$find-subject-variants?subject=a&ranges={range},NC_000007.13:1-2&ranges=NC_000008.10:1-2"), "all-a").await;
    let presence: Vec<_> = two["parameter"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["part"][1]["valueBoolean"])
        .collect();
    assert_eq!(presence, [true, false, false]);
}

#[actix_web::test]
async fn results_are_narrowed_by_test_specimen_and_class() {
    let server = Server::start_in(world());
    for (narrowing, wanted) in [
        ("genomicSourceClass=somatic", &["a-v1", "a-v2"][..]),
        ("genomicSourceClass=germline", &[]),
        ("testIdentifiers=http://tests|a", &["a-v1"]),
        ("testIdentifiers=http://tests|b", &[]),
        ("specimenIdentifiers=http://specimens|a", &["a-v1", "a-v2"]),
        ("specimenIdentifiers=http://specimens|b", &[]),
    ] {
        let path = format!(
            "$find-subject-variants?subject=a&ranges=NC_000007.13:900-1100&includeVariants=true&{narrowing}"
        );
        let (status, found) = server.json(&path, "all-a").await;
        assert_eq!(status, 200, "{narrowing}: {found}");
        let ids: Vec<_> = parts(&found)
            .into_iter()
            .skip(2)
            .map(|(_, id)| id)
            .collect();
        assert_eq!(ids, wanted, "{narrowing}");
    }
    let body = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "subject", "valueString": "a" }, { "name": "ranges", "valueString": "NC_000007.13:900-1100" },
        { "name": "testDateRange", "valuePeriod": { "start": "2025-04-01" } } ] });
    let (status, found) =
        crate::helpers::answer(server.post("$find-subject-variants", "all-a", &body)).await;
    assert_eq!((status, parts(&found)[1].1.as_str()), (200, "false"));
}

#[actix_web::test]
async fn haplotypes_are_found_by_gene() {
    let server = Server::start_in(world());
    for gene in [
        "HGNC:2621",
        "http://www.genenames.org|HGNC:2621",
        "http://www.genenames.org/geneId|HGNC:2621",
    ] {
        let path = format!("$find-subject-haplotypes?subject=a&genes={gene}");
        let (status, found) = server.json(&path, "all-a").await;
        assert_eq!(status, 200, "{found}");
        let wanted = [
            ("geneItem", gene),
            ("haplotype", "a-haplotype"),
            ("genotype", "a-genotype"),
        ];
        assert_eq!(
            parts(&found),
            wanted.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
    let (_, none) = server
        .json("$find-subject-haplotypes?subject=a&genes=HGNC:1", "all-a")
        .await;
    assert_eq!(parts(&none).len(), 1);
}

#[actix_web::test]
async fn of_another_person_nothing_is_said() {
    let server = Server::start_in(world());
    server.tokens.issue(
        "categories",
        "patient/Patient.rs patient/Observation.rs?code=http://loinc.org|1000-0",
        Some("a"),
    );
    server
        .tokens
        .issue("no-observations", "patient/Patient.rs", Some("a"));
    server
        .tokens
        .issue("no-patient", "patient/Observation.rs", Some("a"));
    for call in [
        "$find-subject-variants?ranges=NC_000007.13:1-9000&includeVariants=true",
        "$find-subject-haplotypes?genes=HGNC:2621",
    ] {
        let theirs = server
            .get(&format!("{call}&subject=b"), "all-a")
            .send()
            .await
            .unwrap();
        let unknown = server
            .get(&format!("{call}&subject=nobody"), "all-a")
            .send()
            .await
            .unwrap();
        assert_eq!(
            (theirs.status().as_u16(), unknown.status().as_u16()),
            (404, 404)
        );
        assert_eq!(
            theirs.bytes().await.unwrap(),
            unknown.bytes().await.unwrap()
        );
        for token in ["no-observations", "no-patient"] {
            assert_eq!(
                server.json(&format!("{call}&subject=a"), token).await.0,
                403,
                "{token} {call}"
            );
        }
        let (status, found) = server
            .json(&format!("{call}&subject=a"), "categories")
            .await;
        assert_eq!(status, 200);
        assert!(!found.to_string().contains("\"a-"), "{found}");
    }
}

#[actix_web::test]
async fn calls_that_make_no_sense_are_refused_with_what_would() {
    let server = Server::start_in(world());
    for (call, status) in [
        ("$find-subject-variants?subject=a", 400),
        ("$find-subject-variants?ranges=NC_000007.13:1-2", 400),
        ("$find-subject-variants?subject=a&ranges=chr7:1-2", 400),
        (
            "$find-subject-variants?subject=a&ranges=NC_000007.13:2-1",
            400,
        ),
        (
            "$find-subject-variants?subject=a|b&ranges=NC_000007.13:1-2",
            400,
        ),
        (
            "$find-subject-variants?subject=a&ranges=NC_000007.13:1-2&genomicSourceClass=x",
            400,
        ),
        (
            "$find-subject-variants?subject=a&ranges=NC_000007.14:1-2",
            422,
        ),
        ("$find-subject-haplotypes?subject=a", 400),
        ("$find-subject-haplotypes?subject=a&genes=a|b|c", 400),
        ("Patient/$find-subject-haplotypes?subject=a&genes=a", 404),
    ] {
        let (answered, outcome) = server.json(call, "all-a").await;
        assert_eq!(answered, status, "{call}: {outcome}");
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{call}");
    }
}
