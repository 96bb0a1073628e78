//! Forms that were changed by hand give nothing more.

use crate::fhir::*;
use crate::helpers::*;

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
