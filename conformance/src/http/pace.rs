//! The rate, the budget and the clock of a run.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Limits, RequestError};

/// Lets requests go one after the other, no faster and no more than the limits say.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    budget: u32,
    total_time: Duration,
    /// When the first request was wanted: a run may wait for another before it.
    started: OnceLock<Instant>,
    next: Mutex<Option<Instant>>,
    sent: AtomicU32,
    /// Why a request was not sent.
    refused: OnceLock<RequestError>,
}

impl Pace {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            interval: Duration::from_secs_f64(1.0 / limits.rate.clamp(0.1, 10_000.0)),
            budget: limits.requests,
            total_time: limits.total_time,
            started: OnceLock::new(),
            next: Mutex::new(None),
            sent: AtomicU32::new(0),
            refused: OnceLock::new(),
        }
    }

    /// Waits for this request's turn; says how much of the run's time is left.
    pub(crate) async fn turn(&self) -> Result<Duration, RequestError> {
        let turn = self.take_turn().await;
        if let Err(refusal) = &turn {
            let _ = self.refused.set(refusal.clone());
        }
        turn
    }

    /// Why the run could not ask for everything, when it could not.
    pub(crate) fn refused(&self) -> Option<&RequestError> {
        self.refused.get()
    }

    async fn take_turn(&self) -> Result<Duration, RequestError> {
        if self.sent.fetch_add(1, Ordering::Relaxed) >= self.budget {
            return Err(RequestError::BudgetSpent(self.budget));
        }
        let slot = self.take_slot().await;
        self.left_at(slot)?;
        tokio::time::sleep_until(slot).await;
        self.left_at(Instant::now())
    }

    /// Waits because the server asked for it.
    pub(crate) async fn pause(&self, time: Duration) -> Result<(), RequestError> {
        self.left_at(Instant::now() + time)?;
        tokio::time::sleep(time).await;
        Ok(())
    }

    async fn take_slot(&self) -> Instant {
        let mut next = self.next.lock().await;
        let now = Instant::now();
        let slot = next.map_or(now, |next| next.max(now));
        *next = Some(slot + self.interval);
        slot
    }

    fn left_at(&self, instant: Instant) -> Result<Duration, RequestError> {
        let started = *self.started.get_or_init(Instant::now);
        (started + self.total_time)
            .checked_duration_since(instant)
            .filter(|left| !left.is_zero())
            .ok_or(RequestError::TimeSpent(self.total_time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_budget_ends() {
        let pace = Pace::new(&Limits {
            requests: 1,
            ..Limits::default()
        });
        assert!(pace.turn().await.is_ok());
        assert_eq!(pace.turn().await, Err(RequestError::BudgetSpent(1)));
    }

    #[tokio::test]
    async fn the_time_of_a_run_begins_with_its_first_request() {
        let pace = Pace::new(&Limits::default());
        assert!(pace.started.get().is_none());
        assert!(pace.turn().await.is_ok());
        assert!(pace.started.get().is_some() && pace.refused().is_none());
    }

    #[tokio::test]
    async fn a_run_without_time_left_says_so() {
        let limits = Limits {
            total_time: Duration::ZERO,
            ..Limits::default()
        };
        let pace = Pace::new(&limits);
        let spent = RequestError::TimeSpent(Duration::ZERO);
        assert_eq!(pace.turn().await, Err(spent.clone()));
        assert_eq!(pace.refused(), Some(&spent));
    }

    #[tokio::test]
    async fn a_pause_longer_than_the_run_is_refused() {
        let pace = Pace::new(&Limits::default());
        let wait = pace.pause(Duration::from_secs(100_000)).await;
        assert!(matches!(wait, Err(RequestError::TimeSpent(_))));
    }

    #[tokio::test]
    async fn requests_are_spaced() {
        let pace = Pace::new(&Limits {
            rate: 50.0,
            ..Limits::default()
        });
        let start = Instant::now();
        for _ in 0..3 {
            pace.turn().await.unwrap();
        }
        assert!(start.elapsed() >= Duration::from_millis(39));
    }
}
