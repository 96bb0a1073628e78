//! Passwords: argon2id with 19 MiB, two passes, one lane (OWASP's minimum of the memory-hard
//! choices; about 16 ms of a core), on a bounded number of threads that give way, so that a storm of
//! sign-ins leaves the cores to everything else.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::aside::Aside;
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

/// A hash of the same cost as any other that no password is known to lead to. Every hash has this cost:
/// the users file must give such ([`is_current`]), and one that was made at another cost by an earlier
/// version is made anew when its owner signs in.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzLg$Bw0BT7sf2m0LkEnc7eHTqtxGhjYLY1Dsp8l022UqFsU";

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

/// Whether a text is a PHC string of today's cost.
pub fn is_current(text: &str) -> bool {
    let whole =
        PasswordHash::new(text).is_ok_and(|hash| hash.salt.is_some() && hash.hash.is_some());
    whole && cost(text) == cost(NOBODY)
}

/// Algorithm, version and parameters of a PHC string.
pub fn cost(hash: &str) -> &str {
    let end = hash.match_indices('$').nth(3).map(|(at, _)| at);
    &hash[..end.unwrap_or(hash.len())]
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

/// Whether a password leads to a hash.
type Verify = dyn Fn(&Secret, &str) -> bool + Send + Sync;

/// Checks passwords, a few at a time.
pub struct PasswordChecker {
    running: Arc<Semaphore>,
    waiting: Semaphore,
    aside: Aside,
    verify: Arc<Verify>,
}

impl Default for PasswordChecker {
    /// Checks on all cores but one, at least one.
    fn default() -> Self {
        Self::verifying_with(verify)
    }
}

impl std::fmt::Debug for PasswordChecker {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("PasswordChecker")
    }
}

/// Passwords that are checked at a time: one for each core but one, at least one.
fn at_once() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).max(1)
}

impl PasswordChecker {
    /// One that does this work for each password.
    pub fn verifying_with(verify: impl Fn(&Secret, &str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            running: Arc::new(Semaphore::new(at_once())),
            waiting: Semaphore::new(QUEUE),
            aside: Aside::default(),
            verify: Arc::new(verify),
        }
    }

    /// Whether `password` belongs to `hash`. Without a hash, that is for an unknown user, the same
    /// work is done and the answer is no.
    pub async fn check(&self, password: Secret, hash: Option<String>) -> Result<bool, Overloaded> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let verify = Arc::clone(&self.verify);
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
        self.aside.run(work).await.ok_or(Overloaded)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use futures_util::future::join_all;

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
        assert_eq!(cost(NOBODY), cost(&made));
        assert_eq!(NOBODY.len(), made.len());
        assert!(is_current(NOBODY) && is_current(&made));
        for other in [
            made.replace("m=19456", "m=65536"),
            made.replace("t=2", "t=3"),
            made.replace("p=1", "p=2"),
            made.replace("argon2id", "argon2i"),
            cost(&made).to_owned(),
            "not a hash".to_owned(),
        ] {
            assert!(!is_current(&other), "{other}");
        }
    }

    /// A door that verifications wait at, and how many ever waited there together.
    #[derive(Default)]
    struct Door {
        state: Mutex<(bool, usize, usize)>,
        moved: Condvar,
    }

    impl Door {
        fn pass(&self) {
            let mut state = self.state.lock().unwrap();
            state.1 += 1;
            state.2 = state.2.max(state.1);
            self.moved.notify_all();
            let mut state = self.moved.wait_while(state, |state| !state.0).unwrap();
            state.1 -= 1;
        }

        fn open(&self) -> usize {
            let mut state = self.state.lock().unwrap();
            state.0 = true;
            self.moved.notify_all();
            state.2
        }
    }

    #[tokio::test]
    async fn a_storm_keeps_to_its_threads_and_its_queue_and_the_rest_are_told_to_wait() {
        let door = Arc::new(Door::default());
        let held = Arc::clone(&door);
        let checker = PasswordChecker::verifying_with(move |_, _| {
            held.pass();
            true
        });
        let attempt = || checker.check(Secret::new("x"), Some(NOBODY.to_owned()));
        let storm = join_all((0..QUEUE).map(|_| attempt()));
        let late = async {
            // This runs on the one thread of the runtime, while every verification is held up: if one
            // of them were on this thread, nothing here would ever happen.
            while door.state.lock().unwrap().1 < at_once() {
                tokio::task::yield_now().await;
            }
            let more = join_all((0..3 * QUEUE).map(|_| attempt())).await;
            assert!(more.iter().all(|answer| *answer == Err(Overloaded)));
            door.open()
        };
        let (served, most) = tokio::join!(storm, late);
        assert!(served.iter().all(|answer| *answer == Ok(true)));
        assert_eq!(most, at_once());
        assert_eq!(door.open(), at_once());
        // And afterwards there is room again.
        assert_eq!(attempt().await, Ok(true));
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
