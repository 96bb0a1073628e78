//! `private_key_jwt`: a client proves who it is with a signed JWT (RFC 7523 §2.2, §3; SMART App
//! Launch 2.2 "Client Authentication: Asymmetric").
//!
//! The assertion is taken apart before any key is looked for; its signature and claims are then
//! checked against the client that it names. Keys come from the registration alone: `jwk`, `x5c`
//! and `x5u` in the header are never looked at, and `jku` may only repeat the registered address.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::jwk::KeySet;
use crate::secret::Digest;

/// The one `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Longest assertion, in bytes.
const LONGEST: usize = 8 * 1024;
/// Longest `jti`, in bytes.
const LONGEST_JTI: usize = 256;
/// How far ahead `exp` may be (SMART App Launch 2.2: five minutes).
const LONGEST_LIFE: TimeDelta = TimeDelta::minutes(5);
/// How much `exp` may be off, because clocks differ.
const SKEW: TimeDelta = TimeDelta::seconds(10);
/// How far `iat` and `nbf` may lie ahead.
const SKEW_AHEAD: TimeDelta = TimeDelta::seconds(60);

/// A well-formed assertion whose signature and claims nobody has looked at yet.
pub struct Assertion {
    header: Header,
    claims: Claims,
    signed: String,
    signature: Vec<u8>,
}

/// The assertion proves nothing. Why is never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client assertion is not valid")]
pub struct Refused;

/// An accepted assertion: what must be remembered so that it is not accepted again.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// Digest of `jti`.
    pub jti: Digest,
    /// From when on the assertion has ended anyway.
    pub until: DateTime<Utc>,
}

/// What an assertion is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Expectation<'a> {
    /// The client it must be from.
    pub client_id: &'a str,
    /// The client's keys.
    pub keys: &'a KeySet,
    /// Where the client publishes its keys.
    pub jwks_uri: Option<&'a str>,
    /// What `aud` may be: the token endpoint (SMART) or the issuer (the draft successor of RFC
    /// 7523, which current OpenID libraries follow).
    pub audiences: &'a [&'a str],
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
    jku: Option<String>,
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    exp: i64,
    nbf: Option<i64>,
    iat: Option<i64>,
    jti: String,
}

impl Assertion {
    /// Takes a compact JWS apart.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= LONGEST).then_some(())?;
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        Some(Self {
            header: serde_json::from_slice(&part(header)?).ok()?,
            claims: serde_json::from_slice(&part(claims)?).ok()?,
            signed: signed.to_owned(),
            signature: part(signature)?,
        })
    }

    /// The client it claims to be from.
    pub fn client_id(&self) -> &str {
        &self.claims.iss
    }

    /// The key it claims to be signed with.
    pub fn kid(&self) -> &str {
        &self.header.kid
    }

    /// Checks header, signature and claims.
    pub fn check(&self, expected: Expectation<'_>, now: DateTime<Utc>) -> Result<Spent, Refused> {
        let claims = &self.claims;
        let genuine = self.header.is_fit(expected.jwks_uri)
            && self.is_signed_by(expected.keys)
            && claims.iss == expected.client_id
            && claims.sub == expected.client_id
            && claims.is_for(expected.audiences)
            && (1..=LONGEST_JTI).contains(&claims.jti.len());
        let until = claims.end(now).filter(|_| genuine).ok_or(Refused)?;
        Ok(Spent {
            jti: Digest::of(&claims.jti),
            until,
        })
    }

    fn is_signed_by(&self, keys: &KeySet) -> bool {
        keys.find(&self.header.kid).is_some_and(|key| {
            key.algorithm().as_str() == self.header.alg
                && key.verifies(self.signed.as_bytes(), &self.signature)
        })
    }
}

impl Header {
    /// `typ` and no surprises; `jku`, if there, is the registered address.
    fn is_fit(&self, jwks_uri: Option<&str>) -> bool {
        self.typ == "JWT"
            && self.crit.is_none()
            && self.b64.is_none()
            && (self.jku.is_none() || self.jku.as_deref() == jwks_uri)
    }
}

impl Claims {
    /// Every audience must be this server.
    fn is_for(&self, audiences: &[&str]) -> bool {
        let ours = |value: &Value| value.as_str().is_some_and(|aud| audiences.contains(&aud));
        match &self.aud {
            Value::Array(all) => !all.is_empty() && all.iter().all(ours),
            one => ours(one),
        }
    }

    /// When the assertion has ended for good, if it is good now.
    fn end(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        let begun = |seconds: Option<i64>| match seconds {
            Some(seconds) => at(seconds).is_some_and(|from| from <= now + SKEW_AHEAD),
            None => true,
        };
        let until = at(self.exp)?.checked_add_signed(SKEW)?;
        let in_time = now < until && until <= now + LONGEST_LIFE + SKEW + SKEW;
        (in_time && begun(self.nbf) && begun(self.iat)).then_some(until)
    }
}

impl std::fmt::Debug for Assertion {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Assertion({})", self.claims.iss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(exp: i64) -> Claims {
        Claims {
            iss: "a".into(),
            sub: "a".into(),
            aud: Value::from("t"),
            exp,
            nbf: None,
            iat: None,
            jti: "j".into(),
        }
    }

    #[test]
    fn exp_lies_between_now_and_five_minutes_ahead_give_or_take_ten_seconds() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        for (ahead, good) in [
            (-10, false),
            (-9, true),
            (0, true),
            (300, true),
            (310, true),
            (311, false),
            (i64::MAX - 1_000_000, false),
            (-2_000_000, false),
        ] {
            assert_eq!(
                claims(1_000_000 + ahead).end(now).is_some(),
                good,
                "{ahead}"
            );
        }
    }

    #[test]
    fn nbf_and_iat_may_be_a_minute_ahead() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        for (ahead, good) in [(10, true), (60, true), (61, false)] {
            let instant = Some(1_000_000 + ahead);
            let mut with = claims(1_000_100);
            with.nbf = instant;
            assert_eq!(with.end(now).is_some(), good);
            with.nbf = None;
            with.iat = instant;
            assert_eq!(with.end(now).is_some(), good);
        }
    }

    #[test]
    fn what_is_not_a_jws_is_not_taken_apart() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let header = part(r#"{"alg":"RS384","kid":"k","typ":"JWT"}"#);
        let good = r#"{"iss":"a","sub":"a","aud":"t","exp":1,"jti":"j"}"#;
        assert!(Assertion::parse(&format!("{header}.{}.AA", part(good))).is_some());
        let float = good.replace(":1,", ":1.5,");
        let text = good.replace(":1,", ":\"1\",");
        let huge = good.replace(":1,", ":9223372036854775808,");
        let twice = good.replace('{', r#"{"iss":"b","#);
        for bad in ["", "null", "[]", float.as_str(), &text, &huge, &twice] {
            assert!(Assertion::parse(&format!("{header}.{}.AA", part(bad))).is_none());
        }
        for bad in ["", "a.b", "a.b.c", "..", &"x".repeat(65_536)] {
            assert!(Assertion::parse(bad).is_none());
        }
    }
}
