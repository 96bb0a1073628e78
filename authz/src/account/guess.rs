//! One attempt to sign in. Whether there is an account of that name must not be told by the work that
//! is done: one statement, and one verification of the same cost, for every name.

use super::password::{self, Overloaded, PasswordChecker};
use super::person::Person;
use crate::random::SharedRandom;
use crate::secret::Secret;
use crate::store::{Store, StoreError, users};

/// Somebody who knows the password of an account.
#[derive(Debug)]
pub struct Recognised {
    /// Who.
    pub person: Person,
    /// Another hash of the password, when the stored one was made at another cost than today's.
    pub renewed: Option<String>,
}

/// What an attempt came to.
#[derive(Debug)]
pub enum Guess {
    /// Name and password are somebody's.
    Right(Recognised),
    /// They are not; the row of the account that has the name, if there is one.
    Wrong(Option<i64>),
}

/// Who has this name and this password, if anybody. The person is only read once the password has
/// turned out to be right.
pub async fn recognise<E: From<StoreError> + From<Overloaded>>(
    store: &Store,
    passwords: &PasswordChecker,
    random: &SharedRandom,
    (username, secret): (&str, Secret),
) -> Result<Guess, E> {
    let found = store.read(|connection| users::credentials(connection, username))?;
    let (user, hash) = found.unzip();
    if !passwords.check(secret.clone(), hash.clone()).await? {
        return Ok(Guess::Wrong(user));
    }
    let person = match user {
        Some(user) => store.read(|connection| users::find(connection, user))?,
        None => None,
    };
    let Some(person) = person else {
        return Ok(Guess::Wrong(user));
    };
    let renewed = match hash.filter(|hash| !password::is_current(hash)) {
        Some(_) => Some(passwords.hash(secret, random.clone()).await?),
        None => None,
    };
    Ok(Guess::Right(Recognised { person, renewed }))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use chrono::DateTime;
    use rusqlite::trace::{TraceEvent, TraceEventCodes};

    use super::*;
    use crate::account::seed::Seeds;
    use crate::configuration::{Configuration, Database};
    use crate::random::Random;

    #[derive(Debug)]
    struct Failed;

    impl From<StoreError> for Failed {
        fn from(_: StoreError) -> Self {
            Self
        }
    }

    impl From<Overloaded> for Failed {
        fn from(_: Overloaded) -> Self {
            Self
        }
    }

    static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[expect(clippy::needless_pass_by_value, reason = "the signature is SQLite's")]
    fn note(event: TraceEvent<'_>) {
        if let TraceEvent::Stmt(_, text) = event {
            STATEMENTS.lock().unwrap().push(text.to_owned());
        }
    }

    #[tokio::test]
    async fn a_failed_sign_in_does_the_same_work_for_every_name() {
        let store = Store::open(&Database::Memory).unwrap();
        let random = Random::seeded(1);
        let seeds = Seeds::gather(&Configuration::default()).unwrap();
        let chance = random.clone();
        store
            .write(move |tx| seeds.plant(tx, &chance, DateTime::UNIX_EPOCH))
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let costs = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&costs);
        let passwords = PasswordChecker::verifying_with(move |_, hash| {
            noted.lock().unwrap().push(password::cost(hash).to_owned());
            false
        });
        store
            .read(|connection| {
                connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
                Ok(())
            })
            .unwrap();
        let mut work = Vec::new();
        for name in ["daniel-adams", "nobody", "", "daniel-adams\u{301}", "rs"] {
            STATEMENTS.lock().unwrap().clear();
            costs.lock().unwrap().clear();
            let guess = (name, Secret::new("wrong"));
            let found = recognise::<Failed>(&store, &passwords, &random, guess).await;
            assert!(matches!(found.unwrap(), Guess::Wrong(_)), "{name}");
            work.push((
                STATEMENTS.lock().unwrap().clone(),
                costs.lock().unwrap().clone(),
            ));
        }
        let (statements, costs) = &work[0];
        assert_eq!((statements.len(), costs.len()), (1, 1));
        assert_eq!(costs[0], "$argon2id$v=19$m=19456,t=2,p=1");
        assert!(work.iter().all(|other| *other == work[0]), "{work:?}");
    }
}
