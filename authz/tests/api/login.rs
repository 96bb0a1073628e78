//! Signing in, sessions and forged forms.

use chrono::TimeDelta;
use reqwest::Method;

use crate::helpers::*;

#[tokio::test]
async fn wrong_password_and_unknown_user_look_the_same() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let wrong = browser
        .sign_in(&server, "/login", "daniel-adams", "wrong")
        .await;
    let long = "x".repeat(10_000);
    for name in ["nobody", "nobody@example.org", "rs", long.as_str()] {
        let unknown = browser.sign_in(&server, "/login", name, "wrong").await;
        assert_eq!(unknown.status, 401);
        assert_eq!(unknown.text, wrong.text);
    }
    assert_eq!(wrong.status, 401);
}

#[tokio::test]
async fn the_sixth_failure_within_a_minute_must_wait() {
    let server = spawn().await;
    let mut browser = Browser::default();
    for _ in 0..5 {
        assert_eq!(
            browser
                .sign_in(&server, "/login", "daniel-adams", "wrong")
                .await
                .status,
            401
        );
    }
    let csrf = browser.get(&server, "/login").await.csrf();
    let pairs = [
        ("csrf_token", csrf.as_str()),
        ("username", "daniel-adams"),
        ("password", "demo-password"),
    ];
    let request = server
        .request(Method::POST, "/login")
        .header("cookie", browser.cookie.clone().unwrap())
        .header("x-forwarded-for", "203.0.113.7")
        .form(&pairs);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "60");
    let other = browser
        .sign_in(&server, "/login", "joseph-ross", "demo-password")
        .await;
    assert_eq!(other.status, 303);
    server.advance(TimeDelta::seconds(60));
    let mut later = Browser::default();
    assert_eq!(
        later
            .sign_in(&server, "/login", "daniel-adams", "demo-password")
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn one_password_over_many_accounts_must_wait() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let mut statuses = Vec::new();
    for number in 0..31 {
        let user = format!("user-{number}");
        statuses.push(
            browser
                .sign_in(&server, "/login", &user, "demo-password")
                .await
                .status
                .as_u16(),
        );
    }
    assert!(statuses[..30].iter().all(|status| *status == 401));
    assert_eq!(statuses[30], 429);
}

#[tokio::test]
async fn an_overlong_password_is_refused_before_hashing() {
    let server = spawn().await;
    let long = "x".repeat(1025);
    let page = Browser::default()
        .sign_in(&server, "/login", "daniel-adams", &long)
        .await;
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn signing_in_changes_the_session_and_the_old_one_is_dead() {
    let server = spawn().await;
    let mut browser = Browser::default();
    browser.get(&server, "/login").await;
    let mut before = browser.clone();
    browser
        .sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    assert_ne!(before.cookie, browser.cookie);
    assert_eq!(browser.get(&server, "/apps").await.status, 200);
    assert_eq!(before.get(&server, "/apps").await.path(), "/login");
    let mut first = browser.clone();
    browser.sign_in_again(&server).await;
    assert_eq!(first.get(&server, "/apps").await.path(), "/login");
}

impl Browser {
    /// Signs in although somebody is signed in, as `prompt=login` makes people do.
    async fn sign_in_again(&mut self, server: &TestServer) {
        let login = self
            .authorize(server, &request(&[("prompt", Some("login"))]))
            .await
            .location()
            .to_owned();
        self.sign_in(server, &login, "daniel-adams", "demo-password")
            .await;
    }
}

#[tokio::test]
async fn an_idle_an_old_and_an_ended_session_are_anonymous() {
    let server = spawn().await;
    let mut idle = Browser::default();
    idle.sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    server.advance(TimeDelta::minutes(15));
    assert_eq!(idle.get(&server, "/apps").await.path(), "/login");

    let mut old = Browser::default();
    old.sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    for _ in 0..47 {
        server.advance(TimeDelta::minutes(10));
        assert_eq!(old.get(&server, "/apps").await.status, 200);
        // The use is noted by the writer; a write that waits makes sure it has been.
        Browser::default().authorize(&server, &request(&[])).await;
    }
    server.advance(TimeDelta::minutes(10));
    assert_eq!(old.get(&server, "/apps").await.path(), "/login");

    let mut ended = Browser::default();
    ended
        .sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    let csrf = ended
        .get(&server, "/apps")
        .await
        .select("input[name=csrf_token]")[0]["value"]
        .clone();
    let mut stolen = ended.clone();
    assert_eq!(
        ended
            .post(&server, "/logout", &[("csrf_token", csrf)])
            .await
            .location(),
        "/"
    );
    assert_eq!(ended.cookie, None);
    assert_eq!(stolen.get(&server, "/apps").await.path(), "/login");
}

#[tokio::test]
async fn malformed_and_duplicate_cookies_are_anonymous() {
    let server = spawn().await;
    let mut browser = Browser::default();
    browser
        .sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    let good = browser.cookie.clone().unwrap();
    let long = format!("s4s={}", "x".repeat(4000));
    for cookie in [
        format!("{good}; {good}"),
        long,
        "s4s".into(),
        "s4s=;;=".into(),
        "s4s=\u{e9}".into(),
    ] {
        let mut broken = Browser {
            cookie: Some(cookie.clone()),
            ..Browser::default()
        };
        let page = broken.get(&server, "/apps").await;
        assert!(
            page.location.as_deref() == Some("/login?next=%2Fapps") || page.status == 400,
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn a_form_without_its_token_or_from_elsewhere_changes_nothing() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
    let csrf = browser.get(&server, &path).await.csrf();
    let mut other = Browser::default();
    let foreign = other.get(&server, "/login").await.csrf();
    for target in [
        path.as_str(),
        "/login",
        "/logout",
        "/apps/revoke",
        "/select-patient",
    ] {
        for token in ["", "wrong", foreign.as_str()] {
            let page = browser
                .post(
                    &server,
                    target,
                    &[("csrf_token", token), ("decision", "approve")],
                )
                .await;
            assert_eq!(
                (page.status.as_u16(), page.location),
                (403, None),
                "{target}"
            );
        }
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = server
                .request(Method::POST, target)
                .header(name, value)
                .form(&[("csrf_token", csrf.as_str()), ("decision", "approve")]);
            assert_eq!(
                browser.send(request).await.status,
                403,
                "{target} {name}: {value}"
            );
        }
        let without_cookie = server
            .request(Method::POST, target)
            .form(&[("csrf_token", csrf.as_str())]);
        assert_eq!(
            without_cookie.send().await.unwrap().status(),
            403,
            "{target}"
        );
    }
    assert_eq!(browser.get(&server, &path).await.status, 200);
}

#[tokio::test]
async fn our_own_origin_may_send_forms() {
    let server = spawn().await;
    for origin in [server.issuer(), server.base.clone()] {
        let mut browser = Browser::default();
        let csrf = browser.get(&server, "/login").await.csrf();
        let form = [
            ("csrf_token", csrf.as_str()),
            ("username", "daniel-adams"),
            ("password", "demo-password"),
        ];
        let request = server
            .request(Method::POST, "/login")
            .header("origin", origin)
            .header("sec-fetch-site", "same-origin")
            .form(&form);
        assert_eq!(browser.send(request).await.status, 303);
    }
}

#[tokio::test]
async fn no_state_changes_by_get() {
    let server = spawn().await;
    for path in ["/logout", "/apps/revoke", "/oauth/token", "/oauth/revoke"] {
        let response = server.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 405, "{path}");
        assert_eq!(response.headers()["allow"], "POST");
    }
}

#[tokio::test]
async fn the_cookie_is_guarded() {
    let server = spawn().await;
    let response = server.request(Method::GET, "/login").send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("s4s="));
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    let secure = spawn_with(authz::Configuration {
        issuer: Some("https://auth.example".into()),
        ..configuration()
    })
    .await;
    let response = secure.request(Method::GET, "/login").send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-s4s="));
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
    assert!(response.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_stolen_login_link_cannot_be_used_in_another_browser() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let login = browser
        .authorize(&server, &request(&[]))
        .await
        .location()
        .to_owned();
    browser.get(&server, &login).await;
    let page = Browser::default().get(&server, &login).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("start again from the app"));
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let server = spawn().await;
    for target in [
        "//evil.example",
        "https://evil.example",
        "/\\\\evil.example",
        "javascript:alert(1)",
    ] {
        for name in ["next", "return_to"] {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair(name, target)
                .finish();
            let mut browser = Browser::default();
            let path = format!("/login?{query}");
            let page = browser
                .sign_in(&server, &path, "daniel-adams", "demo-password")
                .await;
            assert_eq!(page.location(), "/record", "{path}");
        }
    }
}

#[tokio::test]
async fn a_password_counts_exactly_as_it_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.json");
    let composed = format!("\u{e9}{}", "x".repeat(63));
    let user = |name: &str, password: &str| {
        serde_json::json!({"username": name, "name": name, "password": password,
            "patients": [{"id": DANIEL, "name": name, "relationship": "self"}]})
    };
    let users = serde_json::json!({"users": [
        user("short", "x"), user("long", &composed), user("spaced", " padded ")]});
    std::fs::write(&path, users.to_string()).unwrap();
    let server = spawn_with(authz::Configuration {
        users: Some(path),
        ..configuration()
    })
    .await;
    let decomposed = composed.replace('\u{e9}', "e\u{301}");
    for (name, password, status) in [
        ("short", "x", 303),
        ("short", "X", 401),
        ("long", composed.as_str(), 303),
        ("long", decomposed.as_str(), 401),
        ("spaced", " padded ", 303),
        ("spaced", "padded", 401),
        ("short", "x\0", 400),
    ] {
        let mut browser = Browser::default();
        let page = browser.sign_in(&server, "/login", name, password).await;
        assert_eq!(page.status, status, "{name} {password}");
    }
}

#[tokio::test]
async fn one_account_from_many_addresses_must_wait_but_not_for_long() {
    let server = spawn().await;
    let attempt = async |last: u8, password: &str| {
        let from = std::net::IpAddr::from([127, 0, 0, last]);
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .local_address(from)
            .build()
            .unwrap();
        let login = format!("{}/login", server.base);
        let mut browser = Browser::default();
        let csrf = browser.send(http.get(&login)).await.csrf();
        let pairs = [
            ("csrf_token", csrf.as_str()),
            ("username", "daniel-adams"),
            ("password", password),
        ];
        browser.send(http.post(&login).form(&pairs)).await.status
    };
    for last in 1..=20 {
        assert_eq!(attempt(last, "wrong").await, 401);
    }
    assert_eq!(attempt(100, "demo-password").await, 429);
    server.advance(TimeDelta::seconds(60));
    assert_eq!(attempt(100, "demo-password").await, 303);
}

#[tokio::test]
async fn a_storm_of_sign_ins_is_answered_one_after_the_other_or_told_to_wait() {
    let server = spawn().await;
    let attempt = async || {
        let mut browser = Browser::default();
        let csrf = browser.get(&server, "/login").await.csrf();
        let pairs = [
            ("csrf_token", csrf.as_str()),
            ("username", "joseph-ross"),
            ("password", "demo-password"),
        ];
        let request = server
            .request(Method::POST, "/login")
            .header("cookie", browser.cookie.clone().unwrap())
            .form(&pairs);
        let response = request.send().await.unwrap();
        let waits = response.headers().contains_key("retry-after");
        (response.status().as_u16(), waits)
    };
    let answers = futures_util::future::join_all((0..200).map(|_| attempt())).await;
    assert!(answers.contains(&(303, false)));
    assert!(
        answers
            .iter()
            .all(|answer| [(303, false), (503, true)].contains(answer)),
        "{answers:?}"
    );
}

#[tokio::test]
async fn guessing_many_times_at_once_is_told_no_more_than_guessing_in_turn() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let csrf = browser.get(&server, "/login").await.csrf();
    let cookie = browser.cookie.clone().unwrap();
    let attempt = async |number: usize| {
        let password = format!("guess {number}");
        let pairs = [
            ("csrf_token", csrf.as_str()),
            ("username", "daniel-adams"),
            ("password", &password),
        ];
        let request = server
            .request(Method::POST, "/login")
            .header("cookie", &cookie);
        request.form(&pairs).send().await.unwrap().status().as_u16()
    };
    let answers = futures_util::future::join_all((0..40).map(attempt)).await;
    let told = answers.iter().filter(|status| **status == 401).count();
    assert!(told <= 5, "{answers:?}");
    let others = answers.iter().filter(|status| **status != 401);
    assert!(
        others.clone().all(|status| [429, 503].contains(status)),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_name_that_must_wait_is_told_so_whether_or_not_it_is_known() {
    let server = spawn().await;
    let (mut pages, mut browser) = (Vec::new(), Browser::default());
    for name in ["daniel-adams", "nobody"] {
        for _ in 0..5 {
            let page = browser.sign_in(&server, "/login", name, "wrong").await;
            assert_eq!(page.status, 401);
        }
        let page = browser
            .sign_in(&server, "/login", name, "demo-password")
            .await;
        assert_eq!(page.status, 429);
        // These are of each request and of each browser.
        let own = ["Reference:", "csrf_token"];
        let without_reference = |line: &&str| !own.iter().any(|word| line.contains(word));
        let lines: Vec<_> = page
            .text
            .lines()
            .filter(without_reference)
            .map(str::to_owned)
            .collect();
        pages.push(lines);
    }
    assert_eq!(pages[0], pages[1]);
}
