//! Signing out at the wish of an app.

use crate::helpers::*;

const AFTER: &str = "http://127.0.0.1:9/";

/// A browser that is signed in as Daniel, and the ID token of its app.
async fn signed_in(server: &TestServer) -> (Browser, String) {
    let mut browser = Browser::default();
    let tokens = server.tokens_in(&mut browser, SCOPE).await;
    (browser, tokens["id_token"].as_str().unwrap().to_owned())
}

async fn ask(server: &TestServer, browser: &mut Browser, pairs: &[(&str, &str)]) -> Page {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    browser.get(server, &format!("/oauth/logout?{query}")).await
}

async fn is_signed_in(server: &TestServer, browser: &mut Browser) -> bool {
    browser.get(server, "/apps").await.status == 200
}

#[tokio::test]
async fn a_genuine_hint_signs_out_and_returns_to_the_app() {
    let server = spawn().await;
    let (mut browser, hint) = signed_in(&server).await;
    // The ID token has ended long ago; the session is kept alive by use.
    for _ in 0..8 {
        server.advance(chrono::TimeDelta::minutes(10));
        browser.get(&server, "/apps").await;
        browser.authorize(&server, &request(&[])).await;
    }
    let pairs = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", AFTER),
        ("state", "a b"),
    ];
    let page = ask(&server, &mut browser, &pairs).await;
    assert_eq!(
        (page.status.as_u16(), page.location()),
        (303, "http://127.0.0.1:9/?state=a%20b")
    );
    assert_eq!(browser.cookie, None);
    assert!(!is_signed_in(&server, &mut browser).await);
}

#[tokio::test]
async fn everything_else_is_a_question_and_leads_nowhere() {
    let server = spawn().await;
    let (mut browser, hint) = signed_in(&server).await;
    let mut joseph = Browser::default();
    joseph
        .sign_in(&server, "/login", "joseph-ross", "demo-password")
        .await;
    let broken = format!("{}x", &hint[..hint.len() - 4]);
    let none = format!("eyJhbGciOiJub25lIn0.{}.", hint.split('.').nth(1).unwrap());
    for pairs in [
        vec![],
        vec![("post_logout_redirect_uri", AFTER)],
        vec![
            ("id_token_hint", "garbage"),
            ("post_logout_redirect_uri", AFTER),
        ],
        vec![
            ("id_token_hint", broken.as_str()),
            ("post_logout_redirect_uri", AFTER),
        ],
        vec![
            ("id_token_hint", none.as_str()),
            ("post_logout_redirect_uri", AFTER),
        ],
    ] {
        let page = ask(&server, &mut browser, &pairs).await;
        assert_eq!(
            (page.status.as_u16(), page.select("#confirm").len()),
            (200, 1),
            "{pairs:?}"
        );
        assert!(!page.text.contains(AFTER));
        assert!(is_signed_in(&server, &mut browser).await);
    }
    let other = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", AFTER),
    ];
    let page = ask(&server, &mut joseph, &other).await;
    assert_eq!(page.select("#confirm").len(), 1);
    assert!(is_signed_in(&server, &mut joseph).await);
    for uri in ["https://evil.example/", "http://127.0.0.1:9/?foo=bar"] {
        let pairs = [("client_id", "demo-app"), ("post_logout_redirect_uri", uri)];
        let page = ask(&server, &mut browser, &pairs).await;
        assert!(!page.text.contains(uri) && page.select("#confirm").len() == 1);
    }
    let mixed = [
        ("id_token_hint", hint.as_str()),
        ("client_id", "demo-confidential"),
    ];
    assert_eq!(ask(&server, &mut browser, &mixed).await.status, 400);
}

#[tokio::test]
async fn a_confirmed_question_signs_out_and_may_return_to_the_app() {
    let server = spawn().await;
    let (mut browser, _) = signed_in(&server).await;
    let pairs = [
        ("client_id", "demo-app"),
        ("post_logout_redirect_uri", AFTER),
        ("state", "s"),
    ];
    let page = ask(&server, &mut browser, &pairs).await;
    let fields = page.fields("#logout");
    let forged: Vec<_> = fields
        .iter()
        .filter(|(name, _)| name != "csrf_token")
        .cloned()
        .collect();
    assert_eq!(browser.post(&server, "/logout", &forged).await.status, 403);
    assert!(is_signed_in(&server, &mut browser).await);
    let done = browser.post(&server, "/logout", &fields).await;
    assert_eq!(done.location(), "http://127.0.0.1:9/?state=s");
    assert!(!is_signed_in(&server, &mut browser).await);
}

#[tokio::test]
async fn a_form_of_another_site_becomes_a_question() {
    let server = spawn().await;
    let (mut browser, hint) = signed_in(&server).await;
    let post = server
        .request(reqwest::Method::POST, "/oauth/logout")
        .header("origin", "https://app.example")
        .form(&[("id_token_hint", hint.as_str()), ("extra", "x")]);
    let page = Browser::default().send(post).await;
    assert!(page.location().starts_with("/oauth/logout?id_token_hint="));
    assert!(!page.location().contains("extra"));
    assert_eq!(browser.get(&server, page.location()).await.location(), "/");
    assert!(!is_signed_in(&server, &mut browser).await);
}

#[tokio::test]
async fn an_id_token_hint_says_who_must_sign_in() {
    let server = spawn().await;
    let (mut daniel, hint) = signed_in(&server).await;
    let error = |page: Page| query_of(page.location()).remove("error");
    let bad = request(&[("id_token_hint", Some("garbage"))]);
    assert_eq!(
        error(daniel.authorize(&server, &bad).await).as_deref(),
        Some("invalid_request")
    );
    let silent = request(&[("id_token_hint", Some(&hint)), ("prompt", Some("none"))]);
    let consent = daniel.authorize(&server, &silent).await;
    assert_eq!(error(consent).as_deref(), Some("consent_required"));
    let mut joseph = Browser::default();
    joseph
        .sign_in(&server, "/login", "joseph-ross", "demo-password")
        .await;
    let login = joseph.authorize(&server, &silent).await;
    assert_eq!(error(login).as_deref(), Some("login_required"));
    let loud = request(&[("id_token_hint", Some(&hint))]);
    let login = joseph.authorize(&server, &loud).await.location().to_owned();
    assert_eq!(
        joseph.get(&server, &login).await.select("#sign-in").len(),
        1
    );
}

#[tokio::test]
async fn signing_out_clears_what_the_browser_kept() {
    let server = spawn().await;
    let (browser, _) = signed_in(&server).await;
    let csrf = browser
        .clone()
        .get(&server, "/apps")
        .await
        .select("input[name=csrf_token]")[0]["value"]
        .clone();
    let response = server
        .request(reqwest::Method::POST, "/logout")
        .header("cookie", browser.cookie.unwrap())
        .form(&[("csrf_token", csrf)])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(
        response.headers()["clear-site-data"],
        "\"cookies\", \"storage\""
    );
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("s4s=;") && cookie.ends_with("Max-Age=0"));
}
