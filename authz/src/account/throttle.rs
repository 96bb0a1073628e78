//! Limits on trying, counted in sliding windows in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Keys that are remembered at most; when there are more, ended windows are dropped.
const MOST_KEYS: usize = 10_000;

/// So many events in so much time.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Events that are allowed.
    pub count: usize,
    /// In this time.
    pub window: TimeDelta,
}

/// Failed sign-ins of one account from one address.
pub const ACCOUNT_FROM_ADDRESS: Limit = Limit {
    count: 5,
    window: TimeDelta::seconds(60),
};
/// Failed sign-ins from one address, whatever the account.
pub const ADDRESS: Limit = Limit {
    count: 30,
    window: TimeDelta::seconds(60),
};
/// Failed sign-ins of one account, whatever the address. Short, so that nobody can lock a person
/// out for long by failing on purpose.
pub const ACCOUNT: Limit = Limit {
    count: 20,
    window: TimeDelta::seconds(60),
};
/// Introspections of tokens that mean nothing, by one client.
pub const MISSED_INTROSPECTIONS: Limit = Limit {
    count: 1000,
    window: TimeDelta::seconds(60),
};

/// The limit is reached; a try makes sense again after this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; try again in {seconds} s")]
pub struct TooMany {
    /// Seconds to wait.
    pub seconds: i64,
}

/// Counts events by key.
#[derive(Debug, Default)]
pub struct Throttle {
    windows: Mutex<HashMap<String, VecDeque<DateTime<Utc>>>>,
}

impl Throttle {
    /// Whether one more event of `key` fits into `limit`; does not count it.
    pub fn admit(&self, key: &str, limit: Limit, now: DateTime<Utc>) -> Result<(), TooMany> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(events) = windows.get_mut(key) else {
            return Ok(());
        };
        forget(events, limit, now);
        match events.front() {
            Some(oldest) if events.len() >= limit.count => Err(TooMany {
                seconds: (*oldest + limit.window - now).num_seconds().max(1),
            }),
            _ => Ok(()),
        }
    }

    /// Counts an event of `key`.
    pub fn count(&self, key: &str, limit: Limit, now: DateTime<Utc>) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MOST_KEYS && !windows.contains_key(key) {
            windows
                .retain(|_, events| events.back().is_some_and(|last| now - *last < limit.window));
        }
        if windows.len() < MOST_KEYS || windows.contains_key(key) {
            let events = windows.entry(key.to_owned()).or_default();
            forget(events, limit, now);
            events.push_back(now);
        }
    }

    /// Forgets the events of `key`.
    pub fn clear(&self, key: &str) {
        self.windows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

fn forget(events: &mut VecDeque<DateTime<Utc>>, limit: Limit, now: DateTime<Utc>) {
    while events
        .front()
        .is_some_and(|oldest| now - *oldest >= limit.window)
        || events.len() > limit.count
    {
        events.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_until_the_window_has_passed() {
        let throttle = Throttle::default();
        let now = DateTime::UNIX_EPOCH;
        for _ in 0..ACCOUNT_FROM_ADDRESS.count {
            assert_eq!(throttle.admit("a", ACCOUNT_FROM_ADDRESS, now), Ok(()));
            throttle.count("a", ACCOUNT_FROM_ADDRESS, now);
        }
        let refused = throttle.admit("a", ACCOUNT_FROM_ADDRESS, now);
        assert_eq!(refused, Err(TooMany { seconds: 60 }));
        assert_eq!(throttle.admit("b", ACCOUNT_FROM_ADDRESS, now), Ok(()));
        let later = now + ACCOUNT_FROM_ADDRESS.window;
        assert_eq!(throttle.admit("a", ACCOUNT_FROM_ADDRESS, later), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for key in 0..MOST_KEYS + 100 {
            throttle.count(&key.to_string(), ADDRESS, DateTime::UNIX_EPOCH);
        }
        assert!(throttle.windows.lock().unwrap().len() <= MOST_KEYS);
    }
}
