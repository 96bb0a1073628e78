//! Negative cases of the token endpoint: transport, client authentication, codes, refresh tokens.

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::helpers::*;

async fn assert_error(response: Response, status: u16, error: &str) {
    assert_eq!(response.status(), status);
    let headers = response.headers().clone();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["pragma"], "no-cache");
    assert_eq!(headers.contains_key("www-authenticate"), status == 401);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], error);
    assert_eq!(body.get("access_token"), None);
    let text = body["error_description"].as_str().unwrap();
    assert!(
        text.bytes()
            .all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
    );
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let server = spawn().await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let response = server.request(method, "/oauth/token").send().await.unwrap();
        assert_eq!(response.headers()["allow"], "POST");
        assert_error(response, 405, "invalid_request").await;
    }
}

#[tokio::test]
async fn malformed_requests_are_invalid() {
    let server = spawn().await;
    for body in [
        "",
        "client_id=demo-app",
        "grant_type=authorization_code&client_id=demo-app&redirect_uri=x",
        "grant_type=authorization_code&client_id=demo-app&code=x",
        "grant_type=refresh_token&client_id=demo-app",
        "grant_type=refresh_token&grant_type=refresh_token&client_id=demo-app&refresh_token=x",
        "grant_type=%zz&client_id=demo-app",
        "grant_type=%ff&client_id=demo-app",
        "grant_type=refresh_token%00&client_id=demo-app",
    ] {
        let response = server
            .request(
                Method::POST,
                "/oauth/token?grant_type=refresh_token&refresh_token=x",
            )
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_error(response, 400, "invalid_request").await;
    }
    let json = server
        .request(Method::POST, "/oauth/token")
        .json(&serde_json::json!({"grant_type": "x"}));
    assert_error(json.send().await.unwrap(), 400, "invalid_request").await;
    let large = "x".repeat(65 * 1024);
    let response = server
        .form("/oauth/token", None, &[("grant_type", large.as_str())])
        .await;
    assert_error(response, 413, "invalid_request").await;
}

#[tokio::test]
async fn unknown_grant_types_are_unsupported() {
    let server = spawn().await;
    for kind in [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        let pairs = [("grant_type", kind), ("client_id", "demo-app")];
        assert_error(
            server.form("/oauth/token", None, &pairs).await,
            400,
            "unsupported_grant_type",
        )
        .await;
    }
}

#[tokio::test]
async fn failed_client_authentication_is_always_401_with_a_challenge() {
    let server = spawn().await;
    let base = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let with = |extra: &[(&'static str, &'static str)]| [base.to_vec(), extra.to_vec()].concat();
    for (basic, pairs) in [
        (None, with(&[])),
        (None, with(&[("client_id", "unknown")])),
        (Some("unknown:secret"), with(&[])),
        (Some("demo-confidential:wrong"), with(&[])),
        (Some("demo-confidential:"), with(&[])),
        (Some("no colon"), with(&[])),
        (Some("demo-app:secret"), with(&[])),
        (None, with(&[("client_id", "demo-confidential")])),
        (
            None,
            with(&[
                ("client_id", "demo-confidential"),
                ("client_secret", "wrong"),
            ]),
        ),
        (
            None,
            with(&[("client_id", "demo-app"), ("client_secret", "x")]),
        ),
        (None, with(&[("client_id", "rs")])),
    ] {
        let response = server.form("/oauth/token", basic, &pairs).await;
        assert_error(response, 401, "invalid_client").await;
    }
    for (basic, pairs) in [
        (
            BASIC,
            with(&[("client_secret", "demo-confidential-secret")]),
        ),
        (BASIC, with(&[("client_id", "demo-app")])),
    ] {
        let response = server.form("/oauth/token", Some(basic), &pairs).await;
        assert_error(response, 400, "invalid_request").await;
    }
}

#[tokio::test]
async fn an_unregistered_way_of_authenticating_fails() {
    let server = spawn().await;
    let body = serde_json::json!({"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "client_secret_post"});
    let client: Value = server
        .request(Method::POST, "/oauth/register")
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let (id, secret) = (
        client["client_id"].as_str().unwrap(),
        client["client_secret"].as_str().unwrap(),
    );
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let basic = format!("{id}:{secret}");
    assert_error(
        server.form("/oauth/token", Some(&basic), &pairs).await,
        401,
        "invalid_client",
    )
    .await;
    let post = [
        pairs.to_vec(),
        vec![("client_id", id), ("client_secret", secret)],
    ]
    .concat();
    assert_error(
        server.form("/oauth/token", None, &post).await,
        400,
        "invalid_grant",
    )
    .await;
}

async fn fresh_code(server: &TestServer) -> String {
    server.code(&mut Browser::default(), &request(&[])).await
}

async fn refused(server: &TestServer, pairs: &[(&str, &str)]) {
    assert_error(
        server.form("/oauth/token", None, pairs).await,
        400,
        "invalid_grant",
    )
    .await;
}

#[tokio::test]
async fn a_wrong_presentation_is_refused_and_burns_the_code() {
    let server = spawn().await;
    let challenge = challenge(VERIFIER);
    let long = "v".repeat(129);
    for (name, value) in [
        ("code_verifier", ""),
        (
            "code_verifier",
            "wrong-verifier-of-sufficient-length-0123456789",
        ),
        ("code_verifier", challenge.as_str()),
        ("code_verifier", &VERIFIER[..42]),
        (
            "code_verifier",
            "a verifier with spaces, of sufficient length 012345",
        ),
        ("code_verifier", long.as_str()),
        ("redirect_uri", "http://127.0.0.1:9/callback/"),
        ("redirect_uri", "http://127.0.0.1:8/callback"),
        ("client_id", "demo-confidential"),
    ] {
        let code = fresh_code(&server).await;
        let mut pairs = exchange(&code);
        pairs.retain(|(known, _)| *known != name);
        pairs.push((name, value));
        if name == "client_id" {
            pairs.push(("client_secret", "demo-confidential-secret"));
        }
        refused(&server, &pairs).await;
        refused(&server, &exchange(&code)).await;
    }
}

#[tokio::test]
async fn unknown_and_malformed_codes_are_refused() {
    let server = spawn().await;
    let long = "x".repeat(10_000);
    for code in ["x", "BAD_CODE", long.as_str(), "\u{1f489}"] {
        refused(&server, &exchange(code)).await;
    }
}

#[tokio::test]
async fn a_code_lives_sixty_seconds() {
    let server = spawn().await;
    let code = fresh_code(&server).await;
    server.advance(TimeDelta::seconds(60));
    refused(&server, &exchange(&code)).await;
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let server = spawn().await;
    let pairs = request(&[
        ("client_id", Some("s4s-test-suite")),
        ("code_challenge", None),
        ("code_challenge_method", None),
    ]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mut pairs = exchange(&code);
    pairs.retain(|(name, _)| *name != "client_id");
    let basic = Some("s4s-test-suite:s4s-test-suite-secret");
    assert_error(
        server.form("/oauth/token", basic, &pairs).await,
        400,
        "invalid_grant",
    )
    .await;
}

#[tokio::test]
async fn a_replayed_code_revokes_the_family() {
    let server = spawn().await;
    let code = fresh_code(&server).await;
    let (_, tokens) = server.token(None, &exchange(&code)).await;
    let access = tokens["access_token"].as_str().unwrap();
    assert!(server.is_active(access).await);
    refused(&server, &exchange(&code)).await;
    assert!(!server.is_active(access).await);
    refused(&server, &refresh(tokens["refresh_token"].as_str().unwrap())).await;
}

#[tokio::test]
async fn of_many_simultaneous_exchanges_at_most_one_succeeds_and_nothing_stays_active() {
    let server = spawn().await;
    let code = fresh_code(&server).await;
    let pairs = exchange(&code);
    let answers = join_all((0..64).map(|_| server.token(None, &pairs))).await;
    let issued: Vec<_> = answers
        .iter()
        .filter(|(status, _)| *status == 200)
        .collect();
    assert!(issued.len() <= 1);
    for (_, tokens) in issued {
        assert!(
            !server
                .is_active(tokens["access_token"].as_str().unwrap())
                .await
        );
    }
}

#[tokio::test]
async fn a_scope_sent_with_a_code_is_ignored() {
    let server = spawn().await;
    let code = fresh_code(&server).await;
    let mut pairs = exchange(&code);
    pairs.push(("scope", "patient/*.cruds system/*.rs"));
    let (status, tokens) = server.token(None, &pairs).await;
    assert_eq!((status.as_u16(), &tokens["scope"]), (200, &SCOPE.into()));
}

#[tokio::test]
async fn refreshing_rotates_and_a_second_use_revokes_the_family() {
    let server = spawn().await;
    let first = server.tokens(SCOPE).await;
    let old = first["refresh_token"].as_str().unwrap();
    let (status, second) = server.token(None, &refresh(old)).await;
    assert_eq!(status, 200);
    assert_eq!(second["scope"], SCOPE);
    assert_eq!(second["patient"], DANIEL);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let (status, third) = server
        .token(None, &refresh(second["refresh_token"].as_str().unwrap()))
        .await;
    assert_eq!(status, 200);
    refused(&server, &refresh(old)).await;
    refused(&server, &refresh(third["refresh_token"].as_str().unwrap())).await;
    for tokens in [first, second, third] {
        assert!(
            !server
                .is_active(tokens["access_token"].as_str().unwrap())
                .await
        );
    }
}

/// A refresh token and what came for it.
async fn refreshed(server: &TestServer) -> (String, serde_json::Value) {
    let first = server.tokens(SCOPE).await;
    let old = first["refresh_token"].as_str().unwrap().to_owned();
    let (status, lost) = server.token(None, &refresh(&old)).await;
    assert_eq!(status, 200);
    (old, lost)
}

#[tokio::test]
async fn an_app_that_lost_the_answer_to_a_refresh_may_ask_once_more() {
    let server = spawn().await;
    let (old, lost) = refreshed(&server).await;
    server.advance(TimeDelta::seconds(60));
    let (status, again) = server.token(None, &refresh(&old)).await;
    assert_eq!(status, 200, "{again}");
    assert_eq!(again["scope"], lost["scope"]);
    assert_eq!(again["patient"], lost["patient"]);
    let of = |answer: &serde_json::Value, name: &str| answer[name].as_str().unwrap().to_owned();
    assert!(!server.is_active(&of(&lost, "access_token")).await);
    assert!(server.is_active(&of(&again, "access_token")).await);
    let (status, next) = server
        .token(None, &refresh(&of(&again, "refresh_token")))
        .await;
    assert_eq!(status, 200);
    // Whoever holds the withdrawn token has received what was thought to be lost.
    refused(&server, &refresh(&of(&lost, "refresh_token"))).await;
    refused(&server, &refresh(&of(&next, "refresh_token"))).await;
    assert!(!server.is_active(&of(&next, "access_token")).await);
}

#[tokio::test]
async fn a_refresh_is_repeated_once_soon_and_only_while_nothing_of_its_answer_was_used() {
    let server = spawn().await;
    let of = |answer: &serde_json::Value, name: &str| answer[name].as_str().unwrap().to_owned();

    let (old, lost) = refreshed(&server).await;
    assert!(server.is_active(&of(&lost, "access_token")).await);
    refused(&server, &refresh(&old)).await;
    assert!(!server.is_active(&of(&lost, "access_token")).await);

    let (old, lost) = refreshed(&server).await;
    let successor = of(&lost, "refresh_token");
    assert_eq!(server.token(None, &refresh(&successor)).await.0, 200);
    refused(&server, &refresh(&old)).await;

    let (old, lost) = refreshed(&server).await;
    server.advance(TimeDelta::milliseconds(60_001));
    refused(&server, &refresh(&old)).await;
    refused(&server, &refresh(&of(&lost, "refresh_token"))).await;

    let (old, _) = refreshed(&server).await;
    let (status, again) = server.token(None, &refresh(&old)).await;
    assert_eq!(status, 200);
    refused(&server, &refresh(&old)).await;
    refused(&server, &refresh(&of(&again, "refresh_token"))).await;

    let (old, lost) = refreshed(&server).await;
    let other = [
        ("grant_type", "refresh_token"),
        ("refresh_token", old.as_str()),
    ];
    assert_error(
        server.form("/oauth/token", Some(BASIC), &other).await,
        400,
        "invalid_grant",
    )
    .await;
    assert!(server.is_active(&of(&lost, "access_token")).await);
}

#[tokio::test]
async fn simultaneous_refreshes_leave_no_two_live_successors() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let pairs = refresh(tokens["refresh_token"].as_str().unwrap());
    let answers = join_all((0..64).map(|_| server.token(None, &pairs))).await;
    let issued: Vec<_> = answers
        .iter()
        .filter(|(status, _)| *status == 200)
        .collect();
    // The first, and one that may have lost its answer.
    assert!(issued.len() <= 2);
    for (_, tokens) in issued {
        refused(&server, &refresh(tokens["refresh_token"].as_str().unwrap())).await;
    }
}

#[tokio::test]
async fn unknown_refresh_tokens_and_those_of_others_are_refused() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["refresh_token"].as_str().unwrap();
    for wrong in ["x", tokens["access_token"].as_str().unwrap()] {
        refused(&server, &refresh(wrong)).await;
    }
    let other = [("grant_type", "refresh_token"), ("refresh_token", token)];
    assert_error(
        server.form("/oauth/token", Some(BASIC), &other).await,
        400,
        "invalid_grant",
    )
    .await;
    let (status, _) = server.token(None, &refresh(token)).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_refresh_may_narrow_but_not_widen() {
    let server = spawn().await;
    let tokens = server
        .tokens("launch/patient openid offline_access patient/Condition.rs patient/Patient.rs")
        .await;
    let token = tokens["refresh_token"].as_str().unwrap();
    for wide in [
        "patient/*.rs",
        "patient/Condition.cruds",
        "user/Condition.rs",
        "fhirUser",
        "nonsense",
    ] {
        let pairs = [refresh(token), vec![("scope", wide)]].concat();
        assert_error(
            server.form("/oauth/token", None, &pairs).await,
            400,
            "invalid_scope",
        )
        .await;
    }
    let narrow = [refresh(token), vec![("scope", "patient/Condition.rs")]].concat();
    let (status, narrowed) = server.token(None, &narrow).await;
    assert_eq!(
        (status.as_u16(), &narrowed["scope"]),
        (200, &"patient/Condition.rs".into())
    );
    let whole = [
        refresh(narrowed["refresh_token"].as_str().unwrap()),
        vec![("scope", tokens["scope"].as_str().unwrap())],
    ]
    .concat();
    let (status, widened) = server.token(None, &whole).await;
    assert_eq!(
        (status.as_u16(), &widened["scope"]),
        (200, &tokens["scope"])
    );
}

#[tokio::test]
async fn a_refresh_for_another_resource_is_refused() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    for name in ["resource", "aud"] {
        let pairs = [
            refresh(tokens["refresh_token"].as_str().unwrap()),
            vec![(name, "https://other.example")],
        ]
        .concat();
        assert_error(
            server.form("/oauth/token", None, &pairs).await,
            400,
            "invalid_target",
        )
        .await;
    }
}

#[tokio::test]
async fn an_unused_refresh_token_ends_after_ninety_days() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    server.advance(TimeDelta::days(90));
    refused(&server, &refresh(tokens["refresh_token"].as_str().unwrap())).await;
}

#[tokio::test]
async fn online_access_ends_with_the_session() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let scope = "launch/patient online_access patient/*.rs";
    let tokens = server.tokens_in(&mut browser, scope).await;
    let (status, tokens) = server
        .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
        .await;
    assert_eq!(status, 200);
    let csrf = browser
        .get(&server, "/apps")
        .await
        .select("input[name=csrf_token]")[0]["value"]
        .clone();
    browser
        .post(&server, "/logout", &[("csrf_token", csrf)])
        .await;
    refused(&server, &refresh(tokens["refresh_token"].as_str().unwrap())).await;
    assert!(
        !server
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );

    let tokens = server.tokens(scope).await;
    server.advance(TimeDelta::hours(8));
    refused(&server, &refresh(tokens["refresh_token"].as_str().unwrap())).await;
}

#[tokio::test]
async fn an_access_token_lives_an_hour() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    server.advance(TimeDelta::seconds(3599));
    assert!(
        server
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );
    server.advance(TimeDelta::seconds(1));
    assert!(
        !server
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );
}

#[tokio::test]
async fn one_app_s_consent_leaves_earlier_ones_alone() {
    let server = spawn().await;
    let first = server.tokens(SCOPE).await;
    let second = server.tokens("launch/patient patient/Condition.rs").await;
    for tokens in [first, second] {
        assert!(
            server
                .is_active(tokens["access_token"].as_str().unwrap())
                .await
        );
    }
}

#[tokio::test]
async fn a_public_client_may_refresh_without_saying_who_it_is() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["refresh_token"].as_str().unwrap();
    let nameless = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let (status, renewed) = server.token(None, &nameless).await;
    assert_eq!(status, 200, "{renewed}");
    assert_ne!(renewed["refresh_token"], tokens["refresh_token"]);
    let access = renewed["access_token"].as_str().unwrap();
    assert!(server.is_active(access).await);
    refused(&server, &nameless).await;

    let pairs = request(&[("client_id", Some("demo-confidential"))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mut body = exchange(&code);
    body.retain(|(name, _)| *name != "client_id");
    let (_, own) = server.token(Some(BASIC), &body).await;
    for token in [own["refresh_token"].as_str().unwrap(), "unknown"] {
        let nameless = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let response = server.form("/oauth/token", None, &nameless).await;
        assert_error(response, 401, "invalid_client").await;
    }
}

#[tokio::test]
async fn two_authorization_headers_are_an_invalid_request() {
    let server = spawn().await;
    let request = server
        .request(Method::POST, "/oauth/token")
        .header("authorization", basic_header(BASIC))
        .header("authorization", basic_header(BASIC))
        .form(&[("grant_type", "refresh_token"), ("refresh_token", "x")]);
    assert_error(request.send().await.unwrap(), 400, "invalid_request").await;
}

#[tokio::test]
async fn broken_basic_credentials_fail_like_wrong_ones() {
    let server = spawn().await;
    for header in [
        "Basic ???",
        "Basic",
        "Bearer x",
        "Basic ZGVtbw==",
        // demo%zz:secret
        "Basic ZGVtbyV6ejpzZWNyZXQ=",
    ] {
        let request = server
            .request(Method::POST, "/oauth/token")
            .header("authorization", header)
            .form(&[("grant_type", "refresh_token"), ("refresh_token", "x")]);
        assert_error(request.send().await.unwrap(), 401, "invalid_client").await;
    }
}

#[tokio::test]
async fn credentials_in_the_query_count_for_nothing() {
    let server = spawn().await;
    let path = "/oauth/token?client_id=demo-confidential&client_secret=demo-confidential-secret";
    let request = server
        .request(Method::POST, path)
        .form(&[("grant_type", "refresh_token"), ("refresh_token", "x")]);
    assert_error(request.send().await.unwrap(), 401, "invalid_client").await;
}

#[tokio::test]
async fn a_client_that_keeps_failing_must_wait_and_only_from_there() {
    let server = spawn().await;
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let wrong = Some("demo-confidential:wrong");
    for _ in 0..100 {
        let response = server.form("/oauth/token", wrong, &pairs).await;
        assert_error(response, 401, "invalid_client").await;
    }
    for basic in [wrong, Some(BASIC)] {
        let refused = server.form("/oauth/token", basic, &pairs).await;
        assert_eq!(refused.headers()["retry-after"], "60");
        assert_error(refused, 429, "temporarily_unavailable").await;
    }
    let elsewhere = reqwest::Client::builder()
        .local_address(std::net::IpAddr::from([127, 0, 0, 2]))
        .build()
        .unwrap()
        .post(format!("{}/oauth/token", server.base))
        .header("authorization", basic_header(BASIC))
        .form(&pairs);
    assert_error(elsewhere.send().await.unwrap(), 400, "invalid_grant").await;
    let other = [pairs.to_vec(), vec![("client_id", "demo-app")]].concat();
    refused(&server, &other).await;
    server.advance(TimeDelta::seconds(60));
    let response = server.form("/oauth/token", Some(BASIC), &pairs).await;
    assert_error(response, 400, "invalid_grant").await;
}

/// A code of the public demo app for somebody, and a browser that is signed in as them.
async fn code_of(server: &TestServer, user: &str, patient: &str) -> (Browser, String) {
    let mut browser = Browser::default();
    let pairs = request(&[]);
    let path = browser
        .reach_consent_as(server, user, &pairs, patient)
        .await;
    let location = browser.agree(server, &path).await;
    (browser, query_of(&location).remove("code").unwrap())
}

#[tokio::test]
async fn two_people_s_codes_of_one_app_never_mix() {
    let server = spawn().await;
    let (_, daniel) = code_of(&server, "daniel-adams", DANIEL).await;
    let (_, joseph) = code_of(&server, "joseph-ross", "").await;
    let (_, second) = server.token(None, &exchange(&joseph)).await;
    let (_, first) = server.token(None, &exchange(&daniel)).await;
    for (tokens, patient) in [(&first, DANIEL), (&second, "smart-1081332")] {
        assert_eq!(tokens["patient"], patient);
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(server.introspect(token).await["patient"], patient);
    }
}

#[tokio::test]
async fn two_tokens_have_256_bits_each_and_nothing_in_common() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let (one, other) = (
        tokens["access_token"].as_str().unwrap(),
        tokens["refresh_token"].as_str().unwrap(),
    );
    assert_eq!((one.len(), other.len()), (43, 43));
    assert_ne!(one[..4], other[..4]);
}

#[tokio::test]
async fn a_code_under_way_is_dead_when_its_person_or_consent_is() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn_with(on_disk(&folder)).await;
    let (mut browser, code) = code_of(&server, "joseph-ross", "").await;
    let csrf = browser.get(&server, "/password").await.csrf();
    let change = [
        ("csrf_token", csrf.as_str()),
        ("current", "demo-password"),
        ("new", "a much longer password"),
    ];
    let changed = browser.post(&server, "/password", &change).await;
    assert_eq!(changed.status, 303);
    refused(&server, &exchange(&code)).await;

    let (mut browser, code) = code_of(&server, "daniel-adams", DANIEL).await;
    server.token(None, &exchange(&code)).await;
    let code = server.code(&mut browser, &request(&[])).await;
    let page = browser.get(&server, "/apps").await;
    let app = page.select("button[name=app]")[0]["value"].clone();
    let pairs = [("csrf_token", page.csrf()), ("app", app)];
    browser.post(&server, "/apps/revoke", &pairs).await;
    refused(&server, &exchange(&code)).await;

    let (_, code) = code_of(&server, "daniel-adams", DANIEL).await;
    let sql = "UPDATE user SET disabled = 1 WHERE username = 'daniel-adams'";
    database(&folder).execute(sql, []).unwrap();
    refused(&server, &exchange(&code)).await;
}

#[tokio::test]
async fn a_disabled_person_s_tokens_are_dead() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn_with(on_disk(&folder)).await;
    let mut browser = Browser::default();
    let tokens = server.tokens_in(&mut browser, SCOPE).await;
    let sql = "UPDATE user SET disabled = 1 WHERE username = 'daniel-adams'";
    database(&folder).execute(sql, []).unwrap();
    let access = tokens["access_token"].as_str().unwrap();
    assert!(!server.is_active(access).await);
    refused(&server, &refresh(tokens["refresh_token"].as_str().unwrap())).await;
    assert_eq!(browser.get(&server, "/apps").await.path(), "/login");
    let mut fresh = Browser::default();
    let wrong = fresh
        .sign_in(&server, "/login", "joseph-ross", "wrong")
        .await;
    let disabled = fresh
        .sign_in(&server, "/login", "daniel-adams", "demo-password")
        .await;
    assert_eq!((disabled.status, disabled.text), (wrong.status, wrong.text));
}

#[tokio::test]
async fn an_app_that_lost_its_answer_starts_again_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = spawn_with(on_disk(&folder)).await;
    let code = fresh_code(&first).await;
    let (_, tokens) = first.token(None, &exchange(&code)).await;
    drop(first);
    let second = spawn_with(on_disk(&folder)).await;
    refused(&second, &exchange(&code)).await;
    let lost = tokens["access_token"].as_str().unwrap();
    assert!(!second.is_active(lost).await);
}

#[tokio::test]
async fn tokens_last_as_long_as_the_operator_said_for_their_client() {
    let client = |name: &str, access: u32, grant: &str| {
        serde_json::json!({"client_id": name, "client_name": name, "redirect_uris": ["http://127.0.0.1/callback"],
            "token_endpoint_auth_methods": ["none"], "scope": SCOPE, "grant_types": [grant, "refresh_token"],
            "access_token_lifetime": access, "refresh_token_idle": 7200})
    };
    let brief = client("brief", 120, "authorization_code");
    let (server, _folder) = crate::jwt::spawn_with_clients(serde_json::json!([brief])).await;
    let pairs = request(&[("client_id", Some("brief"))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mine = |mut form: Vec<(&'static str, String)>| {
        form.push(("client_id", "brief".to_owned()));
        form
    };
    let token = async |form: Vec<(&'static str, String)>| {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        server.token(None, &form).await
    };
    let (status, first) = token(mine(vec![
        ("grant_type", "authorization_code".into()),
        ("code", code),
        ("redirect_uri", REDIRECT.into()),
        ("code_verifier", VERIFIER.into()),
    ]))
    .await;
    assert_eq!((status.as_u16(), &first["expires_in"]), (200, &120.into()));
    let renew = |tokens: &serde_json::Value| {
        let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        mine(vec![
            ("grant_type", "refresh_token".into()),
            ("refresh_token", refresh),
        ])
    };
    server.advance(TimeDelta::seconds(119));
    assert!(
        server
            .is_active(first["access_token"].as_str().unwrap())
            .await
    );
    server.advance(TimeDelta::seconds(1));
    assert!(
        !server
            .is_active(first["access_token"].as_str().unwrap())
            .await
    );
    server.advance(TimeDelta::seconds(7000));
    let (status, second) = token(renew(&first)).await;
    assert_eq!((status.as_u16(), &second["expires_in"]), (200, &120.into()));
    server.advance(TimeDelta::seconds(7200));
    assert_eq!(token(renew(&second)).await.0, 400);

    for (access, grant) in [(59, "authorization_code"), (86_401, "authorization_code")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients.json");
        let clients = serde_json::json!({"clients": [client("x", access, grant)]});
        std::fs::write(&path, clients.to_string()).unwrap();
        let clock = smart::clock::ManualClock::new(start_of_time());
        let started = authz::Application::build(
            authz::Configuration {
                clients: Some(path),
                ..configuration()
            },
            std::sync::Arc::new(clock),
            authz::Random::seeded(1),
        );
        let error = started.await.unwrap_err().to_string();
        assert!(error.contains("access_token_lifetime"), "{error}");
    }
}
