//! EHR launch: the portal starts an app and tells it what it is about.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::helpers::*;
use crate::jwt::spawn_with_clients;

const ANNA: &str = "anna-bennett";
const ENCOUNTER: &str = "smart-1032702-e-20241125-wellness";
const EHR_SCOPE: &str = "launch openid fhirUser user/*.rs";

/// A signed-in person in the portal.
async fn portal(server: &TestServer, user: &str) -> Browser {
    let mut browser = Browser::default();
    let page = browser
        .sign_in(server, "/login", user, "demo-password")
        .await;
    assert_eq!(page.status, 303);
    browser
}

async fn start_app(server: &TestServer, browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let form = browser.get(server, "/launch").await;
    let csrf = form.csrf();
    let pairs = [fields.to_vec(), vec![("csrf_token", csrf.as_str())]].concat();
    browser.post(server, "/launch", &pairs).await
}

async fn handle(server: &TestServer, browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let page = start_app(server, browser, fields).await;
    assert_eq!(page.status, 303, "{}", page.text);
    query_of(page.location()).remove("launch").unwrap()
}

fn ehr(launch: &str, scope: &str) -> Pairs<'static> {
    request(&[("scope", Some(scope)), ("launch", Some(launch))])
}

async fn error_of(server: &TestServer, browser: &mut Browser, pairs: &Pairs<'_>) -> String {
    let page = browser.authorize(server, pairs).await;
    let mut answer = query_of(page.location());
    assert!(!answer.contains_key("code"));
    answer
        .remove("error")
        .unwrap_or_else(|| panic!("{}", page.location()))
}

async fn finish(server: &TestServer, browser: &mut Browser, pairs: &Pairs<'_>) -> Value {
    let path = browser.reach_consent_as(server, ANNA, pairs, AMY).await;
    let location = browser.agree(server, &path).await;
    let code = query_of(&location).remove("code").unwrap();
    let (status, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

#[tokio::test]
async fn a_launched_app_learns_what_it_is_about() {
    let server = spawn().await;
    let mut browser = portal(&server, ANNA).await;
    let fields = [
        ("app", "demo-app"),
        ("patient", AMY),
        ("intent", "reconcile-medications"),
    ];
    let page = start_app(&server, &mut browser, &fields).await;
    assert!(page.location().starts_with("http://127.0.0.1:3000/launch?"));
    let mut query = query_of(page.location());
    assert_eq!(query["iss"], FHIR_BASE);
    let launch = query.remove("launch").unwrap();
    let scope = "launch openid fhirUser offline_access user/*.rs";
    let tokens = finish(&server, &mut browser, &ehr(&launch, scope)).await;
    assert_eq!(tokens["scope"], scope);
    assert_eq!(tokens["patient"], AMY);
    assert_eq!(tokens["encounter"], ENCOUNTER);
    assert_eq!(tokens["intent"], "reconcile-medications");
    assert_eq!(tokens["need_patient_banner"], false);
    assert_eq!(
        (tokens.get("tenant"), tokens.get("fhirContext")),
        (None, None)
    );
    let answer = server
        .introspect(tokens["access_token"].as_str().unwrap())
        .await;
    assert_eq!(
        (&answer["patient"], &answer["encounter"]),
        (&AMY.into(), &ENCOUNTER.into())
    );
    let (_, renewed) = server
        .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
        .await;
    assert_eq!(
        (&renewed["patient"], &renewed["encounter"]),
        (&AMY.into(), &ENCOUNTER.into())
    );

    let style = tokens["smart_style_url"].as_str().unwrap();
    let path = style.strip_prefix(&server.issuer()).unwrap();
    let style = server
        .request(reqwest::Method::GET, path)
        .header("origin", "https://app.example")
        .send()
        .await
        .unwrap();
    assert_eq!(style.status(), 200);
    assert_eq!(style.headers()["access-control-allow-origin"], "*");
    assert!(style.json::<Value>().await.unwrap()["color_text"].is_string());
}

#[tokio::test]
async fn the_scope_of_a_visit_is_granted_only_when_the_launch_names_one() {
    let server = spawn().await;
    let mut browser = portal(&server, ANNA).await;
    let scope = "launch launch/encounter user/*.rs";
    for (fields, granted, encounter) in [
        (
            vec![("app", "demo-app"), ("patient", AMY)],
            scope,
            json!(ENCOUNTER),
        ),
        (
            vec![("app", "demo-app"), ("patient", AMY), ("encounter", "e-2")],
            scope,
            json!("e-2"),
        ),
        (vec![("app", "demo-app")], "launch user/*.rs", Value::Null),
    ] {
        let launch = handle(&server, &mut browser, &fields).await;
        let tokens = finish(&server, &mut browser, &ehr(&launch, scope)).await;
        assert_eq!(
            (&tokens["scope"], &tokens["encounter"]),
            (&granted.into(), &encounter)
        );
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(server.introspect(token).await["encounter"], encounter);
    }
    // Nobody is asked for a visit outside the portal.
    let alone = server
        .tokens("launch/patient launch/encounter patient/*.rs")
        .await;
    assert_eq!(alone["scope"], "launch/patient patient/*.rs");
    assert_eq!(alone.get("encounter"), None);
    let nothing = request(&[("scope", Some("launch/encounter"))]);
    assert_eq!(
        error_of(&server, &mut browser, &nothing).await,
        "invalid_scope"
    );
}

#[tokio::test]
async fn a_launched_app_may_hold_patient_scopes_too() {
    let server = spawn().await;
    let mut browser = portal(&server, ANNA).await;
    let launch = handle(
        &server,
        &mut browser,
        &[("app", "demo-app"), ("patient", AMY)],
    )
    .await;
    let scope = "launch openid fhirUser patient/Patient.rs";
    let tokens = finish(&server, &mut browser, &ehr(&launch, scope)).await;
    assert_eq!(
        (&tokens["scope"], &tokens["patient"]),
        (&scope.into(), &AMY.into())
    );
}

#[tokio::test]
async fn a_patient_may_start_an_app_about_themselves() {
    let server = spawn().await;
    let mut browser = portal(&server, "joseph-ross").await;
    let fields = [
        ("app", "demo-app"),
        ("patient", "smart-1081332"),
        ("need_patient_banner", "true"),
    ];
    let launch = handle(&server, &mut browser, &fields).await;
    let tokens = finish(&server, &mut browser, &ehr(&launch, "launch patient/*.rs")).await;
    assert_eq!(tokens["patient"], "smart-1081332");
    assert_eq!(tokens["need_patient_banner"], true);
}

#[tokio::test]
async fn a_launch_is_good_once_for_its_app_for_five_minutes() {
    let server = spawn().await;
    let mut browser = portal(&server, ANNA).await;
    let fields = [("app", "demo-app"), ("patient", AMY)];
    let used = handle(&server, &mut browser, &fields).await;
    let first = browser.authorize(&server, &ehr(&used, EHR_SCOPE)).await;
    assert!(first.location().starts_with("/login?grant="));
    assert_eq!(
        error_of(&server, &mut browser, &ehr(&used, EHR_SCOPE)).await,
        "invalid_request"
    );

    let foreign = handle(&server, &mut browser, &fields).await;
    let mut pairs = ehr(&foreign, EHR_SCOPE);
    pairs.retain(|(name, _)| *name != "client_id");
    pairs.push(("client_id", "demo-confidential".into()));
    assert_eq!(
        error_of(&server, &mut browser, &pairs).await,
        "invalid_request"
    );

    let late = handle(&server, &mut browser, &fields).await;
    server.advance(TimeDelta::minutes(5));
    for launch in [late.as_str(), "unknown", "../x"] {
        let error = error_of(&server, &mut browser, &ehr(launch, EHR_SCOPE)).await;
        assert_eq!(error, "invalid_request", "{launch}");
    }
}

#[tokio::test]
async fn a_launch_belongs_to_the_person_who_started_it() {
    let server = spawn().await;
    let mut anna = portal(&server, ANNA).await;
    let launch = handle(&server, &mut anna, &[("app", "demo-app"), ("patient", AMY)]).await;
    let mut daniel = portal(&server, "daniel-adams").await;
    let login = daniel.authorize(&server, &ehr(&launch, EHR_SCOPE)).await;
    let page = daniel.get(&server, login.location()).await;
    let answer = query_of(page.location());
    assert_eq!(
        (answer["error"].as_str(), answer["state"].as_str()),
        ("access_denied", STATE)
    );
}

#[tokio::test]
async fn the_scope_launch_needs_the_parameter_and_the_parameter_alone_means_nothing() {
    let server = spawn().await;
    let mut browser = portal(&server, ANNA).await;
    let without = request(&[("scope", Some(EHR_SCOPE))]);
    assert_eq!(
        error_of(&server, &mut browser, &without).await,
        "invalid_request"
    );
    let launch = handle(
        &server,
        &mut browser,
        &[("app", "demo-app"), ("patient", DANIEL)],
    )
    .await;
    let tokens = finish(
        &server,
        &mut browser,
        &ehr(&launch, "launch/patient user/*.rs"),
    )
    .await;
    assert_eq!(tokens["patient"], AMY);
    assert_eq!(
        (tokens.get("encounter"), tokens.get("smart_style_url")),
        (None, None)
    );
}

#[tokio::test]
async fn fhir_context_and_tenant_are_told_as_registered() {
    let client = |id: &str, format: &str| {
        json!({"client_id": id, "client_name": id, "token_endpoint_auth_methods": ["none"],
            "redirect_uris": ["http://127.0.0.1/callback"], "scope": "launch user/*.rs",
            "launch_url": "https://app.example/launch?x=1", "fhir_context": format})
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.json");
    let clients = json!({"clients": [client("old", "references"), client("new", "objects")]});
    std::fs::write(&path, clients.to_string()).unwrap();
    let server = spawn_with(authz::Configuration {
        clients: Some(path),
        tenant: Some("north".into()),
        ..configuration()
    })
    .await;
    for (id, context) in [
        ("old", json!(["ImagingStudy/1", "DiagnosticReport/2"])),
        (
            "new",
            json!([{"reference": "ImagingStudy/1"}, {"reference": "DiagnosticReport/2"}]),
        ),
    ] {
        let mut browser = portal(&server, ANNA).await;
        let fields = [
            ("app", id),
            ("fhir_context", "ImagingStudy/1 DiagnosticReport/2"),
        ];
        let page = start_app(&server, &mut browser, &fields).await;
        assert!(
            page.location()
                .starts_with("https://app.example/launch?x=1&iss=")
        );
        let launch = query_of(page.location()).remove("launch").unwrap();
        let mut pairs = ehr(&launch, "launch user/*.rs");
        pairs.retain(|(name, _)| *name != "client_id");
        pairs.push(("client_id", id.into()));
        let path = browser.reach_consent_as(&server, ANNA, &pairs, "").await;
        let code = query_of(&browser.agree(&server, &path).await)
            .remove("code")
            .unwrap();
        let mut form = exchange(&code);
        form.retain(|(name, _)| *name != "client_id");
        form.push(("client_id", id));
        let (_, tokens) = server.token(None, &form).await;
        assert_eq!(
            (&tokens["fhirContext"], &tokens["tenant"]),
            (&context, &"north".into())
        );
        assert_eq!(tokens.get("patient"), None);
    }
}

#[tokio::test]
async fn only_sensible_launches_start() {
    let server = spawn().await;
    let mut anna = portal(&server, ANNA).await;
    for (fields, status) in [
        (vec![("app", "unknown")], 404),
        (vec![("app", "demo-app"), ("patient", "elena-tsosie")], 403),
        (vec![("app", "demo-backend")], 400),
        (
            vec![
                ("app", "demo-app"),
                ("launch_url", "https://evil.example/launch"),
            ],
            400,
        ),
        (
            vec![
                ("app", "demo-app"),
                ("launch_url", "http://127.0.0.1:3000/other"),
            ],
            400,
        ),
        (vec![("app", "demo-app"), ("encounter", "e-1")], 400),
        (
            vec![
                ("app", "demo-app"),
                ("patient", AMY),
                ("encounter", "Encounter/1"),
            ],
            400,
        ),
        (
            vec![("app", "demo-app"), ("fhir_context", "Patient/1")],
            400,
        ),
    ] {
        let page = start_app(&server, &mut anna, &fields).await;
        assert_eq!(page.status, status, "{fields:?}");
        assert_eq!(page.location, None);
    }
    let fields = [
        ("app", "demo-app"),
        ("launch_url", "http://127.0.0.1:5555/launch"),
    ];
    let page = start_app(&server, &mut anna, &fields).await;
    assert!(
        page.location()
            .starts_with("http://127.0.0.1:5555/launch?iss=")
    );
    let mut daniel = portal(&server, "daniel-adams").await;
    let nobody = start_app(&server, &mut daniel, &[("app", "demo-app")]).await;
    assert_eq!(nobody.status, 400);
    let forged = daniel
        .post(
            &server,
            "/launch",
            &[("app", "demo-app"), ("csrf_token", "x")],
        )
        .await;
    assert_eq!(forged.status, 403);
    let anonymous = Browser::default().get(&server, "/launch").await;
    assert_eq!(anonymous.path(), "/login");
}

#[tokio::test]
async fn a_registered_app_can_be_started_and_is_marked_as_not_verified() {
    let server = spawn().await;
    let body = json!({"redirect_uris": ["http://127.0.0.1/callback"], "client_name": "Mine",
        "launch_url": "https://mine.example/launch"});
    let register = server.request(reqwest::Method::POST, "/oauth/register");
    let client: Value = register
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(client["launch_url"], "https://mine.example/launch");
    let mut browser = portal(&server, ANNA).await;
    let page = browser.get(&server, "/launch").await;
    assert!(
        page.text
            .contains("Mine (https://mine.example/launch), not verified")
    );
    let id = client["client_id"].as_str().unwrap();
    let page = start_app(&server, &mut browser, &[("app", id)]).await;
    assert!(page.location().starts_with("https://mine.example/launch?"));
    let bad = json!({"redirect_uris": ["https://a.example/cb"], "launch_url": "javascript:x"});
    let register = server.request(reqwest::Method::POST, "/oauth/register");
    assert_eq!(register.json(&bad).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn no_handle_is_on_disk_in_clear() {
    let (server, folder) = spawn_with_clients(json!([])).await;
    drop(server);
    let database = authz::Database::File(folder.path().join("authz.sqlite"));
    let server = spawn_with(authz::Configuration {
        database,
        ..configuration()
    })
    .await;
    let mut browser = portal(&server, ANNA).await;
    let launch = handle(
        &server,
        &mut browser,
        &[("app", "demo-app"), ("patient", AMY)],
    )
    .await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes
                .windows(launch.len())
                .any(|window| window == launch.as_bytes())
        );
    }
}
