//! People who treat patients, and `user/` scopes.

use serde_json::Value;

use crate::helpers::*;

const ANNA: &str = "anna-bennett";

async fn tokens_of(server: &TestServer, user: &str, scope: &str, patient: &str) -> Value {
    let mut browser = Browser::default();
    let pairs = request(&[("scope", Some(scope))]);
    let path = browser
        .reach_consent_as(server, user, &pairs, patient)
        .await;
    let location = browser.agree(server, &path).await;
    let code = query_of(&location).remove("code").unwrap();
    let (status, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

async fn introspected(server: &TestServer, tokens: &Value) -> Value {
    server
        .introspect(tokens["access_token"].as_str().unwrap())
        .await
}

#[tokio::test]
async fn user_scopes_of_a_practitioner_need_no_patient_and_say_whose_they_are() {
    let server = spawn().await;
    let tokens = tokens_of(&server, ANNA, "user/*.read", "").await;
    assert_eq!(tokens["scope"], "user/*.read");
    assert_eq!(tokens.get("patient"), None);
    let answer = introspected(&server, &tokens).await;
    assert_eq!(
        answer["fhirUser"],
        format!("{FHIR_BASE}/Practitioner/prac-anna-bennett")
    );
    assert_eq!(answer.get("patient"), None);
}

#[tokio::test]
async fn a_practitioner_chooses_among_their_patients() {
    let server = spawn().await;
    let scope = "launch/patient openid fhirUser user/*.rs";
    let tokens = tokens_of(&server, ANNA, scope, AMY).await;
    assert_eq!(
        (&tokens["patient"], &tokens["scope"]),
        (&AMY.into(), &scope.into())
    );
    let answer = introspected(&server, &tokens).await;
    assert_eq!(answer["patient"], AMY);
    assert_eq!(
        answer["fhirUser"],
        format!("{FHIR_BASE}/Practitioner/prac-anna-bennett")
    );
}

#[tokio::test]
async fn user_scopes_of_anybody_else_end_at_the_chosen_record() {
    let server = spawn().await;
    let tokens = tokens_of(&server, "daniel-adams", "user/*.rs", DANIEL).await;
    assert_eq!(tokens["patient"], DANIEL);
    let answer = introspected(&server, &tokens).await;
    assert_eq!(answer["fhirUser"], format!("{FHIR_BASE}/Patient/{DANIEL}"));
}

#[tokio::test]
async fn a_representative_is_the_related_person_of_the_patient() {
    let server = spawn().await;
    let scope = "launch/patient openid fhirUser patient/*.rs";
    let tokens = tokens_of(&server, "daniel-adams", scope, AMY).await;
    let url = format!("{FHIR_BASE}/RelatedPerson/smart-1032702-rel-grandfather");
    assert_eq!(introspected(&server, &tokens).await["fhirUser"], url);
    let claims = claims_of(&tokens);
    assert_eq!(claims["fhirUser"], url);
}

fn claims_of(tokens: &Value) -> Value {
    use base64::Engine as _;
    let text = tokens["id_token"].as_str().unwrap();
    let claims = text.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(claims)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_practitioner_reads_no_words_meant_for_patients() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let pairs = request(&[("scope", Some("user/*.rs openid"))]);
    let path = browser.reach_consent_as(&server, ANNA, &pairs, "").await;
    let page = browser.get(&server, &path).await;
    for words in [
        "your own record",
        "your care",
        "About you",
        "keep to yourself",
    ] {
        assert!(!page.text.contains(words), "{words}");
    }
    assert!(page.text.contains("The app acts with your rights"));
    assert_eq!(page.select("button#authorize").len(), 1);
}

#[tokio::test]
async fn a_practitioner_cannot_choose_a_patient_who_is_not_theirs() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let login = browser.authorize(&server, &request(&[])).await;
    let login = login.location().to_owned();
    let next = browser
        .sign_in(&server, &login, ANNA, "demo-password")
        .await;
    let path = next.location().to_owned();
    let picker = browser.get(&server, &path).await;
    let pairs = [
        ("csrf_token", picker.csrf()),
        ("patient", "elena-tsosie".into()),
    ];
    assert_eq!(browser.post(&server, &path, &pairs).await.status, 403);
}
