//! The example resources that HL7 publishes with R4: stored, read as XML and read back, each must
//! come out unchanged. `.ci/examples` fetches them and runs this.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "api/helpers.rs"]
#[expect(dead_code, reason = "shared with the other tests of the server")]
mod helpers;

use std::path::Path;

use fhir::xml;
use helpers::{Server, answer};
use serde_json::Value;
use smart::Introspection;

/// What is larger is not stored, and goes through XML only.
const LARGEST: usize = 10 * 1024 * 1024;

/// Published with a defect: what the validator says about it.
const DEFECTIVE: &str = include_str!("examples-defective.tsv");

fn backend(server: &Server) {
    server.tokens.insert(
        "backend",
        Introspection {
            active: true,
            scope: Some("system/*.cruds".into()),
            client_id: Some("service".into()),
            sub: Some("service".into()),
            ..Introspection::default()
        },
    );
}

/// Without what the server decides.
fn plain(mut resource: Value) -> Value {
    if let Some(meta) = resource.get_mut("meta").and_then(Value::as_object_mut) {
        meta.remove("versionId");
        meta.remove("lastUpdated");
        if meta.is_empty() {
            resource.as_object_mut().unwrap().remove("meta");
        }
    }
    resource
}

enum Result {
    Unchanged,
    Changed(String),
    Refused(String),
}

async fn there_and_back(server: &Server, text: &str) -> Result {
    let resource: Value = serde_json::from_str(text).unwrap();
    if text.len() > LARGEST {
        return through_xml(
            &resource,
            &xml::write(&resource, xml::Layout::Compact).unwrap(),
        );
    }
    let (ty, id) = (
        resource["resourceType"].as_str().unwrap(),
        resource["id"].as_str().unwrap(),
    );
    let url = format!("{}/{ty}/{id}", server.base);
    let put = server
        .request("PUT", &url)
        .bearer_auth("backend")
        .header("Content-Type", "application/fhir+json")
        .body(text.to_owned());
    let (status, outcome) = answer(put).await;
    if status >= 400 {
        return Result::Refused(outcome["issue"][0]["diagnostics"].to_string());
    }
    let get = server
        .request("GET", &url)
        .bearer_auth("backend")
        .header("Accept", "application/fhir+xml");
    let xml = get.send().await.unwrap().text().await.unwrap();
    through_xml(&resource, &xml)
}

fn through_xml(resource: &Value, xml: &str) -> Result {
    match xml::read(xml.as_bytes()) {
        Ok(back) if plain(back.clone()) == plain(resource.clone()) => Result::Unchanged,
        Ok(_) => Result::Changed("the XML says something else".into()),
        Err(fault) => Result::Changed(format!("{fault} at {}", fault.path)),
    }
}

#[actix_web::test]
#[ignore = "needs the published examples; run .ci/examples"]
async fn every_published_example_survives_the_store_and_xml() {
    let folder = std::env::var("R4_EXAMPLES").unwrap();
    let server = Server::start();
    backend(&server);
    let mut unchanged = 0;
    let mut faults = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(Path::new(&folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let is_resource = serde_json::from_str::<Value>(&text)
            .is_ok_and(|json| json["resourceType"].is_string() && json["id"].is_string());
        if !is_resource {
            continue;
        }
        let is_defective = DEFECTIVE.lines().any(|line| line == name);
        match there_and_back(&server, &text).await {
            Result::Unchanged if !is_defective => unchanged += 1,
            Result::Refused(_) if is_defective => {}
            Result::Unchanged => faults.push(format!("{name}\tis not refused any more")),
            Result::Changed(why) => faults.push(format!("{name}\tchanged: {why}")),
            Result::Refused(why) => faults.push(format!("{name}\trefused: {why}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(unchanged > 5000, "{unchanged}");
}
