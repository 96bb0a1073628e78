//! The developers' corner of the demo profile.

use serde_json::Value;

use crate::helpers::*;

async fn anna(server: &TestServer) -> Browser {
    let mut browser = Browser::default();
    browser
        .sign_in(server, "/login", "anna-bennett", "demo-password")
        .await;
    browser
}

async fn register(server: &TestServer, browser: &mut Browser, changes: &[(&str, &str)]) -> Page {
    let csrf = browser.get(server, "/developers/register").await.csrf();
    let mut pairs = vec![
        ("csrf_token", csrf.as_str()),
        ("client_name", "My App"),
        ("redirect_uris", REDIRECT),
        ("method", "client_secret_basic"),
        ("scope", "launch/patient patient/*.rs"),
    ];
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    browser.post(server, "/developers/register", &pairs).await
}

fn client_id(page: &Page) -> String {
    let html = scraper::Html::parse_document(&page.text);
    let selector = scraper::Selector::parse("#client-id").unwrap();
    let text = html.select(&selector).next().unwrap().text();
    text.collect()
}

#[tokio::test]
async fn an_app_that_is_registered_by_form_works_and_is_listed() {
    let server = spawn().await;
    let mut browser = anna(&server).await;
    let page = register(&server, &mut browser, &[("method", "none")]).await;
    let id = client_id(&page);
    assert_eq!(page.select(".snippet").len(), 3);
    let pairs = request(&[
        ("client_id", Some(id.as_str())),
        ("scope", Some("launch/patient patient/*.rs")),
    ]);
    let mut daniel = Browser::default();
    let path = daniel.reach_consent(&server, &pairs, DANIEL).await;
    assert!(daniel.get(&server, &path).await.text.contains("My App"));
    let own = browser.get(&server, "/developers").await;
    assert!(own.text.contains(&id));
    let others = daniel.get(&server, "/developers").await;
    assert!(!others.text.contains(&id));
    let hidden = daniel.get(&server, &format!("/developers/app/{id}")).await;
    assert_eq!(hidden.status, 404);
}

#[tokio::test]
async fn a_registration_that_is_refused_says_why_and_keeps_what_was_typed() {
    let server = spawn().await;
    let mut browser = anna(&server).await;
    for (name, value) in [
        ("redirect_uris", "http://evil.example/cb"),
        ("redirect_uris", "https://app.example/#x"),
        ("method", "nonsense"),
        ("launch_url", "javascript:alert(1)"),
    ] {
        let page = register(&server, &mut browser, &[(name, value)]).await;
        assert_eq!(page.status, 400, "{value}");
        assert_eq!(page.select("[role=alert]").len(), 1);
        assert_eq!(page.select("#client_name")[0]["value"], "My App");
    }
    let forged = register(&server, &mut browser, &[("csrf_token", "x")]).await;
    assert_eq!(forged.status, 403);
}

#[tokio::test]
async fn a_developer_reads_the_exact_reason_of_each_failure_and_no_secret() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let wrong = request(&[("redirect_uri", Some("http://127.0.0.1:9/elsewhere"))]);
    browser.authorize(&server, &wrong).await;
    let wrong = request(&[("aud", Some("https://other.example/fhir"))]);
    browser.authorize(&server, &wrong).await;
    let code = server.code(&mut browser, &request(&[])).await;
    let mut form = exchange(&code);
    form.retain(|(name, _)| *name != "code_verifier");
    form.push((
        "code_verifier",
        "another-verifier-of-sufficient-length-0123456789",
    ));
    server.token(None, &form).await;
    let code = server.code(&mut browser, &request(&[])).await;
    server.advance(chrono::TimeDelta::minutes(2));
    server.token(None, &exchange(&code)).await;
    let page = browser.get(&server, "/developers/app/demo-app").await;
    for reason in [
        "named an address that is not registered for it",
        "aud must be the FHIR base URL",
        "code_verifier does not fit code_challenge",
        "the code has expired",
    ] {
        assert!(page.text.contains(reason), "{reason}");
    }
    assert!(page.text.contains("http://127.0.0.1:9/elsewhere"));
    for secret in [code.as_str(), VERIFIER, "another-verifier"] {
        assert!(!page.text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_token_response_is_told_member_by_member() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let tokens: Value = server.tokens_in(&mut browser, SCOPE).await;
    let csrf = browser.get(&server, "/developers/decode").await.csrf();
    let text = tokens.to_string();
    let pairs = [("csrf_token", csrf.as_str()), ("response", text.as_str())];
    let page = browser.post(&server, "/developers/decode", &pairs).await;
    assert!(page.text.contains("Signed by this server"));
    assert_eq!(page.select("#claims").len(), 1);
    assert!(page.text.contains("fhirUser"));
    for name in ["access_token", "refresh_token"] {
        assert!(!page.text.contains(tokens[name].as_str().unwrap()));
    }
    let pairs = [
        ("csrf_token", csrf.as_str()),
        ("response", "<b>nonsense</b>"),
    ];
    let page = browser.post(&server, "/developers/decode", &pairs).await;
    assert!(page.text.contains("neither a JSON object") && !page.text.contains("<b>"));
}

#[tokio::test]
async fn nothing_of_it_is_there_in_production() {
    let server = spawn_with(authz::Configuration {
        profile: authz::Profile::Production,
        ..configuration()
    })
    .await;
    for path in ["/developers", "/developers/register", "/developers/decode"] {
        let page = Browser::default().get(&server, path).await;
        assert_eq!(page.status, 404, "{path}");
    }
    let page = Browser::default().get(&server, "/").await;
    assert!(!page.text.contains("/developers"));
}
