//! `[base]/dicomweb`: images for those who see their study, and for nobody else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use reqwest::Response;
use serde_json::{Value, json};
use server::load::Source;

use crate::helpers::{MADE_FOR, Server, answer, records, shared_records, sources};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const STUDY: &str = r#"multipart/related; type="application/dicom"; transfer-syntax=*"#;

/// A DICOM file of one frame, 2 × 2 pixels.
struct Image<'a> {
    patient: &'a str,
    study: &'a str,
    series: &'a str,
    uid: &'a str,
    syntax: &'a str,
}

impl Image<'_> {
    fn file(&self) -> Vec<u8> {
        let mut out = vec![0; 128];
        out.extend(b"DICM");
        let class = "1.2.840.10008.5.1.4.1.1.2";
        let mut meta = Vec::new();
        for (number, uid) in [
            (2, class),
            (3, self.uid),
            (0x10, self.syntax),
            (0x12, "2.25.99"),
        ] {
            element(&mut meta, true, (2, number), *b"UI", uid.as_bytes());
        }
        let length = u32::try_from(meta.len()).unwrap();
        element(&mut out, true, (2, 0), *b"UL", &length.to_le_bytes());
        out.extend(meta);
        let explicit = self.syntax == EXPLICIT;
        let number = |value: u16| value.to_le_bytes();
        let texts = [
            ((8, 5), *b"CS", "ISO_IR 100"),
            ((8, 0x16), *b"UI", class),
            ((8, 0x18), *b"UI", self.uid),
            ((8, 0x20), *b"DA", "20250102"),
            ((8, 0x60), *b"CS", "CT"),
        ];
        for (tag, kind, text) in texts {
            element(&mut out, explicit, tag, kind, text.as_bytes());
        }
        // Latin-1, as the file says.
        element(&mut out, explicit, (0x10, 0x10), *b"PN", b"N\xfa\xf1ez^Ana");
        for (tag, kind, text) in [
            ((0x10, 0x20), *b"LO", self.patient),
            ((0x20, 0x0d), *b"UI", self.study),
            ((0x20, 0x0e), *b"UI", self.series),
            ((0x20, 0x13), *b"IS", "1"),
            ((0x28, 4), *b"CS", "MONOCHROME2"),
        ] {
            element(&mut out, explicit, tag, kind, text.as_bytes());
        }
        for (tag, value) in [
            (0x10, 2),
            (0x11, 2),
            (0x100, 8),
            (0x101, 8),
            (0x102, 7),
            (0x103, 0),
        ] {
            element(&mut out, explicit, (0x28, tag), *b"US", &number(value));
        }
        element(
            &mut out,
            explicit,
            (0x7fe0, 0x10),
            *b"OW",
            &[0, 80, 160, 255],
        );
        out
    }
}

fn element(out: &mut Vec<u8>, explicit: bool, tag: (u16, u16), kind: [u8; 2], value: &[u8]) {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if &kind == b"UI" { 0 } else { b' ' });
    }
    out.extend(tag.0.to_le_bytes());
    out.extend(tag.1.to_le_bytes());
    let length = u32::try_from(value.len()).unwrap();
    match (explicit, &kind) {
        (false, _) => out.extend(length.to_le_bytes()),
        (true, b"OW") => {
            out.extend(kind);
            out.extend([0, 0]);
            out.extend(length.to_le_bytes());
        }
        (true, _) => {
            out.extend(kind);
            out.extend(u16::try_from(length).unwrap().to_le_bytes());
        }
    }
    out.extend(value);
}

/// The study of a patient: two instances in two series, one of them implicit.
fn study(patient: &str, root: &str) -> Vec<Value> {
    let owner = format!("ImagingStudy/{patient}-img");
    let modality =
        json!({ "system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT" });
    let study = json!({
        "resourceType": "ImagingStudy", "id": format!("{patient}-img"), "status": "available",
        "identifier": [{ "system": "urn:dicom:uid", "value": format!("urn:oid:{root}") }],
        "subject": { "reference": format!("Patient/{patient}") }, "modality": [modality],
        "endpoint": [{ "reference": "Endpoint/images" }], "started": "2025-01-02T10:00:00Z",
    });
    let mut resources = vec![study];
    for (at, syntax) in [(1, EXPLICIT), (2, IMPLICIT)] {
        let file = Image {
            patient,
            study: root,
            series: &format!("{root}.{at}"),
            uid: &format!("{root}.{at}.1"),
            syntax,
        }
        .file();
        resources.push(json!({
            "resourceType": "Binary", "id": format!("{patient}-dicom-{at}"),
            "contentType": "application/dicom", "securityContext": { "reference": owner },
            "data": STANDARD.encode(file),
        }));
    }
    // Not an image, though it hangs on the study, and one that only says so.
    for (name, kind) in [("text", "text/plain"), ("broken", "application/dicom")] {
        resources.push(json!({
            "resourceType": "Binary", "id": format!("{patient}-{name}"), "contentType": kind,
            "securityContext": { "reference": owner }, "data": "aGk=",
        }));
    }
    resources
}

fn world() -> Vec<Source> {
    let mut resources = shared_records();
    resources.push(json!({
        "resourceType": "Endpoint", "id": "images", "status": "active", "address": format!("{MADE_FOR}/dicomweb"),
        "connectionType": { "system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "code": "dicom-wado-rs" },
        "payloadType": [{ "text": "any" }],
    }));
    for (patient, root) in [("a", "2.25.1"), ("b", "2.25.2")] {
        resources.extend(records(patient));
        resources.extend(study(patient, root));
    }
    sources(resources)
}

async fn get(server: &Server, path: &str, token: &str, accept: &str) -> Response {
    server
        .get(path, token)
        .header("Accept", accept)
        .send()
        .await
        .unwrap()
}

/// The parts of a multipart answer: head and body of each.
async fn parts(response: Response) -> Vec<(String, Vec<u8>)> {
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("multipart/related; type="), "{kind}");
    let boundary = kind
        .split("boundary=\"")
        .nth(1)
        .unwrap()
        .trim_end_matches('"');
    let body = response.bytes().await.unwrap().to_vec();
    let mark = format!("--{boundary}");
    let starts: Vec<usize> = (0..body.len())
        .filter(|at| body[*at..].starts_with(mark.as_bytes()))
        .collect();
    assert!(body.ends_with(format!("{mark}--\r\n").as_bytes()));
    starts
        .windows(2)
        .map(|pair| {
            let part = &body[pair[0] + mark.len() + 2..pair[1] - 2];
            let end = part
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .unwrap();
            let head = String::from_utf8(part[..end].to_vec()).unwrap();
            (head, part[end + 4..].to_vec())
        })
        .collect()
}

#[actix_web::test]
async fn a_study_a_series_and_an_instance_are_retrieved() {
    let server = Server::start_in(world());
    let study = "dicomweb/studies/2.25.1";
    for (path, count) in [
        (study.to_owned(), 2),
        (format!("{study}/series/2.25.1.1"), 1),
        (format!("{study}/series/2.25.1.2/instances/2.25.1.2.1"), 1),
    ] {
        let parts = parts(get(&server, &path, "all-a", STUDY).await).await;
        assert_eq!(parts.len(), count, "{path}");
        for (head, file) in parts {
            assert!(
                head.contains("application/dicom; transfer-syntax="),
                "{head}"
            );
            assert!(
                head.contains(&format!("{}/dicomweb/studies/2.25.1/", server.base)),
                "{head}"
            );
            assert_eq!(&file[128..132], b"DICM");
        }
    }
}

#[actix_web::test]
async fn files_come_in_the_syntax_asked_for_with_the_same_pixels() {
    let server = Server::start_in(world());
    let path = "dicomweb/studies/2.25.1/series/2.25.1.2/instances/2.25.1.2.1";
    let stored = get(
        &server,
        path,
        "all-a",
        "application/dicom; transfer-syntax=*",
    )
    .await;
    assert_eq!(
        stored.headers()["content-type"],
        format!("application/dicom; transfer-syntax={IMPLICIT}")
    );
    let readable = get(&server, path, "all-a", "application/dicom").await;
    assert_eq!(
        readable.headers()["content-type"],
        format!("application/dicom; transfer-syntax={EXPLICIT}")
    );
    let file = server::dicom::File::read(&readable.bytes().await.unwrap()).unwrap();
    assert_eq!(file.frame(1), Some(vec![0, 80, 160, 255]));

    let refused = get(
        &server,
        path,
        "all-a",
        "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90",
    )
    .await;
    assert_eq!(refused.status(), 406);
    let outcome: Value = refused.json().await.unwrap();
    assert!(
        outcome["issue"][0]["diagnostics"]
            .as_str()
            .unwrap()
            .contains(IMPLICIT)
    );
}

#[actix_web::test]
async fn metadata_is_dicom_json_and_its_bulk_data_can_be_fetched() {
    let server = Server::start_in(world());
    let path = "dicomweb/studies/2.25.1/metadata";
    let response = get(&server, path, "all-a", "application/dicom+json").await;
    assert_eq!(response.headers()["content-type"], "application/dicom+json");
    let all: Value = response.json().await.unwrap();
    assert_eq!(all.as_array().unwrap().len(), 2);
    let first = &all[0];
    assert_eq!(
        first["0020000D"],
        json!({ "vr": "UI", "Value": ["2.25.1"] })
    );
    assert_eq!(first["00100010"]["Value"][0]["Alphabetic"], "Núñez^Ana");
    assert_eq!(first["00080005"]["Value"][0], "ISO_IR 192");
    assert_eq!(first["00280010"]["Value"][0], 2);
    let names: Vec<_> = first.as_object().unwrap().keys().collect();
    assert!(names.is_sorted());
    let address = first["7FE00010"]["BulkDataURI"].as_str().unwrap();
    let below = address.strip_prefix(&format!("{}/", server.base)).unwrap();
    let bytes = get(&server, below, "all-a", "application/octet-stream").await;
    assert_eq!(bytes.bytes().await.unwrap().as_ref(), [0, 80, 160, 255]);
    assert_eq!(get(&server, below, "all-b", "*/*").await.status(), 404);
    let nothing = below.replace("7FE00010", "00420011");
    assert_eq!(get(&server, &nothing, "all-a", "*/*").await.status(), 404);
}

#[actix_web::test]
async fn frames_come_raw_and_drawn() {
    let server = Server::start_in(world());
    let instance = "dicomweb/studies/2.25.1/series/2.25.1.1/instances/2.25.1.1.1";
    let frames = get(
        &server,
        &format!("{instance}/frames/1"),
        "all-a",
        r#"multipart/related; type="application/octet-stream""#,
    )
    .await;
    assert_eq!(parts(frames).await[0].1, [0, 80, 160, 255]);
    let png = get(
        &server,
        &format!("{instance}/rendered"),
        "all-a",
        "image/png",
    )
    .await;
    assert_eq!(png.headers()["content-type"], "image/png");
    assert!(png.bytes().await.unwrap().starts_with(b"\x89PNG"));
    let jpeg = get(
        &server,
        &format!("{instance}/frames/1/rendered?quality=50&window=100,50"),
        "all-a",
        "image/*",
    )
    .await;
    assert_eq!(jpeg.headers()["content-type"], "image/jpeg");
    assert!(jpeg.bytes().await.unwrap().starts_with(b"\xff\xd8\xff"));
    for (path, accept, status) in [
        ("frames/2", "*/*", 404),
        ("frames/0", "*/*", 400),
        ("frames/x", "*/*", 400),
        ("frames/1", "image/jp2", 406),
        ("rendered", "image/gif", 406),
        ("rendered?quality=0", "image/png", 400),
        ("rendered?window=1", "image/png", 400),
    ] {
        let response = get(&server, &format!("{instance}/{path}"), "all-a", accept).await;
        assert_eq!(response.status(), status, "{path} {accept}");
        let outcome: Value = response.json().await.unwrap();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{path}");
    }
}

#[actix_web::test]
async fn anothers_study_answers_like_one_that_never_was() {
    let server = Server::start_in(world());
    let below = [
        "",
        "/metadata",
        "/series/2.25.2.1",
        "/series/2.25.2.1/metadata",
        "/series/2.25.2.1/instances/2.25.2.1.1",
        "/series/2.25.2.1/instances/2.25.2.1.1/metadata",
        "/series/2.25.2.1/instances/2.25.2.1.1/rendered",
        "/series/2.25.2.1/instances/2.25.2.1.1/frames/1",
        "/series/2.25.2.1/instances/2.25.2.1.1/frames/1/rendered",
        "/series/2.25.2.1/instances/2.25.2.1.1/bulkdata/7FE00010",
    ];
    for path in below {
        let theirs = get(
            &server,
            &format!("dicomweb/studies/2.25.2{path}"),
            "all-a",
            "*/*",
        )
        .await;
        let own = path.replace("2.25.2", "2.25.9");
        let unknown = get(
            &server,
            &format!("dicomweb/studies/2.25.9{own}"),
            "all-a",
            "*/*",
        )
        .await;
        assert_eq!(
            (theirs.status().as_u16(), unknown.status().as_u16()),
            (404, 404),
            "{path}"
        );
        assert_eq!(
            theirs.bytes().await.unwrap(),
            unknown.bytes().await.unwrap(),
            "{path}"
        );
        assert_eq!(
            get(
                &server,
                &format!("dicomweb/studies/2.25.2{path}"),
                "all-b",
                "*/*"
            )
            .await
            .status(),
            200,
            "{path}"
        );
    }
    for mixed in [
        "dicomweb/studies/2.25.1/series/2.25.2.1",
        "dicomweb/studies/2.25.1/series/2.25.1.1/instances/2.25.1.2.1",
    ] {
        assert_eq!(
            get(&server, mixed, "all-a", "*/*").await.status(),
            404,
            "{mixed}"
        );
    }
}

#[actix_web::test]
async fn without_token_or_scope_there_are_no_images() {
    let server = Server::start_in(world());
    let tokens = &server.tokens;
    tokens.issue("observations", "patient/Observation.rs", Some("a"));
    tokens.issue("only-search", "patient/ImagingStudy.s", Some("a"));
    tokens.issue("only-read", "patient/ImagingStudy.r", Some("a"));
    tokens.issue("no-patient", "patient/*.rs", None);
    tokens.issue_to_service("everything", "system/*.rs");
    for (token, retrieve, search) in [
        ("unknown", 401, 401),
        ("observations", 403, 403),
        ("no-patient", 403, 403),
        ("only-search", 403, 200),
        ("only-read", 200, 403),
        ("all-a", 200, 200),
    ] {
        let retrieved = get(&server, "dicomweb/studies/2.25.1", token, STUDY).await;
        assert_eq!(retrieved.status(), retrieve, "{token}");
        let found = get(&server, "dicomweb/studies", token, "*/*").await;
        assert_eq!(found.status(), search, "{token}");
    }
    // What is refused is refused before anything is looked up.
    let unknown = get(&server, "dicomweb/studies/2.25.9", "observations", STUDY).await;
    assert_eq!(unknown.status(), 403);
    let url = format!("{}/dicomweb/studies/2.25.1", server.base);
    assert_eq!(answer(server.request("GET", &url)).await.0, 401);
    assert_eq!(
        answer(server.request("DELETE", &url).bearer_auth("all-a"))
            .await
            .0,
        405
    );
}

#[actix_web::test]
async fn a_constraint_that_cannot_be_kept_opens_no_images() {
    let server = Server::start_in(world());
    let scope = "patient/ImagingStudy.rs?modality=CT";
    server.tokens.issue("constrained", scope, Some("a"));
    for path in ["dicomweb/studies/2.25.1", "dicomweb/studies"] {
        let response = get(&server, path, "constrained", "*/*").await;
        assert_eq!(response.status(), 403, "{path}");
    }
}

#[actix_web::test]
async fn identifiers_that_are_none_are_refused() {
    let server = Server::start_in(world());
    for path in [
        "dicomweb/studies/x",
        "dicomweb/studies/1..2",
        "dicomweb/studies/2.25.1/series/..%2f..",
        "dicomweb/studies/%2e%2e",
    ] {
        let response = get(&server, path, "all-a", "*/*").await;
        let status = response.status().as_u16();
        assert!([400, 404].contains(&status), "{path} {status}");
        let outcome: Value = response.json().await.unwrap();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{path}");
    }
    assert_eq!(
        get(&server, "dicomweb/patients", "all-a", "*/*")
            .await
            .status(),
        404
    );
}

#[actix_web::test]
async fn searches_find_what_the_caller_sees_and_count_it() {
    let server = Server::start_in(world());
    server.tokens.issue_to_service("everything", "system/*.rs");
    let ids = async |path: &str, token: &str| -> Vec<String> {
        let response = get(
            &server,
            &format!("dicomweb/{path}"),
            token,
            "application/dicom+json",
        )
        .await;
        if response.status() == 204 {
            return Vec::new();
        }
        assert_eq!(response.status(), 200, "{path}");
        let all: Value = response.json().await.unwrap();
        let tag = ["instances", "series", "studies"]
            .into_iter()
            .find(|level| path.contains(level));
        let tag = match tag {
            Some("instances") => "00080018",
            Some("series") => "0020000E",
            _ => "0020000D",
        };
        all.as_array()
            .unwrap()
            .iter()
            .map(|one| one[tag]["Value"][0].as_str().unwrap().to_owned())
            .collect()
    };
    for (path, token, wanted) in [
        ("studies", "all-a", &["2.25.1"][..]),
        ("studies", "everything", &["2.25.1", "2.25.2"]),
        ("studies?limit=1&offset=1", "everything", &["2.25.2"]),
        ("studies?PatientID=b", "everything", &["2.25.2"]),
        ("studies?PatientID=b", "all-a", &[]),
        (
            "studies?StudyInstanceUID=2.25.1,2.25.2",
            "everything",
            &["2.25.1", "2.25.2"],
        ),
        ("studies?StudyInstanceUID=2.25.2", "all-a", &[]),
        (
            "studies?StudyDate=20250101-20250103&ModalitiesInStudy=CT",
            "all-a",
            &["2.25.1"],
        ),
        ("studies?StudyDate=20250103-", "all-a", &[]),
        ("studies?PatientName=n%C3%BA%C3%B1ez*", "all-a", &["2.25.1"]),
        ("series?Modality=CT", "all-a", &["2.25.1.1", "2.25.1.2"]),
        ("studies/2.25.1/series", "all-a", &["2.25.1.1", "2.25.1.2"]),
        ("studies/2.25.2/series", "all-a", &[]),
        (
            "instances?SOPInstanceUID=2.25.1.2.1",
            "all-a",
            &["2.25.1.2.1"],
        ),
        (
            "studies/2.25.1/series/2.25.1.2/instances",
            "all-a",
            &["2.25.1.2.1"],
        ),
    ] {
        assert_eq!(ids(path, token).await, wanted, "{path}");
    }
    let all: Value = get(&server, "dicomweb/studies?includefield=all", "all-a", "*/*")
        .await
        .json()
        .await
        .unwrap();
    let study = &all[0];
    assert_eq!(study["00201206"]["Value"], json!([2]));
    assert_eq!(study["00201208"]["Value"], json!([2]));
    assert_eq!(study["00080061"]["Value"], json!(["CT"]));
    assert_eq!(
        study["00081190"]["Value"][0],
        format!("{}/dicomweb/studies/2.25.1", server.base)
    );
    let cut = get(&server, "dicomweb/studies?limit=1", "everything", "*/*").await;
    assert!(cut.headers().contains_key("warning"));
    for query in ["Nonsense=1", "StudyDate=x", "limit=x", "SOPInstanceUID=1"] {
        let response = get(
            &server,
            &format!("dicomweb/studies?{query}"),
            "all-a",
            "*/*",
        )
        .await;
        assert_eq!(response.status(), 400, "{query}");
    }
}

#[actix_web::test]
async fn a_pretended_archive_answers_503_until_the_study_is_here() {
    let server = Server::start_slow(world(), 5);
    let wait = get(&server, "dicomweb/studies/2.25.1", "all-a", STUDY).await;
    assert_eq!(
        (
            wait.status().as_u16(),
            wait.headers()["retry-after"].to_str().unwrap()
        ),
        (503, "5")
    );
    // Who may not see it is not told that it is on its way.
    assert_eq!(
        get(&server, "dicomweb/studies/2.25.2", "all-a", STUDY)
            .await
            .status(),
        404
    );
    server.clock.advance(TimeDelta::seconds(5));
    assert_eq!(
        get(&server, "dicomweb/studies/2.25.1", "all-a", STUDY)
            .await
            .status(),
        200
    );
    assert_eq!(
        get(&server, "dicomweb/studies/2.25.1/metadata", "all-a", "*/*")
            .await
            .status(),
        200
    );
}

#[actix_web::test]
async fn the_endpoint_of_the_images_names_this_server() {
    let server = Server::start_in(world());
    let (status, endpoint) = server.json("Endpoint/images", "all-a").await;
    assert_eq!(status, 200);
    assert_eq!(endpoint["address"], format!("{}/dicomweb", server.base));
    assert_eq!(endpoint["meta"]["versionId"], "2");
    let (_, bundle) = server
        .json(
            "ImagingStudy?patient=a&_include=ImagingStudy:endpoint",
            "all-a",
        )
        .await;
    let included = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["search"]["mode"] == "include");
    assert_eq!(
        included.unwrap()["resource"]["address"],
        endpoint["address"]
    );
}

#[actix_web::test]
async fn an_image_that_is_sent_as_a_binary_is_served() {
    let server = Server::start_in(world());
    server.tokens.issue_to_service("writer", "system/*.cruds");
    let file = Image {
        patient: "a",
        study: "2.25.1",
        series: "2.25.1.3",
        uid: "2.25.1.3.1",
        syntax: EXPLICIT,
    }
    .file();
    let binary = json!({ "resourceType": "Binary", "contentType": "application/dicom",
        "securityContext": { "reference": "ImagingStudy/a-img" }, "data": STANDARD.encode(&file) });
    assert_eq!(
        answer(server.post("Binary", "writer", &binary)).await.0,
        201
    );
    let response = get(
        &server,
        "dicomweb/studies/2.25.1/series/2.25.1.3/instances/2.25.1.3.1",
        "all-a",
        "application/dicom",
    )
    .await;
    assert_eq!(response.bytes().await.unwrap().as_ref(), file);
    // A file of another study does not enter this one by hanging on it.
    let other = Image {
        patient: "a",
        study: "2.25.7",
        series: "2.25.7.1",
        uid: "2.25.7.1.1",
        syntax: EXPLICIT,
    }
    .file();
    let binary = json!({ "resourceType": "Binary", "contentType": "application/dicom",
        "securityContext": { "reference": "ImagingStudy/a-img" }, "data": STANDARD.encode(other) });
    assert_eq!(
        answer(server.post("Binary", "writer", &binary)).await.0,
        201
    );
    let study = parts(get(&server, "dicomweb/studies/2.25.1", "all-a", STUDY).await).await;
    assert_eq!(study.len(), 3);
}
