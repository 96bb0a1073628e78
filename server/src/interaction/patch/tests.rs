//! Patches of both kinds: what they change, and what they may not.

use serde_json::json;

use super::*;

fn patient() -> Value {
    json!({
        "resourceType": "Patient", "id": "a",
        "meta": { "versionId": "3", "lastUpdated": "2026-01-01T00:00:00.000Z" },
        "active": true,
        "name": [
            { "family": "Ross", "given": ["Jo", "Kim"], "_given": [null, { "id": "g" }] },
            { "family": "Roth" }
        ],
        "birthDate": "1980-05-06",
        "deceasedBoolean": false
    })
}

fn json_patch(operations: &Value) -> Result<Value, Problem> {
    Patch::json(operations.to_string().as_bytes())?.apply(patient())
}

fn part(name: &str, value: &Value) -> Value {
    let mut part = value.clone();
    part["name"] = json!(name);
    part
}

fn path_patch(kind: &str, parts: &[(&str, Value)]) -> Result<Value, Problem> {
    let mut all = vec![part("type", &json!({ "valueCode": kind }))];
    all.extend(parts.iter().map(|(name, value)| part(name, value)));
    let parameters = json!({
        "resourceType": "Parameters",
        "parameter": [{ "name": "operation", "part": all }]
    });
    Patch::parameters(parameters.to_string().as_bytes())?.apply(patient())
}

fn path(text: &str) -> (&'static str, Value) {
    ("path", json!({ "valueString": text }))
}

#[test]
fn the_operations_of_rfc_6902_do_what_it_says() {
    let patched = json_patch(&json!([
        { "op": "test", "path": "/name/0/family", "value": "Ross" },
        { "op": "add", "path": "/name/0", "value": { "family": "New" } },
        { "op": "add", "path": "/name/-", "value": { "family": "Last" } },
        { "op": "remove", "path": "/active" },
        { "op": "replace", "path": "/birthDate", "value": "1981" },
        { "op": "copy", "from": "/name/1/given", "path": "/name/0/given" },
        { "op": "move", "from": "/name/2", "path": "/name/0" },
    ]))
    .unwrap();
    let families: Vec<_> = patched["name"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name["family"].as_str().unwrap())
        .collect();
    assert_eq!(families, ["Roth", "New", "Ross", "Last"]);
    assert_eq!(patched["name"][1]["given"], json!(["Jo", "Kim"]));
    assert_eq!(patched["birthDate"], "1981");
    assert_eq!(patched.get("active"), None);
}

#[test]
fn pointers_escape_and_numbers_compare_by_value() {
    let document: Value = serde_json::from_str(r#"{"a/b":{"m~n":1.0}}"#).unwrap();
    let patch = JsonPatch::parse(br#"[{"op":"test","path":"/a~1b/m~0n","value":1.00}]"#).unwrap();
    assert!(patch.apply(document).is_ok());
}

#[test]
fn what_cannot_be_read_is_400_and_what_cannot_be_done_is_422() {
    for (operations, status, code) in [
        (json!({}), 400, "structure"),
        (json!([1]), 400, "structure"),
        (
            json!([{ "op": "foo", "path": "/active" }]),
            400,
            "structure",
        ),
        (
            json!([{ "op": "add", "path": "/active" }]),
            400,
            "structure",
        ),
        (
            json!([{ "op": "move", "path": "/active" }]),
            400,
            "structure",
        ),
        (
            json!([{ "op": "remove", "path": "active" }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "remove", "path": "/a~2" }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "remove", "path": "/nothing" }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "remove", "path": "/name/2" }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "remove", "path": "/name/01" }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "add", "path": "/name/3", "value": {} }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "replace", "path": "/nothing", "value": 1 }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "replace", "path": "", "value": {} }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "move", "from": "/name", "path": "/name/0" }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "test", "path": "/active", "value": false }]),
            422,
            "processing",
        ),
        (
            json!([{ "op": "replace", "path": "/id", "value": "b" }]),
            422,
            "invariant",
        ),
        (json!([{ "op": "remove", "path": "/id" }]), 422, "invariant"),
        (
            json!([{ "op": "replace", "path": "/resourceType", "value": "Group" }]),
            422,
            "invariant",
        ),
        (
            json!([{ "op": "replace", "path": "/meta/versionId", "value": "9" }]),
            422,
            "invariant",
        ),
    ] {
        let problem = json_patch(&operations).unwrap_err();
        assert_eq!(
            (problem.kind.status(), problem.kind.code()),
            (status, code),
            "{operations}"
        );
    }
}

#[test]
fn a_patch_that_grows_without_end_is_stopped() {
    let many = vec![json!({ "op": "test", "path": "/active", "value": true }); MAX_OPERATIONS + 1];
    assert_eq!(json_patch(&json!(many)).unwrap_err().kind, Kind::TooMuch);
    let mut doubling = vec![json!({ "op": "add", "path": "/x", "value": { "a": "1234567890" } })];
    doubling.extend(
        (0..40).map(|at| json!({ "op": "copy", "from": "/x", "path": format!("/x/c{at}") })),
    );
    assert_eq!(
        json_patch(&json!(doubling)).unwrap_err().kind,
        Kind::TooMuch
    );
}

#[test]
fn elements_are_added_where_the_path_leads() {
    let added = path_patch(
        "add",
        &[
            path("Patient"),
            ("name", json!({ "valueString": "gender" })),
            ("value", json!({ "valueCode": "other" })),
        ],
    )
    .unwrap();
    assert_eq!(added["gender"], "other");
    let added = path_patch(
        "add",
        &[
            path("Patient.name[0]"),
            ("name", json!({ "valueString": "given" })),
            ("value", json!({ "valueString": "Lou" })),
        ],
    )
    .unwrap();
    assert_eq!(added["name"][0]["given"], json!(["Jo", "Kim", "Lou"]));
    assert_eq!(
        added["name"][0]["_given"],
        json!([null, { "id": "g" }, null])
    );
    let contact = json!({ "part": [
        { "name": "name", "valueHumanName": { "text": "x" } },
        { "name": "telecom", "valueContactPoint": { "system": "phone", "value": "1" } },
        { "name": "telecom", "valueContactPoint": { "system": "phone", "value": "2" } }
    ]});
    let added = path_patch(
        "add",
        &[
            path("Patient"),
            ("name", json!({ "valueString": "contact" })),
            ("value", contact),
        ],
    )
    .unwrap();
    assert_eq!(
        added["contact"],
        json!([{ "name": { "text": "x" }, "telecom": [{ "system": "phone", "value": "1" }, { "system": "phone", "value": "2" }] }])
    );
    for name in ["active", "deceased", "nothing"] {
        let parts = [
            path("Patient"),
            ("name", json!({ "valueString": name })),
            ("value", json!({ "valueBoolean": true })),
        ];
        assert_eq!(
            path_patch("add", &parts).unwrap_err().kind,
            Kind::PatchFailed,
            "{name}"
        );
    }
}

#[test]
fn lists_are_inserted_into_and_put_in_another_order() {
    let inserted = path_patch(
        "insert",
        &[
            path("Patient.name[0].given"),
            ("index", json!({ "valueInteger": 1 })),
            ("value", json!({ "valueString": "Al" })),
        ],
    )
    .unwrap();
    assert_eq!(inserted["name"][0]["given"], json!(["Jo", "Al", "Kim"]));
    assert_eq!(
        inserted["name"][0]["_given"],
        json!([null, null, { "id": "g" }])
    );
    let moved = path_patch(
        "move",
        &[
            path("Patient.name"),
            ("source", json!({ "valueInteger": 1 })),
            ("destination", json!({ "valueInteger": 0 })),
        ],
    )
    .unwrap();
    assert_eq!(moved["name"][0]["family"], "Roth");
    for (source, destination) in [(2, 0), (0, 2)] {
        let parts = [
            path("Patient.name"),
            ("source", json!({ "valueInteger": source })),
            ("destination", json!({ "valueInteger": destination })),
        ];
        assert_eq!(
            path_patch("move", &parts).unwrap_err().kind,
            Kind::PatchFailed
        );
    }
    for text in [
        "Patient.name.given[0]",
        "Patient.birthDate",
        "Patient.contact",
    ] {
        let parts = [
            path(text),
            ("index", json!({ "valueInteger": 0 })),
            ("value", json!({ "valueString": "x" })),
        ];
        assert_eq!(
            path_patch("insert", &parts).unwrap_err().kind,
            Kind::PatchFailed,
            "{text}"
        );
    }
}

#[test]
fn elements_are_deleted_and_replaced_with_all_that_belongs_to_them() {
    let deleted = path_patch(
        "delete",
        &[path("Patient.name[0].given.where($this = 'Kim')")],
    )
    .unwrap();
    assert_eq!(deleted["name"][0]["given"], json!(["Jo"]));
    assert_eq!(deleted["name"][0].get("_given"), None);
    let deleted = path_patch("delete", &[path("Patient.contact")]).unwrap();
    assert_eq!(deleted, patient(), "nothing is there, nothing happens");
    assert!(
        path_patch("delete", &[path("Patient.name")]).is_err(),
        "two are there"
    );
    let replaced = path_patch(
        "replace",
        &[
            path("Patient.deceased"),
            ("value", json!({ "valueDateTime": "2025" })),
        ],
    )
    .unwrap();
    assert_eq!(
        (
            replaced.get("deceasedBoolean"),
            &replaced["deceasedDateTime"]
        ),
        (None, &json!("2025"))
    );
    let replaced = path_patch(
        "replace",
        &[
            path("Patient.name[1].family"),
            ("value", json!({ "valueString": "x" })),
        ],
    )
    .unwrap();
    assert_eq!(replaced["name"][1]["family"], "x");
    for text in [
        "Patient.name",
        "Patient.contact",
        "Patient",
        "'x'",
        "Patient.id",
    ] {
        let parts = [path(text), ("value", json!({ "valueString": "x" }))];
        let problem = path_patch("replace", &parts).unwrap_err();
        assert_eq!(problem.kind.status(), 422, "{text}");
    }
}

#[test]
fn a_path_patch_that_cannot_be_read_is_400() {
    for (kind, parts) in [
        ("foo", vec![path("Patient")]),
        ("delete", vec![]),
        ("delete", vec![path("Patient..")]),
        ("add", vec![path("Patient")]),
        (
            "insert",
            vec![
                path("Patient.name"),
                ("value", json!({ "valueString": "x" })),
                ("index", json!({ "valueInteger": -1 })),
            ],
        ),
        ("move", vec![path("Patient.name")]),
    ] {
        assert_eq!(
            path_patch(kind, &parts).unwrap_err().kind.status(),
            400,
            "{kind}"
        );
    }
}
