//! The shape of resources: required elements, codes that are in a table, files that are what they say.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

mod corpus;

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use corpus::{Corpus, config, corpus, objects, of_type, records, text};
use serde_json::Value;
use sha1::{Digest, Sha1};

/// Whether every `value` that can hold the element at `path` has it; `name[x]` stands for any type.
fn holds(value: &Value, path: &[&str]) -> bool {
    let (name, rest) = match path {
        [] => return true,
        [name, rest @ ..] => (*name, rest),
    };
    match value {
        Value::Array(items) => items.iter().all(|item| holds(item, path)),
        Value::Object(map) => {
            let member = match name.strip_suffix("[x]") {
                Some(stem) => map
                    .iter()
                    .find(|(key, _)| key.starts_with(stem))
                    .map(|(_, value)| value),
                None => map.get(name),
            };
            // A missing element matters only where it is itself required: the parents may be optional.
            member.map_or(!rest.is_empty(), |inner| holds(inner, rest))
        }
        _ => false,
    }
}

#[test]
fn required_elements_are_there() {
    let corpus = corpus();
    for path in include_str!("required.tsv").lines().skip(1) {
        let parts: Vec<&str> = path.split('.').collect();
        for resource in of_type(corpus, parts[0]) {
            assert!(
                holds(resource, &parts[1..]),
                "{path} in {}",
                text(resource, "/id")
            );
        }
    }
}

/// Every cell of every table of `clinical/`.
fn cells() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/clinical");
    let mut cells = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        cells.extend(
            text.lines()
                .flat_map(|line| line.split('\t'))
                .map(str::to_owned),
        );
    }
    cells
}

#[test]
fn every_code_is_in_a_table() {
    let cells = cells();
    for (key, resource) in corpus() {
        let mut seen = Vec::new();
        objects(resource, &mut seen);
        let codings = seen.into_iter().filter(|o| {
            o.contains_key("code") && o.contains_key("system") && !o.contains_key("unit")
        });
        for coding in codings {
            let part = |name: &str| {
                coding[name]
                    .as_str()
                    .unwrap()
                    .trim_start_matches("urn:oid:")
                    .to_owned()
            };
            let dicom = coding["system"] == "urn:ietf:rfc:3986";
            assert!(cells.contains(&part("code")), "{key}: {coding:?}");
            assert!(
                dicom || cells.contains(coding["system"].as_str().unwrap()),
                "{key}: {coding:?}"
            );
        }
    }
}

#[test]
fn tables_are_rectangular_and_their_rows_unique() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/clinical")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let width = text.lines().next().unwrap().split('\t').count();
        let rows: Vec<&str> = text.lines().collect();
        let unique: BTreeSet<&str> = rows.iter().copied().collect();
        assert_eq!(rows.len(), unique.len(), "{}", path.display());
        for row in rows {
            assert_eq!(row.split('\t').count(), width, "{}: {row}", path.display());
        }
    }
}

fn assert_file(attachment: &Value, content: &[u8]) {
    assert_eq!(attachment["size"], content.len());
    assert_eq!(
        text(attachment, "/hash"),
        STANDARD.encode(Sha1::digest(content))
    );
}

#[test]
fn every_instance_of_an_imaging_study_is_a_dicom_file() {
    let corpus = corpus();
    let mut files = 0;
    for study in of_type(corpus, "ImagingStudy") {
        let link = format!("ImagingStudy/{}", text(study, "/id"));
        for series in study["series"].as_array().unwrap() {
            for instance in series["instance"].as_array().unwrap() {
                let uid = text(instance, "/uid");
                let binary = &corpus[&format!("Binary/dicom-{}", uid.replace('.', "-"))];
                let content = STANDARD.decode(text(binary, "/data")).unwrap();
                assert_eq!(text(binary, "/contentType"), "application/dicom");
                assert_eq!(text(binary, "/securityContext/reference"), link);
                assert_eq!(&content[128..132], b"DICM");
                let named = |own: &str| {
                    content
                        .windows(own.len())
                        .any(|part| part == own.as_bytes())
                };
                assert!(named(uid) && named(text(series, "/uid")), "{link}");
                files += 1;
            }
        }
    }
    assert!(files > 10);
}

#[test]
fn attachments_have_the_size_and_hash_of_their_files() {
    let corpus = corpus();
    for document in of_type(corpus, "DocumentReference") {
        let attachment = &document["content"][0]["attachment"];
        let inline = text(attachment, "/data");
        if !inline.is_empty() {
            assert_file(attachment, &STANDARD.decode(inline).unwrap());
            continue;
        }
        let binary = &corpus[text(attachment, "/url")];
        let content = STANDARD.decode(text(binary, "/data")).unwrap();
        assert_file(attachment, &content);
        assert_eq!(attachment["contentType"], binary["contentType"]);
        let pdf = text(binary, "/contentType") == "application/pdf";
        assert_eq!(content.starts_with(b"%PDF-1.4"), pdf);
        let xml = text(binary, "/contentType") == "application/xml";
        assert_eq!(content.starts_with(b"<?xml"), xml);
        assert_eq!(
            text(binary, "/securityContext/reference"),
            format!("DocumentReference/{}", text(document, "/id"))
        );
    }
}

#[test]
fn provenance_names_an_author_for_every_resource_of_a_patient() {
    let corpus = corpus();
    let targets: BTreeSet<&str> = of_type(corpus, "Provenance")
        .flat_map(|provenance| provenance["target"].as_array().unwrap())
        .map(|target| text(target, "/reference"))
        .collect();
    for key in owned(corpus) {
        assert!(targets.contains(key), "{key}");
    }
    let created = created();
    for provenance in of_type(corpus, "Provenance") {
        assert!(provenance["target"].as_array().unwrap().len() <= 50);
        let newest = provenance["target"]
            .as_array()
            .unwrap()
            .iter()
            .map(|target| created[text(target, "/reference")]);
        let recorded: DateTime<Utc> = text(provenance, "/recorded").parse().unwrap();
        assert_eq!(newest.max().unwrap(), recorded);
    }
}

/// When the first version of each resource was recorded.
fn created() -> BTreeMap<String, DateTime<Utc>> {
    records(config())
        .into_iter()
        .flat_map(|record| record.seeds)
        .map(|seed| {
            let first = seed.earlier.first().unwrap_or(&seed).last_updated;
            (format!("{}/{}", seed.resource_type, seed.id), first)
        })
        .collect()
}

/// Addresses of what belongs to patients, except Provenance and the contents of files.
fn owned(corpus: &Corpus) -> impl Iterator<Item = &str> {
    let patients: Vec<&str> = of_type(corpus, "Patient")
        .map(|patient| text(patient, "/id"))
        .collect();
    corpus.keys().map(String::as_str).filter(move |key| {
        let (kind, id) = key.split_once('/').unwrap();
        !matches!(kind, "Provenance" | "Binary" | "Bundle")
            && patients.iter().any(|patient| id.starts_with(patient))
    })
}

#[test]
fn claims_add_up() {
    let corpus = corpus();
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for claim in of_type(corpus, "ExplanationOfBenefit") {
        let kind = text(claim, "/type/coding/0/code");
        let subtype = text(claim, "/subType/coding/0/code");
        *kinds.entry(format!("{kind} {subtype}")).or_default() += 1;
        // A stay is judged as a whole, everything else item by item.
        let judged = if subtype == "inpatient" {
            "/adjudication"
        } else {
            "/item/0/adjudication"
        };
        let cents = |list: &str, code: &str| -> i64 {
            let amounts = claim.pointer(list).and_then(Value::as_array).unwrap();
            let line = amounts
                .iter()
                .find(|line| text(line, "/category/coding/0/code") == code)
                .unwrap();
            line["amount"]["value"]
                .to_string()
                .replace('.', "")
                .parse()
                .unwrap()
        };
        for list in ["/total", judged] {
            let of = |code: &str| cents(list, code);
            assert_eq!(
                of("submitted"),
                of("eligible") + of("discount") + of("noncovered")
            );
            let shares = of("deductible") + of("copay") + of("coinsurance");
            assert_eq!(of("eligible"), of("paidtoprovider") + shares);
        }
        let submitted = &claim["item"][0]["net"];
        assert_eq!(&claim["total"][0]["amount"], submitted);
        assert_eq!(cents(judged, "submitted"), cents("/total", "submitted"));
        let denied = cents("/total", "eligible") == 0;
        let paid = text(claim, "/payment/type/coding/0/code");
        assert_eq!(paid == "denied", denied, "{claim}");
        *kinds.entry(paid.to_owned()).or_default() += 1;
        assert_eq!(claim["insurance"][0]["focal"], true);
        let Some(other) = claim["related"][0]["reference"]["value"].as_str() else {
            continue;
        };
        let other = &corpus[&format!("ExplanationOfBenefit/{other}")];
        let [first, second] = [claim, other].map(|claim| text(claim, "/status"));
        assert!(first != second, "{claim}");
        *kinds.entry("corrected".to_owned()).or_default() += 1;
    }
    for kind in [
        "professional ",
        "pharmacy ",
        "oral ",
        "institutional inpatient",
        "institutional outpatient",
        "denied",
        "corrected",
    ] {
        assert!(kinds.contains_key(kind), "{kind}: {kinds:?}");
    }
}
