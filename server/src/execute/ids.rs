//! Logical ids for new resources: version 4 UUIDs that nobody can guess.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

/// Makes ids from 256 random bits and a counter.
#[derive(Clone)]
pub struct Ids {
    secret: [u8; 32],
    next: Arc<AtomicU64>,
}

impl Ids {
    /// `secret` is 256 random bits that no other start has.
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secret,
            next: Arc::default(),
        }
    }

    /// An id that was never given before.
    pub fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let digest = Sha256::new()
            .chain_update(self.secret)
            .chain_update(number.to_be_bytes())
            .finalize();
        let hex: String = digest.iter().take(16).fold(String::new(), |mut hex, byte| {
            use std::fmt::Write as _;
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        // Version 4 and the variant of RFC 9562.
        format!(
            "{}-{}-4{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..32]
        )
    }
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Ids(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_legal_and_differ() {
        let ids = Ids::new([3; 32]);
        let (one, two) = (ids.next(), ids.next());
        assert_ne!(one, two);
        assert!(crate::search::reference::is_id(&one) && one.len() == 36);
        assert_ne!(Ids::new([4; 32]).next(), one);
    }
}
