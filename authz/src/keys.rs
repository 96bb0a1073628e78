//! The key that signs ID tokens: RSA 2048, made at the first start, kept in the database, loaded
//! once, published without its private members.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A key pair that signs with RS256, parsed once: signing takes about a millisecond less than
/// handing the encoded key to a JWT library each time.
pub struct SigningKey {
    pair: KeyPair,
    kid: String,
    jwk: Value,
}

/// A key that cannot be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key cannot be made or used")]
pub struct KeyError;

/// The PKCS #8 form of a key, for the database.
pub struct StoredKey(pub Vec<u8>);

impl SigningKey {
    /// A new key. Takes up to some hundred milliseconds of one core; its randomness is the
    /// library's own.
    pub fn generate() -> Result<(Self, StoredKey), KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError)?;
        let stored = StoredKey(der.as_ref().to_vec());
        Ok((Self::of(pair), stored))
    }

    /// The key that was stored.
    pub fn load(stored: &StoredKey) -> Result<Self, KeyError> {
        KeyPair::from_pkcs8(&stored.0)
            .map(Self::of)
            .map_err(|_| KeyError)
    }

    fn of(pair: KeyPair) -> Self {
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let n = URL_SAFE_NO_PAD.encode(public.n);
        let e = URL_SAFE_NO_PAD.encode(public.e);
        // RFC 7638: the thumbprint is over the required members in lexicographic order.
        let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(members));
        let jwk = json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e});
        Self { pair, kid, jwk }
    }

    /// The key's name: its RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The JSON Web Key Set (RFC 7517) with the public half.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk]})
    }

    /// A compact JWS (RFC 7515) over `claims`.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        let header = json!({"alg": "RS256", "kid": self.kid, "typ": "JWT"});
        let claims = serde_json::to_vec(claims).map_err(|_| KeyError)?;
        let input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                input.as_bytes(),
                &mut signature,
            )
            .map_err(|_| KeyError)?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "SigningKey({})", self.kid)
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

    use super::*;

    #[test]
    fn a_stored_key_signs_what_its_published_half_verifies() {
        let (made, stored) = SigningKey::generate().unwrap();
        let key = SigningKey::load(&stored).unwrap();
        assert_eq!(made.kid(), key.kid());
        let token = key
            .sign(&json!({"exp": 4_000_000_000_i64, "aud": "a"}))
            .unwrap();
        let jwk = &key.jwks()["keys"][0];
        let public = DecodingKey::from_rsa_components(
            jwk["n"].as_str().unwrap(),
            jwk["e"].as_str().unwrap(),
        )
        .unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&["a"]);
        assert!(decode::<Value>(&token, &public, &validation).is_ok());
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(jwk.get(private).is_none(), "{private}");
        }
    }
}
