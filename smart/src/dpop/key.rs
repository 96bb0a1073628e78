//! The keys that sign proofs, which come with them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RsaParameters, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Refused;

/// The signature algorithms on offer, as spelled on the wire.
pub const ALGORITHMS: &[&str] = &["ES256", "ES384", "RS256", "RS384"];

/// Members that only private and symmetric keys have.
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const UNFIT: Refused = Refused("jwk of the DPoP proof must be a public key that fits alg");

enum Family {
    Curve {
        name: &'static str,
        coordinate: usize,
        algorithm: &'static EcdsaVerificationAlgorithm,
    },
    Rsa(&'static RsaParameters),
}

fn family(alg: &str) -> Option<Family> {
    Some(match alg {
        "ES256" => Family::Curve {
            name: "P-256",
            coordinate: 32,
            algorithm: &ECDSA_P256_SHA256_FIXED,
        },
        "ES384" => Family::Curve {
            name: "P-384",
            coordinate: 48,
            algorithm: &ECDSA_P384_SHA384_FIXED,
        },
        "RS256" => Family::Rsa(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Family::Rsa(&RSA_PKCS1_2048_8192_SHA384),
        _ => return None,
    })
}

enum Material {
    Point(Box<ParsedPublicKey>),
    Rsa(RsaPublicKeyComponents<Vec<u8>>, &'static RsaParameters),
}

/// A public key that can check the signature it came with.
pub(super) struct PublicKey {
    material: Material,
    /// The required members in the order and spelling of RFC 7638 §3.
    canonical: String,
}

impl PublicKey {
    /// Reads `jwk` for `alg`.
    pub fn read(alg: &str, jwk: &Map<String, Value>) -> Result<Self, Refused> {
        let why = Refused("alg of the DPoP proof must be ES256, ES384, RS256 or RS384");
        let family = family(alg).ok_or(why)?;
        if PRIVATE.iter().any(|name| jwk.contains_key(*name)) {
            return Err(Refused(
                "jwk of the DPoP proof holds a private or symmetric key",
            ));
        }
        match family {
            Family::Curve {
                name,
                coordinate,
                algorithm,
            } => Self::point(jwk, name, coordinate, algorithm),
            Family::Rsa(parameters) => Self::rsa(jwk, parameters),
        }
        .ok_or(UNFIT)
    }

    fn point(
        jwk: &Map<String, Value>,
        curve: &str,
        length: usize,
        algorithm: &'static EcdsaVerificationAlgorithm,
    ) -> Option<Self> {
        (is(jwk, "kty", "EC") && is(jwk, "crv", curve)).then_some(())?;
        let coordinate = |name| bytes(jwk, name).filter(|bytes| bytes.len() == length);
        let (x, y) = (coordinate("x")?, coordinate("y")?);
        let point = [&[4], x.as_slice(), &y].concat();
        let key = ParsedPublicKey::new(algorithm, &point).ok()?;
        let (x, y) = (text(&x), text(&y));
        Some(Self {
            material: Material::Point(Box::new(key)),
            canonical: format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#),
        })
    }

    fn rsa(jwk: &Map<String, Value>, parameters: &'static RsaParameters) -> Option<Self> {
        is(jwk, "kty", "RSA").then_some(())?;
        let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
        // A leading zero would give the same key a second thumbprint.
        let plain = |number: &[u8]| number.first().is_some_and(|first| *first != 0);
        (plain(&n) && plain(&e) && e != [1]).then_some(())?;
        let canonical = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(&e), text(&n));
        Some(Self {
            material: Material::Rsa(RsaPublicKeyComponents { n, e }, parameters),
            canonical,
        })
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Point(key) => key.verify_sig(message, signature).is_ok(),
            Material::Rsa(key, parameters) => key.verify(parameters, message, signature).is_ok(),
        }
    }

    /// The SHA-256 thumbprint (RFC 7638), base64url.
    pub fn thumbprint(&self) -> String {
        text(&Sha256::digest(&self.canonical))
    }
}

fn is(jwk: &Map<String, Value>, name: &str, word: &str) -> bool {
    jwk.get(name).is_some_and(|value| value == word)
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    let text = jwk.get(name)?.as_str()?;
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_9449_has_its_thumbprint() {
        let jwk = serde_json::json!({"kty": "EC", "crv": "P-256",
            "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"});
        let key = PublicKey::read("ES256", jwk.as_object().unwrap()).unwrap();
        assert_eq!(
            key.thumbprint(),
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
        );
    }

    #[test]
    fn a_key_that_does_not_fit_is_refused() {
        let good = serde_json::json!({"kty": "EC", "crv": "P-256",
            "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"});
        for (alg, name, value) in [
            ("ES384", "kty", "EC"),
            ("RS256", "kty", "EC"),
            ("none", "kty", "EC"),
            ("HS256", "kty", "EC"),
            ("ES256", "kty", "RSA"),
            ("ES256", "crv", "P-384"),
            ("ES256", "x", "AA"),
            ("ES256", "y", "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"),
            ("ES256", "d", "AA"),
            ("ES256", "k", "AA"),
        ] {
            let mut jwk = good.clone();
            jwk[name] = value.into();
            let read = PublicKey::read(alg, jwk.as_object().unwrap());
            assert!(read.is_err(), "{alg} {name} {value}");
        }
    }
}
