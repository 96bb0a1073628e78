//! Chance as a value: one `ChaCha8` stream per purpose, so that a new purpose moves no old draw.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A stream of draws whose key is a hash of (run seed, owner, label).
#[derive(Debug, Clone)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of `owner` (a patient id or `world`) for the purpose `label`.
    pub(crate) fn open(seed: u64, owner: &str, label: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(owner.as_bytes());
        hash.update([0]);
        hash.update(label.as_bytes());
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// A number from 0 (included) to 1 (excluded) with 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        let high = f64::from(self.0.next_u32() >> 5);
        let low = f64::from(self.0.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// A whole number below `limit`; 0 when `limit` is 0.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(limit);
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u32::try_from((high - low).max(0)).unwrap_or(0);
        low + i64::from(self.below(width.saturating_add(1)))
    }

    /// True with probability `share`.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A bell-shaped draw (sum of twelve uniform ones): exact arithmetic, so every machine agrees; never beyond six `sd`.
    pub(crate) fn normal(&mut self, mean: f64, sd: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.unit()).sum();
        mean + (sum - 6.0) * sd
    }

    /// One of `items`, all equally likely; `None` when there are none.
    pub(crate) fn pick<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        let limit = u32::try_from(items.len()).unwrap_or(u32::MAX);
        items.get(self.below(limit) as usize)
    }

    /// One of `items` by weight; `None` when no weight is positive.
    pub(crate) fn weighted<'t, T>(
        &mut self,
        items: &'t [T],
        weight: impl Fn(&T) -> f64,
    ) -> Option<&'t T> {
        let total: f64 = items.iter().map(&weight).sum();
        let mut rest = self.unit() * total;
        items
            .iter()
            .filter(|item| weight(item) > 0.0)
            .find_or_last(|item| {
                rest -= weight(item);
                rest < 0.0
            })
    }

    /// 128 random bits.
    pub(crate) fn bits(&mut self) -> u128 {
        u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64())
    }
}

/// The first item that fits, or the last one when rounding left none.
trait FindOrLast: Iterator + Sized {
    fn find_or_last(self, mut fits: impl FnMut(&Self::Item) -> bool) -> Option<Self::Item> {
        let mut last = None;
        for item in self {
            if fits(&item) {
                return Some(item);
            }
            last = Some(item);
        }
        last
    }
}

impl<I: Iterator> FindOrLast for I {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_every_part_of_its_key() {
        let draw = |seed, owner, label| Stream::open(seed, owner, label).bits();
        let first = draw(1, "a", "x");
        assert_eq!(first, draw(1, "a", "x"));
        for other in [
            draw(2, "a", "x"),
            draw(1, "b", "x"),
            draw(1, "a", "y"),
            draw(1, "ax", ""),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn draws_stay_in_their_range() {
        let mut stream = Stream::open(1, "t", "range");
        for _ in 0..10_000 {
            assert!((0.0..1.0).contains(&stream.unit()));
            assert!((3..=5).contains(&stream.between(3, 5)));
            assert_eq!(stream.weighted(&[0.0, 1.0], |w| *w), Some(&1.0));
        }
    }
}
