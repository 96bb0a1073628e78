//! Chance as an argument: one seeded generator, shared by everything that needs unguessable bytes.

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::{SysError, SysRng};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// A cryptographic generator behind a lock; a draw takes well under a microsecond.
pub struct Random {
    generator: Mutex<ChaCha20Rng>,
}

/// A shared generator, as handlers hold it.
pub type SharedRandom = Arc<Random>;

impl Random {
    /// Seeded once with 256 bits of the operating system's entropy.
    pub fn from_entropy() -> Result<SharedRandom, SysError> {
        ChaCha20Rng::try_from_rng(&mut SysRng).map(Self::from_generator)
    }

    /// Always the same sequence; for tests.
    pub fn seeded(seed: u64) -> SharedRandom {
        Self::from_generator(ChaCha20Rng::seed_from_u64(seed))
    }

    fn from_generator(generator: ChaCha20Rng) -> SharedRandom {
        Arc::new(Self {
            generator: Mutex::new(generator),
        })
    }

    /// `N` fresh bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.generator
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        bytes
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_the_sequence_and_draws_differ() {
        let (one, other) = (Random::seeded(7), Random::seeded(7));
        let first: [u8; 32] = one.bytes();
        assert_eq!(first, other.bytes::<32>());
        assert_ne!(first, one.bytes::<32>());
    }
}
