//! What an app may change: only what a person ticked for it, only in the record they chose.

use reqwest::Method;
use serde_json::{Value, json};

use crate::helpers::*;
use crate::record::{JOSEPH, Record, told};

const WRITES: &str = "launch/patient patient/*.cruds";

/// A token for Daniel's record; `changes` is the tick.
async fn token(server: &TestServer, changes: bool) -> String {
    let mut browser = Browser::default();
    let pairs = request(&[("scope", Some(WRITES))]);
    let path = browser.reach_consent(server, &pairs, DANIEL).await;
    let page = browser.get(server, &path).await;
    let ticks = page.select("#consent input[name=changes]");
    assert_eq!(ticks.len(), 1);
    assert!(!ticks[0].contains_key("checked"), "it is never set before");
    let mut fields = page.fields("#consent");
    fields.extend(changes.then(|| ("changes".to_owned(), ticks[0]["value"].clone())));
    fields.push(("decision".into(), "approve".into()));
    let answer = browser.post(server, &path, &fields).await;
    let code = query_of(answer.location()).remove("code").unwrap();
    let (status, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!(status, 200, "{tokens}");
    tokens["access_token"].as_str().unwrap().to_owned()
}

fn weight(patient: &str) -> Value {
    json!({
        "resourceType": "Observation", "status": "final",
        "category": [{"coding": [{"code": "vital-signs",
            "system": "http://terminology.hl7.org/CodeSystem/observation-category"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": format!("Patient/{patient}")},
        "effectiveDateTime": "2026-01-01",
        "valueQuantity": {"value": 70, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    })
}

async fn send(
    record: &Record,
    token: &str,
    method: Method,
    path: &str,
    resource: &Value,
) -> (u16, Value) {
    let request = record.request(method, path).bearer_auth(token);
    let request = request.header("content-type", "application/fhir+json");
    told(request.body(resource.to_string())).await
}

#[actix_web::test]
async fn an_app_changes_a_record_only_when_the_person_ticked_that_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn().await;
    let record = Record::open(&server, folder.path());

    let reads = token(&server, false).await;
    let (status, _) = record.read(&reads, "/Observation?_count=1").await;
    assert_eq!(status, 200);
    let (status, body) = send(
        &record,
        &reads,
        Method::POST,
        "/Observation",
        &weight(DANIEL),
    )
    .await;
    assert_eq!(status, 403, "{body}");
    assert_eq!(body["resourceType"], "OperationOutcome");

    let writes = token(&server, true).await;
    let (status, created) = send(
        &record,
        &writes,
        Method::POST,
        "/Observation",
        &weight(DANIEL),
    )
    .await;
    assert_eq!(status, 201, "{created}");
    let path = format!("/Observation/{}", created["id"].as_str().unwrap());
    assert_eq!(record.read(&reads, &path).await.0, 200);
    assert_eq!(
        send(&record, &reads, Method::PUT, &path, &created).await.0,
        403
    );
    assert_eq!(
        send(&record, &writes, Method::PUT, &path, &created).await.0,
        200
    );

    // Nothing enters another record, and nothing leaves this one.
    for other in [JOSEPH, AMY] {
        let (status, _) = send(
            &record,
            &writes,
            Method::POST,
            "/Observation",
            &weight(other),
        )
        .await;
        assert!([403, 404].contains(&status), "{status}");
        let mut moved = created.clone();
        moved["subject"]["reference"] = format!("Patient/{other}").into();
        let (status, _) = send(&record, &writes, Method::PUT, &path, &moved).await;
        assert!([403, 404].contains(&status), "{status}");
    }
    let (_, unchanged) = record.read(&writes, &path).await;
    assert_eq!(
        unchanged["subject"]["reference"],
        format!("Patient/{DANIEL}")
    );
}
