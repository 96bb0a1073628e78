//! Proofs of possession (DPoP, RFC 9449): a caller shows with every request that it holds the key a
//! token is bound to. Both servers check them, each for its own requests.
//!
//! No nonce is asked for (§8 leaves it to the server): a proof is good for a minute on either side of
//! the present and once, so one made in advance is of no use later; a nonce would cost every app
//! another round trip and help only against whoever held its key within that minute.

mod key;
mod replay;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;

pub use key::ALGORITHMS;
use key::PublicKey;
pub use replay::Replays;

/// Longest proof, in bytes.
const LONGEST: usize = 8 * 1024;
/// Longest `jti`, in bytes.
const LONGEST_JTI: usize = 256;
/// How far `iat` may lie from the present, either way (RFC 9449 §4.3: seconds or minutes).
pub const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// What a proof must be about.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// The HTTP method of the request.
    pub method: &'a str,
    /// The public URL that was called; query and fragment do not count.
    pub url: &'a str,
    /// The access token that comes with it; none at the token endpoint.
    pub access_token: Option<&'a str>,
}

/// A proof that holds. It must still be remembered, so that it is accepted once only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// `jkt`: the SHA-256 thumbprint of the key (RFC 7638), base64url.
    pub thumbprint: String,
    /// Tells this proof from every other.
    pub identity: [u8; 16],
}

/// The proof does not hold. The text is for the developer of the caller; ASCII without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub &'static str);

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Map<String, Value>,
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    ath: Option<String>,
}

/// Checks the value of one `DPoP` header field (RFC 9449 §4.3).
pub fn check(text: &str, demand: &Demand<'_>, now: DateTime<Utc>) -> Result<Proof, Refused> {
    let malformed =
        Refused("the DPoP proof is not a signed JWT with typ, alg, jwk, jti, htm, htu and iat");
    let (header, claims, signed, signature) = take_apart(text).ok_or(malformed)?;
    if header.typ != "dpop+jwt" || header.crit.is_some() {
        return Err(Refused(
            "typ of the DPoP proof must be dpop+jwt, without crit",
        ));
    }
    let key = PublicKey::read(&header.alg, &header.jwk)?;
    if !key.verifies(signed.as_bytes(), &signature) {
        return Err(Refused("the signature of the DPoP proof is wrong"));
    }
    claims.check(demand, now)?;
    let thumbprint = key.thumbprint();
    let identity = identity(&thumbprint, &claims.jti);
    Ok(Proof {
        thumbprint,
        identity,
    })
}

fn take_apart(text: &str) -> Option<(Header, Claims, &str, Vec<u8>)> {
    (text.len() <= LONGEST).then_some(())?;
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let header = serde_json::from_slice(&part(header)?).ok()?;
    let claims = serde_json::from_slice(&part(claims)?).ok()?;
    Some((header, claims, signed, part(signature)?))
}

impl Claims {
    fn check(&self, demand: &Demand<'_>, now: DateTime<Utc>) -> Result<(), Refused> {
        let issued = DateTime::from_timestamp(self.iat, 0);
        let fresh = issued.is_some_and(|issued| (now - issued).abs() <= WINDOW);
        let expected = demand.access_token.map(token_digest);
        for (holds, why) in [
            (
                (1..=LONGEST_JTI).contains(&self.jti.len()),
                "jti of the DPoP proof must have 1 to 256 bytes",
            ),
            (
                self.htm == demand.method,
                "htm of the DPoP proof is not the method of the request",
            ),
            (
                is_same(&self.htu, demand.url),
                "htu of the DPoP proof is not the URL of the request",
            ),
            (
                fresh,
                "iat of the DPoP proof is more than a minute from now",
            ),
            (
                expected.is_none() || self.ath == expected,
                "ath of the DPoP proof is not the digest of the access token",
            ),
        ] {
            holds.then_some(()).ok_or(Refused(why))?;
        }
        Ok(())
    }
}

/// `ath`: what a proof says about the access token it comes with.
pub fn token_digest(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

/// The same URL after normalisation, query and fragment left out (RFC 9449 §4.3, item 9).
fn is_same(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    plain(one).is_some_and(|one| plain(other) == Some(one))
}

fn identity(thumbprint: &str, jti: &str) -> [u8; 16] {
    let digest = Sha256::digest(format!("{thumbprint} {jti}"));
    let mut identity = [0; 16];
    identity.copy_from_slice(&digest[..16]);
    identity
}

#[cfg(test)]
mod tests;
