//! Bulk exports: kick-off, status, files, deletion, and who may have them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use server::store::Location;
use smart::Introspection;

use crate::helpers::{Server, answer, start_of_time};

pub fn backend(server: &Server, token: &str, client: &str, scope: &str) {
    server.tokens.insert(
        token,
        Introspection {
            active: true,
            scope: Some(scope.into()),
            client_id: Some(client.into()),
            sub: Some(client.into()),
            ..Introspection::default()
        },
    );
}

pub fn server() -> Server {
    let server = Server::start();
    backend(&server, "bulk", "backend", "system/*.r");
    server
}

fn kick_off(server: &Server, path: &str, token: &str) -> reqwest::RequestBuilder {
    server
        .get(path, token)
        .header("Accept", "application/fhir+json")
        .header("Prefer", "respond-async")
}

/// The status URL of an export that must begin.
pub async fn begin(server: &Server, path: &str, token: &str) -> String {
    let response = kick_off(server, path, token).send().await.unwrap();
    let status = response.status();
    let location = response.headers().get("content-location").cloned();
    assert_eq!(status, 202, "{path}: {}", response.text().await.unwrap());
    location.unwrap().to_str().unwrap().to_owned()
}

/// The manifest, once the export is done.
pub async fn manifest(server: &Server, status: &str, token: &str) -> Value {
    loop {
        let request = server.request("GET", status).bearer_auth(token);
        let response = request
            .header("Accept", "application/json")
            .send()
            .await
            .unwrap();
        if response.status() == 202 {
            assert!(response.headers().contains_key("retry-after"));
            assert!(response.headers().contains_key("x-progress"));
            tokio::task::yield_now().await;
            continue;
        }
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert!(response.headers().contains_key("expires"));
        return response.json().await.unwrap();
    }
}

pub async fn export(server: &Server, path: &str, token: &str) -> Value {
    let status = begin(server, path, token).await;
    manifest(server, &status, token).await
}

/// Every resource of every output file, as `Type/id`; each line is of the type of its file.
pub async fn exported(server: &Server, manifest: &Value, token: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in manifest["output"].as_array().unwrap() {
        for resource in lines(server, file, token).await {
            assert_eq!(resource["resourceType"], file["type"]);
            let address = format!(
                "{}/{}",
                file["type"].as_str().unwrap(),
                resource["id"].as_str().unwrap()
            );
            assert!(found.insert(address.clone()), "{address} twice");
        }
    }
    found
}

pub async fn lines(server: &Server, file: &Value, token: &str) -> Vec<Value> {
    let url = file["url"].as_str().unwrap();
    let request = server.request("GET", url).bearer_auth(token);
    let response = request
        .header("Accept", "application/fhir+ndjson")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200, "{url}");
    let media_type = response.headers()["content-type"].to_str().unwrap();
    assert!(
        media_type.starts_with("application/fhir+ndjson"),
        "{media_type}"
    );
    let text = response.text().await.unwrap();
    let found: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(json!(found.len()), file["count"], "{url}");
    found
}

fn set(addresses: &[&str]) -> BTreeSet<String> {
    addresses
        .iter()
        .map(|address| (*address).to_owned())
        .collect()
}

/// The record of a patient of the small world, with the practitioner it refers to.
pub fn record(patient: &str) -> BTreeSet<String> {
    let mut record: BTreeSet<String> = [
        "Binary/_-bin",
        "Condition/_-c",
        "DocumentReference/_-d",
        "MedicationRequest/_-m",
        "Observation/_-o0",
        "Observation/_-o1",
        "Observation/_-o2",
        "Observation/_-o3",
        "Provenance/_-prov",
    ]
    .iter()
    .map(|address| address.replace('_', patient))
    .collect();
    record.insert(format!("Patient/{patient}"));
    record.insert("Practitioner/p".into());
    record
}

#[actix_web::test]
async fn an_export_of_all_patients_holds_their_records_and_what_they_refer_to() {
    let server = server();
    let manifest = export(&server, "Patient/$export", "bulk").await;
    assert_eq!(manifest["requiresAccessToken"], true);
    assert_eq!(manifest["transactionTime"], "2026-01-01T00:00:00.000Z");
    assert_eq!(
        manifest["request"],
        format!("{}/Patient/$export", server.base)
    );
    assert_eq!(manifest["error"], json!([]));
    let mut wanted: BTreeSet<String> = &record("a") | &record("b");
    wanted.insert("Provenance/prov-both".into());
    assert_eq!(exported(&server, &manifest, "bulk").await, wanted);
}

#[actix_web::test]
async fn an_export_of_a_group_holds_its_members_only() {
    let server = server();
    let whole = export(&server, "Group/g/$export", "bulk").await;
    let mut both: BTreeSet<String> = &record("a") | &record("b");
    both.insert("Provenance/prov-both".into());
    assert_eq!(exported(&server, &whole, "bulk").await, both);

    backend(&server, "writer", "registry", "system/*.cruds");
    let group = json!({ "resourceType": "Group", "id": "g", "type": "person", "actual": true, "member": [
        { "entity": { "reference": "Patient/a" }, "inactive": true },
        { "entity": { "reference": "Patient/b" } }] });
    let put = server.request("PUT", &format!("{}/Group/g", server.base));
    let put = put
        .bearer_auth("writer")
        .header("Content-Type", "application/fhir+json");
    assert_eq!(answer(put.body(group.to_string())).await.0, 200);
    let rest = export(&server, "Group/g/$export", "bulk").await;
    assert_eq!(exported(&server, &rest, "bulk").await, record("b"));
    assert_eq!(
        answer(kick_off(&server, "Group/never/$export", "bulk"))
            .await
            .0,
        404
    );
}

#[actix_web::test]
async fn an_export_of_everything_is_the_union_of_all_searches() {
    let server = server();
    let manifest = export(&server, "$export", "bulk").await;
    let found = exported(&server, &manifest, "bulk").await;
    backend(&server, "searcher", "backend", "system/*.rs");
    let mut wanted = BTreeSet::new();
    for ty in fhir::resource_type::ResourceType::all() {
        for id in server.ids(&format!("{ty}?_count=1000"), "searcher").await {
            wanted.insert(format!("{ty}/{id}"));
        }
    }
    assert_eq!(found, wanted);
}

#[actix_web::test]
async fn the_kick_off_takes_every_spelling_of_the_format_and_either_method() {
    let server = server();
    for format in [
        "application%2Ffhir%2Bndjson",
        "application/fhir+ndjson",
        "application%2Fndjson",
        "ndjson",
    ] {
        let path = format!("Group/g/$export?_outputFormat={format}");
        let status = begin(&server, &path, "bulk").await;
        manifest(&server, &status, "bulk").await;
    }
    let body = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "_type", "valueString": "Patient,Observation" },
        { "name": "_outputFormat", "valueString": "ndjson" },
        { "name": "patient", "valueReference": { "reference": "Patient/b" } }] });
    for path in ["Group/g/$export", "Patient/$export"] {
        let request = server
            .post(path, "bulk", &body)
            .header("Prefer", "respond-async");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 202);
        let status = response.headers()["content-location"]
            .to_str()
            .unwrap()
            .to_owned();
        let manifest = manifest(&server, &status, "bulk").await;
        assert_eq!(
            exported(&server, &manifest, "bulk").await,
            set(&[
                "Patient/b",
                "Observation/b-o0",
                "Observation/b-o1",
                "Observation/b-o2",
                "Observation/b-o3"
            ])
        );
    }
    let stranger = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "patient", "valueReference": { "reference": "Patient/never" } }] });
    let request = server
        .post("Group/g/$export", "bulk", &stranger)
        .header("Prefer", "respond-async");
    assert_eq!(answer(request).await.0, 400);
}

#[actix_web::test]
async fn types_filters_instants_and_elements_narrow_what_is_written() {
    let server = server();
    let labs =
        "_typeFilter=Observation%3Fcategory%3Dlaboratory&_typeFilter=Observation%3Fcode%3D1003-0";
    let manifest = export(
        &server,
        &format!("Patient/$export?_type=Observation&{labs}"),
        "bulk",
    )
    .await;
    let wanted =
        ["a-o0", "a-o1", "a-o3", "b-o0", "b-o1", "b-o3"].map(|id| format!("Observation/{id}"));
    assert_eq!(
        exported(&server, &manifest, "bulk").await,
        BTreeSet::from(wanted)
    );

    let none = export(
        &server,
        "Patient/$export?_since=2025-12-31T12:40:38-05:00",
        "bulk",
    )
    .await;
    assert_eq!(none["output"], json!([]));
    let all = export(
        &server,
        "Patient/$export?_type=Patient&_since=2020-01-20T12:40:38-05:00",
        "bulk",
    )
    .await;
    assert_eq!(
        exported(&server, &all, "bulk").await,
        set(&["Patient/a", "Patient/b"])
    );
    let before = export(
        &server,
        "Patient/$export?_type=Patient&_until=2020-01-20T12:40:38Z",
        "bulk",
    )
    .await;
    assert_eq!(before["output"], json!([]));

    let part = export(
        &server,
        "Patient/$export?_type=Patient&_elements=birthDate",
        "bulk",
    )
    .await;
    let patients = lines(&server, &part["output"][0], "bulk").await;
    assert_eq!(patients[0]["birthDate"], "1980-05-06");
    assert_eq!(patients[0].get("name"), None);
    assert_eq!(patients[0]["meta"]["tag"][0]["code"], "SUBSETTED");
}

#[actix_web::test]
async fn provenance_comes_along_when_it_is_asked_for() {
    let server = server();
    let path = "Patient/$export?_type=Condition&includeAssociatedData=RelevantProvenanceResources";
    let manifest = export(&server, path, "bulk").await;
    assert_eq!(
        exported(&server, &manifest, "bulk").await,
        set(&[
            "Condition/a-c",
            "Condition/b-c",
            "Provenance/a-prov",
            "Provenance/b-prov",
            "Provenance/prov-both"
        ])
    );
}

#[actix_web::test]
async fn what_cannot_be_exported_is_refused_at_the_kick_off() {
    let server = server();
    assert_eq!(
        server.json("Patient/$export", "bulk").await.0,
        400,
        "no respond-async"
    );
    for query in [
        "_outputFormat=csv",
        "_since=2099-01-01T00:00:00Z",
        "_since=yesterday",
        "_type=Foo",
        "_typeFilter=Observation",
        "_typeFilter=Foo%3Fa%3Db",
        "_typeFilter=Observation%3Ffrob%3Db",
        "_typeFilter=Observation%3F_include%3DObservation:subject",
        "_typeFilter=Observation%3F_sort%3Ddate",
        "_type=Patient&_typeFilter=Observation%3Fstatus%3Dfinal",
        "_elements=a.b.c",
        "patient=Patient/a",
        "includeAssociatedData=Everything",
        "organizeOutputBy=Device",
        "frob=1",
    ] {
        let path = format!("Patient/$export?{query}");
        let (status, outcome) = answer(kick_off(&server, &path, "bulk")).await;
        assert_eq!(status, 400, "{query}");
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{query}");
    }
    let path = "Patient/$export?frob=1&_type=Patient&includeAssociatedData=Everything";
    let lenient = server
        .get(path, "bulk")
        .header("Prefer", "respond-async, handling=lenient");
    let response = lenient.send().await.unwrap();
    assert_eq!(response.status(), 202);
    let status = response.headers()["content-location"]
        .to_str()
        .unwrap()
        .to_owned();
    let manifest = manifest(&server, &status, "bulk").await;
    let left_out = lines(&server, &manifest["error"][0], "bulk").await;
    assert_eq!(left_out.len(), 2);
    assert_eq!(left_out[0]["issue"][0]["severity"], "warning");
}

#[actix_web::test]
async fn only_system_scopes_export_and_only_what_they_reach() {
    let server = server();
    server
        .tokens
        .issue("person", "user/*.rs patient/*.rs system/*.rs", Some("a"));
    backend(&server, "users", "backend", "user/*.rs patient/*.rs");
    for token in ["person", "all-a", "users"] {
        for path in ["$export", "Patient/$export", "Group/g/$export"] {
            assert_eq!(
                answer(kick_off(&server, path, token)).await.0,
                403,
                "{token} {path}"
            );
        }
    }
    backend(
        &server,
        "few",
        "backend",
        "system/Patient.r system/Condition.rs",
    );
    assert_eq!(
        answer(kick_off(&server, "Group/g/$export", "few")).await.0,
        403
    );
    let wide = "Patient/$export?_type=Patient,Observation";
    assert_eq!(answer(kick_off(&server, wide, "few")).await.0, 403);
    let manifest = export(&server, "Patient/$export", "few").await;
    assert_eq!(
        exported(&server, &manifest, "few").await,
        set(&["Patient/a", "Patient/b", "Condition/a-c", "Condition/b-c"])
    );
    let unauthorized = server.request("GET", &format!("{}/Group/g/$export", server.base));
    assert_eq!(
        answer(unauthorized.header("Prefer", "respond-async"))
            .await
            .0,
        401
    );
}

#[actix_web::test]
async fn another_clients_export_is_one_that_never_was() {
    let server = server();
    let status = begin(&server, "Patient/$export", "bulk").await;
    let manifest = manifest(&server, &status, "bulk").await;
    let file = manifest["output"][0]["url"].as_str().unwrap().to_owned();
    backend(&server, "other", "somebody-else", "system/*.r");
    backend(&server, "narrow", "backend", "system/Patient.r");
    let never = format!("{}/$export/never", server.base);
    let unknown = answer(server.request("GET", &never).bearer_auth("bulk")).await;
    assert_eq!(unknown.0, 404);
    for token in ["other", "narrow"] {
        for (method, url) in [("GET", &status), ("DELETE", &status), ("GET", &file)] {
            let request = server.request(method, url).bearer_auth(token);
            assert_eq!(answer(request).await, unknown, "{token} {method} {url}");
        }
    }
    assert_eq!(answer(server.request("GET", &file)).await.0, 401);
    assert_eq!(answer(server.request("GET", &status)).await.0, 401);
    for name in [
        "..",
        "%2e%2e",
        "job.json",
        "1-Patient.ndjson%00",
        "..%2fjob.json",
        "99-Patient.ndjson",
    ] {
        let url = format!("{status}/{name}");
        let got = answer(server.request("GET", &url).bearer_auth("bulk"))
            .await
            .0;
        assert!([400, 404].contains(&got) || name == "..", "{name} {got}");
    }
    assert_eq!(
        answer(server.request("GET", &file).bearer_auth("all-a"))
            .await
            .0,
        403
    );
}

#[actix_web::test]
async fn a_deleted_export_is_gone_with_its_files() {
    let server = server();
    let status = begin(&server, "Patient/$export", "bulk").await;
    let manifest = manifest(&server, &status, "bulk").await;
    let file = manifest["output"][0]["url"].as_str().unwrap().to_owned();
    let delete = || server.request("DELETE", &status).bearer_auth("bulk");
    assert_eq!(answer(delete()).await.0, 202);
    for url in [&status, &file] {
        let (code, outcome) = answer(server.request("GET", url).bearer_auth("bulk")).await;
        assert_eq!(code, 404);
        assert_eq!(outcome["resourceType"], "OperationOutcome");
    }
    assert_eq!(answer(delete()).await.0, 404);
    assert_eq!(
        answer(server.request("PUT", &status).bearer_auth("bulk"))
            .await
            .0,
        405
    );
}

#[actix_web::test]
async fn files_come_in_ranges_and_compressed() {
    let server = server();
    let manifest = export(&server, "Patient/$export?_type=Observation", "bulk").await;
    let file = manifest["output"][0]["url"].as_str().unwrap().to_owned();
    let whole = server
        .request("GET", &file)
        .bearer_auth("bulk")
        .send()
        .await
        .unwrap();
    let whole = whole.text().await.unwrap();
    let request = server
        .request("GET", &file)
        .bearer_auth("bulk")
        .header("Range", "bytes=2-5");
    let part = request
        .header("Accept-Encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()["content-range"],
        format!("bytes 2-5/{}", whole.len())
    );
    assert_eq!(part.text().await.unwrap(), whole[2..6]);
    let beyond = server
        .request("GET", &file)
        .bearer_auth("bulk")
        .header("Range", "bytes=999999-");
    let beyond = beyond.send().await.unwrap();
    assert_eq!(beyond.status(), 416);
    assert_eq!(
        beyond.headers()["content-range"],
        format!("bytes */{}", whole.len())
    );
    let gzip = server
        .request("GET", &file)
        .bearer_auth("bulk")
        .header("Accept-Encoding", "gzip");
    let gzip = gzip.send().await.unwrap();
    assert_eq!(gzip.headers()["content-encoding"], "gzip");
}

#[actix_web::test]
async fn an_export_expires() {
    let server = server();
    let status = begin(&server, "Patient/$export?_type=Patient", "bulk").await;
    manifest(&server, &status, "bulk").await;
    server.clock.advance(chrono::TimeDelta::hours(13));
    let gone = answer(server.request("GET", &status).bearer_auth("bulk")).await;
    assert_eq!(gone.0, 404);
}

#[actix_web::test]
async fn an_export_outlives_a_restart_and_one_that_was_interrupted_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let location = Location::File(folder.path().join("fhir.db"));
        let server = Server::start_at(location);
        backend(&server, "bulk", "backend", "system/*.r");
        server
    };
    let server = start();
    let status = begin(&server, "Patient/$export", "bulk").await;
    let before = manifest(&server, &status, "bulk").await;
    let path = status.replace(&server.base, "");
    server.stopped().await;
    let job = folder.path().join("fhir.exports/interrupted");
    std::fs::create_dir_all(&job).unwrap();
    let kept = json!({ "id": "interrupted", "begun": start_of_time().timestamp_millis(),
        "expires": null, "state": { "state": "running" },
        "order": { "owner": "backend\nbackend\n", "scopes": "system/*.r", "request": "x" } });
    std::fs::write(job.join("job.json"), kept.to_string()).unwrap();

    let server = start();
    let after = manifest(&server, &format!("{}{path}", server.base), "bulk").await;
    assert_eq!(after["transactionTime"], before["transactionTime"]);
    let found = exported(&server, &after, "bulk").await;
    assert!(
        found.is_superset(&(&record("a") | &record("b"))),
        "{found:?}"
    );
    let (status, outcome) = server.json("$export/interrupted", "bulk").await;
    assert_eq!(status, 500);
    let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
    assert!(said.contains("interrupted"), "{said}");
    backend(&server, "other", "stranger", "system/*.r");
    let never = server.json("$export/never", "other").await;
    assert_eq!(never.0, 404);
    for path in [path.trim_start_matches('/'), "$export/interrupted"] {
        assert_eq!(server.json(path, "other").await, never, "{path}");
    }
}

#[actix_web::test]
async fn what_was_deleted_since_is_told_inside_the_scopes() {
    let server = server();
    backend(&server, "writer", "writer", "system/*.cruds");
    for path in ["Condition/a-c", "MedicationRequest/a-m"] {
        let url = format!("{}/{path}", server.base);
        let delete = server.request("DELETE", &url).bearer_auth("writer");
        assert_eq!(answer(delete).await.0, 204);
    }
    let since = "_since=2025-12-31T00:00:00Z";
    let whole = export(&server, &format!("Patient/$export?{since}"), "bulk").await;
    assert_eq!(whole["output"], json!([]));
    let told: Vec<String> = lines(&server, &whole["deleted"][0], "bulk")
        .await
        .iter()
        .map(|bundle| {
            bundle["entry"][0]["request"]["url"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(told, ["Condition/a-c", "MedicationRequest/a-m"]);
    backend(&server, "few", "backend", "system/Condition.r");
    let few = export(&server, &format!("$export?{since}"), "few").await;
    assert_eq!(few["deleted"][0]["count"], 1);
    backend(
        &server,
        "none",
        "backend",
        "system/Condition.rs?category=http://example.org|x system/Patient.rs",
    );
    let none = export(&server, &format!("Patient/$export?{since}"), "none").await;
    assert_eq!(none["deleted"], json!([]));
    for query in ["", "?_since=2026-01-01T00:00:00Z&_type=Patient"] {
        let none = export(&server, &format!("Patient/$export{query}"), "bulk").await;
        assert_eq!(none["deleted"], json!([]), "{query}");
    }
    let other = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "_since", "valueInstant": "2025-12-31T00:00:00Z" },
        { "name": "patient", "valueReference": { "reference": "Patient/b" } }] });
    let request = server
        .post("Patient/$export", "bulk", &other)
        .header("Prefer", "respond-async");
    let response = request.send().await.unwrap();
    let status = response.headers()["content-location"]
        .to_str()
        .unwrap()
        .to_owned();
    let of_b = manifest(&server, &status, "bulk").await;
    assert_eq!(of_b["deleted"], json!([]));
}
