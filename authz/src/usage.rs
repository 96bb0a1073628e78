//! How often the tokens of a consent are used. A resource server asks about the token of each
//! request; what it asks is counted in memory and written down by day now and then. A resource server
//! that remembers answers for a moment asks less often than it is asked.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// Days since the epoch, so that the days of UTC are counted apart.
pub type Day = i64;

/// What was counted and is not written down yet.
#[derive(Debug, Default)]
pub struct Usage(Mutex<HashMap<(i64, Day), u32>>);

/// The day of an instant.
pub fn day(now: DateTime<Utc>) -> Day {
    now.timestamp().div_euclid(86_400)
}

impl Usage {
    /// Counts a use of a token of this family.
    pub fn count(&self, family: i64, now: DateTime<Utc>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((family, day(now))).or_default() += 1;
    }

    /// What was counted since it was taken last.
    pub fn take(&self) -> Vec<(i64, Day, u32)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = counts.drain();
        taken
            .map(|((family, day), count)| (family, day, count))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_counted_by_family_and_day_and_taken_once() {
        let usage = Usage::default();
        let later = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(1);
        for (family, at) in [
            (1, DateTime::UNIX_EPOCH),
            (1, later),
            (1, later),
            (2, later),
        ] {
            usage.count(family, at);
        }
        let mut taken = usage.take();
        taken.sort_unstable();
        assert_eq!(taken, [(1, 0, 1), (1, 1, 2), (2, 1, 1)]);
        assert!(usage.take().is_empty());
    }
}
