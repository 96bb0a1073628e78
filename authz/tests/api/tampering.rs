//! Forms that were changed by hand give nothing more, and forms that are not ours give nothing.

use std::collections::BTreeSet;

use crate::fhir::*;
use crate::helpers::*;

/// Where forms go, with fields that would do something.
const FORMS: &[(&str, &[(&str, &str)])] = &[
    (
        "/login",
        &[("username", "daniel-adams"), ("password", "demo-password")],
    ),
    ("/logout", &[]),
    ("/language", &[("language", "es")]),
    ("/launch", &[("app", "demo-app"), ("patient", DANIEL)]),
    (
        "/password",
        &[
            ("current", "demo-password"),
            ("new", "a-new-password-of-length"),
        ],
    ),
    ("/apps/revoke", &[("app", "x")]),
    ("/apps/change", &[("app", "x"), ("category", "patient")]),
    (
        "/developers/register",
        &[
            ("client_name", "x"),
            ("redirect_uris", REDIRECT),
            ("method", "none"),
        ],
    ),
    ("/developers/decode", &[("response", "{}")]),
];

/// Forms of one authorization; each has tests of its own below.
const GRANT_FORMS: [&str; 2] = ["/select-patient", "/consent"];

#[test]
fn every_route_that_takes_a_form_is_in_a_list() {
    let source = include_str!("../../src/endpoint/mod.rs");
    let routes = source.split("fn portal_routes").nth(1).unwrap();
    let routes = routes.split("fn discovery_routes").next().unwrap();
    let mut count = 0;
    for service in routes.split(".service(").skip(1) {
        if !service.contains("web::post()") {
            continue;
        }
        let path = service.split('"').nth(1).unwrap();
        let known = FORMS.iter().any(|(form, _)| *form == path);
        assert!(known || GRANT_FORMS.contains(&path), "{path}");
        count += 1;
    }
    assert_eq!(count, FORMS.len() + GRANT_FORMS.len());
}

#[tokio::test]
async fn no_form_of_an_authorization_is_taken_without_the_token_of_its_page() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
    let choose = path.replace("/consent", "/select-patient");
    for (path, field) in [
        (&path, ("decision", "approve")),
        (&choose, ("patient", AMY)),
    ] {
        for token in [None, Some(""), Some("x")] {
            let mut fields = vec![field];
            fields.extend(token.map(|token| ("csrf_token", token)));
            let answer = browser.post(&server, path, &fields).await;
            assert_eq!(answer.status, 403, "{path} {token:?}");
        }
    }
    // Nothing happened: the question still stands.
    assert_eq!(browser.get(&server, &path).await.status, 200);
}

#[tokio::test]
async fn no_form_is_taken_without_the_token_of_its_page() {
    let server = spawn().await;
    let mut daniel = Browser::default();
    daniel
        .sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    let mut joseph = Browser::default();
    joseph
        .sign_in(&server, "/login", "joseph-ross", "demo-password")
        .await;
    let foreign = joseph.get(&server, "/password").await.csrf();
    for (path, fields) in FORMS {
        for token in [None, Some(""), Some("x"), Some(foreign.as_str())] {
            let mut fields = fields.to_vec();
            fields.extend(token.map(|token| ("csrf_token", token)));
            let answer = daniel.post(&server, path, &fields).await;
            assert_eq!(answer.status, 403, "{path} {token:?}");
        }
    }
    assert_eq!(daniel.get(&server, "/apps").await.status, 200);
}

#[tokio::test]
async fn every_form_that_changes_something_is_in_the_list() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut browser = Browser::default();
    server.tokens_in(&mut browser, SCOPE).await;
    let apps = browser.get(&server, "/apps").await;
    let app = format!("/apps/{}", apps.select("button[name=app]")[0]["value"]);
    let record = format!("/record/{DANIEL}");
    let mut seen = BTreeSet::new();
    for page in [
        "/",
        "/privacy",
        "/apps",
        &app,
        "/activity",
        "/launch",
        "/password",
        "/people",
        &record,
        "/developers",
        "/developers/register",
        "/developers/decode",
        "/developers/app/demo-app",
    ] {
        let page = browser.get(&server, page).await;
        assert_eq!(page.status, 200);
        let posted = page.select("form[method=post]");
        assert_eq!(
            page.select("form[method=post] input[name=csrf_token][value]")
                .len(),
            posted.len()
        );
        seen.extend(posted.into_iter().map(|form| form["action"].clone()));
    }
    for action in seen {
        assert!(FORMS.iter().any(|(path, _)| *path == action), "{action}");
    }
}

#[tokio::test]
async fn fields_that_a_consent_form_does_not_have_change_nothing() {
    let server = spawn().await;
    let scope = "launch/patient patient/Condition.rs";
    let mut browser = Browser::default();
    let path = browser
        .reach_consent(&server, &request(&[("scope", Some(scope))]), DANIEL)
        .await;
    let mut fields = browser.get(&server, &path).await.fields("#consent");
    for (name, value) in [
        ("client_id", "demo-confidential"),
        ("redirect_uri", "https://evil.example/"),
        ("scope", "patient/*.cruds"),
        ("scope", "offline_access"),
        ("scope", "system/*.rs"),
        ("category", "medications"),
        ("user", "3"),
        ("expires", "99999999999"),
        ("decision", "approve"),
    ] {
        fields.push((name.into(), value.into()));
    }
    let answer = browser.post(&server, &path, &fields).await;
    assert!(
        answer.location().starts_with(REDIRECT),
        "{:?}",
        answer.location
    );
    let code = query_of(answer.location()).remove("code").unwrap();
    let (_, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!(tokens["scope"], scope);
    assert_eq!(tokens["patient"], DANIEL);
    assert!(tokens.get("refresh_token").is_none());
}

#[tokio::test]
async fn a_launch_for_somebody_else_s_patient_is_refused() {
    let server = spawn().await;
    let mut browser = Browser::default();
    browser
        .sign_in(&server, "/login", "joseph-ross", "demo-password")
        .await;
    let csrf = browser.get(&server, "/launch").await.csrf();
    let pairs = [
        ("csrf_token", csrf.as_str()),
        ("app", "demo-app"),
        ("patient", DANIEL),
    ];
    assert_eq!(browser.post(&server, "/launch", &pairs).await.status, 403);
}

#[tokio::test]
async fn no_page_weighs_more_than_a_hundred_kilobytes() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    for number in 0..800 {
        let (year, month) = (1990 + number / 12 % 30, number % 12 + 1);
        ehr.hold(serde_json::json!({"of": DANIEL, "resource": {
            "resourceType": "Observation", "id": format!("o{number}"), "status": "final",
            "code": {"text": format!("A measurement with a long name, number {}", number % 20)},
            "effectiveDateTime": format!("{year}-{month:02}-01"),
            "valueQuantity": {"value": number, "unit": "mg/dL"},
            "performer": [{"display": "A laboratory with a long name"}],
        }}));
    }
    let mut browser = Browser::default();
    browser
        .sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    for page in ["", "/laboratory", "/laboratory?page=2"] {
        let page = browser
            .get(&server, &format!("/record/{DANIEL}{page}"))
            .await;
        assert!(page.text.len() < 100_000, "{}", page.text.len());
        assert!(page.text.len() > 1000);
    }
    let style = server.request(reqwest::Method::GET, "/assets/portal.css");
    let style = style.send().await.unwrap().text().await.unwrap();
    assert!(style.len() < 30_000);
}
