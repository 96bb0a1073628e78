//! The landing page and the connected apps.

use reqwest::Method;

use crate::helpers::*;

#[tokio::test]
async fn a_person_sees_what_is_shared_and_ends_it_at_once() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let tokens = server.tokens_in(&mut browser, SCOPE).await;
    let page = browser.get(&server, "/apps").await;
    assert!(page.text.contains("Demo App") && page.text.contains("Record of Daniel Adams"));
    assert!(page.text.contains("Laboratory results") && page.text.contains("15 January 2028"));
    let button = &page.select("button[name=app]")[0];
    let pairs = [
        ("csrf_token", page.csrf()),
        ("app", button["value"].clone()),
    ];
    assert_eq!(
        browser
            .post(&server, "/apps/revoke", &pairs)
            .await
            .location(),
        "/apps"
    );
    assert!(
        !server
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );
    assert_eq!(
        server
            .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
            .await
            .0,
        400
    );
    assert!(
        browser
            .get(&server, "/apps")
            .await
            .text
            .contains("Nothing is shared")
    );
    assert_eq!(
        browser.post(&server, "/apps/revoke", &pairs).await.status,
        404
    );
}

#[tokio::test]
async fn nobody_ends_what_another_person_shares() {
    let server = spawn().await;
    let mut daniel = Browser::default();
    let tokens = server.tokens_in(&mut daniel, SCOPE).await;
    let page = daniel.get(&server, "/apps").await;
    let app = page.select("button[name=app]")[0]["value"].clone();
    let mut joseph = Browser::default();
    joseph
        .sign_in(&server, "/login", "joseph-ross", "demo-password")
        .await;
    let csrf = joseph
        .get(&server, "/apps")
        .await
        .select("input[name=csrf_token]")[0]["value"]
        .clone();
    let pairs = [("csrf_token", csrf), ("app", app)];
    assert_eq!(
        joseph.post(&server, "/apps/revoke", &pairs).await.status,
        404
    );
    assert!(
        server
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );
}

#[tokio::test]
async fn the_landing_page_shows_demo_accounts_in_the_demo_profile_only() {
    let demo = spawn().await;
    let page = Browser::default().get(&demo, "/").await;
    assert!(page.text.contains("synthetic") && page.text.contains("daniel-adams"));
    assert!(page.text.contains("demo-confidential-secret"));
    let production = spawn_with(authz::Configuration {
        profile: authz::Profile::Production,
        ..configuration()
    })
    .await;
    for path in ["/", "/login"] {
        let page = Browser::default().get(&production, path).await;
        assert!(!page.text.contains("demo-password") && !page.text.contains("daniel-adams"));
    }
    let mut browser = Browser::default();
    let refused = browser
        .sign_in(&production, "/login", "daniel-adams", "demo-password")
        .await;
    assert_eq!(refused.status, 401);
}

#[tokio::test]
async fn pages_speak_the_language_that_the_browser_asks_for() {
    let server = spawn().await;
    for (path, words) in [
        ("/login", "Iniciar sesión"),
        ("/", "Su historial, su decisión"),
        ("/privacy", "Qué pasa con sus datos"),
        ("/nothing", "Aquí no hay nada"),
    ] {
        let request = server.request(Method::GET, path);
        let page = Browser::default()
            .send(request.header("accept-language", "es-MX,en;q=0.5"))
            .await;
        assert!(page.text.contains("<html lang=\"es\">"), "{path}");
        assert!(page.text.contains(words), "{path}");
    }
}

#[tokio::test]
async fn a_chosen_language_is_kept_and_the_person_returns_to_the_page() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let page = browser.get(&server, "/privacy?x=1").await;
    assert!(page.text.contains("<html lang=\"en\">"));
    let csrf = page.select("form.languages input[name=csrf_token]")[0]["value"].clone();
    let post = |referrer: String| {
        let pairs = [("csrf_token", csrf.as_str()), ("language", "es")];
        server
            .request(Method::POST, "/language")
            .header("referer", referrer)
            .form(&pairs)
    };
    for (referrer, back) in [
        (format!("{}/privacy?x=1", server.base), "/privacy?x=1"),
        (format!("{}//evil.example/", server.base), "/"),
        ("https://evil.example/privacy".to_owned(), "/"),
        ("nonsense".to_owned(), "/"),
    ] {
        let answer = browser.send(post(referrer)).await;
        assert_eq!(answer.location(), back);
    }
    let page = browser.get(&server, "/privacy").await;
    assert!(page.text.contains("<html lang=\"es\">"));
    let forged = [("csrf_token", "x"), ("language", "en")];
    assert_eq!(
        browser.post(&server, "/language", &forged).await.status,
        403
    );
}

#[tokio::test]
async fn an_address_of_the_launch_form_fills_it_and_starts_nothing() {
    let server = spawn().await;
    let mut browser = Browser::default();
    browser
        .sign_in(&server, "/login", "anna-bennett", "demo-password")
        .await;
    let form = browser.get(&server, "/launch").await;
    let pairs = [
        ("csrf_token", form.csrf().as_str().to_owned()),
        ("do", "link".to_owned()),
        ("app", "demo-confidential".to_owned()),
        ("patient", AMY.to_owned()),
        ("intent", "a \"b\"".to_owned()),
    ];
    let answer = browser.post(&server, "/launch", &pairs).await;
    let link = answer.location().to_owned();
    assert!(!link.contains("csrf"), "{link}");
    let page = browser.get(&server, &link).await;
    assert_eq!(page.select("option[selected]").len(), 2);
    assert_eq!(page.select("#intent")[0]["value"], "a \"b\"");
    assert!(
        !page
            .select("#need_patient_banner")
            .iter()
            .any(|tick| tick.contains_key("checked"))
    );
}

#[tokio::test]
async fn people_to_open_are_found_by_name() {
    let server = spawn().await;
    let mut browser = Browser::default();
    browser
        .sign_in(&server, "/login", "anna-bennett", "demo-password")
        .await;
    let all = browser.get(&server, "/people").await;
    assert_eq!(all.select("a.choice").len(), 3);
    let found = browser.get(&server, "/people?name=amy").await;
    assert_eq!(
        found.select("a.choice")[0]["href"],
        format!("/record/{AMY}")
    );
    assert_eq!(found.select("a.choice").len(), 1);
}

#[tokio::test]
async fn health_and_readiness_are_answered() {
    let server = spawn().await;
    for path in ["/healthz", "/readyz", "/assets/portal.css"] {
        assert_eq!(
            server
                .request(Method::GET, path)
                .send()
                .await
                .unwrap()
                .status(),
            200
        );
    }
    let missing = server
        .request(Method::GET, "/nothing")
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn ending_one_consent_leaves_the_neighbours_and_another_may_follow() {
    let server = spawn().await;
    let mut daniel = Browser::default();
    let kept = server.tokens_in(&mut daniel, SCOPE).await;
    server.advance(chrono::TimeDelta::seconds(1));
    let location = daniel.approve(&server, &request(&[]), AMY).await;
    let code = query_of(&location).remove("code").unwrap();
    let (_, ended) = server.token(None, &exchange(&code)).await;
    let page = daniel.get(&server, "/apps").await;
    // The newest comes first.
    let app = page.select("button[name=app]")[0]["value"].clone();
    let pairs = [("csrf_token", page.csrf()), ("app", app)];
    daniel.post(&server, "/apps/revoke", &pairs).await;
    let is_active = async |tokens: &serde_json::Value| {
        let token = tokens["access_token"].as_str().unwrap();
        server.is_active(token).await
    };
    assert!(is_active(&kept).await && !is_active(&ended).await);
    let again = server.tokens_in(&mut daniel, SCOPE).await;
    assert!(is_active(&again).await);
}
