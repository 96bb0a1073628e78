//! Consent without genomics: a record with genetic results answers like one that has none, on every
//! path and byte by byte, whatever else the results are (laboratory, document, procedure).

use serde_json::{Value, json};
use server::load::Source;
use smart::category::{CATEGORIES, Category, narrow};
use smart::scope::ScopeSet;

use crate::genomics::results;
use crate::helpers::{SYSTEM, Server, answer, records, shared_records, sources};
use crate::two_worlds::masked;

const SERVICE: &str = "http://terminology.hl7.org/CodeSystem/v2-0074";

fn concept(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

/// Records of `a` about genes, which say so in different ways.
fn genetic() -> Vec<Value> {
    let subject = json!({ "reference": "Patient/a" });
    let mut found = results("a", 1000);
    // The sample itself does not say what it is for.
    found.remove(0);
    for observation in &mut found[1..] {
        observation["category"] = json!([concept(SYSTEM, "laboratory"), concept(SERVICE, "GE")]);
    }
    found[0]["category"] = json!([concept(SERVICE, "LAB"), concept(SERVICE, "GE")]);
    found.extend([
        json!({ "resourceType": "DocumentReference", "id": "a-vcf", "status": "current", "subject": subject,
            "type": concept("http://loinc.org", "51969-4"),
            "content": [{ "attachment": { "contentType": "text/plain", "url": "Binary/a-vcf-bin" } }] }),
        json!({ "resourceType": "Binary", "id": "a-vcf-bin", "contentType": "text/plain", "data": "aGk=",
            "securityContext": { "reference": "DocumentReference/a-vcf" } }),
        json!({ "resourceType": "MolecularSequence", "id": "a-seq", "coordinateSystem": 0, "patient": subject }),
        json!({ "resourceType": "RiskAssessment", "id": "a-risk", "status": "final", "subject": subject,
            "method": concept("http://loinc.org", "51969-4") }),
        json!({ "resourceType": "ServiceRequest", "id": "a-order", "status": "active", "intent": "order",
            "subject": subject, "code": concept("http://loinc.org", "51969-4") }),
        json!({ "resourceType": "Procedure", "id": "a-study", "status": "completed", "subject": subject,
            "category": concept(SERVICE, "GE") }),
        json!({ "resourceType": "Task", "id": "a-task", "status": "requested", "intent": "proposal", "for": subject,
            "code": concept("http://loinc.org", "51969-4") }),
        json!({ "resourceType": "Composition", "id": "a-comp", "status": "final", "subject": subject,
            "type": concept("http://loinc.org", "51969-4"), "date": "2025-01-02", "title": "Genes",
            "author": [{ "reference": "Practitioner/p" }] }),
        json!({ "resourceType": "Media", "id": "a-media", "status": "completed", "subject": subject,
            "type": concept("http://loinc.org", "51969-4"), "content": { "contentType": "image/png" } }),
        json!({ "resourceType": "Provenance", "id": "a-gene-prov", "recorded": "2024-01-01T00:00:00Z",
            "target": [{ "reference": "Observation/a-v1" }], "agent": [{ "who": { "reference": "Practitioner/p" } }] }),
    ]);
    found
}

fn world(with_genes: bool) -> Vec<Source> {
    let mut resources = shared_records();
    resources.extend(records("a"));
    resources.extend(records("b"));
    if with_genes {
        resources.extend(genetic());
    }
    sources(resources)
}

fn scopes(chosen: impl Fn(&Category) -> bool) -> String {
    let asked = ScopeSet::parse("launch/patient patient/*.cruds").known;
    let categories: Vec<_> = CATEGORIES
        .iter()
        .filter(|category| chosen(category))
        .collect();
    narrow(&asked, &categories).to_string()
}

/// A server with the three answers that a person may have given.
fn server(with_genes: bool) -> Server {
    let server = Server::start_in(world(with_genes));
    server.tokens.issue("all", "patient/*.cruds", Some("a"));
    server.tokens.issue(
        "without",
        &scopes(|category| category.code != "genomics"),
        Some("a"),
    );
    server.tokens.issue(
        "only",
        &scopes(|category| category.code == "genomics"),
        Some("a"),
    );
    server
}

/// Ways to each genetic record, and to several.
fn paths() -> Vec<String> {
    let mut paths: Vec<String> = genetic()
        .iter()
        .flat_map(|resource| {
            let text = |name: &str| resource[name].as_str().unwrap().to_owned();
            let link = format!("{}/{}", text("resourceType"), text("id"));
            [
                link.clone(),
                format!("{link}/_history/1"),
                format!("{link}/_history"),
                format!("{}?_id={}", text("resourceType"), text("id")),
            ]
        })
        .collect();
    for path in [
        "Observation?patient=a&category=laboratory",
        "Observation?category=http://terminology.hl7.org/CodeSystem/v2-0074|GE",
        "Observation?code=69548-6&_summary=count",
        "Observation?_sort=-date&_count=2&_total=accurate",
        "Observation?_security=http://terminology.hl7.org/CodeSystem/v3-ActCode|GDIS",
        "Observation?combo-code=48018-6",
        "Observation?derived-from.code=69548-6",
        "Observation?_content=LA9633",
        "Observation/_history",
        "_history",
        "DiagnosticReport?category=LAB&_include=DiagnosticReport:result",
        "DiagnosticReport?result.code=69548-6",
        "DocumentReference?type=51969-4",
        "Patient?_id=a&_revinclude=Observation:patient&_revinclude=DiagnosticReport:patient",
        "Patient?_has:Observation:patient:code=69548-6",
        "Provenance?_include=Provenance:target",
        "Provenance?target:Observation.code=69548-6",
        "Patient/a/Observation",
        "Patient/a/*",
        "Patient/a/$everything",
        "Patient/a/$everything?_type=Observation,DiagnosticReport,MolecularSequence",
        "Patient/a/$summary",
        "Observation/$lastn?patient=a&max=5",
        "$find-subject-variants?subject=Patient/a&ranges=NC_000007.13:900-1200",
        "$find-subject-haplotypes?subject=Patient/a&genes=http://www.genenames.org|HGNC:2621",
        "DocumentReference/$docref?patient=a",
        "?_type=Observation,MolecularSequence&_id=a-v1,a-seq",
    ] {
        paths.push(path.to_owned());
    }
    paths
}

async fn told(server: &Server, path: &str, token: &str) -> String {
    let path = path.replace('|', "%7C");
    let slash = if path.starts_with('?') { "" } else { "/" };
    let url = format!("{}{slash}{path}", server.base);
    let response = server
        .request("GET", &url)
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    let status = response.status();
    let body = response.text().await.unwrap();
    format!(
        "{status} {}",
        masked(&body.replace(&server.origin, "ORIGIN"))
    )
}

#[actix_web::test]
async fn without_genomics_a_record_answers_as_if_it_had_no_genes() {
    let (with, none) = (server(true), server(false));
    let mut reached = 0;
    for path in paths() {
        let held_back = told(&with, &path, "without").await;
        assert_eq!(held_back, told(&none, &path, "without").await, "{path}");
        reached += usize::from(told(&with, &path, "all").await != told(&none, &path, "all").await);
    }
    // The paths lead there: whoever may see everything sees the difference.
    assert!(
        reached > paths().len() * 9 / 10,
        "{reached} of {}",
        paths().len()
    );
}

#[actix_web::test]
async fn with_genomics_alone_every_genetic_record_and_no_other_is_read() {
    let server = server(true);
    for resource in genetic() {
        let ty = resource["resourceType"].as_str().unwrap();
        let path = format!("{ty}/{}", resource["id"].as_str().unwrap());
        let status = server.json(&path, "only").await.0;
        // Origins and the content of documents are ticks of their own.
        let own = ["Provenance", "Binary"].contains(&ty);
        assert_eq!(status, if own { 403 } else { 200 }, "{path}");
    }
    for path in ["Observation/a-o0", "DocumentReference/a-d"] {
        assert_eq!(server.json(path, "only").await.0, 404, "{path}");
    }
    let found = server.ids("Observation?patient=a", "only").await;
    assert!(
        found.len() == 6 && !found.iter().any(|id| id.contains("a-o")),
        "{found:?}"
    );
}

#[actix_web::test]
async fn without_genomics_nothing_genetic_is_written() {
    let server = server(true);
    let variant = genetic().swap_remove(1);
    let post = server.post("Observation", "without", &variant);
    assert_eq!(answer(post).await.0, 403);
    let mut plain = variant.clone();
    plain["code"] = concept("http://loinc.org", "718-7");
    plain["category"] = json!([concept(SYSTEM, "laboratory")]);
    plain.as_object_mut().unwrap().remove("component");
    assert_eq!(
        answer(server.post("Observation", "without", &plain))
            .await
            .0,
        201
    );
}

#[actix_web::test]
async fn without_genomics_a_genetic_record_is_changed_like_one_that_is_not_there() {
    let (with, none) = (server(true), server(false));
    let mut plain = records("a").pop().unwrap();
    plain["id"] = json!("a-v1");
    for (method, media_type, body) in [
        ("PUT", "application/fhir+json", plain.to_string()),
        (
            "PATCH",
            "application/json-patch+json",
            json!([{ "op": "replace", "path": "/status", "value": "amended" }]).to_string(),
        ),
        ("DELETE", "application/fhir+json", String::new()),
    ] {
        let mut told = Vec::new();
        for server in [&with, &none] {
            let request = server
                .request(method, &format!("{}/Observation/a-v1", server.base))
                .bearer_auth("without")
                .header("Content-Type", media_type)
                .body(body.clone());
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            told.push((status, masked(&text.replace(&server.origin, "ORIGIN"))));
        }
        assert_eq!(told[0], told[1], "{method}");
        assert!(
            (400..500).contains(&told[0].0) || method == "DELETE",
            "{method} {told:?}"
        );
    }
    assert_eq!(with.json("Observation/a-v1", "all").await.0, 200);
}
