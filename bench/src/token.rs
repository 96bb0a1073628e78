//! Backend services tokens with a key of our own (SMART 2.2, "Backend Services").

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::connection::{Ask, Connection, Failure};

/// The client that writes and reads everything.
pub(crate) const BACKEND: &str = "bench";

/// A key pair made for this run.
pub struct Key {
    signing: EncodingKey,
    /// The public half as a JWK.
    pub(crate) jwk: Value,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key")
    }
}

impl Key {
    /// A new P-384 key.
    pub fn generate() -> Result<Self, String> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)
            .map_err(|_| "a key cannot be made".to_owned())?;
        let der = pair
            .to_pkcs8v1()
            .map_err(|_| "a key cannot be kept".to_owned())?;
        // An uncompressed point: 4, then both coordinates.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
        Ok(Self {
            signing: EncodingKey::from_ec_der(der.as_ref()),
            jwk: json!({
                "kty": "EC", "crv": "P-384", "alg": "ES384", "use": "sig", "kid": BACKEND,
                "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
            }),
        })
    }

    /// An assertion for a token endpoint; `id` is its `jti`.
    #[expect(
        clippy::disallowed_methods,
        reason = "what is measured is a server in real time"
    )]
    pub(crate) fn assertion(&self, endpoint: &str, id: u128) -> Result<String, Failure> {
        let now = Utc::now();
        let claims = json!({
            "iss": BACKEND, "sub": BACKEND, "aud": endpoint, "jti": format!("{id:032x}"),
            "iat": now.timestamp(), "exp": (now + TimeDelta::minutes(4)).timestamp(),
        });
        let mut header = Header::new(Algorithm::ES384);
        header.kid = Some(BACKEND.to_owned());
        jsonwebtoken::encode(&header, &claims, &self.signing)
            .map_err(|error| Failure::Transport(error.to_string()))
    }
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
