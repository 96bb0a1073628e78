//! `private_key_jwt`: what proves a client and what does not.

use authz::{Configuration, Database, Profile};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::helpers::*;
use crate::jwt::*;

const PAIRS: [(&str, &str); 2] = [("grant_type", "refresh_token"), ("refresh_token", "x")];

fn given(id: &str) -> Value {
    json!({"client_id": id, "client_name": id, "token_endpoint_auth_methods": ["private_key_jwt"],
        "jwks": {"keys": [EC.jwk(), RSA.jwk()]}, "scope": "launch/patient patient/*.rs",
        "redirect_uris": ["http://127.0.0.1/callback"]})
}

fn at(url: &str) -> Value {
    let mut client = given("remote");
    let client_map = client.as_object_mut().unwrap();
    client_map.remove("jwks");
    client_map.insert("jwks_uri".into(), url.into());
    client
}

/// Sends a form to the token endpoint. A client that authenticates learns that its refresh token
/// is not valid; one that does not learns nothing.
async fn attempt(server: &TestServer, pairs: &[(&str, &str)]) -> bool {
    let response = server.form("/oauth/token", None, pairs).await;
    let status = response.status().as_u16();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(
        response.headers().contains_key("www-authenticate"),
        status == 401
    );
    let body: Value = response.json().await.unwrap();
    match (status, body["error"].as_str().unwrap()) {
        (400, "invalid_grant") => true,
        (401, "invalid_client") => false,
        other => panic!("{other:?}"),
    }
}

async fn proves(server: &TestServer, assertion: &str) -> bool {
    attempt(server, &with_assertion(&PAIRS, assertion)).await
}

async fn local() -> (TestServer, tempfile::TempDir) {
    spawn_with_clients(json!([given("keyed"), given("other")])).await
}

async fn remote(host: &KeyHost) -> (TestServer, tempfile::TempDir) {
    spawn_with_clients(json!([at(&host.url)])).await
}

#[tokio::test]
async fn both_algorithms_and_both_audiences_are_accepted() {
    let (server, _folder) = local().await;
    for signer in [&*EC, &*RSA] {
        assert!(proves(&server, &signer.assertion(&server, "keyed")).await);
        let token_endpoint = format!("{}/oauth/token", server.issuer());
        for aud in [
            json!(server.issuer()),
            json!([server.issuer(), token_endpoint]),
        ] {
            let mut with = claims(&server, "keyed");
            with["aud"] = aud;
            assert!(proves(&server, &signer.sign(&signer.header(), &with)).await);
        }
    }
    let text = EC.assertion(&server, "keyed");
    let mut pairs = with_assertion(&PAIRS, &text);
    pairs.push(("client_id", "keyed"));
    assert!(attempt(&server, &pairs).await);
}

#[tokio::test]
async fn every_defect_of_a_header_fails() {
    let (server, _folder) = local().await;
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("HS384")),
        ("alg", json!("RS256")),
        ("alg", json!("RS384")),
        ("alg", json!("ES256")),
        ("alg", Value::Null),
        ("kid", json!("rsa")),
        ("kid", json!("unknown")),
        ("kid", json!("../ec")),
        ("kid", json!("ec' OR '1'='1")),
        ("kid", Value::Null),
        ("typ", Value::Null),
        ("typ", json!("at+jwt")),
        ("jku", json!("https://evil.example/jwks")),
        ("crit", json!(["x"])),
        ("b64", json!(false)),
    ] {
        let mut header = EC.header();
        header[name] = value;
        let text = EC.sign(&header, &claims(&server, "keyed"));
        assert!(!proves(&server, &text).await, "{header}");
    }
}

#[tokio::test]
async fn a_key_in_the_header_is_never_used() {
    let (server, _folder) = local().await;
    let attacker = Signer::ec("ec");
    let mut header = attacker.header();
    header["jwk"] = attacker.jwk();
    header["x5c"] = json!(["AAAA"]);
    header["x5u"] = json!("https://evil.example/cert");
    let text = attacker.sign(&header, &claims(&server, "keyed"));
    assert!(!proves(&server, &text).await);
    // The same members beside a right signature change nothing.
    header["alg"] = json!("ES384");
    assert!(proves(&server, &EC.sign(&header, &claims(&server, "keyed"))).await);
}

#[tokio::test]
async fn every_defect_of_the_claims_fails() {
    let (server, _folder) = local().await;
    let now = start_of_time().timestamp();
    let endpoint = format!("{}/oauth/token", server.issuer());
    for (name, value) in [
        ("iss", json!("other")),
        ("sub", json!("other")),
        ("iss", Value::Null),
        ("sub", Value::Null),
        ("aud", Value::Null),
        ("aud", json!("https://other.example/oauth/token")),
        ("aud", json!(format!("{endpoint}/"))),
        ("aud", json!([endpoint, "https://other.example"])),
        ("aud", json!([])),
        ("exp", Value::Null),
        ("exp", json!(now - 10)),
        ("exp", json!(now + 400)),
        ("exp", json!((now + 100).to_string())),
        ("exp", json!(1_800_000_100.5)),
        ("exp", json!(-1)),
        ("exp", json!(9_223_372_036_854_775_808_u64)),
        ("nbf", json!(now + 61)),
        ("iat", json!(now + 61)),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!("j".repeat(5000))),
        ("jti", json!(1)),
    ] {
        let mut with = claims(&server, "keyed");
        with[name] = value;
        let text = EC.sign(&EC.header(), &with);
        assert!(!proves(&server, &text).await, "{name} {with}");
    }
    let mut ahead = claims(&server, "keyed");
    ahead["nbf"] = json!(now + 10);
    ahead["iat"] = json!(now + 10);
    assert!(proves(&server, &EC.sign(&EC.header(), &ahead)).await);
}

#[tokio::test]
async fn every_broken_signature_fails() {
    let (server, _folder) = local().await;
    let input = format!("{}.{}", part(&EC.header()), part(&claims(&server, "keyed")));
    let good = EC.signature(&input);
    let mut flipped = good.clone();
    flipped[10] ^= 1;
    let der = [
        &[0x30, 0x64, 0x02, 0x30],
        &good[..48],
        &[0x02, 0x30],
        &good[48..],
    ]
    .concat();
    for signature in [vec![], flipped, good[..95].to_vec(), der, vec![0; 96]] {
        let text = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert!(!proves(&server, &text).await);
    }
    let hmac = RSA.signature(&input);
    assert!(
        !proves(
            &server,
            &format!("{input}.{}", URL_SAFE_NO_PAD.encode(hmac))
        )
        .await
    );
    assert!(
        proves(
            &server,
            &format!("{input}.{}", URL_SAFE_NO_PAD.encode(good))
        )
        .await
    );
}

#[tokio::test]
async fn what_is_not_an_assertion_fails() {
    let (server, _folder) = local().await;
    let good = || EC.assertion(&server, "keyed");
    let long = "x".repeat(60_000);
    for text in [
        "x",
        "a.b.c",
        "..",
        "e30.e30.e30",
        "bnVsbA.W10.AA",
        long.as_str(),
    ] {
        assert!(!proves(&server, text).await);
    }
    for kind in [
        None,
        Some("jwt"),
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer"),
    ] {
        let text = good();
        let mut pairs = PAIRS.to_vec();
        pairs.push(("client_assertion", &text));
        pairs.extend(kind.map(|kind| ("client_assertion_type", kind)));
        assert!(!attempt(&server, &pairs).await, "{kind:?}");
    }
    let bare = [
        PAIRS.to_vec(),
        vec![("client_assertion_type", ASSERTION_TYPE)],
    ]
    .concat();
    assert!(!attempt(&server, &bare).await);
    let text = good();
    let mut pairs = with_assertion(&PAIRS, &text);
    pairs.push(("client_id", "other"));
    assert!(!attempt(&server, &pairs).await);
    assert!(!proves(&server, &EC.assertion(&server, "unknown")).await);
    assert!(!proves(&server, &EC.assertion(&server, "demo-app")).await);
}

#[tokio::test]
async fn two_ways_of_authentication_are_an_invalid_request() {
    let (server, _folder) = local().await;
    let text = EC.assertion(&server, "keyed");
    let mut pairs = with_assertion(&PAIRS, &text);
    let basic = server.form("/oauth/token", Some(BASIC), &pairs).await;
    pairs.push(("client_secret", "x"));
    let post = server.form("/oauth/token", None, &pairs).await;
    for response in [basic, post] {
        assert_eq!(response.status(), 400);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], "invalid_request");
    }
}

#[tokio::test]
async fn an_assertion_is_accepted_once_by_each_client() {
    let (server, _folder) = local().await;
    let text = EC.assertion(&server, "keyed");
    let answers = join_all((0..100).map(|_| proves(&server, &text))).await;
    assert_eq!(answers.iter().filter(|proven| **proven).count(), 1);
    let mut own = claims(&server, "keyed");
    own["jti"] = json!("shared");
    let mut other = claims(&server, "other");
    other["jti"] = json!("shared");
    for with in [own, other] {
        let text = EC.sign(&EC.header(), &with);
        assert!(proves(&server, &text).await);
        assert!(!proves(&server, &text).await);
    }
}

#[tokio::test]
async fn an_assertion_is_not_accepted_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.json");
    std::fs::write(&path, json!({"clients": [given("keyed")]}).to_string()).unwrap();
    let configuration = || Configuration {
        database: Database::File(folder.path().join("authz.sqlite")),
        clients: Some(path.clone()),
        issuer: Some("http://localhost:8081".into()),
        ..configuration()
    };
    let first = spawn_with(configuration()).await;
    let text = EC.assertion(&first, "keyed");
    assert!(proves(&first, &text).await);
    drop(first);
    assert!(!proves(&spawn_with(configuration()).await, &text).await);
}

#[tokio::test]
async fn keys_at_an_address_are_fetched_once_and_again_when_they_rotate() {
    let host = KeyHost::start().await;
    host.publish(&[&EC], "");
    let (server, _folder) = remote(&host).await;
    for _ in 0..3 {
        assert!(proves(&server, &EC.assertion(&server, "remote")).await);
    }
    assert_eq!(host.fetches(), 1);
    host.publish(&[&EC, &RSA], "");
    assert!(proves(&server, &RSA.assertion(&server, "remote")).await);
    assert_eq!(host.fetches(), 2);
    let unknown = Signer::ec("unknown");
    for _ in 0..5 {
        assert!(!proves(&server, &unknown.assertion(&server, "remote")).await);
    }
    assert_eq!(host.fetches(), 2);
    server.advance(TimeDelta::seconds(10));
    assert!(!proves(&server, &unknown.assertion(&server, "remote")).await);
    assert_eq!(host.fetches(), 3);
}

#[tokio::test]
async fn keys_are_kept_no_longer_than_their_host_allows() {
    let host = KeyHost::start().await;
    host.publish(&[&EC], "cache-control: max-age=5\r\n");
    let (server, _folder) = remote(&host).await;
    assert!(proves(&server, &EC.assertion(&server, "remote")).await);
    host.publish(&[&RSA], "cache-control: max-age=999999\r\n");
    server.advance(TimeDelta::seconds(4));
    assert!(proves(&server, &EC.assertion(&server, "remote")).await);
    server.advance(TimeDelta::seconds(1));
    assert!(!proves(&server, &EC.assertion(&server, "remote")).await);
    assert!(proves(&server, &RSA.assertion(&server, "remote")).await);
    let before = host.fetches();
    server.advance(TimeDelta::hours(1));
    assert!(proves(&server, &RSA.assertion(&server, "remote")).await);
    assert_eq!(host.fetches(), before + 1);
}

#[tokio::test]
async fn a_host_that_answers_badly_proves_nothing_and_is_left_alone_for_a_while() {
    let host = KeyHost::start().await;
    let (server, _folder) = remote(&host).await;
    let many: Vec<Value> = (0..200).map(|_| EC.jwk()).collect();
    let many = json!({ "keys": many }).to_string();
    let large = "x".repeat(5 * 1024 * 1024);
    let good = json!({"keys": [EC.jwk()]}).to_string();
    let elsewhere = format!("location: {}\r\n", host.url);
    for (status, headers, body) in [
        ("404 Not Found", "", good.as_str()),
        ("500 Internal Server Error", "", good.as_str()),
        ("302 Found", elsewhere.as_str(), good.as_str()),
        ("200 OK", "", "<html></html>"),
        ("200 OK", "", "[]"),
        ("200 OK", "", "{}"),
        ("200 OK", "", r#"{"keys":4}"#),
        ("200 OK", "", many.as_str()),
        ("200 OK", "", large.as_str()),
    ] {
        host.answer(status, headers, body);
        let before = host.fetches();
        assert!(
            !proves(&server, &EC.assertion(&server, "remote")).await,
            "{status}"
        );
        assert!(
            !proves(&server, &EC.assertion(&server, "remote")).await,
            "{status}"
        );
        assert_eq!(host.fetches(), before + 1, "{status}");
        server.advance(TimeDelta::seconds(10));
    }
    host.publish(&[&EC], "");
    assert!(proves(&server, &EC.assertion(&server, "remote")).await);
}

#[tokio::test]
async fn a_silent_host_blocks_nobody_else() {
    let host = KeyHost::start().await;
    host.stay_silent();
    let (server, _folder) = spawn_with_clients(json!([at(&host.url), given("keyed")])).await;
    let stuck = EC.assertion(&server, "remote");
    let (waiting, others) = tokio::join!(proves(&server, &stuck), async {
        let text = EC.assertion(&server, "keyed");
        proves(&server, &text).await
    });
    assert!(!waiting && others);
}

#[tokio::test]
async fn jku_may_repeat_the_registered_address_and_nothing_else() {
    let host = KeyHost::start().await;
    host.publish(&[&EC], "");
    let (server, _folder) = remote(&host).await;
    let upper = host.url.replace("jwks", "JWKS");
    for (jku, good) in [
        (host.url.clone(), true),
        (upper, false),
        (format!("{}?x", host.url), false),
        (format!("{}.evil", host.url), false),
    ] {
        let mut header = EC.header();
        header["jku"] = json!(jku);
        let text = EC.sign(&header, &claims(&server, "remote"));
        assert_eq!(proves(&server, &text).await, good, "{jku}");
    }
    assert_eq!(host.fetches(), 1);
}

#[tokio::test]
async fn production_accepts_no_key_address_of_its_own_network() {
    for url in [
        "http://127.0.0.1:9000/jwks",
        "https://10.0.0.1/jwks",
        "https://localhost/jwks",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients.json");
        std::fs::write(&path, json!({"clients": [at(url)]}).to_string()).unwrap();
        let configuration = Configuration {
            profile: Profile::Production,
            clients: Some(path),
            ..configuration()
        };
        let clock = std::sync::Arc::new(smart::clock::ManualClock::new(start_of_time()));
        let random = authz::Random::seeded(1);
        let error = authz::Application::build(configuration, clock, random).await;
        assert!(error.unwrap_err().to_string().contains("jwks_uri"), "{url}");
    }
}

#[tokio::test]
async fn a_keyed_app_registers_itself_and_runs_the_flow() {
    let server = spawn().await;
    let body = json!({"redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [EC.jwk()]},
        "scope": "launch/patient patient/*.rs offline_access"});
    let register = server.request(reqwest::Method::POST, "/oauth/register");
    let response = register.json(&body).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let client: Value = response.json().await.unwrap();
    assert_eq!(client["jwks"], body["jwks"]);
    assert_eq!(client.get("client_secret"), None);
    let id = client["client_id"].as_str().unwrap();
    let pairs = request(&[("client_id", Some(id))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mut pairs = exchange(&code);
    pairs.retain(|(name, _)| *name != "client_id");
    let text = EC.assertion(&server, id);
    let (status, tokens) = server.token(None, &with_assertion(&pairs, &text)).await;
    assert_eq!(status, 200, "{tokens}");
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(server.token(None, &pairs).await.0, 401);
    let text = EC.assertion(&server, id);
    let (status, tokens) = server.token(None, &with_assertion(&pairs, &text)).await;
    assert_eq!(status, 200, "{tokens}");
}
