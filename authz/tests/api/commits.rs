//! One wait for the disk for each answer that changes something, and nothing half done.

use std::path::Path;

use serde_json::{Value, json};

use crate::helpers::*;
use crate::jwt::*;

fn clients() -> Value {
    json!({"clients": [
        {"client_id": "service", "client_name": "Service", "redirect_uris": [],
            "token_endpoint_auth_methods": ["private_key_jwt"], "grant_types": ["client_credentials"],
            "jwks": {"keys": [EC.jwk()]}, "scope": "system/Patient.rs"},
        {"client_id": "keyed", "client_name": "Keyed", "jwks": {"keys": [EC.jwk()]},
            "token_endpoint_auth_methods": ["private_key_jwt"],
            "redirect_uris": ["http://127.0.0.1/callback"],
            "scope": "launch/patient openid fhirUser offline_access patient/*.rs"}]})
}

async fn on_disk_with_clients(folder: &tempfile::TempDir) -> TestServer {
    let path = folder.path().join("clients.json");
    std::fs::write(&path, clients().to_string()).unwrap();
    spawn_with(authz::Configuration {
        clients: Some(path),
        ..on_disk(folder)
    })
    .await
}

/// Commits in a write-ahead log: frames that tell the size of the database after them (SQLite file
/// format §4.1), as long as their salt is the log's.
fn commits(log: &Path) -> usize {
    let bytes = std::fs::read(log).unwrap();
    let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let page = usize::try_from(word(8)).unwrap();
    let salt = &bytes[16..24];
    (32..bytes.len())
        .step_by(24 + page)
        .take_while(|at| bytes.get(at + 8..at + 16) == Some(salt))
        .filter(|at| word(at + 4) > 0)
        .count()
}

const SERVICE: [(&str, &str); 2] = [
    ("grant_type", "client_credentials"),
    ("scope", "system/*.rs"),
];

#[tokio::test]
async fn every_answer_of_a_keyed_client_takes_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let server = on_disk_with_clients(&folder).await;
    let log = folder.path().join("data/authz.sqlite-wal");
    let mut before = commits(&log);
    let mut committed = || {
        let now = commits(&log);
        let count = now - before;
        before = now;
        count
    };
    let keyed = |path: &'static str, pairs: Vec<(&'static str, String)>, client: &'static str| {
        let server = &server;
        async move {
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let text = EC.assertion(server, client);
            let response = server
                .form(path, None, &with_assertion(&pairs, &text))
                .await;
            assert!(response.status().is_success(), "{path}");
            response.json::<Value>().await.unwrap_or_default()
        }
    };
    let owned = |pairs: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        pairs.iter().map(|(n, v)| (*n, (*v).to_owned())).collect()
    };
    keyed("/oauth/token", owned(&SERVICE), "service").await;
    assert_eq!(committed(), 1, "backend token");
    keyed(
        "/oauth/par",
        request(&[("client_id", Some("keyed"))]),
        "keyed",
    )
    .await;
    assert_eq!(committed(), 1, "pushed request");
    let pairs = request(&[("client_id", Some("keyed"))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    committed();
    let form = owned(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]);
    let tokens = keyed("/oauth/token", form, "keyed").await;
    assert_eq!(committed(), 1, "code");
    let form = owned(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ]);
    let tokens = keyed("/oauth/token", form, "keyed").await;
    assert_eq!(committed(), 1, "refresh");
    let token = tokens["access_token"].as_str().unwrap();
    keyed("/oauth/introspect", owned(&[("token", token)]), "keyed").await;
    assert_eq!(committed(), 1, "introspection");
    keyed("/oauth/revoke", owned(&[("token", token)]), "keyed").await;
    assert_eq!(committed(), 1, "revocation");
}

#[tokio::test]
async fn an_assertion_is_used_up_with_its_token_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let server = on_disk_with_clients(&folder).await;
    let text = EC.assertion(&server, "service");
    let form = with_assertion(&SERVICE, &text);
    let fault = |sql: &str| database(&folder).execute_batch(sql).unwrap();
    fault("ALTER TABLE backend_token RENAME TO gone");
    let (status, body) = server.token(None, &form).await;
    assert_eq!(
        (status.as_u16(), &body["error"]),
        (500, &"server_error".into())
    );
    fault("ALTER TABLE gone RENAME TO backend_token");
    // Nothing was given for it, so it is still good, and good once.
    let answers = (0..64).map(|_| server.token(None, &form));
    let answers = futures_util::future::join_all(answers).await;
    let given = answers.iter().filter(|(status, _)| *status == 200).count();
    let refused = answers.iter().filter(|(status, _)| *status == 401).count();
    assert_eq!((given, refused), (1, 63));
    let stored: i64 = database(&folder)
        .query_row("SELECT count(*) FROM backend_token", [], |row| row.get(0))
        .unwrap();
    assert_eq!(stored, 1);
}

/// Client, path and form.
type Request<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

#[tokio::test]
async fn a_request_that_is_refused_uses_its_assertion_up_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let server = on_disk_with_clients(&folder).await;
    let refused: [Request<'_>; 5] = [
        (
            "service",
            "/oauth/token",
            &[("grant_type", "refresh_token"), ("refresh_token", "x")],
        ),
        (
            "service",
            "/oauth/token",
            &[("grant_type", "client_credentials"), ("scope", "x")],
        ),
        (
            "service",
            "/oauth/token",
            &[
                ("grant_type", "client_credentials"),
                ("scope", "system/*.rs"),
                ("resource", "x"),
            ],
        ),
        ("keyed", "/oauth/par", &[("response_type", "token")]),
        ("keyed", "/oauth/revoke", &[]),
    ];
    for (client, path, pairs) in refused {
        let text = EC.assertion(&server, client);
        let form = with_assertion(pairs, &text);
        let first = server.form(path, None, &form).await;
        assert_eq!(first.status(), 400, "{path} {pairs:?}");
        // Another request with the same proof is not even looked at.
        let again = [("token", "x")];
        let form = with_assertion(&again, &text);
        let again = server.form("/oauth/revoke", None, &form).await;
        assert_eq!(again.status(), 401, "{path} {pairs:?}");
    }
}
