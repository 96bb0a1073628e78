//! Keys that tokens are bound to, and proofs of holding them (RFC 9449).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smart::clock::Clock;

use crate::helpers::*;
use crate::jwt::*;

/// A key pair that tokens are bound to.
pub struct Holder(pub EcdsaKeyPair);

impl Holder {
    pub fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..])})
    }

    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let canonical = format!(
            r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#,
            jwk["x"], jwk["y"]
        );
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk()})
    }

    /// A proof for a request to the authorization server.
    pub fn proof(
        &self,
        server: &TestServer,
        method: &str,
        path: &str,
        token: Option<&str>,
    ) -> String {
        let url = format!("{}{path}", server.issuer());
        self.proof_at(server, method, &url, token)
    }

    /// A proof for a request to any server that shares the clock.
    pub fn proof_at(
        &self,
        server: &TestServer,
        method: &str,
        url: &str,
        token: Option<&str>,
    ) -> String {
        let mut claims = proof_claims(server, method, "");
        claims["htu"] = url.into();
        if let Some(token) = token {
            claims["ath"] = URL_SAFE_NO_PAD.encode(Sha256::digest(token)).into();
        }
        self.sign(&self.header(), &claims)
    }
}

/// The claims of a valid proof; `jti` differs each time.
pub fn proof_claims(server: &TestServer, method: &str, path: &str) -> Value {
    let jti = claims(server, "x")["jti"].clone();
    json!({"jti": jti, "htm": method, "htu": format!("{}{path}", server.issuer()),
        "iat": server.clock.now().timestamp()})
}
