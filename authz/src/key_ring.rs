//! The signing keys: the one in use for each algorithm, and earlier ones that are published for as
//! long as somebody may hold a token that they signed.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::keys::{IdTokenAlgorithm, KeyError, SigningKey, StoredKey};

/// A key signs for this long.
pub const IN_USE: TimeDelta = TimeDelta::days(90);
/// A key is published for this long: also an ended ID token may be shown again, as a hint.
pub const PUBLISHED: TimeDelta = TimeDelta::days(180);

/// A stored key and when it was made.
pub type DatedKey = (StoredKey, DateTime<Utc>);

/// All published keys, the newest of each algorithm first.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<(SigningKey, DateTime<Utc>)>,
}

impl KeyRing {
    /// The ring of the stored keys, with a fresh one for every algorithm whose newest is too old
    /// to sign; those still have to be stored. Making an RSA key takes some hundred milliseconds.
    pub fn forge(
        stored: &[DatedKey],
        now: DateTime<Utc>,
    ) -> Result<(Self, Vec<StoredKey>), KeyError> {
        let mut ring = Self { keys: vec![] };
        let mut fresh = vec![];
        for algorithm in IdTokenAlgorithm::ALL {
            let mut own: Vec<&DatedKey> = stored
                .iter()
                .filter(|(key, made)| key.algorithm == algorithm && now - *made < PUBLISHED)
                .collect();
            own.sort_by_key(|(_, made)| std::cmp::Reverse(*made));
            if own.first().is_none_or(|(_, made)| now - *made >= IN_USE) {
                let (key, stored) = SigningKey::generate(algorithm)?;
                ring.keys.push((key, now));
                fresh.push(stored);
            }
            for (stored, made) in own {
                ring.keys.push((SigningKey::load(stored)?, *made));
            }
        }
        Ok((ring, fresh))
    }

    /// Whether a key has signed for long enough.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        IdTokenAlgorithm::ALL.into_iter().any(|algorithm| {
            self.newest(algorithm)
                .is_none_or(|(_, made)| now - *made >= IN_USE)
        })
    }

    fn newest(&self, algorithm: IdTokenAlgorithm) -> Option<&(SigningKey, DateTime<Utc>)> {
        let mut keys = self.keys.iter();
        keys.find(|(key, _)| key.algorithm() == algorithm)
    }

    /// A compact JWS over `claims`, by the key in use.
    pub fn sign(
        &self,
        algorithm: IdTokenAlgorithm,
        claims: &impl Serialize,
    ) -> Result<String, KeyError> {
        self.newest(algorithm).ok_or(KeyError)?.0.sign(claims)
    }

    /// Whether one of the keys signed `message` so.
    pub fn verifies(&self, kid: &str, alg: &str, message: &[u8], signature: &[u8]) -> bool {
        self.keys
            .iter()
            .map(|(key, _)| key)
            .find(|key| key.kid() == kid && key.algorithm().as_str() == alg)
            .is_some_and(|key| key.verifies(message, signature))
    }

    /// The JSON Web Key Set (RFC 7517) of the public halves.
    pub fn jwks(&self) -> Value {
        let keys: Vec<&Value> = self.keys.iter().map(|(key, _)| key.jwk()).collect();
        json!({ "keys": keys })
    }
}

/// The ring in use, exchanged as a whole when keys rotate.
#[derive(Debug)]
pub struct SharedKeyRing(RwLock<Arc<KeyRing>>);

impl SharedKeyRing {
    /// Starts with this ring.
    pub fn holding(ring: KeyRing) -> Self {
        Self(RwLock::new(Arc::new(ring)))
    }

    /// The ring in use.
    pub fn current(&self) -> Arc<KeyRing> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Uses another ring from now on.
    pub fn exchange(&self, ring: KeyRing) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kids(ring: &KeyRing) -> Vec<String> {
        ring.keys
            .iter()
            .map(|(key, _)| key.kid().to_owned())
            .collect()
    }

    #[test]
    fn a_new_key_signs_after_ninety_days_and_the_old_one_stays_published_for_as_long_again() {
        let start = DateTime::UNIX_EPOCH;
        let (first, made) = KeyRing::forge(&[], start).unwrap();
        let mut stored: Vec<DatedKey> = made.into_iter().map(|key| (key, start)).collect();
        let (same, none) = KeyRing::forge(&stored, start + TimeDelta::days(89)).unwrap();
        assert_eq!((kids(&same), none.len()), (kids(&first), 0));
        let later = start + IN_USE;
        assert!(first.is_due(later) && !first.is_due(later - TimeDelta::seconds(1)));
        let (second, made) = KeyRing::forge(&stored, later).unwrap();
        assert_eq!((made.len(), second.keys.len()), (2, 4));
        let token = second.sign(IdTokenAlgorithm::Rs256, &json!({})).unwrap();
        let (signed, _) = token.rsplit_once('.').unwrap();
        assert!(!signed.is_empty());
        assert_ne!(kids(&second)[0], kids(&first)[0]);
        assert_eq!(kids(&second)[1], kids(&first)[0]);
        stored.extend(made.into_iter().map(|key| (key, later)));
        let (third, _) = KeyRing::forge(&stored, start + PUBLISHED).unwrap();
        assert!(!kids(&third).contains(&kids(&first)[0]));
    }
}
