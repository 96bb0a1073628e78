//! Limits on trying, counted in sliding windows in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Keys that are remembered at most. When there are more, ended windows are dropped, and if that is
/// not enough those that end first: a flood of new keys must not leave the newest uncounted.
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

/// Failed authentications of one client from one address. An assertion that is sent again and again
/// by a client with many workers is a mistake worth a plain answer each time, so there is room.
pub const CLIENT_FROM_ADDRESS: Limit = Limit {
    count: 100,
    window: TimeDelta::seconds(60),
};

/// The limit is reached; a try makes sense again after this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; try again in {seconds} s")]
pub struct TooMany {
    /// Seconds to wait.
    pub seconds: i64,
}

/// The events of one key.
#[derive(Debug, Default)]
struct Window {
    events: VecDeque<DateTime<Utc>>,
    /// When the newest event no longer counts.
    ends_at: DateTime<Utc>,
}

/// Counts events by key, in bounded memory.
#[derive(Debug, Default)]
pub struct Throttle {
    windows: Mutex<Windows>,
}

impl Throttle {
    /// Whether one more event of `key` fits into `limit`; does not count it.
    pub fn admit(&self, key: &str, limit: Limit, now: DateTime<Utc>) -> Result<(), TooMany> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        admit(&mut windows, key, limit, now)
    }

    /// Counts an event of `key` if it still fits into `limit`. What takes a while must not be let in by
    /// what was known before: whoever guesses many times at once is told no more than `limit` answers.
    pub fn count_within(&self, key: &str, limit: Limit, now: DateTime<Utc>) -> Result<(), TooMany> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        admit(&mut windows, key, limit, now)?;
        count(&mut windows, key, limit, now);
        Ok(())
    }

    /// Counts an event of `key`.
    pub fn count(&self, key: &str, limit: Limit, now: DateTime<Utc>) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut windows, key, limit, now);
    }

    /// Forgets the events of `key`.
    pub fn clear(&self, key: &str) {
        self.windows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

type Windows = HashMap<String, Window>;

fn admit(
    windows: &mut Windows,
    key: &str,
    limit: Limit,
    now: DateTime<Utc>,
) -> Result<(), TooMany> {
    let Some(window) = windows.get_mut(key) else {
        return Ok(());
    };
    window.forget(limit, now);
    match window.events.front() {
        Some(oldest) if window.events.len() >= limit.count => Err(TooMany {
            seconds: (*oldest + limit.window - now).num_seconds().max(1),
        }),
        _ => Ok(()),
    }
}

fn count(windows: &mut Windows, key: &str, limit: Limit, now: DateTime<Utc>) {
    if windows.len() >= MOST_KEYS && !windows.contains_key(key) {
        make_room(windows, now);
    }
    let window = windows.entry(key.to_owned()).or_default();
    window.forget(limit, now);
    window.events.push_back(now);
    window.ends_at = now + limit.window;
}

impl Window {
    fn forget(&mut self, limit: Limit, now: DateTime<Utc>) {
        let has_ended = |oldest: &DateTime<Utc>| now - *oldest >= limit.window;
        while self.events.front().is_some_and(has_ended) || self.events.len() > limit.count {
            self.events.pop_front();
        }
    }
}

/// Drops ended windows; if that is not enough, the half that ends first.
fn make_room(windows: &mut Windows, now: DateTime<Utc>) {
    windows.retain(|_, window| now < window.ends_at);
    if windows.len() < MOST_KEYS {
        return;
    }
    let mut ends: Vec<DateTime<Utc>> = windows.values().map(|window| window.ends_at).collect();
    let half = ends.len() / 2;
    let (_, median, _) = ends.select_nth_unstable(half);
    let median = *median;
    let mut surplus = half;
    windows.retain(|_, window| {
        let goes = surplus > 0 && window.ends_at <= median;
        surplus -= usize::from(goes);
        !goes
    });
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

    #[test]
    fn a_flood_of_new_keys_leaves_the_newest_counted() {
        let throttle = Throttle::default();
        let now = DateTime::UNIX_EPOCH;
        for key in 0..3 * MOST_KEYS {
            throttle.count(&key.to_string(), ADDRESS, now);
        }
        for _ in 0..ACCOUNT_FROM_ADDRESS.count {
            throttle.count("new", ACCOUNT_FROM_ADDRESS, now);
        }
        assert!(throttle.admit("new", ACCOUNT_FROM_ADDRESS, now).is_err());
    }
}
