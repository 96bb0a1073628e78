//! Which young access tokens have been used: an app that used the token of an answer has received
//! that answer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::oauth::token::GRACE;
use crate::secret::Digest;

/// Entries before old ones are looked for.
const FEW: usize = 1024;

/// Uses of tokens that are younger than the grace for lost answers; older ones do not matter.
#[derive(Debug, Default)]
pub struct FirstUses(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    issued: HashMap<Digest, DateTime<Utc>>,
    /// Entries at which old ones are looked for next.
    full: usize,
}

impl FirstUses {
    /// Notes the use of a live access token.
    pub fn note(&self, token: Digest, issued_at: DateTime<Utc>, now: DateTime<Utc>) {
        if now - issued_at > GRACE {
            return;
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.issued.insert(token, issued_at);
        if noted.issued.len() > noted.full.max(FEW) {
            noted.issued.retain(|_, issued| now - *issued <= GRACE);
            noted.full = 2 * noted.issued.len();
        }
    }

    /// Whether a token that is younger than the grace was used.
    pub fn holds(&self, token: Digest) -> bool {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.issued.contains_key(&token)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn old_tokens_are_not_noted_and_are_forgotten() {
        let uses = FirstUses::default();
        let start = DateTime::UNIX_EPOCH;
        let late = start + GRACE + TimeDelta::seconds(1);
        uses.note(Digest::of("old"), start, late);
        assert!(!uses.holds(Digest::of("old")));
        for number in 0..FEW {
            uses.note(Digest::of(&number.to_string()), start, start);
        }
        uses.note(Digest::of("new"), late, late);
        assert!(uses.holds(Digest::of("new")));
        assert!(!uses.holds(Digest::of("0")));
    }
}
