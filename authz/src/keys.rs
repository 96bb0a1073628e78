//! One key that signs ID tokens: RSA 2048 for RS256, which every client understands, or P-256 for
//! ES256, for clients that ask for it. Kept in the database, parsed once, published without its
//! private members.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub use crate::oauth::claims::IdTokenAlgorithm;

/// A key pair, parsed once: signing takes about a millisecond less than handing the encoded key to
/// a JWT library each time.
pub struct SigningKey {
    pair: Pair,
    kid: String,
    jwk: Value,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// A key that cannot be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key cannot be made or used")]
pub struct KeyError;

/// The PKCS #8 form of a key, for the database.
#[derive(Clone)]
pub struct StoredKey {
    /// What it signs with.
    pub algorithm: IdTokenAlgorithm,
    /// PKCS #8, DER.
    pub pkcs8: Vec<u8>,
}

impl SigningKey {
    /// A new key. An RSA key takes up to some hundred milliseconds of one core; the randomness is
    /// the library's own.
    pub fn generate(algorithm: IdTokenAlgorithm) -> Result<(Self, StoredKey), KeyError> {
        let pkcs8 = match algorithm {
            IdTokenAlgorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError)?;
                der.as_ref().to_vec()
            }
            IdTokenAlgorithm::Es256 => {
                let random = SystemRandom::new();
                let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
                made.map_err(|_| KeyError)?.as_ref().to_vec()
            }
        };
        let stored = StoredKey { algorithm, pkcs8 };
        Ok((Self::load(&stored)?, stored))
    }

    /// The key that was stored.
    pub fn load(stored: &StoredKey) -> Result<Self, KeyError> {
        match stored.algorithm {
            IdTokenAlgorithm::Rs256 => {
                let pair = RsaKeyPair::from_pkcs8(&stored.pkcs8).map_err(|_| KeyError)?;
                Ok(Self::of_rsa(pair))
            }
            IdTokenAlgorithm::Es256 => {
                let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(kind, &stored.pkcs8);
                Ok(Self::of_p256(pair.map_err(|_| KeyError)?))
            }
        }
    }

    fn of_rsa(pair: RsaKeyPair) -> Self {
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let n = URL_SAFE_NO_PAD.encode(public.n);
        let e = URL_SAFE_NO_PAD.encode(public.e);
        let kid = thumbprint(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
        let jwk = json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e});
        let pair = Pair::Rsa(pair);
        Self { pair, kid, jwk }
    }

    fn of_p256(pair: EcdsaKeyPair) -> Self {
        let point = pair.public_key().as_ref();
        let x = URL_SAFE_NO_PAD.encode(&point[1..33]);
        let y = URL_SAFE_NO_PAD.encode(&point[33..]);
        let kid = thumbprint(&format!(
            r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#
        ));
        let jwk = json!({"kty": "EC", "use": "sig", "alg": "ES256", "kid": kid, "crv": "P-256",
            "x": x, "y": y});
        let pair = Pair::P256(pair);
        Self { pair, kid, jwk }
    }

    /// What it signs with.
    pub fn algorithm(&self) -> IdTokenAlgorithm {
        match self.pair {
            Pair::Rsa(_) => IdTokenAlgorithm::Rs256,
            Pair::P256(_) => IdTokenAlgorithm::Es256,
        }
    }

    /// The key's name: its RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JSON Web Key (RFC 7517).
    pub fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.pair {
            Pair::Rsa(pair) => RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key())
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Pair::P256(pair) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref())
                    .is_ok_and(|key| key.verify_sig(message, signature).is_ok())
            }
        }
    }

    /// A compact JWS (RFC 7515) over `claims`.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        let header =
            json!({"alg": self.algorithm().as_str(), "kid": self.kid, "typ": "JWT"}).to_string();
        let claims = serde_json::to_vec(claims).map_err(|_| KeyError)?;
        let header = URL_SAFE_NO_PAD.encode(header);
        let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.signature(input.as_bytes())?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| KeyError)?;
                Ok(signature)
            }
            Pair::P256(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyError),
        }
    }
}

/// RFC 7638: over the required members in lexicographic order.
fn thumbprint(members: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "SigningKey({})", self.kid)
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

    use super::*;

    #[test]
    fn a_stored_key_signs_what_its_published_half_verifies() {
        for (algorithm, theirs) in [
            (IdTokenAlgorithm::Rs256, Algorithm::RS256),
            (IdTokenAlgorithm::Es256, Algorithm::ES256),
        ] {
            let (made, stored) = SigningKey::generate(algorithm).unwrap();
            let key = SigningKey::load(&stored).unwrap();
            assert_eq!((made.kid(), key.algorithm()), (key.kid(), algorithm));
            let claims = json!({"exp": 4_000_000_000_i64, "aud": "a"});
            let token = key.sign(&claims).unwrap();
            let jwk: Jwk = serde_json::from_value(key.jwk().clone()).unwrap();
            let mut validation = Validation::new(theirs);
            validation.set_audience(&["a"]);
            let public = DecodingKey::from_jwk(&jwk).unwrap();
            assert!(decode::<Value>(&token, &public, &validation).is_ok());
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            assert!(key.verifies(signed.as_bytes(), &signature));
            assert!(!key.verifies(b"other", &signature));
            for private in ["d", "p", "q", "dp", "dq", "qi"] {
                assert!(key.jwk().get(private).is_none(), "{private}");
            }
        }
    }
}
