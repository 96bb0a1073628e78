//! Tokens that were looked up a moment ago. A client reads many times with one token, and every
//! look into the database costs more than all the rest of its introspection.
//!
//! What is kept counts for one edition of the database: any commit begins another one before it is
//! acknowledged, so a revocation is in force when the answer to it arrives.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::tokens::LiveToken;
use crate::secret::Digest;

/// Tokens kept at most; about a kilobyte each.
const MOST: usize = 4096;

/// Which commit the database is at.
#[derive(Debug, Clone, Default)]
pub struct Edition(Arc<AtomicU64>);

impl Edition {
    /// The present one. Ask before reading what is kept under it.
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Something was committed.
    pub fn next(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Tokens found in one edition.
#[derive(Debug, Default)]
pub struct Recent(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    edition: u64,
    tokens: HashMap<[u8; 32], LiveToken>,
}

impl Recent {
    /// The token, if it was found in this edition and is still good.
    pub fn find(&self, digest: Digest, edition: u64, now: DateTime<Utc>) -> Option<LiveToken> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.edition != edition {
            return None;
        }
        let live = kept.tokens.get(&digest.bytes())?;
        (live.good_until > now).then(|| live.clone())
    }

    /// Keeps what was found in this edition.
    pub fn keep(&self, digest: Digest, edition: u64, live: &LiveToken) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.edition > edition {
            return;
        }
        if kept.edition < edition || kept.tokens.len() >= MOST {
            kept.tokens.clear();
            kept.edition = edition;
        }
        kept.tokens.insert(digest.bytes(), live.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(good_until: DateTime<Utc>) -> LiveToken {
        LiveToken {
            family: None,
            client_id: "c".into(),
            subject: "c".into(),
            patient: None,
            encounter: None,
            fhir_user: None,
            scopes: "system/*.rs".into(),
            jkt: None,
            issued_at: DateTime::UNIX_EPOCH,
            expires_at: good_until,
            good_until,
        }
    }

    #[test]
    fn what_was_kept_ends_with_its_edition_and_its_time() {
        let (recent, edition) = (Recent::default(), Edition::default());
        let (digest, start) = (Digest::of("t"), DateTime::UNIX_EPOCH);
        let end = start + chrono::TimeDelta::seconds(10);
        recent.keep(digest, edition.now(), &live(end));
        assert!(recent.find(digest, edition.now(), start).is_some());
        assert!(recent.find(digest, edition.now(), end).is_none());
        assert!(recent.find(Digest::of("u"), edition.now(), start).is_none());
        let before = edition.now();
        edition.next();
        assert!(recent.find(digest, edition.now(), start).is_none());
        // Whoever read before the commit keeps nothing that counts after it.
        recent.keep(digest, before, &live(end));
        assert!(recent.find(digest, edition.now(), start).is_none());
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let recent = Recent::default();
        let end = DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(10);
        for at in 0..3 * MOST {
            recent.keep(Digest::of(&at.to_string()), 0, &live(end));
        }
        assert!(recent.0.lock().unwrap().tokens.len() <= MOST);
    }
}
