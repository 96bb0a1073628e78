//! Tokens that are bound to a key (RFC 9449 §7).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smart::introspection::{Confirmation, Introspection};

use crate::helpers::*;

const BOUND: &str = "bound-token";

struct Holder(EcdsaKeyPair);

impl Holder {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn coordinates(&self) -> (String, String) {
        let point = self.0.public_key().as_ref();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        (text(&point[1..33]), text(&point[33..]))
    }

    fn thumbprint(&self) -> String {
        let (x, y) = self.coordinates();
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    fn proof(&self, claims: &Value) -> String {
        let (x, y) = self.coordinates();
        let header = json!({"typ": "dpop+jwt", "alg": "ES256",
            "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(&header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn claims(server: &Server, path: &str, jti: &str) -> Value {
    json!({"jti": jti, "htm": "GET", "htu": format!("{}{path}", server.base),
        "iat": start_of_time().timestamp(),
        "ath": URL_SAFE_NO_PAD.encode(Sha256::digest(BOUND))})
}

/// A server, and the holder of the key to which the token is bound.
fn bound() -> (Server, Holder) {
    let server = Server::start();
    let holder = Holder::new();
    let cnf = Some(Confirmation {
        jkt: holder.thumbprint(),
    });
    let answer = Introspection {
        active: true,
        scope: Some("patient/*.rs".into()),
        patient: Some("a".into()),
        client_id: Some("app".into()),
        sub: Some("someone".into()),
        cnf,
        ..Introspection::default()
    };
    server.tokens.insert(BOUND, answer);
    server.tokens.issue("free", "patient/*.rs", Some("a"));
    (server, holder)
}

async fn send(
    server: &Server,
    path: &str,
    authorization: &str,
    proofs: &[String],
) -> reqwest::Response {
    let url = format!("{}{path}", server.base);
    let mut request = reqwest::Client::new()
        .get(url)
        .header("authorization", authorization);
    for proof in proofs {
        request = request.header("dpop", proof);
    }
    request.send().await.unwrap()
}

async fn refused(response: reqwest::Response) {
    assert_eq!(response.status(), 401);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert_eq!(
        challenge,
        r#"DPoP realm="s4s", error="invalid_token", algs="ES256 ES384 RS256 RS384""#
    );
    let outcome: Value = response.json().await.unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
}

#[actix_web::test]
async fn a_bound_token_with_its_proof_reads_and_a_second_use_of_the_proof_does_not() {
    let (server, holder) = bound();
    let scheme = format!("DPoP {BOUND}");
    let proof = holder.proof(&claims(&server, "/Patient/a", "1"));
    let proofs = [proof];
    let response = send(&server, "/Patient/a", &scheme, &proofs).await;
    assert_eq!(response.status(), 200);
    refused(send(&server, "/Patient/a", &scheme, &proofs).await).await;
    let proof = holder.proof(&claims(&server, "/Condition", "2"));
    let response = send(&server, "/Condition?_count=1", &scheme, &[proof]).await;
    assert_eq!(response.status(), 200);
}

#[actix_web::test]
async fn a_bound_token_is_no_bearer_token_and_a_bearer_token_is_not_bound() {
    let (server, holder) = bound();
    let proof = |jti: &str| holder.proof(&claims(&server, "/Patient/a", jti));
    let bearer = format!("Bearer {BOUND}");
    refused(send(&server, "/Patient/a", &bearer, &[]).await).await;
    refused(send(&server, "/Patient/a", &bearer, &[proof("1")]).await).await;
    refused(send(&server, "/Patient/a", "DPoP free", &[proof("2")]).await).await;
    let free = send(&server, "/Patient/a", "Bearer free", &[]).await;
    assert_eq!(free.status(), 200);
    let unknown = send(&server, "/Patient/a", "DPoP unknown", &[proof("3")]).await;
    assert_eq!(unknown.status(), 401);
}

#[actix_web::test]
async fn a_proof_of_anything_else_is_refused() {
    let (server, holder) = bound();
    let scheme = format!("DPoP {BOUND}");
    let path = "/Patient/a";
    refused(send(&server, path, &scheme, &[]).await).await;
    let good = |jti: &str| holder.proof(&claims(&server, path, jti));
    refused(send(&server, path, &scheme, &[good("1"), good("2")]).await).await;
    let thief = Holder::new().proof(&claims(&server, path, "3"));
    refused(send(&server, path, &scheme, &[thief]).await).await;
    let now = start_of_time().timestamp();
    for (name, value) in [
        ("htm", json!("POST")),
        ("htu", json!(format!("{}/Patient/b", server.base))),
        ("htu", json!("https://other.example/Patient/a")),
        ("iat", json!(now - 3600)),
        ("iat", json!(now + 3600)),
        ("iat", Value::Null),
        ("jti", Value::Null),
        ("ath", Value::Null),
        ("ath", json!("AAAA")),
    ] {
        let mut claims = claims(&server, path, "4");
        claims[name] = value;
        let proof = holder.proof(&claims);
        refused(send(&server, path, &scheme, &[proof]).await).await;
    }
    refused(send(&server, path, &scheme, &["garbage".into()]).await).await;
    let response = send(&server, path, &scheme, &[good("4")]).await;
    assert_eq!(response.status(), 200);
}

#[actix_web::test]
async fn the_challenge_names_the_algorithms_on_offer() {
    let (server, _) = bound();
    let response = send(&server, "/Patient/a", &format!("Bearer {BOUND}"), &[]).await;
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    let algorithms = smart::dpop::ALGORITHMS.join(" ");
    assert!(challenge.contains(&format!("algs=\"{algorithms}\"")));
}
