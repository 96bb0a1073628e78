//! Non-interference: two databases that differ only in what a token may not see give it the same
//! answers, byte by byte, whatever it asks and writes. Masked are only ids that the server makes,
//! page cursors, request ids and the server's own address.

use serde_json::{Value, json};
use server::load::Source;

use crate::helpers::{SYSTEM, Server, answer, records, shared_records, sources};
use crate::write::send;

/// The world of the record of `a`, and of everybody else in one of two ways.
fn world(second: bool) -> Vec<Source> {
    let mut resources = shared_records();
    resources.extend(records("a"));
    resources.push(condition("moved", "a"));
    let own = resources.len();
    resources.extend(if second { strangers() } else { records("b") });
    let mut world = sources(resources);
    // What is the record's now was somebody else's first.
    let moved = &mut world[own - 1];
    let before = condition("moved", if second { "z" } else { "b" });
    moved.earlier.push((moved.updated, before.to_string()));
    world
}

fn condition(id: &str, patient: &str) -> Value {
    json!({ "resourceType": "Condition", "id": id, "subject": { "reference": format!("Patient/{patient}") } })
}

/// Other people's records with other counts, dates, links and ids, some of which point at `a`.
fn strangers() -> Vec<Value> {
    let mut resources = records("z");
    resources.extend(records("y"));
    let pointing = |id: &str, subject: &str| {
        json!({ "resourceType": "Observation", "id": id, "status": "final", "subject": { "reference": subject },
            "focus": [{ "reference": "Patient/a" }], "code": { "text": "x" }, "effectiveDateTime": "2023-01-01",
            "category": [{ "coding": [{ "system": SYSTEM, "code": "laboratory" }] }] })
    };
    resources.extend([
        pointing("b-o0", "Patient/z"),
        pointing("made-1", "Patient/y"),
        json!({ "resourceType": "Condition", "id": "made-2", "subject": { "reference": "Patient/z" },
            "identifier": [{ "system": "http://x", "value": "3" }], "recordedDate": "2025-01-02" }),
        json!({ "resourceType": "List", "id": "l", "status": "current", "mode": "working",
            "subject": { "reference": "Patient/z" }, "entry": [{ "item": { "reference": "Condition/a-c" } }] }),
    ]);
    resources
}

/// Chance that repeats itself.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const TYPES: &[&str] = &[
    "Patient",
    "Observation",
    "Condition",
    "Provenance",
    "Binary",
    "DocumentReference",
    "List",
    "Group",
    "Organization",
    "Practitioner",
    "MedicationRequest",
    "Foo",
];
const IDS: &[&str] = &[
    "a", "b", "z", "a-c", "b-c", "z-c", "a-o0", "a-o2", "b-o0", "z-o1", "a-bin", "b-bin", "a-prov",
    "b-prov", "a-d", "made-1", "made-2", "moved", "b-m", "made-3", "l", "g", "o", "p", "never",
    "..", "_",
];
const CRITERIA: &[&str] = &[
    "patient=a",
    "patient=b",
    "patient=z",
    "subject=Patient/z",
    "_id=a-c,b-c,z-c,made-1,made-2",
    "identifier=http://x|3",
    "code=59621000",
    "category=laboratory",
    "category:not=laboratory",
    "date=gt2023",
    "date=lt2024-02",
    "status=final",
    "_lastUpdated=gt2000",
    "patient:Patient.name=smith",
    "subject:Patient.birthdate=gt1970",
    "focus=Patient/a",
    "_has:Observation:patient:code=1000-0",
    "_has:Provenance:target:recorded=2024",
    "patient:missing=false",
    "recorded-date=2025-01-02",
    "target=Condition/b-c",
    "_filter=subject eq Patient/z",
    "_text=smith",
    "_content=59621000",
    "_list=l",
    "name=smith",
    "nothing=1",
    "date=x",
    "_id=b",
];
const RESULTS: &[&str] = &[
    "",
    "",
    "_count=1",
    "_count=0",
    "_summary=count",
    "_total=accurate",
    "_sort=-date",
    "_sort=_lastUpdated",
    "_include=*",
    "_include=Observation:focus",
    "_include=Observation:subject",
    "_revinclude=Provenance:target",
    "_revinclude=Observation:focus",
    "_revinclude=Observation:patient",
    "_revinclude=List:item",
    "_revinclude=Group:member",
    "_include=Provenance:target&_include:iterate=Observation:subject",
];

/// One request, as both worlds are asked it.
#[derive(Debug)]
struct Asked {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

fn asked(chance: &mut Chance) -> Asked {
    match chance.below(12) {
        0 | 1 => get(read_path(chance), chance),
        2..=5 => get(search_path(chance), chance),
        6 => write(chance, "POST"),
        7 => write(chance, "PUT"),
        8 => write(chance, "DELETE"),
        9 => patch(chance),
        _ => bundle(chance),
    }
}

fn read_path(chance: &mut Chance) -> String {
    let end = chance.pick(&[
        "",
        "",
        "",
        "/_history",
        "/_history/1",
        "/_history/2",
        "/_history/9",
    ]);
    match chance.below(8) {
        0 => format!(
            "_history?{}",
            chance.pick(&["", "_count=3", "_since=2000-01-01T00:00:00Z"])
        ),
        1 => format!(
            "{}/_history?{}",
            chance.pick(TYPES),
            chance.pick(&["", "_count=1"])
        ),
        _ => format!("{}/{}{end}", chance.pick(TYPES), chance.pick(IDS)),
    }
}

fn search_path(chance: &mut Chance) -> String {
    let ty = chance.pick(TYPES);
    let path = match chance.below(8) {
        0 => format!("Patient/{}/{ty}", chance.pick(&["a", "b", "z", "never"])),
        1 => format!("Patient/{}/*", chance.pick(&["a", "b", "z", "never"])),
        _ => ty.to_owned(),
    };
    match chance.below(10) {
        0 => format!("?_type=Condition,Observation&_id={}", chance.pick(IDS)),
        _ => format!("{path}?{}&{}", chance.pick(CRITERIA), chance.pick(RESULTS)),
    }
}

fn get(path: String, chance: &mut Chance) -> Asked {
    let headers = match chance.below(6) {
        0 => vec![("If-None-Match", "W/\"1\"".to_owned())],
        1 => vec![(
            "If-Modified-Since",
            "Fri, 01 Jan 2100 00:00:00 GMT".to_owned(),
        )],
        2 => vec![("Prefer", "handling=strict".to_owned())],
        _ => Vec::new(),
    };
    Asked {
        method: "GET",
        path,
        headers,
        body: None,
    }
}

fn resource(chance: &mut Chance, id: Option<&str>) -> Value {
    let subject = format!(
        "Patient/{}",
        chance.pick(&["a", "a", "a", "b", "z", "never"])
    );
    let mut made = json!({ "resourceType": "Condition", "subject": { "reference": subject },
        "identifier": [{ "system": "http://x", "value": chance.pick(&["1", "2", "3"]) }] });
    if let Some(id) = id {
        made["id"] = json!(id);
    }
    made
}

/// A write of a Condition, by its id or by criteria.
fn write(chance: &mut Chance, method: &'static str) -> Asked {
    let id = chance.pick(IDS);
    let by_criteria = chance.below(3) == 0;
    let path = match (method, by_criteria) {
        ("POST", _) => "Condition".to_owned(),
        (_, true) => format!("Condition?{}", chance.pick(CRITERIA)),
        _ => format!("Condition/{id}"),
    };
    let headers = match (method, chance.below(4)) {
        ("POST", 0 | 1) => vec![("If-None-Exist", chance.pick(CRITERIA).to_owned())],
        ("PUT" | "DELETE", 0) => vec![("If-Match", "W/\"1\"".to_owned())],
        ("PUT", 1) => vec![("If-None-Match", "*".to_owned())],
        _ => Vec::new(),
    };
    let named = Some(id).filter(|_| !by_criteria && method == "PUT");
    let body = (method != "DELETE").then(|| resource(chance, named));
    Asked {
        method,
        path,
        headers,
        body,
    }
}

fn patch(chance: &mut Chance) -> Asked {
    let asked = write(chance, "DELETE");
    let part = |name: &str, kind: &str, value: &str| {
        let mut part = json!({ "name": name });
        part[kind] = json!(value);
        part
    };
    let body = json!({ "resourceType": "Parameters", "parameter": [{ "name": "operation", "part": [
        part("type", "valueCode", chance.pick(&["replace", "delete"])),
        part("path", "valueString", chance.pick(&["Condition.subject.reference", "Condition.identifier[0].value", "Condition.code"])),
        part("value", "valueString", chance.pick(&["Patient/a", "Patient/b", "3"])),
    ]}] });
    Asked {
        method: "PATCH",
        body: Some(body),
        ..asked
    }
}

fn bundle(chance: &mut Chance) -> Asked {
    let ty = chance.pick(&["batch", "transaction"]);
    let count = 1 + chance.below(3);
    let entries: Vec<_> = (0..count).map(|_| entry(chance)).collect();
    let body = json!({ "resourceType": "Bundle", "type": ty, "entry": entries });
    Asked {
        method: "POST",
        path: String::new(),
        headers: Vec::new(),
        body: Some(body),
    }
}

fn entry(chance: &mut Chance) -> Value {
    let inner = match chance.below(5) {
        0 => get(read_path(chance), chance),
        1 => get(search_path(chance), chance),
        2 => write(chance, "POST"),
        3 => write(chance, "PUT"),
        _ => write(chance, "DELETE"),
    };
    let mut entry = json!({ "request": { "method": inner.method, "url": inner.path } });
    for (name, value) in inner.headers {
        let name = match name {
            "If-None-Exist" => "ifNoneExist",
            "If-Match" => "ifMatch",
            "If-None-Match" => "ifNoneMatch",
            _ => continue,
        };
        entry["request"][name] = json!(value);
    }
    if let Some(mut body) = inner.body {
        if chance.below(2) == 0 {
            let found = chance.pick(&["_id=a", "_id=b", "_id=z", "name=smith", "_id=a,b,z"]);
            body["subject"]["reference"] = json!(format!("Patient?{found}"));
        }
        if chance.below(5) == 0 {
            let found = chance.pick(&["patient=a", "patient=z"]);
            body["encounter"] = json!({ "reference": format!("Encounter?{found}") });
        }
        entry["resource"] = body;
    }
    entry
}

/// Headers that differ from answer to answer, or list their values in any order.
const UNSTEADY: [&str; 4] = [
    "date",
    "x-request-id",
    "content-length",
    "access-control-expose-headers",
];

/// Status, headers and body, what differs between any two servers masked.
async fn answered(server: &Server, asked: &Asked) -> Answered {
    let url = format!("{}/{}", server.base, asked.path);
    let mut request = server
        .request(
            asked.method,
            url.replacen("/?", "?", 1).trim_end_matches('/'),
        )
        .bearer_auth("probe");
    for (name, value) in &asked.headers {
        request = request.header(*name, value);
    }
    if let Some(body) = &asked.body {
        request = request
            .header("Content-Type", "application/fhir+json")
            .body(body.to_string());
    }
    received(server, request).await
}

async fn received(server: &Server, request: reqwest::RequestBuilder) -> Answered {
    let response = request.send().await.unwrap();
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| !UNSTEADY.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let mut text = format!("{}\n{}\n\n", response.status(), headers.join("\n"));
    let body = response.text().await.unwrap();
    text.push_str(&body);
    Answered {
        text: masked(&text.replace(&server.origin, "ORIGIN")),
        next: next(&body),
    }
}

/// An answer as far as it may differ, and where it goes on.
struct Answered {
    text: String,
    next: Option<String>,
}

fn next(body: &str) -> Option<String> {
    let bundle: Value = serde_json::from_str(body).ok()?;
    let links = bundle["link"].as_array()?;
    let next = links.iter().find(|link| link["relation"] == "next")?;
    next["url"].as_str().map(str::to_owned)
}

/// Without the ids that the server makes and without cursors.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if rest.get(..36).is_some_and(is_uuid) {
            out.push_str("ID");
            rest = &rest[36..];
        } else if let Some(after) = rest.strip_prefix("_cursor=") {
            out.push_str("_cursor=CURSOR");
            rest = after.trim_start_matches(|letter: char| {
                letter.is_ascii_alphanumeric() || "-_".contains(letter)
            });
        } else {
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    out
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

async fn hidden_worlds_are_alike(scope: &str, seed: u64) {
    let (one, two) = (
        Server::start_in(world(false)),
        Server::start_in(world(true)),
    );
    for server in [&one, &two] {
        server.tokens.issue("probe", scope, Some("a"));
        crate::write::backend(server);
    }
    // In one world something out of sight was deleted.
    for path in ["MedicationRequest/b-m", "Condition/b-c"] {
        let delete = send(&one, "DELETE", path, "backend", &Value::Null);
        assert_eq!(answer(delete).await.0, 204);
    }
    let mut chance = Chance(seed);
    for number in 0..PROGRAM {
        let asked = asked(&mut chance);
        let mut answers = (answered(&one, &asked).await, answered(&two, &asked).await);
        for page in 0..3 {
            let (left, right) = (&answers.0.text, &answers.1.text);
            assert_eq!(
                left, right,
                "request {number}, page {page} of seed {seed} with {scope}: {asked:?}"
            );
            let (Some(left), Some(right)) = (&answers.0.next, &answers.1.next) else {
                break;
            };
            answers = (followed(&one, left).await, followed(&two, right).await);
        }
    }
}

async fn followed(server: &Server, url: &str) -> Answered {
    received(server, server.request("GET", url).bearer_auth("probe")).await
}

/// Requests of one program.
const PROGRAM: usize = 400;

#[actix_web::test]
async fn a_reader_cannot_tell_two_worlds_apart() {
    hidden_worlds_are_alike("patient/*.rs", 1).await;
}

#[actix_web::test]
async fn a_writer_cannot_tell_two_worlds_apart() {
    hidden_worlds_are_alike("patient/*.cruds", 2).await;
}

#[actix_web::test]
async fn a_granular_token_cannot_tell_two_worlds_apart() {
    let scope = format!(
        "patient/Observation.rs?category={SYSTEM}|laboratory patient/Condition.cruds patient/Provenance.rs"
    );
    hidden_worlds_are_alike(&scope, 3).await;
}

#[actix_web::test]
async fn a_token_that_only_writes_cannot_tell_two_worlds_apart() {
    hidden_worlds_are_alike("patient/Condition.cud", 4).await;
}

#[actix_web::test]
async fn a_patients_user_token_cannot_tell_two_worlds_apart() {
    hidden_worlds_are_alike("user/*.cruds", 5).await;
}

#[actix_web::test]
async fn a_token_that_sees_everything_can_tell_them_apart() {
    let (one, two) = (
        Server::start_in(world(false)),
        Server::start_in(world(true)),
    );
    for server in [&one, &two] {
        crate::write::backend(server);
        server.tokens.alias("probe", "backend");
    }
    let mut chance = Chance(6);
    let mut differences = 0;
    for _ in 0..100 {
        let asked = asked(&mut chance);
        let (left, right) = (answered(&one, &asked).await, answered(&two, &asked).await);
        differences += usize::from(left.text != right.text);
    }
    assert!(
        differences > 10,
        "the program asks about what is hidden: {differences}"
    );
}
