//! Backend services tokens with a key of our own (SMART 2.2, "Backend Services").

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA384, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::connection::{Ask, Connection, Failure};

/// The client that writes and reads everything.
pub(crate) const BACKEND: &str = "bench";

/// A client like it whose key is RSA.
pub(crate) const RSA_BACKEND: &str = "bench-rsa";

/// Key pairs made for this run.
pub struct Key {
    signing: EncodingKey,
    /// The public half as a JWK.
    pub(crate) jwk: Value,
    rsa: RsaKeyPair,
    /// The public half of the other one.
    pub(crate) rsa_jwk: Value,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key")
    }
}

impl Key {
    /// A new P-384 key and a new RSA key of 2048 bits.
    pub fn generate() -> Result<Self, String> {
        let failed = |_| "a key cannot be made".to_owned();
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(failed)?;
        let der = pair
            .to_pkcs8v1()
            .map_err(|_| "a key cannot be kept".to_owned())?;
        // An uncompressed point: 4, then both coordinates.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Ok(Self {
            signing: EncodingKey::from_ec_der(der.as_ref()),
            jwk: json!({
                "kty": "EC", "crv": "P-384", "alg": "ES384", "use": "sig", "kid": BACKEND,
                "x": number(x), "y": number(y),
            }),
            rsa_jwk: json!({
                "kty": "RSA", "alg": "RS384", "use": "sig", "kid": RSA_BACKEND,
                "n": number(rsa.public_key().modulus().big_endian_without_leading_zero()),
                "e": number(rsa.public_key().exponent().big_endian_without_leading_zero()),
            }),
            rsa,
        })
    }

    /// An assertion for a token endpoint; `id` is its `jti`.
    pub(crate) fn assertion(&self, endpoint: &str, id: u128) -> Result<String, Failure> {
        let mut header = Header::new(Algorithm::ES384);
        header.kid = Some(BACKEND.to_owned());
        jsonwebtoken::encode(&header, &claims(BACKEND, endpoint, id), &self.signing)
            .map_err(|error| Failure::Transport(error.to_string()))
    }

    /// An assertion of the other client, for which a signature is all that is needed.
    pub(crate) fn rsa_assertion(&self, endpoint: &str, id: u128) -> Result<String, Failure> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": "RS384", "typ": "JWT", "kid": RSA_BACKEND });
        let signed = format!(
            "{}.{}",
            part(&header),
            part(&claims(RSA_BACKEND, endpoint, id))
        );
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        self.rsa
            .sign(
                &RSA_PKCS1_SHA384,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| Failure::Transport("nothing can be signed".to_owned()))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is measured is a server in real time"
)]
fn claims(client: &str, endpoint: &str, id: u128) -> Value {
    let now = Utc::now();
    json!({
        "iss": client, "sub": client, "aud": endpoint, "jti": format!("{id:032x}"),
        "iat": now.timestamp(), "exp": (now + TimeDelta::minutes(4)).timestamp(),
    })
}

/// Exchanges an assertion for an access token.
pub(crate) async fn redeem(authz: &mut Connection, assertion: &str) -> Result<String, Failure> {
    let form = Ask::form(
        "/oauth/token",
        &[
            ("grant_type", "client_credentials"),
            ("scope", "system/*.cruds"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion),
        ],
    );
    let answer = authz.send(form).await?.expect(200)?.json()?;
    let token = answer["access_token"].as_str().map(str::to_owned);
    token.ok_or_else(|| Failure::Wrong("the token response has no access_token".to_owned()))
}
