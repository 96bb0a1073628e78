//! Bulk exports by patient, in parts, and of one state of the data.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::export::{backend, begin, export, lines, manifest, record, server};
use crate::helpers::{Server, answer};

/// The blocks of a file: the patient that the header names, and the addresses after it.
async fn blocks(server: &Server, manifest: &Value) -> Vec<(String, Vec<String>)> {
    let mut blocks: Vec<(String, Vec<String>)> = Vec::new();
    for file in manifest["output"].as_array().unwrap() {
        assert_eq!(file.get("type"), None);
        for resource in lines(server, file, "bulk").await {
            let part = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
            if resource["parameter"][0]["name"] == "header" {
                let reference = &resource["parameter"][0]["valueReference"]["reference"];
                blocks.push((reference.as_str().unwrap().to_owned(), Vec::new()));
            } else {
                let address = format!("{}/{}", part("resourceType"), part("id"));
                blocks.last_mut().unwrap().1.push(address);
            }
        }
    }
    blocks
}

#[actix_web::test]
async fn output_by_patient_is_one_block_for_each_with_what_it_refers_to() {
    let server = server();
    for path in ["Patient/$export", "Group/g/$export", "$export"] {
        let manifest = export(&server, &format!("{path}?organizeOutputBy=Patient"), "bulk").await;
        assert_eq!(manifest["outputOrganizedBy"], "Patient", "{path}");
        let blocks = blocks(&server, &manifest).await;
        let headers: Vec<&str> = blocks.iter().map(|(header, _)| header.as_str()).collect();
        assert_eq!(headers, ["Patient/a", "Patient/b"], "{path}");
        for ((header, resources), patient) in blocks.iter().zip(["a", "b"]) {
            assert_eq!(resources.first(), Some(header), "the patient comes first");
            let found: BTreeSet<String> = resources.iter().cloned().collect();
            assert_eq!(found.len(), resources.len());
            assert_eq!(found, record(patient), "{path}");
        }
    }
    let narrow = "Patient/$export?organizeOutputBy=Patient&_type=Condition&_typeFilter=Condition%3F_id%3Da-c";
    let manifest = export(&server, narrow, "bulk").await;
    assert_eq!(
        blocks(&server, &manifest).await,
        [("Patient/a".to_owned(), vec!["Condition/a-c".to_owned()])]
    );
}

#[actix_web::test]
async fn a_manifest_comes_in_parts_that_link_to_the_next() {
    let server = server();
    let whole = export(&server, "$export", "bulk").await;
    let status = begin(&server, "$export?allowPartialManifests=true", "bulk").await;
    let first = manifest(&server, &status, "bulk").await;
    let mut parts = vec![first];
    while let Some(next) = parts.last().unwrap()["link"][0]["url"].as_str() {
        assert_eq!(parts.last().unwrap()["link"][0]["relation"], "next");
        let (code, part) = answer(server.request("GET", next).bearer_auth("bulk")).await;
        assert_eq!(code, 200);
        for same in ["transactionTime", "request", "requiresAccessToken", "error"] {
            assert_eq!(part[same], parts[0][same], "{same}");
        }
        parts.push(part);
    }
    assert!(parts.len() > 1);
    let types = |manifest: &Value| -> Vec<Value> {
        let output = manifest["output"].as_array().unwrap();
        output.iter().map(|file| file["type"].clone()).collect()
    };
    assert_eq!(
        parts.iter().flat_map(types).collect::<Vec<_>>(),
        types(&whole)
    );
    assert_eq!(whole.get("link"), None);
    for number in ["0", "99", "x"] {
        let url = format!("{status}?page={number}");
        let (code, _) = answer(server.request("GET", &url).bearer_auth("bulk")).await;
        assert_eq!(code, 404, "{number}");
    }
}

/// Two resources that are always written together, again and again, while exports run: each
/// export shows both in the same state.
#[actix_web::test]
async fn the_files_of_an_export_show_one_state() {
    let server = server();
    backend(&server, "writer", "writer", "system/*.cruds");
    let pair = |state: u32| {
        let entry = |resource: Value| {
            let url = format!(
                "{}/{}",
                resource["resourceType"].as_str().unwrap(),
                resource["id"].as_str().unwrap()
            );
            json!({ "resource": resource, "request": { "method": "PUT", "url": url } })
        };
        let subject = json!({ "reference": "Patient/a" });
        json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
            entry(json!({ "resourceType": "Basic", "id": "one", "subject": subject,
                "code": { "text": state.to_string() } })),
            entry(json!({ "resourceType": "Procedure", "id": "other", "subject": subject, "status": "completed",
                "code": { "text": state.to_string() } })),
        ]})
    };
    let write = async |state: u32| {
        let (status, body) = answer(server.post("", "writer", &pair(state))).await;
        assert_eq!(status, 200, "{body}");
    };
    write(0).await;
    let writing = async {
        for state in 1..120 {
            write(state).await;
        }
    };
    let exporting = async {
        for _ in 0..20 {
            let path = "Patient/$export?_type=Basic,Procedure";
            let manifest = export(&server, path, "bulk").await;
            let mut states = Vec::new();
            for file in manifest["output"].as_array().unwrap() {
                for resource in lines(&server, file, "bulk").await {
                    states.push(resource["code"]["text"].clone());
                }
            }
            assert_eq!(states.len(), 2);
            assert_eq!(states[0], states[1]);
            let status = manifest["output"][0]["url"].as_str().unwrap();
            let (status, _) = status.rsplit_once('/').unwrap();
            let delete = server.request("DELETE", status).bearer_auth("bulk");
            assert_eq!(answer(delete).await.0, 202);
        }
    };
    futures_util::future::join(writing, exporting).await;
}

#[actix_web::test]
async fn the_files_of_patients_are_the_union_of_searches_in_their_compartments() {
    let server = server();
    backend(&server, "searcher", "backend", "system/*.rs");
    let mut wanted = BTreeSet::new();
    // A group is in the compartments of its members, but not in their records: it lists others.
    let types = fhir::resource_type::ResourceType::all().filter(|ty| ty.as_str() != "Group");
    for ty in types {
        let compartment = format!("Patient/a/{ty}?_count=1000");
        let (status, bundle) = server.json(&compartment, "searcher").await;
        if status == 200 {
            let ids = crate::helpers::ids(&bundle);
            wanted.extend(ids.into_iter().map(|id| format!("{ty}/{id}")));
        }
    }
    let body = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "patient", "valueReference": { "reference": "Patient/a" } }] });
    let request = server
        .post("Patient/$export", "bulk", &body)
        .header("Prefer", "respond-async");
    let response = request.send().await.unwrap();
    let status = response.headers()["content-location"].to_str().unwrap();
    let manifest = manifest(&server, status, "bulk").await;
    let found = crate::export::exported(&server, &manifest, "bulk").await;
    // Content, and what the record refers to, are in no compartment of their own.
    let beside = ["Binary/a-bin", "Practitioner/p", "Provenance/a-prov"];
    wanted.extend(beside.map(str::to_owned));
    assert_eq!(found, wanted);
}

#[actix_web::test]
async fn a_group_in_a_group_is_exported_and_strangers_are_refused() {
    let server = server();
    backend(&server, "writer", "registry", "system/*.cruds");
    for (id, member) in [("inner", "Patient/b"), ("outer", "Group/inner")] {
        let mut group = json!({ "resourceType": "Group", "id": id, "type": "person", "actual": true,
            "member": [{ "entity": { "reference": member } }] });
        if id == "outer" {
            let itself = json!({ "entity": { "reference": "Group/outer" } });
            group["member"].as_array_mut().unwrap().push(itself);
        }
        let put = server
            .request("PUT", &format!("{}/Group/{id}", server.base))
            .bearer_auth("writer")
            .header("Content-Type", "application/fhir+json");
        assert_eq!(answer(put.body(group.to_string())).await.0, 201);
    }
    let manifest = export(&server, "Group/outer/$export?_type=Patient", "bulk").await;
    let found = crate::export::exported(&server, &manifest, "bulk").await;
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Patient/b"]);
    let stranger = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "patient", "valueReference": { "reference": "Patient/never" } }] });
    let request = server
        .post("Patient/$export", "bulk", &stranger)
        .header("Prefer", "respond-async");
    assert_eq!(answer(request).await.0, 400);
}

#[actix_web::test]
async fn files_that_are_not_whole_any_more_are_not_offered() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let location = server::store::Location::File(folder.path().join("fhir.db"));
        let server = Server::start_at(location);
        backend(&server, "bulk", "backend", "system/*.r");
        server
    };
    let server = start();
    let status = begin(&server, "Patient/$export?_type=Patient", "bulk").await;
    manifest(&server, &status, "bulk").await;
    let path = status.replace(&format!("{}/", server.base), "");
    server.stopped().await;
    let job = folder
        .path()
        .join("fhir.exports")
        .join(path.replace("$export/", ""));
    let file = job.join("1-Patient.ndjson");
    let content = std::fs::read(&file).unwrap();
    std::fs::write(&file, &content[..content.len() - 1]).unwrap();
    std::fs::create_dir(folder.path().join("fhir.exports/no-job")).unwrap();

    let server = start();
    let (code, outcome) = server.json(&path, "bulk").await;
    assert_eq!(
        (code, &outcome["resourceType"]),
        (500, &json!("OperationOutcome"))
    );
    assert!(!file.exists() && !folder.path().join("fhir.exports/no-job").exists());
}
