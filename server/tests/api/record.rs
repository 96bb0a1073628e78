//! `$lastn`, `$stats`, `$docref`, `$summary`, `$match`: what they find, and that it is nobody
//! else's.

use serde_json::{Value, json};
use smart::Introspection;

use crate::helpers::{Server, answer, ids};

fn observation(id: &str, patient: &str, code: &str, day: &str, value: u32) -> Value {
    json!({ "resourceType": "Observation", "id": id, "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
        "subject": { "reference": format!("Patient/{patient}") },
        "effectiveDateTime": day,
        "valueQuantity": { "value": value, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg" } })
}

async fn put(server: &Server, resource: &Value) {
    let part = |name: &str| resource[name].as_str().unwrap().to_owned();
    let url = format!("{}/{}/{}", server.base, part("resourceType"), part("id"));
    let request = server.request("PUT", &url).bearer_auth("writer");
    let request = request.header("Content-Type", "application/fhir+json");
    let (status, body) = answer(request.body(resource.to_string())).await;
    assert!([200, 201].contains(&status), "{url} {status} {body}");
}

/// Weights of both patients, three each; the later the heavier.
async fn server() -> Server {
    let server = Server::start();
    server.tokens.insert(
        "writer",
        Introspection {
            active: true,
            scope: Some("system/*.cruds".into()),
            client_id: Some("writer".into()),
            sub: Some("writer".into()),
            ..Introspection::default()
        },
    );
    for (patient, first) in [("a", 60), ("b", 90)] {
        for day in 1..4 {
            let id = format!("{patient}-w{day}");
            let resource = observation(
                &id,
                patient,
                "29463-7",
                &format!("2025-01-0{day}"),
                first + day,
            );
            put(&server, &resource).await;
        }
    }
    server
}

#[actix_web::test]
async fn the_latest_observations_of_each_code_are_found_inside_the_token() {
    let server = server().await;
    let path = "Observation/$lastn?patient=Patient/a&code=http://loinc.org|29463-7";
    assert_eq!(ids(&server.json(path, "all-a").await.1), ["a-w3"]);
    let two = format!("{path}&max=2");
    assert_eq!(ids(&server.json(&two, "all-a").await.1), ["a-w3", "a-w2"]);
    let each = ids(&server.json("Observation/$lastn", "all-a").await.1);
    assert_eq!(each, ["a-o0", "a-o1", "a-o2", "a-o3", "a-w3"]);
    let others = server
        .json("Observation/$lastn?patient=Patient/b", "all-a")
        .await;
    assert_eq!((others.0, ids(&others.1).len()), (200, 0));
    for query in [
        "max=0",
        "frob=1",
        "_sort=date",
        "_include=Observation:subject",
        "date=x",
    ] {
        let path = format!("Observation/$lastn?{query}");
        assert_eq!(server.json(&path, "all-a").await.0, 400, "{query}");
    }
    server
        .tokens
        .issue("conditions", "patient/Condition.rs", Some("a"));
    assert_eq!(server.json("Observation/$lastn", "conditions").await.0, 403);
}

fn statistic<'a>(parameters: &'a Value, code: &str) -> &'a Value {
    let components = &parameters["parameter"][0]["resource"]["component"];
    let found = components.as_array().unwrap().iter();
    let mut found = found.filter(|component| component["code"]["coding"][0]["code"] == code);
    &found.next().unwrap()["valueQuantity"]
}

#[actix_web::test]
async fn statistics_count_the_subjects_observations_and_nobody_elses() {
    let server = server().await;
    let query = "code=29463-7&statistic=average,maximum,count";
    let path = format!("Observation/$stats?subject=Patient/a&{query}&include=true&limit=2");
    let (status, parameters) = server.json(&path, "all-a").await;
    assert_eq!(status, 200, "{parameters}");
    assert_eq!(
        statistic(&parameters, "average")["value"].as_f64(),
        Some(62.0)
    );
    assert_eq!(
        statistic(&parameters, "maximum")["value"].as_f64(),
        Some(63.0)
    );
    assert_eq!(statistic(&parameters, "maximum")["code"], "kg");
    assert_eq!(statistic(&parameters, "count")["value"].as_f64(), Some(3.0));
    let sources = parameters["parameter"].as_array().unwrap().iter();
    assert_eq!(sources.filter(|part| part["name"] == "source").count(), 2);
    let others = format!("Observation/$stats?subject=Patient/b&{query}");
    let (_, parameters) = server.json(&others, "all-a").await;
    assert_eq!(statistic(&parameters, "count")["value"].as_f64(), Some(0.0));
    for query in [
        "subject=Patient/a&statistic=average",
        "subject=Patient/a&code=1-1&statistic=magic",
        "subject=Patient/a&code=1-1",
        "subject=Patient/a,Patient/b&code=1-1&statistic=sum",
        "code=1-1&statistic=average",
        "subject=Patient/a&code=1-1&statistic=sum&duration=x",
    ] {
        let path = format!("Observation/$stats?{query}");
        assert_eq!(server.json(&path, "all-a").await.0, 400, "{query}");
    }
}

fn document(id: &str, patient: &str, ty: &str, day: &str) -> Value {
    json!({ "resourceType": "DocumentReference", "id": id, "status": "current",
        "type": { "coding": [{ "system": "http://loinc.org", "code": ty }] },
        "subject": { "reference": format!("Patient/{patient}") },
        "date": format!("{day}T00:00:00Z"),
        "content": [{ "attachment": { "contentType": "text/plain", "data": "aGk=" } }] })
}

#[actix_web::test]
async fn documents_are_found_by_type_and_period_and_by_default_the_latest_summary() {
    let server = server().await;
    for patient in ["a", "b"] {
        for (name, ty, day) in [
            ("old", "34133-9", "2020-01-01"),
            ("new", "34133-9", "2024-01-01"),
            ("note", "11506-3", "2024-02-02"),
        ] {
            put(
                &server,
                &document(&format!("{patient}-{name}"), patient, ty, day),
            )
            .await;
        }
    }
    for (query, wanted) in [
        ("patient=a", vec!["a-new"]),
        ("patient=a&start=2019-01-01", vec!["a-new", "a-old"]),
        ("patient=a&end=2021", vec!["a-old"]),
        ("patient=a&type=http://loinc.org|11506-3", vec!["a-note"]),
        ("patient=a&on-demand=true", vec![]),
        ("patient=b", vec![]),
        ("patient=b&start=2000", vec![]),
    ] {
        let path = format!("DocumentReference/$docref?{query}");
        let (status, bundle) = server.json(&path, "all-a").await;
        assert_eq!(status, 200, "{query}");
        assert_eq!(stored(&bundle), wanted, "{query}");
    }
    let body = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "patient", "valueId": "a" },
        { "name": "type", "valueCodeableConcept": { "coding": [{ "system": "http://loinc.org", "code": "11506-3" }] } }] });
    let (_, bundle) = answer(server.post("DocumentReference/$docref", "all-a", &body)).await;
    assert_eq!(ids(&bundle), ["a-note"]);
    for query in [
        "",
        "patient=a&start=x",
        "patient=a&on-demand=maybe",
        "patient=a,b",
        "patient=a&frob=1",
    ] {
        let path = format!("DocumentReference/$docref?{query}");
        assert_eq!(server.json(&path, "all-a").await.0, 400, "{query}");
    }
}

/// Ids of the documents that are stored.
fn stored(bundle: &Value) -> Vec<&str> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    entries
        .filter_map(|entry| entry["resource"]["id"].as_str())
        .collect()
}

#[actix_web::test]
async fn a_summary_is_referred_to_where_one_is_asked_for_and_made_when_it_is_fetched() {
    let server = server().await;
    for (query, address) in [
        ("patient=a", "$summary"),
        ("patient=a&type=60591-5", "$summary"),
        ("patient=a&on-demand=true", "$summary"),
        (
            "patient=a&start=2024-01-01&end=2024-02-28",
            "$summary?start=2024-01-01&end=2024-02-28",
        ),
    ] {
        let path = format!("DocumentReference/$docref?{query}");
        let (_, bundle) = server.json(&path, "all-a").await;
        let made = &bundle["entry"][0]["resource"];
        assert_eq!(made["id"], Value::Null, "{query}: {bundle}");
        let url = made["content"][0]["attachment"]["url"].as_str().unwrap();
        assert_eq!(
            url,
            format!("{}/Patient/a/{address}", server.base),
            "{query}"
        );
        let fetched = answer(server.request("GET", url).bearer_auth("all-a")).await;
        assert_eq!((fetched.0, &fetched.1["type"]), (200, &json!("document")));
        let text = fetched.1.to_string();
        assert!(text.contains("Observation/a-o0"), "{text}");
        assert_eq!(text.contains("Observation/a-o3"), !address.contains("end"));
    }
    let ips = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips";
    for (query, total) in [
        ("patient=a&type=11506-3".to_owned(), 0),
        ("patient=a&profile=http://example.org/x".to_owned(), 0),
        (format!("patient=a&profile={ips}"), 1),
        ("patient=b".to_owned(), 0),
    ] {
        let path = format!("DocumentReference/$docref?{query}");
        let (_, bundle) = server.json(&path, "all-a").await;
        assert_eq!(bundle["total"], total, "{query}");
    }
    let documents = "patient/DocumentReference.rs";
    server.tokens.issue("documents", documents, Some("a"));
    let (status, bundle) = server
        .json("DocumentReference/$docref?patient=a", "documents")
        .await;
    assert_eq!((status, &bundle["total"]), (200, &json!(0)));
}

#[actix_web::test]
async fn a_summary_is_a_document_of_what_the_token_may_read_and_of_nobody_else() {
    let server = server().await;
    let (status, bundle) = server.json("Patient/a/$summary", "all-a").await;
    assert_eq!(status, 200, "{bundle}");
    assert_eq!(
        (
            &bundle["type"],
            &bundle["entry"][0]["resource"]["resourceType"]
        ),
        (&json!("document"), &json!("Composition"))
    );
    let text = bundle.to_string();
    assert!(text.contains("Condition/a-c") && text.contains("MedicationRequest/a-m"));
    assert!(
        !text.contains("/b-") && !text.contains("Patient/b"),
        "{text}"
    );
    let validated = server.post("Bundle/$validate", "all-a", &bundle);
    let (_, outcome) = answer(validated).await;
    let errors: Vec<_> = outcome["issue"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|issue| issue["severity"] == "error")
        .collect();
    assert!(errors.is_empty(), "{errors:?}");

    server
        .tokens
        .issue("few", "patient/Patient.rs patient/Condition.rs", Some("a"));
    let (_, bundle) = server.json("Patient/a/$summary", "few").await;
    let text = bundle.to_string();
    assert!(
        text.contains("Condition/a-c") && !text.contains("MedicationRequest/a-m"),
        "{text}"
    );
    let never = server.json("Patient/never/$summary", "all-a").await;
    assert_eq!(never.0, 404);
    assert_eq!(server.json("Patient/b/$summary", "all-a").await, never);
    assert_eq!(server.json("Patient/$summary", "all-a").await.0, 405);
    let odd = "Patient/a/$summary?profile=http://example.org/x";
    assert_eq!(server.json(odd, "all-a").await.0, 400);
}

fn description(resource: &Value, certain: bool) -> Value {
    json!({ "resourceType": "Parameters", "parameter": [
        { "name": "resource", "resource": resource },
        { "name": "onlyCertainMatches", "valueBoolean": certain },
        { "name": "count", "valueInteger": 5 }] })
}

#[actix_web::test]
async fn a_description_is_matched_and_graded_inside_the_token() {
    let server = server().await;
    let person = json!({ "resourceType": "Patient", "birthDate": "1980-05-06", "gender": "female",
        "name": [{ "family": "nunez-smith", "given": ["ANA"] }] });
    let (status, bundle) =
        answer(server.post("Patient/$match", "all-a", &description(&person, false))).await;
    assert_eq!(status, 200, "{bundle}");
    assert_eq!(ids(&bundle), ["a"]);
    let search = &bundle["entry"][0]["search"];
    assert_eq!(search["extension"][0]["valueCode"], "probable");
    assert_eq!(search["score"].as_f64(), Some(0.7));
    let (_, certain) =
        answer(server.post("Patient/$match", "all-a", &description(&person, true))).await;
    assert_eq!(certain["total"], 0);
    let (_, bare) = answer(server.post("Patient/$match", "all-b", &person)).await;
    assert_eq!(ids(&bare), ["b"]);
    let stranger = json!({ "resourceType": "Patient", "birthDate": "1901-01-01" });
    let (_, nobody) = answer(server.post("Patient/$match", "all-a", &stranger)).await;
    assert_eq!(nobody["total"], 0);
    for body in [
        json!({ "resourceType": "Patient" }),
        json!({ "resourceType": "Group", "type": "person", "actual": true }),
    ] {
        assert_eq!(
            answer(server.post("Patient/$match", "all-a", &body))
                .await
                .0,
            400
        );
    }
    assert_eq!(server.json("Patient/$match", "all-a").await.0, 405);
}
