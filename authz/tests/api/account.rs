//! One's own account: activity, password, and what an app may see of its own grants.

use reqwest::Method;
use serde_json::Value;

use crate::helpers::*;

#[tokio::test]
async fn a_person_sees_what_was_done_in_their_name_and_nobody_else_s() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let tokens = server.tokens_in(&mut browser, SCOPE).await;
    server
        .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
        .await;
    let page = browser.get(&server, "/activity").await;
    assert_eq!(page.status, 200);
    let events: Vec<_> = page.select("#activity tr[data-event]");
    let events: Vec<_> = events
        .iter()
        .map(|row| row["data-event"].as_str())
        .collect();
    assert_eq!(events, ["refresh", "code-exchange", "consent", "sign-in"]);
    let mut joseph = Browser::default();
    joseph
        .sign_in(&server, "/login", "joseph-ross", "demo-password")
        .await;
    let page = joseph.get(&server, "/activity").await;
    assert_eq!(page.select("#activity tr[data-event]").len(), 1);
    assert_eq!(
        Browser::default().get(&server, "/activity").await.path(),
        "/login"
    );
}

async fn change(server: &TestServer, browser: &mut Browser, current: &str, new: &str) -> Page {
    let csrf = browser.get(server, "/password").await.csrf();
    let pairs = [
        ("csrf_token", csrf.as_str()),
        ("current", current),
        ("new", new),
    ];
    browser.post(server, "/password", &pairs).await
}

#[tokio::test]
async fn a_changed_password_ends_every_session_and_every_consent() {
    let server = spawn().await;
    let (mut here, mut elsewhere) = (Browser::default(), Browser::default());
    let tokens = server.tokens_in(&mut here, SCOPE).await;
    elsewhere
        .sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    let new = "a much longer password";
    let done = change(&server, &mut here, "demo-password", new).await;
    assert_eq!(done.location(), "/login");
    for browser in [&mut here, &mut elsewhere] {
        assert_eq!(browser.get(&server, "/apps").await.path(), "/login");
    }
    assert!(
        !server
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );
    let pairs = refresh(tokens["refresh_token"].as_str().unwrap());
    let (status, body) = server.token(None, &pairs).await;
    assert_eq!(
        (status.as_u16(), &body["error"]),
        (400, &"invalid_grant".into())
    );
    let mut fresh = Browser::default();
    let old = fresh
        .sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    assert_eq!(old.status, 401);
    assert_eq!(
        fresh
            .sign_in(&server, "/login", "daniel-adams", new)
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn a_password_changes_only_for_who_knows_it_and_to_a_long_one() {
    let server = spawn().await;
    let mut browser = Browser::default();
    browser
        .sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    let long = "x".repeat(1025);
    for new in ["", "short", "eleven char", long.as_str()] {
        let page = change(&server, &mut browser, "demo-password", new).await;
        assert_eq!(page.status, 400, "{new}");
    }
    for _ in 0..5 {
        let page = change(&server, &mut browser, "wrong", "a much longer password").await;
        assert_eq!(page.status, 400);
    }
    let page = change(
        &server,
        &mut browser,
        "demo-password",
        "a much longer password",
    )
    .await;
    assert_eq!(page.status, 429);
    let forged = [
        ("csrf_token", "x"),
        ("current", "demo-password"),
        ("new", "a much longer password"),
    ];
    assert_eq!(
        browser.post(&server, "/password", &forged).await.status,
        403
    );
    assert_eq!(browser.get(&server, "/apps").await.status, 200);
}

#[tokio::test]
async fn an_app_sees_its_grants_but_no_token() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    server.tokens("openid").await;
    let request = |token: Option<&str>| {
        let request = server.request(Method::GET, "/api/me");
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    };
    let token = tokens["access_token"].as_str();
    let response = request(token).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    for name in ["access_token", "refresh_token"] {
        assert!(!text.contains(tokens[name].as_str().unwrap()) && !text.contains(name));
    }
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (
            &answer["client_id"],
            answer["grants"].as_array().unwrap().len()
        ),
        (&"demo-app".into(), 2)
    );
    assert_eq!(answer["grants"][1]["patient"], DANIEL);
    for token in [None, Some("bad"), tokens["refresh_token"].as_str()] {
        let response = request(token).send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn an_administrator_sees_everybody_s_activity_and_shares_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.json");
    let users = serde_json::json!({"users": [
        {"username": "root", "name": "Root", "password": "demo-password", "role": "admin", "patients": []},
        {"username": "daniel-adams", "name": "Daniel", "password": "demo-password",
            "patients": [{"id": DANIEL, "name": "Daniel", "relationship": "self"}]},
    ]});
    std::fs::write(&path, users.to_string()).unwrap();
    let server = spawn_with(authz::Configuration {
        users: Some(path),
        ..configuration()
    })
    .await;
    server.tokens("openid").await;
    let mut admin = Browser::default();
    admin
        .sign_in(&server, "/login", "root", "demo-password")
        .await;
    let page = admin.get(&server, "/activity").await;
    assert!(page.select("#activity tr[data-event=consent]").len() == 1);
    let login = admin.authorize(&server, &request(&[])).await;
    let page = admin.get(&server, login.location()).await;
    assert_eq!(query_of(page.location())["error"], "access_denied");
}

#[tokio::test]
async fn a_person_sees_that_somebody_tried_their_name() {
    let server = spawn().await;
    let mut stranger = Browser::default();
    for name in ["daniel-adams", "nobody"] {
        let page = stranger.sign_in(&server, "/login", name, "wrong").await;
        assert_eq!(page.status, 401);
    }
    let seen = async |user: &str| {
        let page = Browser::of(&server, user)
            .await
            .get(&server, "/activity")
            .await;
        let rows = page.select("#activity tr[data-event=sign-in]").len();
        (rows, page.text.contains("did not succeed"))
    };
    assert_eq!(seen("daniel-adams").await, (2, true));
    assert_eq!(seen("joseph-ross").await, (1, false));
}
