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

/// Daniel's browser with one connected app, and the path of its page.
async fn connected(server: &TestServer) -> (Browser, serde_json::Value, String) {
    let mut browser = Browser::default();
    let tokens = server.tokens_in(&mut browser, SCOPE).await;
    let page = browser.get(server, "/apps").await;
    let handle = page.select("button[name=app]")[0]["value"].clone();
    (browser, tokens, format!("/apps/{handle}"))
}

async fn scope_of(server: &TestServer, token: &serde_json::Value) -> String {
    let answer = server.introspect(token.as_str().unwrap()).await;
    answer["scope"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_is_taken_away_from_an_app_is_gone_from_its_tokens_at_once() {
    let server = spawn().await;
    let (mut browser, tokens, path) = connected(&server).await;
    let access = &tokens["access_token"];
    assert!(scope_of(&server, access).await.contains("patient/*.rs"));
    let page = browser.get(&server, &path).await;
    let mut fields = page.fields("#change");
    fields.retain(|(_, value)| value != "laboratory");
    let answer = browser.post(&server, "/apps/change", &fields).await;
    assert_eq!(answer.location(), path);
    let scope = scope_of(&server, access).await;
    assert!(scope.contains("vital-signs") && !scope.contains("category|laboratory"));
    assert!(!scope.contains("patient/*.rs"));
    let (status, renewed) = server
        .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
        .await;
    assert_eq!(status, 200);
    assert!(!renewed["scope"].as_str().unwrap().contains("patient/*.rs"));
}

#[tokio::test]
async fn what_is_given_back_comes_with_the_next_renewal_and_never_beyond_the_request() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let scope = "launch/patient offline_access patient/Observation.rs patient/Condition.rs";
    let tokens = server.tokens_in(&mut browser, scope).await;
    let page = browser.get(&server, "/apps").await;
    let path = format!("/apps/{}", page.select("button[name=app]")[0]["value"]);
    let all = browser.get(&server, &path).await.fields("#change");
    let mut fewer = all.clone();
    fewer.retain(|(_, value)| value != "problems");
    browser.post(&server, "/apps/change", &fewer).await;
    let mut more = all;
    // Kinds of data and scopes that the app never asked for.
    for (name, value) in [
        ("category", "medications"),
        ("category", "nonsense"),
        ("scope", "profile"),
        ("scope", "system/*.rs"),
    ] {
        more.push((name.into(), value.into()));
    }
    let answer = browser.post(&server, "/apps/change", &more).await;
    assert_eq!(answer.status, 303);
    let before = scope_of(&server, &tokens["access_token"]).await;
    assert!(!before.contains("Condition"), "{before}");
    let (_, renewed) = server
        .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
        .await;
    let granted = renewed["scope"].as_str().unwrap();
    assert!(granted.contains("patient/Condition.rs"), "{granted}");
    for word in ["Medication", "profile", "system", "patient/*"] {
        assert!(!granted.contains(word), "{granted}");
    }
}

#[tokio::test]
async fn a_change_needs_a_legal_end_and_something_left_to_share() {
    let server = spawn().await;
    let (mut browser, tokens, path) = connected(&server).await;
    let fields = browser.get(&server, &path).await.fields("#change");
    let with = |name: &str, value: Option<&str>| -> Vec<(String, String)> {
        let kept = fields.iter().filter(|(known, _)| known != name).cloned();
        let added = value.map(|value| (name.to_owned(), value.to_owned()));
        kept.chain(added).collect()
    };
    for bad in [
        with("share_until", Some("2020-01-01")),
        with("share_until", Some("2099-01-01")),
        with("share_until", Some("soon")),
        with("category", None),
    ] {
        let page = browser.post(&server, "/apps/change", &bad).await;
        assert_eq!(page.status, 400);
        assert_eq!(page.select("[role=alert]").len(), 1);
    }
    assert_eq!(
        browser
            .post(&server, "/apps/change", &with("csrf_token", Some("x")))
            .await
            .status,
        403
    );
    let token = &tokens["access_token"];
    assert!(scope_of(&server, token).await.contains("patient/*.rs"));
    let tomorrow = with("share_until", Some("2027-01-16"));
    browser.post(&server, "/apps/change", &tomorrow).await;
    server.advance(chrono::TimeDelta::minutes(59));
    assert!(server.is_active(token.as_str().unwrap()).await);
    server.advance(chrono::TimeDelta::days(2));
    assert!(!server.is_active(token.as_str().unwrap()).await);
}

#[tokio::test]
async fn nobody_sees_or_changes_the_apps_of_another_person() {
    let server = spawn().await;
    let (mut daniel, tokens, path) = connected(&server).await;
    let fields = daniel.get(&server, &path).await.fields("#change");
    let mut joseph = Browser::default();
    joseph
        .sign_in(&server, "/login", "joseph-ross", "demo-password")
        .await;
    for path in [path.clone(), format!("{path}/receipt")] {
        assert_eq!(joseph.get(&server, &path).await.status, 404);
    }
    let csrf = joseph.get(&server, "/password").await.csrf();
    let mut fields: Vec<(String, String)> = fields
        .into_iter()
        .filter(|(name, value)| name != "csrf_token" && value != "laboratory")
        .collect();
    fields.push(("csrf_token".into(), csrf));
    let answer = joseph.post(&server, "/apps/change", &fields).await;
    assert_eq!(answer.status, 404);
    let scope = scope_of(&server, &tokens["access_token"]).await;
    assert!(scope.contains("patient/*.rs"));
}

#[tokio::test]
async fn requests_of_an_app_are_counted_and_shown() {
    let server = spawn().await;
    let (mut browser, tokens, path) = connected(&server).await;
    let page = browser.get(&server, &path).await;
    assert!(page.text.contains("not used yet"));
    let token = tokens["access_token"].as_str().unwrap();
    for purpose in ["Observation?category=laboratory", "Condition", "Condition"] {
        let form = [("token", token), ("purpose", purpose)];
        server
            .form("/oauth/introspect", Some(RESOURCE_SERVER), &form)
            .await;
    }
    server.is_active(token).await;
    let page = browser.get(&server, &path).await;
    for words in [
        "4 requests in the last 30 days",
        "Health problems: 2",
        "Laboratory results: 1",
        "Other: 1",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let activity = browser.get(&server, "/activity").await;
    let row = activity.select("#reading tbody tr");
    assert_eq!(row.len(), 1);
    let kinds = "Health problems (2), Laboratory results (1), Other (1)";
    assert!(activity.text.contains(kinds) && activity.text.contains("Daniel Adams"));
}

#[tokio::test]
async fn a_receipt_says_what_was_shared_and_what_was_not() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
    let mut fields = browser.get(&server, &path).await.fields("#consent");
    fields.retain(|(_, value)| value != "medications");
    fields.push(("decision".into(), "approve".into()));
    let location = browser.post(&server, &path, &fields).await;
    let code = query_of(location.location()).remove("code").unwrap();
    server.token(None, &exchange(&code)).await;
    let page = browser.get(&server, "/apps").await;
    let handle = page.select("button[name=app]")[0]["value"].clone();
    let receipt = browser
        .get(&server, &format!("/apps/{handle}/receipt"))
        .await;
    assert_eq!(receipt.select(".chips .gone").len(), 1);
    for words in ["Daniel Adams", "Demo App", "15 January 2027", "Medicines"] {
        assert!(receipt.text.contains(words), "{words}");
    }
}
