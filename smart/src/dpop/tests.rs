//! Proofs that are accepted, and every way in which one is refused.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use super::*;

const TOKEN: &str = "an-access-token";
const URL: &str = "https://fhir.example/api/fhir/Patient";
const NOW: i64 = 1_800_000_000;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

struct Holder(EcdsaKeyPair);

impl Holder {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn header(&self) -> Value {
        let point = self.0.public_key().as_ref();
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..])}})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn claims() -> Value {
    json!({"jti": "1", "htm": "GET", "htu": URL, "iat": NOW, "ath": token_digest(TOKEN)})
}

fn attempt(text: &str) -> Result<Proof, Refused> {
    let demand = Demand {
        method: "GET",
        url: URL,
        access_token: Some(TOKEN),
    };
    check(text, &demand, now())
}

#[test]
fn a_proof_of_the_right_key_for_the_right_request_holds() {
    let holder = Holder::new();
    let first = attempt(&holder.sign(&holder.header(), &claims())).unwrap();
    let again = attempt(&holder.sign(&holder.header(), &claims())).unwrap();
    assert_eq!(first, again);
    let other = Holder::new();
    let theirs = attempt(&other.sign(&other.header(), &claims())).unwrap();
    assert_ne!(first.thumbprint, theirs.thumbprint);
    assert_ne!(first.identity, theirs.identity);
}

#[test]
fn each_defect_of_header_and_claims_is_refused() {
    let holder = Holder::new();
    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES384")),
        ("jwk", Value::Null),
        ("jwk", json!({"kty": "oct", "k": "AQ"})),
        ("jwk", Holder::new().header()["jwk"].clone()),
        ("crit", json!(["x"])),
    ] {
        let mut header = holder.header();
        header[name] = value;
        assert!(
            attempt(&holder.sign(&header, &claims())).is_err(),
            "{header}"
        );
    }
    for (name, value) in [
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
        ("htm", json!("POST")),
        ("htm", json!("get")),
        ("htm", Value::Null),
        ("htu", json!("https://fhir.example/api/fhir/Observation")),
        ("htu", json!("http://fhir.example/api/fhir/Patient")),
        (
            "htu",
            json!("https://fhir.example.evil.example/api/fhir/Patient"),
        ),
        ("htu", json!("/api/fhir/Patient")),
        ("htu", Value::Null),
        ("iat", json!(NOW + 3600)),
        ("iat", json!(NOW - 3600)),
        ("iat", json!(NOW + 61)),
        ("iat", json!(NOW - 61)),
        ("iat", json!(i64::MAX)),
        ("iat", Value::Null),
        ("ath", Value::Null),
        ("ath", json!(token_digest("another"))),
    ] {
        let mut claims = claims();
        claims[name] = value;
        let text = holder.sign(&holder.header(), &claims);
        assert!(attempt(&text).is_err(), "{claims}");
    }
    for text in ["", "x", "a.b.c", "..", &"x".repeat(9000)] {
        assert!(attempt(text).is_err());
    }
    let good = holder.sign(&holder.header(), &claims());
    assert!(attempt(&good[..good.len() - 4]).is_err());
}

#[test]
fn the_url_is_compared_after_normalisation() {
    let holder = Holder::new();
    for htu in [
        "https://fhir.example/api/fhir/Patient?name=x",
        "https://fhir.example/api/fhir/Patient#x",
        "https://FHIR.example/api/fhir/Patient",
        "HTTPS://fhir.example:443/api/fhir/Patient",
    ] {
        let mut claims = claims();
        claims["htu"] = htu.into();
        assert!(
            attempt(&holder.sign(&holder.header(), &claims)).is_ok(),
            "{htu}"
        );
    }
}
