//! Tokens that are bound to a key (RFC 9449).

use chrono::TimeDelta;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use smart::clock::Clock;

use crate::helpers::*;
use crate::holder::*;
use crate::jwt::*;

fn form(server: &TestServer, pairs: &[(&str, &str)], proofs: &[String]) -> RequestBuilder {
    let request = server.request(Method::POST, "/oauth/token").form(pairs);
    proofs
        .iter()
        .fold(request, |request, proof| request.header("dpop", proof))
}

async fn told(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A form with a fresh proof.
async fn ask(server: &TestServer, holder: &Holder, pairs: &[(&str, &str)]) -> (u16, Value) {
    let proof = holder.proof(server, "POST", "/oauth/token", None);
    told(form(server, pairs, &[proof])).await
}

async fn bound_tokens(server: &TestServer, holder: &Holder) -> Value {
    let code = server.code(&mut Browser::default(), &request(&[])).await;
    let (status, tokens) = ask(server, holder, &exchange(&code)).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(tokens["token_type"], "DPoP");
    tokens
}

#[tokio::test]
async fn a_proof_binds_the_tokens_to_its_key() {
    let server = spawn().await;
    let holder = Holder::new();
    let tokens = bound_tokens(&server, &holder).await;
    let token = tokens["access_token"].as_str().unwrap();
    let answer = server.introspect(token).await;
    assert_eq!(answer["token_type"], "DPoP");
    assert_eq!(answer["cnf"], json!({"jkt": holder.thumbprint()}));
    let in_process = server.in_process.introspect(token).await.unwrap();
    assert_eq!(serde_json::to_value(in_process).unwrap(), answer);
    let plain = server.tokens(SCOPE).await;
    let answer = server
        .introspect(plain["access_token"].as_str().unwrap())
        .await;
    assert_eq!(
        (&plain["token_type"], answer.get("cnf")),
        (&"Bearer".into(), None)
    );
}

#[tokio::test]
async fn a_public_client_refreshes_with_the_same_key_only() {
    let server = spawn().await;
    let holder = Holder::new();
    let tokens = bound_tokens(&server, &holder).await;
    let pairs = refresh(tokens["refresh_token"].as_str().unwrap());
    let without = told(form(&server, &pairs, &[])).await;
    let other = ask(&server, &Holder::new(), &pairs).await;
    for (status, body) in [without, other] {
        assert_eq!((status, &body["error"]), (400, &"invalid_grant".into()));
    }
    let (status, renewed) = ask(&server, &holder, &pairs).await;
    assert_eq!((status, &renewed["token_type"]), (200, &"DPoP".into()));
    // An unbound refresh token stays usable without a key.
    let plain = server.tokens(SCOPE).await;
    let pairs = refresh(plain["refresh_token"].as_str().unwrap());
    assert_eq!(told(form(&server, &pairs, &[])).await.0, 200);
}

#[tokio::test]
async fn a_confidential_client_may_change_its_key() {
    let server = spawn().await;
    let pairs = request(&[("client_id", Some("demo-confidential"))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mut pairs = exchange(&code);
    pairs.retain(|(name, _)| *name != "client_id");
    let first = Holder::new();
    let with_proof = |pairs: &[(&str, &str)], holder: &Holder| {
        let proof = holder.proof(&server, "POST", "/oauth/token", None);
        form(&server, pairs, &[proof]).header("authorization", basic_header(BASIC))
    };
    let (status, tokens) = told(with_proof(&pairs, &first)).await;
    assert_eq!(status, 200, "{tokens}");
    let second = Holder::new();
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    let (status, renewed) = told(with_proof(&pairs, &second)).await;
    assert_eq!(status, 200, "{renewed}");
    let token = renewed["access_token"].as_str().unwrap();
    let answer = server.introspect(token).await;
    assert_eq!(answer["cnf"]["jkt"], second.thumbprint());
}

#[tokio::test]
async fn a_backend_service_s_token_is_bound_too() {
    let client = json!({"client_id": "backend", "client_name": "Backend", "redirect_uris": [],
        "token_endpoint_auth_methods": ["private_key_jwt"], "grant_types": ["client_credentials"],
        "jwks": {"keys": [EC.jwk()]}, "scope": "system/Patient.rs",
        "dpop_bound_access_tokens": true});
    let (server, _folder) = spawn_with_clients(json!([client])).await;
    let pairs = [
        ("grant_type", "client_credentials"),
        ("scope", "system/Patient.rs"),
    ];
    let text = EC.assertion(&server, "backend");
    let (status, body) = told(form(&server, &with_assertion(&pairs, &text), &[])).await;
    assert_eq!(
        (status, &body["error"]),
        (400, &"invalid_dpop_proof".into())
    );
    let holder = Holder::new();
    let text = EC.assertion(&server, "backend");
    let (status, tokens) = ask(&server, &holder, &with_assertion(&pairs, &text)).await;
    assert_eq!((status, &tokens["token_type"]), (200, &"DPoP".into()));
    let token = tokens["access_token"].as_str().unwrap();
    let answer = server.introspect(token).await;
    assert_eq!(answer["cnf"]["jkt"], holder.thumbprint());
}

#[tokio::test]
async fn every_defect_of_a_proof_is_told_and_costs_no_code() {
    let server = spawn().await;
    let holder = Holder::new();
    let code = server.code(&mut Browser::default(), &request(&[])).await;
    let pairs = exchange(&code);
    let good = || holder.proof(&server, "POST", "/oauth/token", None);
    let now = server.clock.now().timestamp();
    let mut bad: Vec<Vec<String>> = vec![
        vec![good(), good()],
        vec!["garbage".into()],
        vec![String::new()],
    ];
    for (name, value) in [
        ("typ", json!("JWT")),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("jwk", Value::Null),
        ("jwk", Holder::new().jwk()),
    ] {
        let mut header = holder.header();
        header[name] = value;
        let claims = proof_claims(&server, "POST", "/oauth/token");
        bad.push(vec![holder.sign(&header, &claims)]);
    }
    let mut private = holder.header();
    private["jwk"]["d"] = "AA".into();
    let claims = proof_claims(&server, "POST", "/oauth/token");
    bad.push(vec![holder.sign(&private, &claims)]);
    for (name, value) in [
        ("htm", json!("GET")),
        ("htu", json!(format!("{}/oauth/par", server.issuer()))),
        ("htu", json!("https://other.example/oauth/token")),
        ("iat", Value::Null),
        ("iat", json!(now + 3600)),
        ("iat", json!(now - 3600)),
        ("jti", Value::Null),
    ] {
        let mut claims = proof_claims(&server, "POST", "/oauth/token");
        claims[name] = value;
        bad.push(vec![holder.sign(&holder.header(), &claims)]);
    }
    for proofs in bad {
        let (status, body) = told(form(&server, &pairs, &proofs)).await;
        assert_eq!(
            (status, &body["error"]),
            (400, &"invalid_dpop_proof".into()),
            "{proofs:?}"
        );
    }
    let once = good();
    let unknown = exchange("unknown");
    let used = told(form(&server, &unknown, std::slice::from_ref(&once))).await;
    assert_eq!(used.1["error"], "invalid_grant");
    let (status, body) = told(form(&server, &pairs, &[once])).await;
    assert_eq!(
        (status, &body["error"]),
        (400, &"invalid_dpop_proof".into())
    );
    assert_eq!(ask(&server, &holder, &pairs).await.0, 200);
}

#[tokio::test]
async fn the_url_of_a_proof_is_compared_after_normalisation() {
    let server = spawn().await;
    let holder = Holder::new();
    let issuer = server.issuer();
    for htu in [
        format!("{issuer}/oauth/token?x=1"),
        format!("{issuer}/oauth/token#x"),
        issuer.replace("localhost", "LOCALHOST") + "/oauth/token",
    ] {
        let code = server.code(&mut Browser::default(), &request(&[])).await;
        let mut claims = proof_claims(&server, "POST", "/oauth/token");
        claims["htu"] = json!(htu);
        let proof = holder.sign(&holder.header(), &claims);
        let (status, body) = told(form(&server, &exchange(&code), &[proof])).await;
        assert_eq!(status, 200, "{htu} {body}");
    }
}

async fn userinfo(server: &TestServer, authorization: String, proof: Option<String>) -> Response {
    let request = server
        .request(Method::GET, "/oauth/userinfo")
        .header("authorization", authorization);
    let request = match proof {
        Some(proof) => request.header("dpop", proof),
        None => request,
    };
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_bound_token_needs_its_proof_here_too() {
    let server = spawn().await;
    let holder = Holder::new();
    let tokens = bound_tokens(&server, &holder).await;
    let token = tokens["access_token"].as_str().unwrap();
    let (bearer, dpop) = (format!("Bearer {token}"), format!("DPoP {token}"));
    let proof = |holder: &Holder, token| holder.proof(&server, "GET", "/oauth/userinfo", token);
    for (authorization, proof) in [
        (&bearer, None),
        (&bearer, Some(proof(&holder, Some(token)))),
        (&dpop, None),
        (&dpop, Some(proof(&holder, None))),
        (&dpop, Some(proof(&holder, Some("another")))),
        (&dpop, Some(proof(&Holder::new(), Some(token)))),
    ] {
        let response = userinfo(&server, authorization.clone(), proof).await;
        assert_eq!(response.status(), 401);
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("DPoP ") && challenge.contains("error=\"invalid_token\""));
        assert!(challenge.contains("algs=\"ES256 ES384 RS256 RS384\""));
    }
    let response = userinfo(&server, dpop, Some(proof(&holder, Some(token)))).await;
    assert_eq!(response.status(), 200);
    let plain = server.tokens(SCOPE).await;
    let free = format!("DPoP {}", plain["access_token"].as_str().unwrap());
    let response = userinfo(&server, free, Some(proof(&holder, None))).await;
    assert_eq!(response.status(), 401);
    let me = server.request(Method::GET, "/api/me").bearer_auth(token);
    assert_eq!(me.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_code_can_be_bound_to_a_key_beforehand() {
    let server = spawn().await;
    let (holder, thief) = (Holder::new(), Holder::new());
    let jkt = holder.thumbprint();
    let pairs = request(&[("dpop_jkt", Some(&jkt))]);
    for proofs in [
        vec![],
        vec![thief.proof(&server, "POST", "/oauth/token", None)],
    ] {
        let code = server.code(&mut Browser::default(), &pairs).await;
        let (status, body) = told(form(&server, &exchange(&code), &proofs)).await;
        assert_eq!((status, &body["error"]), (400, &"invalid_grant".into()));
    }
    let code = server.code(&mut Browser::default(), &pairs).await;
    assert_eq!(ask(&server, &holder, &exchange(&code)).await.0, 200);
    let bad = request(&[("dpop_jkt", Some("short"))]);
    let page = Browser::default().authorize(&server, &bad).await;
    assert_eq!(query_of(page.location())["error"], "invalid_request");

    // A proof with a pushed request does the same.
    let push = |proof: String, pairs: &Pairs<'_>| {
        let request = server.request(Method::POST, "/oauth/par").form(pairs);
        request.header("dpop", proof)
    };
    let proof = holder.proof(&server, "POST", "/oauth/par", None);
    let (status, pushed) = told(push(proof, &request(&[]))).await;
    assert_eq!(status, 201, "{pushed}");
    let referring = vec![
        ("client_id", "demo-app".to_owned()),
        (
            "request_uri",
            pushed["request_uri"].as_str().unwrap().to_owned(),
        ),
    ];
    let code = server.code(&mut Browser::default(), &referring).await;
    let (status, body) = ask(&server, &thief, &exchange(&code)).await;
    assert_eq!((status, &body["error"]), (400, &"invalid_grant".into()));
    let proof = thief.proof(&server, "POST", "/oauth/par", None);
    let (status, body) = told(push(proof, &pairs)).await;
    assert_eq!(
        (status, &body["error"]),
        (400, &"invalid_dpop_proof".into())
    );
}

#[tokio::test]
async fn a_proof_is_too_old_after_a_minute() {
    let server = spawn().await;
    let holder = Holder::new();
    let code = server.code(&mut Browser::default(), &request(&[])).await;
    let old = holder.proof(&server, "POST", "/oauth/token", None);
    server.advance(TimeDelta::seconds(61));
    let (status, body) = told(form(&server, &exchange(&code), &[old])).await;
    assert_eq!(
        (status, &body["error"]),
        (400, &"invalid_dpop_proof".into())
    );
}

#[tokio::test]
async fn a_client_registers_for_bound_tokens_and_the_algorithms_are_published() {
    let server = spawn().await;
    let metadata = json!({"redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none", "dpop_bound_access_tokens": true});
    let client = server.register(&metadata).await;
    assert_eq!(client["dpop_bound_access_tokens"], true);
    let id = client["client_id"].as_str().unwrap();
    let code = server
        .code(
            &mut Browser::default(),
            &request(&[("client_id", Some(id))]),
        )
        .await;
    let mut pairs = exchange(&code);
    pairs.retain(|(name, _)| *name != "client_id");
    pairs.push(("client_id", id));
    let (status, body) = told(form(&server, &pairs, &[])).await;
    assert_eq!(
        (status, &body["error"]),
        (400, &"invalid_dpop_proof".into())
    );
    assert_eq!(ask(&server, &Holder::new(), &pairs).await.0, 200);
    for path in ["smart-configuration", "openid-configuration"] {
        let path = format!("/.well-known/{path}");
        let request = server.request(Method::GET, &path);
        let document: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(
            document["dpop_signing_alg_values_supported"],
            json!(["ES256", "ES384", "RS256", "RS384"])
        );
    }
}
