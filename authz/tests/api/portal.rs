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
