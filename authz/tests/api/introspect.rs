//! Introspection over HTTP and in process.

use serde_json::json;

use crate::helpers::*;
use crate::jwt::spawn_with_clients;

#[tokio::test]
async fn an_active_answer_is_complete_and_the_same_in_process() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["access_token"].as_str().unwrap();
    let answer = server.introspect(token).await;
    let now = start_of_time().timestamp();
    assert_eq!(answer["scope"], tokens["scope"]);
    assert_eq!(answer["client_id"], "demo-app");
    assert_eq!(answer["patient"], DANIEL);
    assert_eq!(
        (answer["iat"].as_i64(), answer["exp"].as_i64()),
        (Some(now), Some(now + 3600))
    );
    assert_eq!(answer["iss"], server.issuer());
    assert_eq!(answer["aud"], FHIR_BASE);
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["fhirUser"], format!("{FHIR_BASE}/Patient/{DANIEL}"));
    let in_process = server.in_process.introspect(token).await.unwrap();
    assert_eq!(serde_json::to_value(in_process).unwrap(), answer);
    let unknown = server.in_process.introspect("unknown").await.unwrap();
    assert!(!unknown.active);
}

#[tokio::test]
async fn the_answer_names_the_categories_that_were_agreed_to() {
    let server = spawn().await;
    let labels = async |tokens: &serde_json::Value| {
        let token = tokens["access_token"].as_str().unwrap();
        let answer = server.introspect(token).await;
        let labels = answer["security_labels"].as_array().unwrap();
        labels
            .iter()
            .map(|label| label.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = labels(&server.tokens(SCOPE).await).await;
    assert!(
        all.contains(&"laboratory".into()) && all.contains(&"problems".into()),
        "{all:?}"
    );

    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
    let mut fields = browser.get(&server, &path).await.fields("#consent");
    fields.retain(|(_, value)| value != "laboratory");
    fields.push(("decision".into(), "approve".into()));
    let answer = browser.post(&server, &path, &fields).await;
    let code = query_of(answer.location()).remove("code").unwrap();
    let (_, tokens) = server.token(None, &exchange(&code)).await;
    let left = labels(&tokens).await;
    assert!(
        !left.contains(&"laboratory".into()) && left.contains(&"problems".into()),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_resource_server_of_the_clients_file_asks_about_any_token_and_is_never_slowed_down() {
    let client = json!({"client_id": "imaging", "client_name": "Imaging", "redirect_uris": [],
        "client_secret": "imaging-secret", "scope": "", "introspects_any_token": true,
        "token_endpoint_auth_methods": ["client_secret_basic"]});
    let (server, _folder) = spawn_with_clients(json!([client])).await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["access_token"].as_str().unwrap();
    let ask = async |token: &str| {
        let form = [("token", token)];
        let response = server.form("/oauth/introspect", Some("imaging:imaging-secret"), &form);
        let response = response.await;
        assert_eq!(response.status(), 200);
        response.json::<serde_json::Value>().await.unwrap()
    };
    // More unknown tokens than an ordinary client may guess: honest callers send ended ones.
    for _ in 0..1100 {
        assert_eq!(ask("ended-long-ago").await, json!({"active": false}));
    }
    assert_eq!(ask(token).await["patient"], DANIEL);
}

#[tokio::test]
async fn fhir_user_is_told_only_when_an_id_token_told_it() {
    let server = spawn().await;
    let tokens = server.tokens("launch/patient patient/*.rs").await;
    let answer = server
        .introspect(tokens["access_token"].as_str().unwrap())
        .await;
    assert_eq!(answer.get("fhirUser"), None);
    assert_eq!(tokens.get("id_token"), None);
}

#[tokio::test]
async fn a_meaningless_token_gets_exactly_one_member() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let long = "x".repeat(60_000);
    let spent = server.tokens(SCOPE).await;
    let spent = spent["refresh_token"].as_str().unwrap();
    let (_, renewed) = server.token(None, &refresh(spent)).await;
    let revoked = renewed["access_token"].as_str().unwrap();
    let pairs = [("token", revoked), ("client_id", "demo-app")];
    server.form("/oauth/revoke", None, &pairs).await;
    let foreign = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL290aGVyLmV4YW1wbGUifQ.AA";
    for token in [
        "unknown",
        foreign,
        spent,
        revoked,
        long.as_str(),
        tokens["refresh_token"].as_str().unwrap(),
        tokens["id_token"].as_str().unwrap(),
    ] {
        let pairs = [("token", token), ("token_type_hint", "nonsense")];
        let response = server
            .form("/oauth/introspect", Some(RESOURCE_SERVER), &pairs)
            .await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.text().await.unwrap(), r#"{"active":false}"#);
    }
}

#[tokio::test]
async fn the_caller_must_authenticate_and_name_one_token() {
    let server = spawn().await;
    for (basic, pairs, status, error) in [
        (None, vec![("token", "x")], 401, "invalid_client"),
        (
            Some("rs:wrong"),
            vec![("token", "x")],
            401,
            "invalid_client",
        ),
        (Some(RESOURCE_SERVER), vec![], 400, "invalid_request"),
        (
            Some(RESOURCE_SERVER),
            vec![("token", "x"), ("token", "y")],
            400,
            "invalid_request",
        ),
    ] {
        let response = server.form("/oauth/introspect", basic, &pairs).await;
        assert_eq!(response.status(), status);
        assert_eq!(
            response.headers().contains_key("www-authenticate"),
            status == 401
        );
        let body: serde_json::Value = response.json().await.unwrap();
        assert_eq!(body["error"], error);
    }
    let get = server
        .request(reqwest::Method::GET, "/oauth/introspect?token=x")
        .send()
        .await
        .unwrap();
    assert_eq!(get.status(), 405);
}

#[tokio::test]
async fn a_client_sees_its_own_tokens_and_a_public_one_none() {
    let server = spawn().await;
    let public = server.tokens(SCOPE).await;
    let pairs = request(&[("client_id", Some("demo-confidential"))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mut body = exchange(&code);
    body.retain(|(name, _)| *name != "client_id");
    let (_, own) = server.token(Some(BASIC), &body).await;
    let ask = async |basic, token: &serde_json::Value, id: Option<&str>| {
        let mut pairs = vec![("token", token.as_str().unwrap())];
        pairs.extend(id.map(|id| ("client_id", id)));
        let response = server.form("/oauth/introspect", basic, &pairs).await;
        response.json::<serde_json::Value>().await.unwrap()
    };
    assert_eq!(
        ask(Some(BASIC), &own["access_token"], None).await["active"],
        true
    );
    let inactive = json!({"active": false});
    assert_eq!(
        ask(Some(BASIC), &public["access_token"], None).await,
        inactive
    );
    assert_eq!(
        ask(None, &public["access_token"], Some("demo-app")).await,
        inactive
    );
    assert_eq!(
        ask(None, &own["access_token"], Some("demo-app")).await,
        inactive
    );
}

#[tokio::test]
async fn guessing_is_limited() {
    let server = spawn().await;
    for _ in 0..1000 {
        let response = server
            .form("/oauth/introspect", Some(BASIC), &[("token", "guess")])
            .await;
        assert_eq!(response.status(), 200);
    }
    let response = server
        .form("/oauth/introspect", Some(BASIC), &[("token", "guess")])
        .await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "60");
}

#[tokio::test]
async fn a_bearer_token_does_not_authenticate_a_caller() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["access_token"].as_str().unwrap();
    let request = server
        .request(reqwest::Method::POST, "/oauth/introspect")
        .bearer_auth(token)
        .form(&[("token", token)]);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.headers().contains_key("www-authenticate"));
}

#[tokio::test]
async fn nothing_that_is_sent_along_changes_whose_token_it_is() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["access_token"].as_str().unwrap();
    let plain = server.introspect(token).await;
    let pairs = [
        ("token", token),
        ("patient", AMY),
        ("scope", "system/*.cruds"),
        ("username", "joseph-ross"),
    ];
    let response = server
        .form("/oauth/introspect", Some(RESOURCE_SERVER), &pairs)
        .await;
    let answer: serde_json::Value = response.json().await.unwrap();
    assert_eq!((&answer, &answer["patient"]), (&plain, &DANIEL.into()));
}

#[tokio::test]
async fn an_ended_token_and_an_ended_consent_are_inactive() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["access_token"].as_str().unwrap();
    assert!(server.is_active(token).await);
    server.advance(chrono::TimeDelta::hours(1));
    assert!(!server.is_active(token).await);
}
