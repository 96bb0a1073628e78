//! Passwords: argon2id with 19 MiB, two passes, one lane (OWASP's minimum of the memory-hard
//! choices; about 16 ms of a core), on a bounded number of threads so that a storm of sign-ins
//! leaves cores for everything else.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::random::{Random, SharedRandom};
use crate::secret::Secret;

/// Longest password that is hashed, in bytes.
pub const LONGEST: usize = 1024;
/// Fewest characters of a password that a person chooses here.
pub const SHORTEST: usize = 12;
/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many sign-ins may wait.
const QUEUE: usize = 64;

/// A hash of the same cost as any other that no password is known to lead to.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzLg$Bw0BT7sf2m0LkEnc7eHTqtxGhjYLY1Dsp8l022UqFsU";

/// Too many passwords are being checked at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many people are signing in at the moment")]
pub struct Overloaded;

/// A password that cannot be hashed, or a hash that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password hash cannot be made")]
pub struct HashError;

fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// The hash of a password with a fresh salt, as a PHC string. Takes about 16 ms.
pub fn hash(password: &Secret, random: &Random) -> Result<String, HashError> {
    argon2id()
        .hash_password_with_salt(password.expose().as_bytes(), &random.bytes::<16>())
        .map(|hash| hash.to_string())
        .map_err(|_| HashError)
}

/// Whether a text is a PHC string this program can verify.
pub fn is_hash(text: &str) -> bool {
    PasswordHash::new(text).is_ok()
}

fn verify(password: &Secret, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        argon2id()
            .verify_password(password.expose().as_bytes(), &hash)
            .is_ok()
    })
}

/// Whether a person may choose this password: long enough, not too long; nothing else makes one
/// better (NIST SP 800-63B §5.1.1.2).
pub fn is_acceptable(password: &Secret) -> bool {
    let text = password.expose();
    text.len() <= LONGEST && text.chars().count() >= SHORTEST
}

/// Checks passwords, a few at a time.
#[derive(Debug)]
pub struct PasswordChecker {
    running: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Default for PasswordChecker {
    /// Checks on all cores but one, at least one.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            running: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))),
            waiting: Semaphore::new(QUEUE),
        }
    }
}

impl PasswordChecker {
    /// Whether `password` belongs to `hash`. Without a hash, that is for an unknown user, the same
    /// work is done and the answer is no.
    pub async fn check(&self, password: Secret, hash: Option<String>) -> Result<bool, Overloaded> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let matches = self.in_turn(move || verify(&password, &hash)).await?;
        Ok(matches && known)
    }

    /// The hash of a new password.
    pub async fn hash(&self, password: Secret, random: SharedRandom) -> Result<String, Overloaded> {
        let made = self.in_turn(move || hash(&password, &random)).await?;
        made.map_err(|_| Overloaded)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        let _place = self.waiting.try_acquire().map_err(|_| Overloaded)?;
        let turn = Arc::clone(&self.running).acquire_owned();
        let turn = tokio::time::timeout(PATIENCE, turn)
            .await
            .map_err(|_| Overloaded)?
            .map_err(|_| Overloaded)?;
        // The turn goes with the work: it is not given back when the browser goes away.
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Overloaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_verifies_its_password_only() {
        let hash = hash(&Secret::new("correct"), &Random::seeded(1)).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify(&Secret::new("correct"), &hash));
        assert!(!verify(&Secret::new("Correct"), &hash));
        assert!(!verify(&Secret::new("correct"), "not a hash"));
    }

    #[test]
    fn nobody_costs_as_much_as_anybody() {
        let made = hash(&Secret::new("x"), &Random::seeded(1)).unwrap();
        let parameters = |text: &str| text.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(parameters(NOBODY), parameters(&made));
        assert_eq!(NOBODY.len(), made.len());
        assert!(is_hash(NOBODY));
    }

    #[test]
    fn the_published_passwords_are_those_of_the_hashes_beside_them() {
        let file = include_str!("../../demo/users.json");
        let file: serde_json::Value = serde_json::from_str(file).unwrap();
        for user in file["users"].as_array().unwrap() {
            let text = |name: &str| user[name].as_str().unwrap();
            assert!(verify(&Secret::new(text("password")), text("passwordHash")));
        }
    }

    #[tokio::test]
    async fn an_unknown_user_never_matches() {
        let checker = PasswordChecker::default();
        assert_eq!(checker.check(Secret::new("x"), None).await, Ok(false));
    }
}
