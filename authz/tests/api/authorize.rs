//! Negative cases of the authorization endpoint, each by GET and by POST.

use reqwest::Method;
use serde_json::{Value, json};

use crate::helpers::*;

async fn both_ways(server: &TestServer, text: &str) -> [Page; 2] {
    let mut browser = Browser::default();
    let get = browser
        .get(server, &format!("/oauth/authorize?{text}"))
        .await;
    let post = server
        .request(Method::POST, "/oauth/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(text.to_owned());
    [get, Browser::default().send(post).await]
}

async fn assert_page(server: &TestServer, text: &str) {
    for page in both_ways(server, text).await {
        assert_eq!(page.status, 400, "{text}");
        assert_eq!(page.location, None, "{text}");
        assert!(page.text.contains("cannot be connected"), "{text}");
        assert!(page.text.contains("Reference:"), "{text}");
    }
}

async fn assert_redirected(server: &TestServer, text: &str, error: &str, state: Option<&str>) {
    for page in both_ways(server, text).await {
        assert_eq!(page.status, 303, "{text} {}", page.text);
        assert!(page.location().starts_with(REDIRECT), "{text}");
        let answer = query_of(page.location());
        assert_eq!(answer["error"], error, "{text}");
        assert_eq!(answer.get("state").map(String::as_str), state, "{text}");
        assert_eq!(answer["iss"], server.issuer());
        assert!(!answer.contains_key("code"));
    }
}

#[tokio::test]
async fn an_unknown_client_is_told_to_the_person_only() {
    let server = spawn().await;
    let long = "x".repeat(6000);
    let mut same = None;
    for id in [
        None,
        Some("unknown"),
        Some("a\u{1}b"),
        Some(long.as_str()),
        Some("rs\0"),
    ] {
        let text = encode(&request(&[("client_id", id)]));
        for page in both_ways(&server, &text).await {
            assert_eq!((page.status.as_u16(), &page.location), (400, &None));
            let told = page.text.split("Reference:").next().unwrap().to_owned();
            // Text that no form can hold is refused before anything is looked up.
            if !id.is_some_and(|id| id.contains('\0')) {
                assert_eq!(*same.get_or_insert(told.clone()), told, "{id:?}");
            }
        }
    }
    let twice = format!("{}&client_id=demo-app", encode(&request(&[])));
    assert_page(&server, &twice).await;
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_registered_is_told_to_the_person_only() {
    let server = spawn().await;
    for uri in [
        None,
        Some("https://evil.example/callback"),
        Some("http://127.0.0.1:9/callback/"),
        Some("http://127.0.0.1:9/Callback"),
        Some("http://127.0.0.1:9/callback?x=1"),
        Some("http://127.0.0.1:9/callback#x"),
        Some("http://127.0.0.1:9/a/../callback"),
        Some("http://127.0.0.1:9/%63allback"),
        Some("http://127.0.0.1.evil.example/callback"),
        Some("http://127.0.0.1:80@evil.example/callback"),
        Some("http://user@127.0.0.1:9/callback"),
        Some("https://127.0.0.1:9/callback"),
        Some(" http://127.0.0.1:9/callback"),
        Some("http://[::1]:9/callback"),
    ] {
        assert_page(&server, &encode(&request(&[("redirect_uri", uri)]))).await;
    }
    for order in [
        ["https://evil.example/callback", REDIRECT],
        [REDIRECT, "https://evil.example/callback"],
    ] {
        let mut pairs = request(&[("redirect_uri", None)]);
        pairs.extend(order.map(|uri| ("redirect_uri", uri.to_owned())));
        assert_page(&server, &encode(&pairs)).await;
    }
}

#[tokio::test]
async fn any_loopback_port_is_accepted() {
    let server = spawn().await;
    for uri in [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:65535/callback",
        "http://localhost:3000/callback",
    ] {
        let mut browser = Browser::default();
        let page = browser
            .authorize(&server, &request(&[("redirect_uri", Some(uri))]))
            .await;
        assert!(page.location().starts_with("/login?grant="), "{uri}");
    }
}

#[tokio::test]
async fn each_defect_is_sent_back_with_its_error() {
    let server = spawn().await;
    let long = "n".repeat(1025);
    let with = |odd: &str| format!("{}{odd}", "a".repeat(42));
    let cases: &[(&str, Option<&str>, &str)] = &[
        ("response_type", None, "invalid_request"),
        ("response_type", Some("token"), "unsupported_response_type"),
        (
            "response_type",
            Some("id_token"),
            "unsupported_response_type",
        ),
        (
            "response_type",
            Some("code token"),
            "unsupported_response_type",
        ),
        ("response_type", Some("none"), "unsupported_response_type"),
        ("response_type", Some("foo"), "unsupported_response_type"),
        (
            "response_type",
            Some("code id_token"),
            "unsupported_response_type",
        ),
        ("response_mode", Some("jwt"), "invalid_request"),
        ("scope", Some("a\u{1}b"), "invalid_scope"),
        ("scope", Some("a\\b"), "invalid_scope"),
        ("scope", Some("\u{e9}"), "invalid_scope"),
        ("scope", Some("patient/Observation.sr"), "invalid_scope"),
        ("scope", Some("patient/Observation.x"), "invalid_scope"),
        (
            "scope",
            Some("patient/Observation.rs?code:in=x"),
            "invalid_scope",
        ),
        (
            "scope",
            Some("patient/Observation.rs?subject.name=x"),
            "invalid_scope",
        ),
        (
            "scope",
            Some("patient/Observation.rs?_include=x"),
            "invalid_scope",
        ),
        (
            "scope",
            Some("patient/Observation.rs?nonsense=x"),
            "invalid_scope",
        ),
        (
            "aud",
            Some("http://localhost:8080/api/fhir/x"),
            "invalid_request",
        ),
        (
            "aud",
            Some("http://localhost:8080/api/fhir.evil.example"),
            "invalid_request",
        ),
        (
            "resource",
            Some("http://localhost:8080/api/fhir#x"),
            "invalid_target",
        ),
        ("code_challenge", Some(&"a".repeat(42)), "invalid_request"),
        ("code_challenge", Some(&"a".repeat(129)), "invalid_request"),
        ("code_challenge", Some(&with("=")), "invalid_request"),
        ("code_challenge", Some(&with("+")), "invalid_request"),
        ("code_challenge", Some(&with("/")), "invalid_request"),
        ("code_challenge", Some(&with(" ")), "invalid_request"),
        ("code_challenge_method", Some("s256"), "invalid_request"),
        ("code_challenge_method", Some(""), "invalid_request"),
        ("prompt", Some("none consent"), "invalid_request"),
        ("max_age", Some("1e30"), "invalid_request"),
        ("response_mode", Some("fragment"), "invalid_request"),
        ("response_mode", Some("web_message"), "invalid_request"),
        ("scope", None, "invalid_scope"),
        ("scope", Some(""), "invalid_scope"),
        ("scope", Some("\"x\""), "invalid_scope"),
        ("scope", Some("nothing known"), "invalid_scope"),
        ("scope", Some("patient/Observation.dus"), "invalid_scope"),
        ("scope", Some("patient/Observation.rr"), "invalid_scope"),
        ("scope", Some("patient/Observation."), "invalid_scope"),
        (
            "scope",
            Some("patient/Observation.rs?_filter=x"),
            "invalid_scope",
        ),
        ("scope", Some("launch patient/*.rs"), "invalid_request"),
        ("aud", None, "invalid_request"),
        ("aud", Some("https://other.example/fhir"), "invalid_request"),
        (
            "aud",
            Some("https://localhost:8080/api/fhir"),
            "invalid_request",
        ),
        (
            "aud",
            Some("http://localhost:8080/API/fhir"),
            "invalid_request",
        ),
        (
            "resource",
            Some("https://other.example/fhir"),
            "invalid_target",
        ),
        ("resource", Some("/api/fhir"), "invalid_target"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("code_challenge_method", Some("S512"), "invalid_request"),
        ("nonce", Some(&long), "invalid_request"),
        ("request", Some("x.y.z"), "request_not_supported"),
        (
            "request_uri",
            Some("https://evil.example/x"),
            "request_uri_not_supported",
        ),
        ("registration", Some("{}"), "registration_not_supported"),
        ("prompt", Some("none login"), "invalid_request"),
        ("prompt", Some("perhaps"), "invalid_request"),
        ("prompt", Some("none"), "login_required"),
        ("max_age", Some("-1"), "invalid_request"),
        ("max_age", Some("abc"), "invalid_request"),
    ];
    for (name, value, error) in cases {
        let text = encode(&request(&[(name, *value)]));
        assert_redirected(&server, &text, error, Some(STATE)).await;
    }
}

#[tokio::test]
async fn a_missing_long_or_repeated_state_is_not_returned() {
    let server = spawn().await;
    let text = encode(&request(&[("state", None)]));
    assert_redirected(&server, &text, "invalid_request", None).await;
    let text = format!("{}&state=again", encode(&request(&[])));
    assert_redirected(&server, &text, "invalid_request", None).await;
    let long = "s".repeat(16 * 1024 + 1);
    let post = server
        .request(Method::POST, "/oauth/authorize")
        .form(&request(&[("state", Some(&long))]));
    let page = Browser::default().send(post).await;
    assert!(!query_of(page.location()).contains_key("state"));
}

#[tokio::test]
async fn any_other_repeated_parameter_is_an_invalid_request() {
    let server = spawn().await;
    for name in [
        "scope",
        "nonce",
        "launch",
        "aud",
        "prompt",
        "code_challenge",
    ] {
        let mut pairs = request(&[(name, None)]);
        pairs.push((name, "a".into()));
        pairs.push((name, "b".into()));
        assert_redirected(&server, &encode(&pairs), "invalid_request", Some(STATE)).await;
    }
}

#[tokio::test]
async fn unknown_scopes_and_parameters_are_dropped() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let scope = "launch/patient unknown patient/Observation.sr patient/Condition.rs system/*.rs";
    let pairs = request(&[
        ("scope", Some(scope)),
        ("extra", Some("foobar")),
        ("launch", Some("x")),
    ]);
    let code = server.code(&mut browser, &pairs).await;
    let (_, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!(tokens["scope"], "launch/patient patient/Condition.rs");
}

#[tokio::test]
async fn a_silent_request_of_somebody_signed_in_still_needs_consent() {
    let server = spawn().await;
    let mut browser = Browser::default();
    server.tokens_in(&mut browser, SCOPE).await;
    let page = browser
        .authorize(&server, &request(&[("prompt", Some("none"))]))
        .await;
    assert_eq!(query_of(page.location())["error"], "consent_required");
}

#[tokio::test]
async fn prompt_login_and_max_age_ask_for_the_password_again() {
    let server = spawn().await;
    let mut browser = Browser::default();
    server.tokens_in(&mut browser, SCOPE).await;
    server.advance(chrono::TimeDelta::seconds(10));
    for change in [
        ("prompt", Some("login")),
        ("max_age", Some("0")),
        ("max_age", Some("5")),
    ] {
        let login = browser.authorize(&server, &request(&[change])).await;
        let page = browser.get(&server, login.location()).await;
        assert_eq!(page.status, 200, "{change:?}");
        assert_eq!(page.select("#sign-in").len(), 1);
    }
    let login = browser
        .authorize(&server, &request(&[("max_age", Some("60"))]))
        .await;
    let page = browser.get(&server, login.location()).await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn other_methods_and_bodies_are_refused() {
    let server = spawn().await;
    for method in [
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::HEAD,
        Method::TRACE,
    ] {
        let response = server
            .request(method.clone(), "/oauth/authorize")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(response.headers()["allow"], "GET, POST");
    }
    let json = server
        .request(Method::POST, "/oauth/authorize")
        .json(&json!({}));
    let multipart = server
        .request(Method::POST, "/oauth/authorize")
        .header("content-type", "multipart/form-data; boundary=x")
        .body("--x--");
    for request in [json, multipart] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 415);
        let kind = &response.headers()["content-type"];
        assert_eq!(kind, "text/html; charset=utf-8");
    }
}

#[tokio::test]
async fn a_very_long_scope_is_processed_and_a_longer_body_is_not() {
    let server = spawn().await;
    let scope = format!("patient/*.rs {}", "x ".repeat(16_000));
    let post = server
        .request(Method::POST, "/oauth/authorize")
        .form(&request(&[("scope", Some(&scope))]));
    assert_eq!(post.send().await.unwrap().status(), 303);
    let scope = "x".repeat(65 * 1024);
    let post = server
        .request(Method::POST, "/oauth/authorize")
        .form(&request(&[("scope", Some(&scope))]));
    assert_eq!(post.send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn the_error_of_an_unverified_app_is_shown_not_sent() {
    let server = spawn().await;
    let body =
        json!({"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none"});
    let client: Value = server
        .request(Method::POST, "/oauth/register")
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let id = client["client_id"].as_str().unwrap();
    let own = [
        ("client_id", Some(id)),
        ("redirect_uri", Some("https://app.example/cb")),
    ];
    let wrong = [own[0], own[1], ("aud", Some("https://other.example"))];
    let page = Browser::default()
        .authorize(&server, &request(&wrong))
        .await;
    assert_eq!((page.status.as_u16(), &page.location), (400, &None));
    assert!(page.text.contains("aud must be the FHIR base URL"));

    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &request(&own), DANIEL).await;
    let consent = browser.get(&server, &path).await;
    assert!(
        consent
            .text
            .contains("Not verified: an app from app.example")
    );
    let deny = [("csrf_token", consent.csrf()), ("decision", "deny".into())];
    let page = browser.post(&server, &path, &deny).await;
    assert_eq!((page.status.as_u16(), &page.location), (200, &None));
    let link = &page.select("a#return")[0]["href"];
    assert_eq!(query_of(link)["error"], "access_denied");
    assert_eq!(query_of(link)["state"], STATE);
}

#[tokio::test]
async fn a_deleted_registration_looks_like_an_unknown_client() {
    let server = spawn().await;
    let client = server
        .register(&json!({"redirect_uris": ["https://app.example/cb"]}))
        .await;
    let id = client["client_id"].as_str().unwrap();
    let told = async |id: &str| {
        let pairs = request(&[
            ("client_id", Some(id)),
            ("redirect_uri", Some("https://app.example/cb")),
        ]);
        let page = Browser::default().authorize(&server, &pairs).await;
        (
            page.status.as_u16(),
            page.text.split("Reference:").next().unwrap().to_owned(),
        )
    };
    assert_eq!(told(id).await.0, 303);
    let delete = server.request(Method::DELETE, &format!("/oauth/register/{id}"));
    let token = client["registration_access_token"].as_str().unwrap();
    let deleted = delete.bearer_auth(token).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    let unknown = told("unknown").await;
    assert_eq!((told(id).await, unknown.0), (unknown, 400));
}

#[tokio::test]
async fn a_near_miss_of_a_registered_web_address_is_told_to_the_person_only() {
    let client = json!({"client_id": "web", "client_name": "Web", "scope": "patient/*.rs",
        "token_endpoint_auth_methods": ["none"],
        "redirect_uris": ["https://good.example/cb?a=1&b=2", "http://127.0.0.1/cb"]});
    let (server, _folder) = crate::jwt::spawn_with_clients(json!([client])).await;
    let with = |uri: &str| request(&[("client_id", Some("web")), ("redirect_uri", Some(uri))]);
    for good in [
        "https://good.example/cb?a=1&b=2",
        "http://127.0.0.1:4711/cb",
    ] {
        let page = Browser::default().authorize(&server, &with(good)).await;
        assert_eq!(page.status, 303, "{good}");
    }
    for near in [
        "https://good.example/cb",
        "https://good.example/cb/?a=1&b=2",
        "https://good.example/cb/more?a=1&b=2",
        "https://good.example/CB?a=1&b=2",
        "https://good.example/cb?b=2&a=1",
        "https://good.example/cb?a=1&b=2&c=3",
        "https://good.example/cb?a=1&b=2#frag",
        "https://good.example:443/cb?a=1&b=2",
        "https://good.example/%2e%2e/cb?a=1&b=2",
        "https://good.example/x/../cb?a=1&b=2",
        "https://good.example@evil.example/cb?a=1&b=2",
        "https://good.example\\evil.example/cb?a=1&b=2",
        "https://good.example.evil.example/cb?a=1&b=2",
        "http://good.example/cb?a=1&b=2",
        "https://g\u{43e}od.example/cb?a=1&b=2",
        "https://user@good.example/cb?a=1&b=2",
        " https://good.example/cb?a=1&b=2",
        "https://good.example/cb?a=1&b=2 ",
        "https%3A%2F%2Fgood.example%2Fcb%3Fa%3D1%26b%3D2",
        "http://localhost/cb",
        "http://127.0.0.1/other",
        "http://127.0.0.1.evil.example/cb",
    ] {
        assert_page(&server, &encode(&with(near))).await;
    }
}

#[tokio::test]
async fn an_unverified_app_is_not_answered_in_silence() {
    let server = spawn().await;
    let client = server
        .register(&json!({"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none"}))
        .await;
    let pairs = request(&[
        ("client_id", client["client_id"].as_str()),
        ("redirect_uri", Some("https://app.example/cb")),
        ("prompt", Some("none")),
    ]);
    let page = Browser::default().authorize(&server, &pairs).await;
    assert_eq!((page.status.as_u16(), &page.location), (400, &None));
    assert!(page.text.contains("login_required"));
}

#[tokio::test]
async fn aud_and_resource_must_not_differ() {
    let server = spawn().await;
    for (aud, resource) in [
        ("https://other.example", FHIR_BASE),
        (FHIR_BASE, "https://other.example"),
    ] {
        let pairs = request(&[("aud", Some(aud)), ("resource", Some(resource))]);
        assert_redirected(&server, &encode(&pairs), "invalid_target", Some(STATE)).await;
    }
    let same = request(&[("resource", Some(FHIR_BASE))]);
    let alone = request(&[("aud", None), ("resource", Some(FHIR_BASE))]);
    // A user of a form types the base with or without its last slash.
    let slash = format!("{FHIR_BASE}/");
    let slashed = request(&[("aud", Some(&slash))]);
    for pairs in [same, alone, slashed] {
        let page = Browser::default().authorize(&server, &pairs).await;
        assert!(page.location().starts_with("/login?grant="));
    }
}

#[tokio::test]
async fn scopes_of_both_versions_are_granted_as_they_were_spelled() {
    let server = spawn().await;
    for (scope, granted) in [
        (
            "launch/patient patient/Observation.read patient/Condition.rs patient/Patient.r",
            "launch/patient patient/Observation.read patient/Condition.rs patient/Patient.r",
        ),
        // Both spellings of the same right, and a wildcard above them: a union.
        (
            "patient/Observation.read patient/Observation.rs patient/Condition.rs",
            "patient/Observation.read patient/Condition.rs",
        ),
        ("patient/Observation.rs patient/*.read", "patient/*.read"),
    ] {
        let tokens = server.tokens(scope).await;
        assert_eq!(tokens["scope"], granted);
    }
}

#[tokio::test]
async fn a_long_query_is_read_and_a_longer_head_is_refused() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let scope = format!("patient/*.rs {}", "x ".repeat(3000));
    let page = browser
        .authorize(&server, &request(&[("scope", Some(&scope))]))
        .await;
    assert_eq!(page.status, 303);
    let get = server
        .request(Method::GET, "/oauth/authorize")
        .header("x-long", "x".repeat(200 * 1024));
    assert_eq!(get.send().await.unwrap().status(), 431);
}

#[tokio::test]
async fn without_the_rule_of_smart_a_missing_state_stays_missing() {
    let server = spawn_with(authz::Configuration {
        require_state: false,
        ..configuration()
    })
    .await;
    let mut browser = Browser::default();
    let location = browser
        .approve(&server, &request(&[("state", None)]), DANIEL)
        .await;
    let answer = query_of(&location);
    assert!(answer.contains_key("code") && !answer.contains_key("state"));
}

#[tokio::test]
async fn a_long_state_comes_back_byte_for_byte() {
    let server = spawn().await;
    for state in [
        "s".repeat(400),
        STATE.repeat(50),
        "%2B+ \u{1f489}\r\n".repeat(500),
    ] {
        let post = server
            .request(Method::POST, "/oauth/authorize")
            .form(&request(&[("state", Some(&state))]));
        let mut browser = Browser::default();
        let login = browser.send(post).await.location().to_owned();
        let next = browser
            .sign_in(&server, &login, "joseph-ross", "demo-password")
            .await;
        let location = browser.agree(&server, next.location()).await;
        assert!(!location.contains(['\r', '\n', ' ']));
        assert_eq!(query_of(&location)["state"], state);
    }
}

#[tokio::test]
async fn a_patient_scope_alone_establishes_a_patient() {
    let server = spawn().await;
    let tokens = server.tokens("patient/Condition.rs").await;
    assert_eq!(tokens["patient"], DANIEL);
}

#[tokio::test]
async fn a_sign_in_that_was_asked_for_is_a_later_one() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let first = server.tokens_in(&mut browser, "openid").await;
    server.advance(chrono::TimeDelta::seconds(10));
    let pairs = request(&[("scope", Some("openid")), ("prompt", Some("login"))]);
    let code = server.code(&mut browser, &pairs).await;
    let (_, second) = server.token(None, &exchange(&code)).await;
    let auth_time = |tokens: &Value| {
        let claims = claims_of(tokens["id_token"].as_str().unwrap());
        claims["auth_time"].as_i64().unwrap()
    };
    assert_eq!(auth_time(&second), auth_time(&first) + 10);
}

#[tokio::test]
async fn a_challenge_that_comes_back_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn_with(on_disk(&folder)).await;
    let mut browser = Browser::default();
    for _ in 0..2 {
        browser.authorize(&server, &request(&[])).await;
    }
    let other = challenge("another-verifier-of-sufficient-length-012345678");
    let pairs = request(&[("code_challenge", Some(&other))]);
    browser.authorize(&server, &pairs).await;
    assert_eq!(
        outcomes(&folder, "authorization-request"),
        ["success", "repeated_challenge", "success"]
    );
}
