//! Clients that prove who they are with a key (SMART App Launch 2.2, "Client authentication:
//! asymmetric"; RFC 7523).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::configuration::Secret;
use crate::context::Context;
use crate::http::Parameters;
use crate::outcome::Finding;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds an assertion lives; SMART allows five minutes.
const LIFETIME: i64 = 240;

/// A private key of an elliptic curve.
#[derive(Clone)]
pub(crate) struct SigningKey {
    key: EncodingKey,
    algorithm: Algorithm,
    id: String,
    /// The public key as a JWK.
    pub(crate) public: Value,
}

struct Curve {
    name: &'static str,
    word: &'static str,
    algorithm: Algorithm,
    signing: &'static EcdsaSigningAlgorithm,
}

static CURVES: [Curve; 2] = [
    Curve {
        name: "P-384",
        word: "ES384",
        algorithm: Algorithm::ES384,
        signing: &ECDSA_P384_SHA384_FIXED_SIGNING,
    },
    Curve {
        name: "P-256",
        word: "ES256",
        algorithm: Algorithm::ES256,
        signing: &ECDSA_P256_SHA256_FIXED_SIGNING,
    },
];

impl SigningKey {
    /// A new key of P-384 with this id.
    pub(crate) fn generate(id: &str) -> Result<Self, Finding> {
        let [curve, _] = &CURVES;
        let pair = EcdsaKeyPair::generate(curve.signing);
        let pair = pair.map_err(|_| Finding::Error("no key can be made".to_owned()))?;
        Self::of(curve, &pair, id)
            .ok_or_else(|| Finding::Error("the key made is unusable".to_owned()))
    }

    /// Reads a private JWK of P-256 or P-384.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let jwk: Value = serde_json::from_str(text).map_err(|_| "it is not JSON")?;
        let curve = CURVES.iter().find(|curve| jwk["crv"] == curve.name);
        let curve = curve.ok_or("it is no JWK of P-256 or P-384")?;
        let part = |name: &str| {
            let text = jwk[name].as_str()?;
            URL_SAFE_NO_PAD.decode(text).ok()
        };
        let private = part("d").ok_or("it has no private part d")?;
        let (x, y) = part("x").zip(part("y")).ok_or("it has no x and y")?;
        let public = [&[4], x.as_slice(), y.as_slice()].concat();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.signing, &private, &public)
            .map_err(|_| "its parts do not fit together")?;
        let id = jwk["kid"].as_str().unwrap_or("key");
        Self::of(curve, &pair, id).ok_or("it is unusable")
    }

    fn of(curve: &Curve, pair: &EcdsaKeyPair, id: &str) -> Option<Self> {
        let point = pair.public_key().as_ref().get(1..)?;
        let (x, y) = point.split_at(point.len() / 2);
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Some(Self {
            key: EncodingKey::from_ec_der(pair.to_pkcs8v1().ok()?.as_ref()),
            algorithm: curve.algorithm,
            id: id.to_owned(),
            public: json!({"kty": "EC", "crv": curve.name, "alg": curve.word, "use": "sig",
                "kid": id, "x": encode(x), "y": encode(y)}),
        })
    }

    /// A signed token of these claims.
    pub(crate) fn sign(&self, claims: &Value) -> Result<Secret, Finding> {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.clone());
        let signed = jsonwebtoken::encode(&header, claims, &self.key);
        signed
            .map(Secret::from)
            .map_err(|error| Finding::Error(format!("no assertion can be signed: {error}")))
    }
}

/// The claims of a right assertion for a token endpoint.
pub(crate) fn claims(context: &Context, client_id: &str, endpoint: &str) -> Value {
    let now = context.clock.now().timestamp();
    json!({"iss": client_id, "sub": client_id, "aud": endpoint, "iat": now,
        "exp": now + LIFETIME, "jti": context.random_text()})
}

/// Form fields with an assertion.
pub(crate) fn asserted(fields: Parameters, assertion: &Secret) -> Parameters {
    fields
        .with("client_assertion_type", JWT_BEARER)
        .with("client_assertion", assertion.reveal())
}

/// An assertion by which the client `client_id` proves itself at a token endpoint with a private JWK of P-256 or P-384
/// (RFC 7523). `now` is in seconds; `id` is never used twice.
pub fn client_assertion(
    (client_id, jwk): (&str, &str),
    endpoint: &str,
    (now, id): (i64, &str),
) -> Result<String, String> {
    let key = SigningKey::read(jwk).map_err(str::to_owned)?;
    let claims = json!({"iss": client_id, "sub": client_id, "aud": endpoint, "iat": now,
        "exp": now + LIFETIME, "jti": id});
    key.sign(&claims)
        .map(|assertion| assertion.reveal().to_owned())
        .map_err(|_| "no assertion can be signed".to_owned())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{DecodingKey, Validation};

    use super::*;

    #[test]
    fn what_a_key_signs_its_public_part_verifies() {
        let key = SigningKey::generate("k").unwrap();
        let token = key.sign(&json!({"sub": "a"})).unwrap();
        let jwk: Jwk = serde_json::from_value(key.public.clone()).unwrap();
        let mut validation = Validation::new(Algorithm::ES384);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let decoding = DecodingKey::from_jwk(&jwk).unwrap();
        let decoded = jsonwebtoken::decode::<Value>(token.reveal(), &decoding, &validation);
        assert_eq!(decoded.unwrap().claims["sub"], "a");
        assert!(key.public.get("d").is_none());
    }

    #[test]
    fn a_text_that_is_no_private_key_is_refused_with_a_reason() {
        let public = SigningKey::generate("k").unwrap().public.to_string();
        for (text, reason) in [
            ("-----BEGIN", "it is not JSON"),
            ("{\"kty\": \"RSA\"}", "it is no JWK of P-256 or P-384"),
            (public.as_str(), "it has no private part d"),
        ] {
            assert_eq!(SigningKey::read(text).err(), Some(reason));
        }
    }
}
