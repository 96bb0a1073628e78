//! Apps that manage their own registration.

use chrono::TimeDelta;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::helpers::*;

async fn register(server: &TestServer) -> Value {
    let body = json!({"redirect_uris": ["http://127.0.0.1/callback"], "client_name": "Mine"});
    let request = server.request(Method::POST, "/oauth/register");
    request
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

fn text<'a>(client: &'a Value, name: &str) -> &'a str {
    client[name].as_str().unwrap()
}

async fn manage(
    server: &TestServer,
    method: Method,
    client: &Value,
    token: Option<&str>,
    body: Option<Value>,
) -> Response {
    let uri = text(client, "registration_client_uri");
    let path = uri.strip_prefix(&server.issuer()).unwrap();
    let mut request = server.request(method, path);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    request.send().await.unwrap()
}

async fn refused(response: Response, status: u16, error: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(
        response.headers().contains_key("www-authenticate"),
        status == 401
    );
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], error);
}

#[tokio::test]
async fn a_client_reads_and_replaces_its_registration() {
    let server = spawn().await;
    let client = register(&server).await;
    let token = text(&client, "registration_access_token");
    let read = manage(&server, Method::GET, &client, Some(token), None).await;
    assert_eq!(read.status(), 200);
    let read: Value = read.json().await.unwrap();
    let mut expected = client.clone();
    expected.as_object_mut().unwrap().remove("client_secret");
    expected
        .as_object_mut()
        .unwrap()
        .remove("client_secret_expires_at");
    assert_eq!(read, expected);

    let body = json!({"client_id": client["client_id"], "client_secret": client["client_secret"],
        "redirect_uris": ["https://app.example/cb"], "client_name": "Other"});
    let updated = manage(&server, Method::PUT, &client, Some(token), Some(body)).await;
    assert_eq!(updated.status(), 200);
    let updated: Value = updated.json().await.unwrap();
    assert_eq!(updated["redirect_uris"], json!(["https://app.example/cb"]));
    assert_eq!(
        (&updated["client_name"], updated.get("client_secret")),
        (&"Other".into(), None)
    );
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let basic = format!(
        "{}:{}",
        text(&client, "client_id"),
        text(&client, "client_secret")
    );
    assert_eq!(server.token(Some(&basic), &pairs).await.0, 400);

    let public = json!({"client_id": client["client_id"], "token_endpoint_auth_method": "none",
        "redirect_uris": ["https://app.example/cb"]});
    let updated = manage(&server, Method::PUT, &client, Some(token), Some(public)).await;
    assert_eq!(updated.status(), 200);
    assert_eq!(server.token(Some(&basic), &pairs).await.0, 401);
}

#[tokio::test]
async fn a_replacement_must_keep_to_what_is_the_client_s() {
    let server = spawn().await;
    let client = register(&server).await;
    let token = text(&client, "registration_access_token");
    let uris = json!(["https://app.example/cb"]);
    let id = &client["client_id"];
    for (body, error) in [
        (json!({"redirect_uris": uris}), "invalid_client_metadata"),
        (
            json!({"redirect_uris": uris, "client_id": "demo-app"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": uris, "client_id": id, "client_secret": "x"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": uris, "client_id": id, "registration_access_token": token}),
            "invalid_request",
        ),
        (
            json!({"redirect_uris": uris, "client_id": id, "client_secret_expires_at": 0}),
            "invalid_request",
        ),
        (
            json!({"redirect_uris": uris, "client_id": id, "client_id_issued_at": 0}),
            "invalid_request",
        ),
        (
            json!({"redirect_uris": [], "client_id": id}),
            "invalid_redirect_uri",
        ),
    ] {
        let response = manage(&server, Method::PUT, &client, Some(token), Some(body)).await;
        refused(response, 400, error).await;
    }
    let post = manage(&server, Method::POST, &client, Some(token), None).await;
    assert_eq!(post.headers()["allow"], "GET, PUT, DELETE");
    refused(post, 405, "invalid_request").await;
}

#[tokio::test]
async fn only_its_own_token_manages_a_registration() {
    let server = spawn().await;
    let (one, other) = (register(&server).await, register(&server).await);
    refused(
        manage(&server, Method::GET, &one, None, None).await,
        401,
        "invalid_token",
    )
    .await;
    let wrong = manage(&server, Method::GET, &one, Some("wrong"), None).await;
    assert!(
        wrong.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .contains("error=\"invalid_token\"")
    );
    refused(wrong, 401, "invalid_token").await;
    let stolen = text(&other, "registration_access_token");
    refused(
        manage(&server, Method::GET, &one, Some(stolen), None).await,
        401,
        "invalid_token",
    )
    .await;
    // A write that is waited for comes after the one that is not.
    register(&server).await;
    refused(
        manage(&server, Method::GET, &other, Some(stolen), None).await,
        401,
        "invalid_token",
    )
    .await;
    let own = text(&one, "registration_access_token");
    assert_eq!(
        manage(&server, Method::GET, &one, Some(own), None)
            .await
            .status(),
        200
    );
    let demo =
        json!({"registration_client_uri": format!("{}/oauth/register/demo-app", server.issuer())});
    refused(
        manage(&server, Method::GET, &demo, Some(own), None).await,
        403,
        "access_denied",
    )
    .await;
}

#[tokio::test]
async fn deleting_a_registration_ends_everything_that_was_granted() {
    let server = spawn().await;
    let client = register(&server).await;
    let id = text(&client, "client_id");
    let pairs = request(&[("client_id", Some(id))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mut form = exchange(&code);
    form.retain(|(name, _)| *name != "client_id");
    let basic = format!("{id}:{}", text(&client, "client_secret"));
    let (_, tokens) = server.token(Some(&basic), &form).await;
    let access = text(&tokens, "access_token");
    assert!(server.is_active(access).await);
    let token = text(&client, "registration_access_token");
    let deleted = manage(&server, Method::DELETE, &client, Some(token), None).await;
    assert_eq!(
        (
            deleted.status().as_u16(),
            &deleted.headers()["cache-control"]
        ),
        (204, &"no-store".parse().unwrap())
    );
    assert!(!server.is_active(access).await);
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens, "refresh_token")),
    ];
    assert_eq!(server.token(Some(&basic), &pairs).await.0, 401);
    let gone = manage(&server, Method::GET, &client, Some(token), None).await;
    refused(gone, 401, "invalid_token").await;
}

#[tokio::test]
async fn a_registration_that_nobody_used_is_forgotten_after_thirty_days() {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = || authz::Configuration {
        database: authz::Database::File(folder.path().join("authz.sqlite")),
        ..configuration()
    };
    let server = spawn_with(on_disk()).await;
    let (unused, used) = (register(&server).await, register(&server).await);
    let pairs = request(&[("client_id", Some(text(&used, "client_id")))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mut form = exchange(&code);
    form.retain(|(name, _)| *name != "client_id");
    let basic = format!(
        "{}:{}",
        text(&used, "client_id"),
        text(&used, "client_secret")
    );
    assert_eq!(server.token(Some(&basic), &form).await.0, 200);
    drop(server);
    let later = spawn_at(on_disk(), start_of_time() + TimeDelta::days(31)).await;
    let kept: Vec<String> = {
        let database = rusqlite::Connection::open(folder.path().join("authz.sqlite")).unwrap();
        let mut rows = database
            .prepare("SELECT id FROM client WHERE source = 'registered'")
            .unwrap();
        rows.query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    };
    assert_eq!(kept, [text(&used, "client_id")]);
    assert!(!kept.contains(&text(&unused, "client_id").to_owned()));
    drop(later);
}

#[tokio::test]
async fn what_a_registration_takes_back_is_not_given_any_more() {
    let server = spawn().await;
    let metadata = json!({"redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none", "scope": SCOPE});
    let client = server.register(&metadata).await;
    let (id, token) = (
        text(&client, "client_id"),
        text(&client, "registration_access_token"),
    );
    let replace = async |uri: &str, scope: &str| {
        let body = json!({"client_id": id, "redirect_uris": [uri], "scope": scope,
            "token_endpoint_auth_method": "none"});
        let replaced = manage(&server, Method::PUT, &client, Some(token), Some(body)).await;
        assert_eq!(replaced.status(), 200);
    };
    let pairs = request(&[("client_id", Some(id))]);
    let mut browser = Browser::default();
    let code = server.code(&mut browser, &pairs).await;
    let mut form = exchange(&code);
    form.retain(|(name, _)| *name != "client_id");
    form.push(("client_id", id));
    let (status, tokens) = server.token(None, &form).await;
    assert_eq!(status, 200, "{tokens}");
    let path = browser.reach_consent(&server, &pairs, DANIEL).await;
    let mut fields = browser.get(&server, &path).await.fields("#consent");
    fields.push(("decision".into(), "approve".into()));

    // A person who is just deciding is not sent to an address that was taken back.
    replace("https://elsewhere.example/callback", SCOPE).await;
    let page = browser.post(&server, &path, &fields).await;
    assert_eq!((page.status.as_u16(), page.location), (400, None));

    // And what is not registered any more is not renewed.
    replace(
        "http://127.0.0.1/callback",
        "offline_access patient/Condition.rs",
    )
    .await;
    let renew = |token: &Value| {
        let mut form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", id.to_owned()),
        ];
        form.push((
            "refresh_token",
            token["refresh_token"].as_str().unwrap().to_owned(),
        ));
        form
    };
    let form = renew(&tokens);
    let form: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let (status, renewed) = server.token(None, &form).await;
    assert_eq!(
        (status.as_u16(), &renewed["scope"]),
        (200, &"offline_access patient/Condition.rs".into())
    );
    replace("http://127.0.0.1/callback", "openid").await;
    let form = renew(&renewed);
    let mut form: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    form.push(("scope", "patient/Condition.rs"));
    let (status, refused) = server.token(None, &form).await;
    assert_eq!(
        (status.as_u16(), &refused["error"]),
        (400, &"invalid_scope".into())
    );
}
