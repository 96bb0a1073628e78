//! What a person's answer can and cannot do.

use chrono::TimeDelta;

use crate::helpers::*;

struct Asked {
    server: TestServer,
    browser: Browser,
    path: String,
    fields: Vec<(String, String)>,
}

impl Asked {
    async fn about(scope: &str) -> Self {
        let server = spawn().await;
        let mut browser = Browser::default();
        let path = browser
            .reach_consent(&server, &request(&[("scope", Some(scope))]), DANIEL)
            .await;
        let fields = browser.get(&server, &path).await.fields("#consent");
        Self {
            server,
            browser,
            path,
            fields,
        }
    }

    fn without(mut self, name: &str, value: &str) -> Self {
        self.fields
            .retain(|(known, held)| known != name || (!value.is_empty() && held != value));
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    async fn answer(&mut self, decision: &str) -> Page {
        let mut fields = self.fields.clone();
        fields.push(("decision".into(), decision.into()));
        self.browser.post(&self.server, &self.path, &fields).await
    }

    async fn granted(&mut self) -> serde_json::Value {
        let page = self.answer("approve").await;
        let code = query_of(page.location()).remove("code").unwrap();
        let (status, tokens) = self.server.token(None, &exchange(&code)).await;
        assert_eq!(status, 200);
        tokens
    }
}

fn assert_denied(page: &Page) {
    let answer = query_of(page.location());
    assert_eq!(
        (page.status.as_u16(), answer["error"].as_str()),
        (303, "access_denied")
    );
    assert_eq!(answer["state"], STATE);
    assert!(!answer.contains_key("code"));
}

#[tokio::test]
async fn a_refusal_reaches_the_app_with_state() {
    let mut asked = Asked::about(SCOPE).await;
    assert_denied(&asked.answer("deny").await);
}

#[tokio::test]
async fn an_unknown_decision_is_a_refusal() {
    let mut asked = Asked::about(SCOPE).await;
    assert_denied(&asked.answer("perhaps").await);
}

#[tokio::test]
async fn unticking_all_data_is_a_refusal() {
    let mut asked = Asked::about(SCOPE).await.without("category", "");
    assert_denied(&asked.answer("approve").await);
}

#[tokio::test]
async fn an_unticked_category_is_not_in_the_scope() {
    let mut asked = Asked::about("launch/patient patient/*.rs")
        .await
        .without("category", "laboratory");
    let tokens = asked.granted().await;
    let scope = tokens["scope"].as_str().unwrap();
    assert!(scope.contains("patient/Condition.rs") && scope.contains("vital-signs"));
    assert!(
        !scope.contains("laboratory")
            && !scope.contains("patient/*")
            && !scope.contains("Specimen")
    );
    let answer = asked
        .server
        .introspect(tokens["access_token"].as_str().unwrap())
        .await;
    assert_eq!(answer["scope"], scope);
}

#[tokio::test]
async fn genetics_are_a_tick_of_their_own_in_both_languages() {
    let mut asked = Asked::about("launch/patient patient/*.rs").await;
    let page = asked.browser.get(&asked.server, &asked.path).await;
    let own = page.select("input[name=category][value=genomics]");
    assert_eq!(own.len(), 1);
    assert!(page.text.contains("Genetics") && page.text.contains("relatives"));
    asked.browser.language = Some("s4s-language=es".to_owned());
    let page = asked.browser.get(&asked.server, &asked.path).await;
    assert!(
        page.text.contains("Genética") && page.text.contains("familiares"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn unticked_genetics_are_kept_out_of_every_scope_and_of_the_labels() {
    let mut asked = Asked::about("launch/patient patient/*.rs")
        .await
        .without("category", "genomics");
    let tokens = asked.granted().await;
    let scope = tokens["scope"].as_str().unwrap();
    let kept_out = "_security:not=http://terminology.hl7.org/CodeSystem/v3-ActCode|GDIS";
    for ty in [
        "Observation",
        "DiagnosticReport",
        "DocumentReference",
        "RiskAssessment",
    ] {
        let mut of_type = scope
            .split(' ')
            .filter(|word| word.starts_with(&format!("patient/{ty}.")));
        assert!(of_type.clone().count() > 0, "{ty}");
        assert!(of_type.all(|word| word.contains(kept_out)), "{ty}: {scope}");
    }
    assert!(
        !scope.contains("MolecularSequence") && scope.contains("laboratory"),
        "{scope}"
    );
    let token = tokens["access_token"].as_str().unwrap();
    let answer = asked.server.introspect(token).await;
    let labels = answer["security_labels"].as_array().unwrap();
    assert!(labels.contains(&"laboratory".into()) && !labels.contains(&"genomics".into()));
    assert_eq!(answer["scope"], scope);
}

#[tokio::test]
async fn refusing_offline_access_refuses_the_refresh_token() {
    let mut asked = Asked::about(SCOPE).await.without("scope", "");
    let tokens = asked.granted().await;
    assert_eq!(tokens.get("refresh_token"), None);
    assert!(!tokens["scope"].as_str().unwrap().contains("offline_access"));
}

#[tokio::test]
async fn nothing_that_was_not_asked_for_can_be_added() {
    let mut asked = Asked::about("launch/patient patient/Condition.rs")
        .await
        .with("scope", "offline_access")
        .with("scope", "patient/*.cruds")
        .with("category", "laboratory")
        .with("client_id", "demo-confidential")
        .with("redirect_uri", "https://evil.example")
        .with("aud", "https://evil.example")
        .with("expires", "2099-01-01");
    let tokens = asked.granted().await;
    assert_eq!(tokens["scope"], "launch/patient patient/Condition.rs");
    assert_eq!(tokens.get("refresh_token"), None);
}

#[tokio::test]
async fn naming_another_patient_ends_the_request() {
    let mut asked = Asked::about(SCOPE).await.with("patient", "smart-1081332");
    let page = asked.answer("approve").await;
    assert_eq!((page.status.as_u16(), page.location), (403, None));
    let again = asked.without("patient", "").answer("approve").await;
    assert_eq!(again.status, 400);
}

#[tokio::test]
async fn a_second_answer_changes_nothing() {
    let mut asked = Asked::about(SCOPE).await;
    let first = asked.answer("approve").await;
    assert_eq!(first.status, 303);
    for decision in ["approve", "deny"] {
        let again = asked.answer(decision).await;
        assert_eq!((again.status.as_u16(), again.location), (400, None));
        assert!(again.text.contains("already been answered"));
    }
    let code = query_of(first.location()).remove("code").unwrap();
    assert_eq!(asked.server.token(None, &exchange(&code)).await.0, 200);
}

#[tokio::test]
async fn the_end_date_is_checked_by_the_server() {
    for day in [
        "2027-01-15",
        "2020-01-01",
        "2031-01-01",
        "tomorrow",
        "2027-13-01",
    ] {
        let mut asked = Asked::about(SCOPE)
            .await
            .without("share_until", "")
            .with("share_until", day);
        let page = asked.answer("approve").await;
        assert_eq!(
            (page.status.as_u16(), &page.location),
            (400, &None),
            "{day}"
        );
        assert!(page.text.contains("end date"), "{day}");
    }
}

#[tokio::test]
async fn the_end_date_ends_refresh_and_introspection() {
    // The clock starts on 15 January 2027.
    let mut asked = Asked::about(SCOPE)
        .await
        .without("share_until", "")
        .with("share_until", "2027-01-16");
    let tokens = asked.granted().await;
    let server = &asked.server;
    server.advance(TimeDelta::minutes(39 * 60 + 30));
    let (status, renewed) = server
        .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
        .await;
    assert_eq!(status, 200, "{renewed}");
    assert_eq!(renewed["expires_in"], 1800);
    server.advance(TimeDelta::minutes(30));
    assert!(
        !server
            .is_active(renewed["access_token"].as_str().unwrap())
            .await
    );
    let (status, body) = server
        .token(None, &refresh(renewed["refresh_token"].as_str().unwrap()))
        .await;
    assert_eq!(
        (status.as_u16(), &body["error"]),
        (400, &"invalid_grant".into())
    );
}

#[tokio::test]
async fn another_person_or_browser_sees_no_consent_page() {
    let asked = Asked::about(SCOPE).await;
    let mut other = Browser::default();
    let page = other
        .sign_in(&asked.server, "/login", "joseph-ross", "demo-password")
        .await;
    assert_eq!(page.location(), "/record");
    assert_eq!(other.get(&asked.server, &asked.path).await.status, 404);
    let mut same_person = Browser::default();
    same_person
        .sign_in(&asked.server, "/login", "daniel-adams", "demo-password")
        .await;
    assert_eq!(
        same_person.get(&asked.server, &asked.path).await.status,
        404
    );
    let page = Browser::default().get(&asked.server, &asked.path).await;
    assert!(page.location().starts_with("/login?grant="));
}

#[tokio::test]
async fn an_expired_request_must_start_again() {
    let mut asked = Asked::about(SCOPE).await;
    asked.server.advance(TimeDelta::minutes(14));
    asked.browser.get(&asked.server, "/apps").await;
    // Answered after a write, and so after the session's use was noted.
    asked.browser.authorize(&asked.server, &request(&[])).await;
    asked.server.advance(TimeDelta::minutes(1));
    let page = asked.answer("approve").await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("start again from the app"));
}

#[tokio::test]
async fn a_patient_who_is_not_the_person_s_cannot_be_chosen() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let login = browser
        .authorize(&server, &request(&[]))
        .await
        .location()
        .to_owned();
    let next = browser
        .sign_in(&server, &login, "daniel-adams", "demo-password")
        .await;
    let path = next.location().to_owned();
    let csrf = browser.get(&server, &path).await.csrf();
    let pairs = [("csrf_token", csrf.as_str()), ("patient", "smart-1081332")];
    assert_eq!(browser.post(&server, &path, &pairs).await.status, 403);
    let pairs = [("csrf_token", csrf.as_str()), ("patient", DANIEL)];
    assert_eq!(browser.post(&server, &path, &pairs).await.status, 400);
}

#[tokio::test]
async fn the_app_s_name_is_shown_as_text() {
    let server = spawn().await;
    let body = serde_json::json!({
        "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none",
        "client_name": "<script>alert(1)</script>\u{202e}",
    });
    let client: serde_json::Value = server
        .request(reqwest::Method::POST, "/oauth/register")
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let pairs = request(&[
        ("client_id", client["client_id"].as_str()),
        ("redirect_uri", Some("https://app.example/cb")),
    ]);
    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &pairs, DANIEL).await;
    let page = browser.get(&server, &path).await;
    assert!(!page.text.contains("<script>") && !page.text.contains('\u{202e}'));
}

#[tokio::test]
async fn every_request_is_put_to_the_person_anew() {
    let server = spawn().await;
    let mut browser = Browser::default();
    for _ in 0..2 {
        let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
        let page = browser.get(&server, &path).await;
        assert_eq!(page.select("button#authorize").len(), 1);
        browser.agree(&server, &path).await;
    }
}

#[tokio::test]
async fn what_was_dropped_is_not_on_the_page() {
    let asked = Asked::about("launch/patient patient/Condition.rs system/*.rs nonsense").await;
    let Asked {
        server,
        mut browser,
        path,
        ..
    } = asked;
    let page = browser.get(&server, &path).await;
    assert!(!page.text.contains("nonsense") && !page.text.contains("system/"));
}

#[tokio::test]
async fn addresses_of_an_unverified_app_become_no_link_and_no_picture() {
    let server = spawn().await;
    let client = server
        .register(&serde_json::json!({
            "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none",
            "client_name": "n".repeat(1024), "contacts": ["<b>"],
            "logo_uri": "https://app.example/logo.png", "policy_uri": "https://app.example/policy",
            "tos_uri": "https://app.example/tos",
        }))
        .await;
    assert_eq!(client["client_name"].as_str().unwrap().len(), 100);
    let pairs = request(&[
        ("client_id", client["client_id"].as_str()),
        ("redirect_uri", Some("https://app.example/cb")),
    ]);
    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &pairs, DANIEL).await;
    let page = browser.get(&server, &path).await;
    assert!(!page.text.contains("logo.png") && !page.text.contains("app.example/"));
}

#[tokio::test]
async fn what_is_read_once_more_is_what_would_be_shared_and_grants_nothing() {
    let mut asked = Asked::about(SCOPE).await.without("category", "laboratory");
    let review = asked.answer("review").await;
    assert_eq!((review.status.as_u16(), &review.location), (200, &None));
    assert!(
        review
            .text
            .contains("<li class=\"gone\">Laboratory results</li>")
    );
    assert!(review.text.contains("<li>Health problems</li>"));
    assert!(review.text.contains("15 January 2027") && review.text.contains("15 January 2028"));
    // What the page would send on is what was ticked, and leads to the same grant.
    asked.fields = review.fields("#consent");
    let again = asked.answer("change").await;
    assert_eq!(again.status, 200);
    let ticked = again.fields("#consent");
    assert!(!ticked.iter().any(|(_, value)| value == "laboratory"));
    assert!(ticked.iter().any(|(_, value)| value == "problems"));
    asked.fields = ticked;
    let tokens = asked.granted().await;
    let scope = tokens["scope"].as_str().unwrap();
    assert!(scope.contains("patient/Condition.rs") && !scope.contains("laboratory"));
}

#[tokio::test]
async fn whoever_is_asked_again_finds_what_they_ticked() {
    let mut asked = Asked::about(&format!("{SCOPE} patient/*.cruds"))
        .await
        .without("category", "laboratory")
        .without("scope", "")
        .without("share_until", "")
        .with("changes", "yes")
        .with("share_until", "2099-01-01");
    let page = asked.answer("approve").await;
    assert_eq!(page.status, 400);
    let ticked = page.fields("#consent");
    let names: Vec<&str> = ticked.iter().map(|(name, _)| name.as_str()).collect();
    assert!(!ticked.iter().any(|(_, value)| value == "laboratory"));
    assert!(!names.contains(&"scope") && names.contains(&"changes"));
}

#[tokio::test]
async fn nothing_to_read_once_more_is_told() {
    let mut asked = Asked::about(SCOPE).await.without("category", "");
    let page = asked.answer("review").await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("Nothing is ticked"));
}
