//! Values that must not be seen: they print as `***`, compare in constant time, are wiped when
//! dropped and are stored only as digests.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::random::Random;

/// A token, code, cookie, password or client secret in clear. It has no `Display` and its `Debug`
/// shows nothing, so it cannot reach a log or an error text by accident.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value that came from a form, a header, a file or the environment.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// 256 fresh bits, base64url.
    pub fn generate(random: &Random) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random.bytes::<32>()))
    }

    /// The value itself, for the one place that sends or hashes it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored instead of the value.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text))
    }
}

/// The SHA-256 of a secret. A fast hash is enough because every stored secret but a person's
/// password (which is argon2id's business) has 256 random bits.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `value`.
    pub fn of(value: &str) -> Self {
        Self(Sha256::digest(value.as_bytes()).into())
    }

    /// From the 32 stored bytes; anything else matches no secret.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to look something up by.
    pub fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// The digest as base64url, as PKCE and the anti-forgery token spell it.
    pub fn to_base64url(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl std::hash::Hash for Digest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Digest(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_stars() {
        let secret = Secret::new("very-private");
        assert_eq!(
            format!("{secret:?} {:?}", secret.digest()),
            "*** Digest(***)"
        );
    }

    #[test]
    fn digests_compare_by_value() {
        assert_eq!(Digest::of("a"), Secret::new("a").digest());
        assert_ne!(Digest::of("a"), Digest::of("b"));
        assert_eq!(Digest::from_stored(&[1, 2]), None);
    }

    #[test]
    fn a_generated_secret_has_256_bits() {
        let secret = Secret::generate(&Random::seeded(1));
        assert_eq!(URL_SAFE_NO_PAD.decode(secret.expose()).unwrap().len(), 32);
    }
}
