//! `Group/$member-add` and `$member-remove`.

use serde_json::{Value, json};

use crate::helpers::{Server, answer};

fn patient(id: &str) -> Value {
    json!({ "resourceType": "Parameters", "parameter": [
        { "name": "patientReference", "valueReference": { "reference": format!("Patient/{id}") } }] })
}

fn server(scope: &str) -> Server {
    let server = Server::start();
    server.tokens.insert(
        "registry",
        smart::Introspection {
            active: true,
            scope: Some(scope.into()),
            client_id: Some("registry".into()),
            sub: Some("registry".into()),
            ..smart::Introspection::default()
        },
    );
    server
}

async fn members(server: &Server) -> Vec<String> {
    let (_, group) = server.json("Group/g", "registry").await;
    let members = group["member"].as_array().into_iter().flatten();
    members
        .map(|member| member["entity"]["reference"].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn members_come_and_go_once() {
    let server = server("system/*.cruds");
    let call =
        |code: &str, id: &str| server.post(&format!("Group/g/${code}"), "registry", &patient(id));
    assert_eq!(answer(call("member-remove", "a")).await.0, 200);
    assert_eq!(members(&server).await, ["Patient/b"]);
    for _ in 0..2 {
        assert_eq!(answer(call("member-add", "a")).await.0, 200);
        assert_eq!(members(&server).await, ["Patient/b", "Patient/a"]);
    }
    assert_eq!(answer(call("member-add", "never")).await.0, 422);
    assert_eq!(members(&server).await.len(), 2);
}

#[actix_web::test]
async fn members_are_changed_with_the_rights_to_group_and_patient_alone() {
    for scope in [
        "system/*.rs",
        "system/Group.rus",
        "system/Patient.rs system/Group.rs",
    ] {
        let server = server(scope);
        let call = server.post("Group/g/$member-add", "registry", &patient("a"));
        assert_eq!(answer(call).await.0, 403, "{scope}");
    }
    let server = server("system/*.cruds");
    let call = server.post("Group/never/$member-add", "registry", &patient("a"));
    assert_eq!(answer(call).await.0, 404);
    assert_eq!(server.json("Group/g/$member-add", "registry").await.0, 405);
    server.tokens.issue("mine", "patient/*.cruds", Some("a"));
    let call = server.post("Group/g/$member-add", "mine", &patient("b"));
    assert!([403, 404].contains(&answer(call).await.0));
    assert_eq!(members(&server).await, ["Patient/a", "Patient/b"]);
    let empty = json!({ "resourceType": "Parameters" });
    assert_eq!(
        answer(server.post("Group/g/$member-remove", "registry", &empty))
            .await
            .0,
        400
    );
}
