//! Every operation that there is: a call that works, a call that is refused, and that a patient's
//! token learns nothing about another patient. An operation without a row here fails the test.

use serde_json::{Value, json};
use smart::Introspection;

use crate::helpers::{Server, records, shared_records, sources};

/// A call: method, path, and a body for POST.
type Ask = (&'static str, String, Option<Value>);

struct Row {
    /// Logical id of the definition.
    id: &'static str,
    /// The token of the calls.
    token: &'static str,
    works: Ask,
    /// Refused with a client error.
    refused: Ask,
    foreign: Foreign,
}

/// How another patient could be asked about.
enum Foreign {
    /// By id: asked about somebody else it is answered as about nobody.
    Named(fn(&str) -> Ask),
    /// Not by id: nothing in the answer is somebody else's.
    Unnamed(Ask),
    /// It looks at no record.
    Nothing,
}

const GENDER: &str = "http://hl7.org/fhir/administrative-gender";
const GENDERS: &str = "http://hl7.org/fhir/ValueSet/administrative-gender";
const OWN: &str = "own";

fn get(path: impl Into<String>) -> Ask {
    ("GET", path.into(), None)
}

fn post(path: impl Into<String>, body: Value) -> Ask {
    ("POST", path.into(), Some(body))
}

fn parameters(members: &[(&str, &str, Value)]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|(name, kind, value)| json!({ "name": name, (*kind): value }))
        .collect();
    json!({ "resourceType": "Parameters", "parameter": members })
}

fn tag() -> Value {
    let tag = json!({ "tag": [{ "system": "http://example.org", "code": "x" }] });
    parameters(&[("meta", "valueMeta", tag)])
}

fn person() -> Value {
    json!({ "resourceType": "Patient", "birthDate": "1980-05-06", "gender": "female",
        "name": [{ "family": "Núñez-Smith", "given": ["Ana"] }] })
}

fn member(subscriber: &str) -> Value {
    let coverage = json!({ "resourceType": "Coverage", "status": "active", "subscriberId": subscriber,
        "beneficiary": { "display": "Ana" }, "payor": [{ "display": "Plan" }] });
    parameters(&[
        ("MemberPatient", "resource", person()),
        ("CoverageToMatch", "resource", coverage),
    ])
}

fn patient_reference(who: &str) -> Value {
    let reference = json!({ "reference": format!("Patient/{who}") });
    parameters(&[("patientReference", "valueReference", reference)])
}

fn terminology(id: &'static str, works: &str, refused: &str) -> Row {
    Row {
        id,
        token: OWN,
        works: get(works),
        refused: get(refused),
        foreign: Foreign::Nothing,
    }
}

fn export(id: &'static str, path: &str) -> Row {
    Row {
        id,
        token: "bulk",
        works: get(path),
        refused: get(format!("{path}?_outputFormat=csv")),
        foreign: Foreign::Unnamed(get(path)),
    }
}

fn on_records() -> Vec<Row> {
    vec![
        Row {
            id: "docref",
            token: OWN,
            works: get("DocumentReference/$docref?patient=a"),
            refused: get("DocumentReference/$docref"),
            foreign: Foreign::Named(|who| get(format!("DocumentReference/$docref?patient={who}"))),
        },
        Row {
            id: "Patient-everything",
            token: OWN,
            works: get("Patient/a/$everything"),
            refused: get("Patient/a/$everything?start=x"),
            foreign: Foreign::Named(|who| get(format!("Patient/{who}/$everything"))),
        },
        Row {
            id: "find-subject-haplotypes",
            token: OWN,
            works: get("$find-subject-haplotypes?subject=a&genes=HGNC:2621"),
            refused: get("$find-subject-haplotypes?subject=a"),
            foreign: Foreign::Named(|who| {
                get(format!(
                    "$find-subject-haplotypes?subject={who}&genes=HGNC:2621"
                ))
            }),
        },
        Row {
            id: "find-subject-variants",
            token: OWN,
            works: get("$find-subject-variants?subject=a&ranges=NC_000007.13:1-9"),
            refused: get("$find-subject-variants?subject=a&ranges=chr7:1-9"),
            foreign: Foreign::Named(|who| {
                get(format!(
                    "$find-subject-variants?subject={who}&ranges=NC_000007.13:1-9"
                ))
            }),
        },
        Row {
            id: "Observation-lastn",
            token: OWN,
            works: get("Observation/$lastn?patient=a"),
            refused: get("Observation/$lastn?patient=a&max=x"),
            foreign: Foreign::Named(|who| get(format!("Observation/$lastn?patient={who}"))),
        },
        Row {
            id: "Observation-stats",
            token: OWN,
            works: get("Observation/$stats?subject=Patient/a&code=1000-0&statistic=count"),
            refused: get("Observation/$stats?subject=Patient/a"),
            foreign: Foreign::Named(|who| {
                get(format!(
                    "Observation/$stats?subject=Patient/{who}&code=1000-0&statistic=count"
                ))
            }),
        },
        Row {
            id: "Patient-match",
            token: OWN,
            works: post("Patient/$match", person()),
            refused: post("Patient/$match", json!({ "resourceType": "Patient" })),
            foreign: Foreign::Unnamed(post("Patient/$match", person())),
        },
        Row {
            id: "member-match",
            token: OWN,
            works: post("Patient/$member-match", member("sub-a")),
            refused: post("Patient/$member-match", parameters(&[])),
            foreign: Foreign::Named(|who| {
                post("Patient/$member-match", member(&format!("sub-{who}")))
            }),
        },
        Row {
            id: "summary",
            token: OWN,
            works: get("Patient/a/$summary"),
            refused: get("Patient/a/$summary?profile=http://example.org/x"),
            foreign: Foreign::Named(|who| get(format!("Patient/{who}/$summary"))),
        },
    ]
}

fn on_resources() -> Vec<Row> {
    vec![
        Row {
            id: "member-add",
            token: "registry",
            works: post("Group/g/$member-add", patient_reference("a")),
            refused: post("Group/g/$member-add", parameters(&[])),
            foreign: Foreign::Named(|who| post("Group/g/$member-add", patient_reference(who))),
        },
        Row {
            id: "member-remove",
            token: "registry",
            works: post("Group/g/$member-remove", patient_reference("a")),
            refused: post("Group/g/$member-remove", parameters(&[])),
            foreign: Foreign::Named(|who| post("Group/g/$member-remove", patient_reference(who))),
        },
        Row {
            id: "Resource-meta",
            token: OWN,
            works: get("Condition/a-c/$meta"),
            refused: get("Condition/a-c/$meta?frob=1"),
            foreign: Foreign::Named(|who| get(format!("Condition/{who}-c/$meta"))),
        },
        Row {
            id: "Resource-meta-add",
            token: OWN,
            works: post("Condition/a-c/$meta-add", tag()),
            refused: post("Condition/a-c/$meta-add", parameters(&[])),
            foreign: Foreign::Named(|who| post(format!("Condition/{who}-c/$meta-add"), tag())),
        },
        Row {
            id: "Resource-meta-delete",
            token: OWN,
            works: post("Condition/a-c/$meta-delete", tag()),
            refused: post("Condition/a-c/$meta-delete", parameters(&[])),
            foreign: Foreign::Named(|who| post(format!("Condition/{who}-c/$meta-delete"), tag())),
        },
        Row {
            id: "Resource-validate",
            token: OWN,
            works: get("Condition/a-c/$validate"),
            refused: get("Condition/a-c/$validate?mode=x"),
            foreign: Foreign::Named(|who| get(format!("Condition/{who}-c/$validate"))),
        },
        Row {
            id: "Resource-convert",
            token: OWN,
            works: post("$convert", person()),
            refused: post("$convert", json!({ "resourceType": "Frob" })),
            foreign: Foreign::Nothing,
        },
    ]
}

fn rows() -> Vec<Row> {
    let mut rows = on_records();
    rows.extend(on_resources());
    rows.extend([
        export("export", "$export"),
        export("patient-export", "Patient/$export"),
        export("group-export", "Group/g/$export"),
        terminology(
            "CapabilityStatement-versions",
            "$versions",
            "$versions?frob=1",
        ),
        terminology(
            "CodeSystem-lookup",
            &format!("CodeSystem/$lookup?system={GENDER}&code=male"),
            "CodeSystem/$lookup?system=http://example.org&code=x",
        ),
        terminology(
            "CodeSystem-subsumes",
            &format!("CodeSystem/$subsumes?system={GENDER}&codeA=male&codeB=male"),
            "CodeSystem/$subsumes?codeA=x",
        ),
        terminology(
            "CodeSystem-validate-code",
            &format!("CodeSystem/$validate-code?url={GENDER}&code=male"),
            "CodeSystem/$validate-code?url=http://example.org&code=x",
        ),
        terminology(
            "ConceptMap-translate",
            &format!("ConceptMap/$translate?system={GENDER}&code=male"),
            "ConceptMap/$translate",
        ),
        terminology(
            "ValueSet-expand",
            &format!("ValueSet/$expand?url={GENDERS}"),
            "ValueSet/$expand?url=http://example.org",
        ),
        terminology(
            "ValueSet-validate-code",
            &format!("ValueSet/$validate-code?url={GENDERS}&system={GENDER}&code=male"),
            "ValueSet/$validate-code?url=http://example.org&code=x",
        ),
    ]);
    rows
}

fn server() -> Server {
    let mut world = shared_records();
    world.push(
        json!({ "resourceType": "Group", "id": "g", "type": "person", "actual": true,
        "member": [{ "entity": { "reference": "Patient/a" } }, { "entity": { "reference": "Patient/b" } }] }),
    );
    for patient in ["a", "b"] {
        world.extend(records(patient));
        world.push(
            json!({ "resourceType": "Coverage", "id": format!("{patient}-cov"), "status": "active",
            "subscriberId": format!("sub-{patient}"), "payor": [{ "display": "Plan" }],
            "beneficiary": { "reference": format!("Patient/{patient}") } }),
        );
    }
    let server = Server::start_in(sources(world));
    server.tokens.issue(OWN, "patient/*.cruds", Some("a"));
    for (token, scope) in [("bulk", "system/*.r"), ("registry", "system/*.cruds")] {
        let answer = Introspection {
            active: true,
            scope: Some(scope.into()),
            client_id: Some(token.into()),
            sub: Some(token.into()),
            ..Introspection::default()
        };
        server.tokens.insert(token, answer);
    }
    server
}

async fn send(server: &Server, (method, path, body): Ask, token: &str) -> (u16, String) {
    let mut request = server
        .request(method, &format!("{}/{path}", server.base))
        .bearer_auth(token)
        .header("Accept", "application/fhir+json")
        .header("Prefer", "respond-async");
    if let Some(body) = body {
        request = request
            .header("Content-Type", "application/fhir+json")
            .body(body.to_string());
    }
    let response = request.send().await.unwrap();
    // A job that goes on would count among the few that a client may have at once.
    let job = response.headers().get("content-location");
    if let Some(job) = job.filter(|_| response.status() == 202) {
        let request = server.request("DELETE", job.to_str().unwrap());
        let ended = request.bearer_auth(token).send().await.unwrap();
        assert_eq!(ended.status(), 202);
    }
    (response.status().as_u16(), response.text().await.unwrap())
}

#[actix_web::test]
async fn every_operation_has_a_row_here() {
    let mut defined: Vec<_> = server::operation::TABLE.iter().map(|row| row.id).collect();
    let mut tested: Vec<_> = rows().iter().map(|row| row.id).collect();
    defined.sort_unstable();
    tested.sort_unstable();
    assert_eq!(defined, tested);
}

#[actix_web::test]
async fn every_operation_works_and_refuses_what_it_cannot_do() {
    let server = server();
    for row in rows() {
        let (status, body) = send(&server, row.works, row.token).await;
        assert!([200, 202].contains(&status), "{}: {status} {body}", row.id);
        let (status, body) = send(&server, row.refused, row.token).await;
        assert!((400..500).contains(&status), "{}: {status} {body}", row.id);
        assert!(body.contains("OperationOutcome"), "{}: {body}", row.id);
    }
}

#[actix_web::test]
async fn no_operation_tells_a_patients_token_of_another_patient() {
    // Nothing that is refused changes anything, so one server is asked it all.
    let server = server();
    for row in rows() {
        match row.foreign {
            Foreign::Nothing => {}
            Foreign::Unnamed(ask) => {
                let (_, body) = send(&server, ask, OWN).await;
                for trace in ["\"b\"", "b-", "Patient/b"] {
                    assert!(!body.contains(trace), "{}: {body}", row.id);
                }
            }
            Foreign::Named(ask) => {
                let of = async |who: &str| {
                    let (status, body) = send(&server, ask(who), OWN).await;
                    // What was asked may be repeated.
                    let body = body
                        .replace(&format!("Patient/{who}"), "Patient/_")
                        .replace(&format!("Patient%2F{who}"), "Patient%2F_")
                        .replace(&format!("patient={who}"), "patient=_");
                    (status, body)
                };
                assert_eq!(of("b").await, of("never").await, "{}", row.id);
            }
        }
    }
}
