//! The signing keys: the one in use for each algorithm, and earlier ones that are published for as
//! long as somebody may hold a token that they signed.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::keys::{IdTokenAlgorithm, KeyError, SigningKey, StoredKey};

/// A key signs for this long.
pub const IN_USE: TimeDelta = TimeDelta::days(90);
/// A key is published for this long: also an ended ID token may be shown again, as a hint.
pub const PUBLISHED: TimeDelta = TimeDelta::days(180);

/// How long a request waits for the keys of a first start.
const PATIENCE: Duration = Duration::from_secs(10);

/// A stored key and when it was made.
pub type DatedKey = (StoredKey, DateTime<Utc>);

/// All published keys by algorithm, the newest of each first.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<(SigningKey, DateTime<Utc>)>,
}

impl KeyRing {
    /// The ring of the stored keys that are still published.
    pub fn load(stored: &[DatedKey], now: DateTime<Utc>) -> Result<Self, KeyError> {
        let published = stored.iter().filter(|(_, made)| now - *made < PUBLISHED);
        let keys = published
            .map(|(key, made)| Ok((SigningKey::load(key)?, *made)))
            .collect::<Result<Vec<_>, KeyError>>()?;
        Ok(Self::of(keys))
    }

    fn of(mut keys: Vec<(SigningKey, DateTime<Utc>)>) -> Self {
        let all = IdTokenAlgorithm::ALL.iter();
        keys.sort_by_key(|(key, made)| {
            let place = all.clone().position(|one| *one == key.algorithm());
            (place, std::cmp::Reverse(*made))
        });
        Self { keys }
    }

    /// Like [`KeyRing::load`], with a fresh key for every algorithm whose newest is too old to sign;
    /// those still have to be stored. Making an RSA key takes some hundred milliseconds.
    pub fn forge(
        stored: &[DatedKey],
        now: DateTime<Utc>,
    ) -> Result<(Self, Vec<StoredKey>), KeyError> {
        let mut ring = Self::load(stored, now)?;
        let mut fresh = vec![];
        for algorithm in IdTokenAlgorithm::ALL {
            if ring.wants(algorithm, now) {
                let (key, stored) = SigningKey::generate(algorithm)?;
                ring.keys.push((key, now));
                fresh.push(stored);
            }
        }
        Ok((Self::of(ring.keys), fresh))
    }

    /// Whether a key has signed for long enough.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let mut all = IdTokenAlgorithm::ALL.into_iter();
        all.any(|algorithm| self.wants(algorithm, now))
    }

    fn wants(&self, algorithm: IdTokenAlgorithm, now: DateTime<Utc>) -> bool {
        self.newest(algorithm)
            .is_none_or(|(_, made)| now - *made >= IN_USE)
    }

    /// Whether there is a key for each algorithm: not at once at a first start.
    fn is_complete(&self) -> bool {
        let mut all = IdTokenAlgorithm::ALL.into_iter();
        all.all(|algorithm| self.newest(algorithm).is_some())
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
pub struct SharedKeyRing(watch::Sender<Arc<KeyRing>>);

impl SharedKeyRing {
    /// Starts with this ring.
    pub fn holding(ring: KeyRing) -> Self {
        Self(watch::Sender::new(Arc::new(ring)))
    }

    /// The ring as it is: at a first start, keys may be missing that are being made.
    pub fn present(&self) -> Arc<KeyRing> {
        self.0.borrow().clone()
    }

    /// The ring with a key for each algorithm.
    pub async fn complete(&self) -> Result<Arc<KeyRing>, KeyError> {
        self.complete_within(PATIENCE).await
    }

    async fn complete_within(&self, patience: Duration) -> Result<Arc<KeyRing>, KeyError> {
        let mut ring = self.0.subscribe();
        let complete = tokio::time::timeout(patience, ring.wait_for(|ring| ring.is_complete()));
        match complete.await {
            Ok(Ok(ring)) => Ok(ring.clone()),
            _ => Err(KeyError),
        }
    }

    /// Uses another ring from now on.
    pub fn exchange(&self, ring: KeyRing) {
        self.0.send_replace(Arc::new(ring));
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

    #[tokio::test]
    async fn what_is_to_be_signed_waits_for_the_keys_of_a_first_start() {
        let shared = SharedKeyRing::holding(KeyRing::load(&[], DateTime::UNIX_EPOCH).unwrap());
        assert!(shared.present().is_due(DateTime::UNIX_EPOCH));
        let (made, _) = KeyRing::forge(&[], DateTime::UNIX_EPOCH).unwrap();
        let made_kids = kids(&made);
        let (waited, ()) = tokio::join!(shared.complete(), async { shared.exchange(made) });
        assert_eq!(kids(&waited.unwrap()), made_kids);
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_for_keys_that_cannot_be_made() {
        let shared = SharedKeyRing::holding(KeyRing::load(&[], DateTime::UNIX_EPOCH).unwrap());
        assert!(shared.complete_within(Duration::ZERO).await.is_err());
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
