//! Proofs that were accepted, so that none is accepted twice.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Proof, WINDOW};

/// Proofs of one generation at most; further ones are refused until the next begins.
const MOST: usize = 500_000;

/// A memory of accepted proofs in two generations, bounded in size. Each lasts as long as a proof can
/// be accepted, so what falls out of both is too old anyway.
#[derive(Debug, Default)]
pub struct Replays {
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    began: DateTime<Utc>,
    current: HashSet<[u8; 16]>,
    former: HashSet<[u8; 16]>,
}

impl Replays {
    /// Remembers a proof; false when it was accepted before, or cannot be remembered.
    pub fn remember(&self, proof: &Proof, now: DateTime<Utc>) -> bool {
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        generations.turn(now);
        let fresh =
            !generations.former.contains(&proof.identity) && generations.current.len() < MOST;
        fresh && generations.current.insert(proof.identity)
    }
}

impl Generations {
    /// Begins a new generation when the current one has lasted for as long as a proof is good.
    fn turn(&mut self, now: DateTime<Utc>) {
        let span: TimeDelta = WINDOW + WINDOW;
        let age = now - self.began;
        if age <= span {
            return;
        }
        let current = std::mem::take(&mut self.current);
        self.former = if age <= span + span {
            current
        } else {
            HashSet::new()
        };
        self.began = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(number: u8) -> Proof {
        Proof {
            thumbprint: String::new(),
            identity: [number; 16],
        }
    }

    #[test]
    fn a_proof_is_new_once_for_as_long_as_it_could_be_accepted() {
        let replays = Replays::default();
        let start = DateTime::from_timestamp(1_000_000, 0).unwrap();
        assert!(replays.remember(&proof(1), start));
        for seconds in [0, 60, 119, 120] {
            let later = start + TimeDelta::seconds(seconds);
            assert!(!replays.remember(&proof(1), later), "{seconds}");
        }
        // Learned at the end of a generation, it must outlive the next one's beginning.
        assert!(replays.remember(&proof(2), start + TimeDelta::seconds(120)));
        assert!(!replays.remember(&proof(2), start + TimeDelta::seconds(240)));
        assert!(replays.remember(&proof(1), start + TimeDelta::seconds(600)));
    }
}
