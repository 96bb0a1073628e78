//! The keys that clients publish at their `jwks_uri`, kept no longer than they allow (SMART App
//! Launch 2.2 "Client Authentication: Asymmetric").
//!
//! Each address is fetched by one request at a time. An unknown `kid` may mean that the client has
//! rotated its keys, so it causes a fetch, but not again for a while; a failure is remembered for a
//! while too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex as TurnMutex;

use crate::oauth::jwk::KeySet;
use crate::outbound::{Outbound, OutboundError};

/// How long keys are kept whose answer says nothing.
const USUAL_AGE: TimeDelta = TimeDelta::minutes(5);
/// How long keys are kept at most.
const LONGEST_AGE: TimeDelta = TimeDelta::hours(1);
/// How long a failure is kept.
const FAILURE_AGE: TimeDelta = TimeDelta::seconds(10);
/// How long an unknown `kid` causes no further fetch.
const REFETCH_PAUSE: TimeDelta = TimeDelta::seconds(10);
/// Addresses that are remembered at most.
const MOST_ADDRESSES: usize = 1000;

/// Fetched keys by address.
#[derive(Debug)]
pub struct RemoteKeys {
    outbound: Outbound,
    slots: Mutex<HashMap<String, Slot>>,
}

type Slot = Arc<TurnMutex<Option<Entry>>>;

#[derive(Debug, Clone)]
struct Entry {
    keys: Arc<KeySet>,
    fresh_until: DateTime<Utc>,
    refetched_at: Option<DateTime<Utc>>,
}

impl Entry {
    fn failed(now: DateTime<Utc>) -> Self {
        Self {
            keys: Arc::default(),
            fresh_until: now + FAILURE_AGE,
            refetched_at: Some(now),
        }
    }

    fn may_refetch(&self, now: DateTime<Utc>) -> bool {
        self.refetched_at.is_none_or(|at| now - at >= REFETCH_PAUSE)
    }
}

impl RemoteKeys {
    /// Nothing fetched yet.
    pub fn over(outbound: Outbound) -> Self {
        Self {
            outbound,
            slots: Mutex::default(),
        }
    }

    /// The keys at `url`, fetched if need be; empty when they cannot be had.
    pub async fn at(&self, url: &str, kid: &str, now: DateTime<Utc>) -> Arc<KeySet> {
        let slot = self.slot(url);
        let mut kept = slot.lock().await;
        let fresh = kept.take().filter(|entry| now < entry.fresh_until);
        let entry = match fresh {
            None => self.fetch(url, None, now).await,
            Some(entry) if entry.keys.find(kid).is_none() && entry.may_refetch(now) => {
                self.fetch(url, Some(entry), now).await
            }
            Some(entry) => entry,
        };
        kept.insert(entry).keys.clone()
    }

    /// Fetches; when that fails, `before` is kept.
    async fn fetch(&self, url: &str, before: Option<Entry>, now: DateTime<Utc>) -> Entry {
        let refetched_at = before.as_ref().map(|_| now);
        match self.read(url).await {
            Ok((keys, age)) => Entry {
                keys: Arc::new(keys),
                fresh_until: now + age,
                refetched_at,
            },
            Err(error) => {
                tracing::warn!(%error, "the keys of a client cannot be fetched");
                before.map_or(Entry::failed(now), |before| Entry {
                    refetched_at,
                    ..before
                })
            }
        }
    }

    async fn read(&self, url: &str) -> Result<(KeySet, TimeDelta), FetchError> {
        let document = self.outbound.fetch(url).await?;
        let set = serde_json::from_slice(&document.body).map_err(|_| FetchError::NotJson)?;
        let keys = KeySet::publish(&set).map_err(|_| FetchError::NoKeySet)?;
        let age = document.max_age.unwrap_or(USUAL_AGE).min(LONGEST_AGE);
        Ok((keys, age))
    }

    fn slot(&self, url: &str) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST_ADDRESSES && !slots.contains_key(url) {
            // Those that nobody waits at; the others are few.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        slots.entry(url.to_owned()).or_default().clone()
    }
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error("the document is not JSON")]
    NotJson,
    #[error("the document is not a set of keys")]
    NoKeySet,
}
