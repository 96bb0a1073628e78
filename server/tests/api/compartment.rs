//! Nobody leaves a patient's compartment: for every type of it, by every way that yields resources.

use fhir::compartment::{Membership, patient_membership};
use fhir::resource_type::ResourceType;
use serde_json::{Value, json};

use crate::every_parameter::leading_to;
use crate::helpers::{Server, answer, ids, sources, world};
use crate::write::{backend, send};

/// A type whose resources belong to patients, and the parameter by which they do.
struct Held {
    ty: &'static str,
    code: &'static str,
    members: [Value; 2],
}

fn held() -> Vec<Held> {
    ResourceType::all()
        .filter_map(|ty| match patient_membership(ty) {
            Membership::References(parameters) => Some((ty, parameters)),
            _ => None,
        })
        .map(|(ty, parameters)| {
            let parameter = parameters[0];
            let to = |patient| leading_to(parameter, &format!("Patient/{patient}"));
            Held {
                ty: ty.as_str(),
                code: parameter.code,
                members: [to("a").unwrap(), to("b").unwrap()],
            }
        })
        .collect()
}

fn resource(held: &Held, patient: usize) -> Value {
    let mut resource = held.members[patient].clone();
    resource["resourceType"] = json!(held.ty);
    resource["id"] = json!(id(held, patient));
    resource
}

fn id(held: &Held, patient: usize) -> String {
    format!("{}-{}", ["own", "other"][patient], held.ty)
}

fn server(types: &[Held]) -> Server {
    let mut resources: Vec<Value> = world()
        .iter()
        .map(|source| serde_json::from_str(&source.json).unwrap())
        .collect();
    for held in types {
        resources.extend([resource(held, 0), resource(held, 1)]);
    }
    Server::start_in(sources(resources))
}

/// Everything in a Bundle, whatever brought it there.
fn everything_in(bundle: &Value) -> Vec<String> {
    bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry["resource"]["id"].as_str())
        .map(str::to_owned)
        .collect()
}

#[actix_web::test]
async fn no_type_of_the_compartment_is_read_outside_of_it() {
    let types = held();
    assert!(types.len() > 60, "{}", types.len());
    let server = server(&types);
    for held in &types {
        let (ty, own, other) = (held.ty, id(held, 0), id(held, 1));
        for end in ["", "/_history", "/_history/1", "/$meta", "/$validate"] {
            let never = server.json(&format!("{ty}/never{end}"), "all-a").await;
            let theirs = server.json(&format!("{ty}/{other}{end}"), "all-a").await;
            assert_eq!(theirs, never, "{ty}{end}");
            assert_eq!(never.0, 404, "{ty}{end}");
            let (status, body) = server.json(&format!("{ty}/{own}{end}"), "all-a").await;
            assert_eq!(status, 200, "{ty}/{own}{end}: {body}");
        }
        let never = server.json(&format!("{ty}/never"), "all-a").await;
        for (name, value) in [
            ("If-None-Match", "W/\"1\""),
            ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"),
        ] {
            let request = server.get(&format!("{ty}/{other}"), "all-a");
            assert_eq!(answer(request.header(name, value)).await, never, "{ty}");
        }
    }
}

#[actix_web::test]
async fn no_type_of_the_compartment_is_found_outside_of_it() {
    let types = held();
    let server = server(&types);
    for held in &types {
        let (ty, code, own, other) = (held.ty, held.code, id(held, 0), id(held, 1));
        for path in [
            format!("{ty}?"),
            format!("{ty}?_id={own},{other}"),
            format!("{ty}?{code}=Patient/a,Patient/b"),
            format!("{ty}?{code}:missing=false"),
            format!("{ty}?_lastUpdated=gt2000"),
            format!("{ty}?_filter={code} eq Patient/b or {code} eq Patient/a"),
            format!("{ty}?_filter=not (_id eq nothing)"),
            format!("{ty}?_sort=-_id"),
            format!("{ty}?_include=*&_revinclude=*"),
            format!("?_type={ty}"),
            format!("Patient/a/{ty}"),
            format!("Patient/a/*?_type={ty}"),
            format!("Patient?_revinclude={ty}:{code}"),
            format!("{ty}/_history"),
            "_history?_count=1000".to_string(),
        ] {
            let (status, bundle) = server.json(&path, "all-a").await;
            assert_eq!(status, 200, "{path}: {bundle}");
            let found = everything_in(&bundle);
            assert!(found.contains(&own), "{path}: {found:?}");
            let strange =
                |id: &&String| id.starts_with("other-") || id.starts_with("b-") || *id == "b";
            assert_eq!(found.iter().find(strange), None, "{path}");
        }
        for path in [
            format!("{ty}?_id={other}"),
            format!("{ty}?{code}=Patient/b"),
            format!("{ty}?{code}:Patient._id=b"),
            format!("?_type={ty}&_id={other}"),
            format!("Patient/b/{ty}"),
            format!("Patient/b/*?_type={ty}"),
            format!("Patient?_has:{ty}:{code}:_id={other}"),
            format!("Patient?_id=b&_revinclude={ty}:{code}"),
        ] {
            let (status, bundle) = server.json(&path, "all-a").await;
            assert_eq!(status, 200, "{path}: {bundle}");
            assert_eq!(everything_in(&bundle), [""; 0], "{path}");
            assert_eq!(bundle["total"], 0, "{path}");
        }
        for path in [format!("{ty}?_summary=count"), format!("{ty}?_count=0")] {
            let (_, bundle) = server.json(&path, "all-a").await;
            let seen = server.ids(&format!("{ty}?"), "all-a").await.len();
            assert_eq!(bundle["total"], seen, "{path}");
        }
    }
}

#[actix_web::test]
async fn no_type_of_the_compartment_is_changed_outside_of_it() {
    let types = held();
    let server = server(&types);
    backend(&server);
    server.tokens.issue("cruds", "patient/*.cruds", Some("a"));
    let patch = json!({ "resourceType": "Parameters", "parameter": [{ "name": "operation", "part": [
        { "name": "type", "valueCode": "delete" }, { "name": "path", "valueString": "Resource.language" }] }] });
    for held in &types {
        let (ty, other) = (held.ty, id(held, 1));
        for (method, body) in [
            ("PUT", &resource(held, 0)),
            ("PATCH", &patch),
            ("DELETE", &Value::Null),
        ] {
            let mut answers = Vec::new();
            for id in [other.as_str(), "never"] {
                let mut body = body.clone();
                if method == "PUT" {
                    body["id"] = json!(id);
                }
                let path = format!("{ty}/{id}");
                answers.push(answer(send(&server, method, &path, "cruds", &body)).await);
            }
            assert_eq!(answers[0], answers[1], "{method} {ty}");
        }
        for method in ["DELETE", "PATCH"] {
            let path = format!("{ty}?_id={other}");
            let (status, _) = answer(send(&server, method, &path, "cruds", &patch)).await;
            assert_eq!(status, if method == "DELETE" { 204 } else { 404 }, "{path}");
        }
        let (status, kept) = server.json(&format!("{ty}/{other}"), "backend").await;
        assert_eq!(
            (status, &kept["meta"]["versionId"]),
            (200, &json!("1")),
            "{ty}"
        );
    }
}

#[actix_web::test]
async fn entries_of_a_bundle_stay_inside_the_compartment() {
    let types = held();
    let server = server(&types);
    let get = |url: String| json!({ "request": { "method": "GET", "url": url } });
    let entries: Vec<_> = types
        .iter()
        .flat_map(|held| {
            let (ty, other) = (held.ty, id(held, 1));
            [
                get(format!("{ty}/{other}")),
                get(format!("{ty}?_id={other}")),
                get(format!("Patient/b/{ty}")),
            ]
        })
        .collect();
    let body = json!({ "resourceType": "Bundle", "type": "batch", "entry": entries });
    let (status, answered) = answer(server.post("", "all-a", &body)).await;
    assert_eq!(status, 200);
    for (at, entry) in answered["entry"].as_array().unwrap().iter().enumerate() {
        let status = entry["response"]["status"].as_str().unwrap();
        let want = if at.is_multiple_of(3) { "404" } else { "200" };
        assert!(status.starts_with(want), "{at}: {entry}");
        assert_eq!(ids(&entry["resource"]), [""; 0], "{at}");
    }
}
