//! Users files, and what becomes of an account whose entry is another than before.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;

use super::password;
use super::person::{Patient, Person};
use super::role::Role;
use super::seed::SeedError;
use crate::random::Random;
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::users::{self, Standing};

/// A users file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsersFile {
    /// The people.
    pub users: Vec<UserEntry>,
}

/// One person of a users file. A password counts only when the account is new, a hash when it is
/// another than the file gave before: what the person chose since stands until the operator resets it.
/// Both are a password that is published, with its hash made beforehand: they count when the account
/// is new.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct UserEntry {
    /// What they type to sign in.
    pub username: String,
    /// What they are called.
    pub name: String,
    /// In clear, for accounts that are made here.
    pub password: Option<Secret>,
    password_hash: Option<String>,
    fhir_user: Option<String>,
    #[serde(default)]
    role: Role,
    /// The patients they may act for.
    pub patients: Vec<Patient>,
}

impl UserEntry {
    /// The hash to store: a given one that is new, or the stored one, or one that is made here.
    fn hash(&self, before: Option<&Standing>, random: &Random) -> Result<String, SeedError> {
        let stored = before.map(|before| &before.password_hash);
        match (&self.password_hash, &self.password) {
            (Some(given), None) if password::is_current(given) => {
                let known =
                    before.is_some_and(|before| before.planted_hash.as_ref() == Some(given));
                Ok(stored.filter(|_| known).unwrap_or(given).clone())
            }
            (None, Some(secret)) => match stored {
                Some(stored) => Ok(stored.clone()),
                None => Ok(password::hash(secret, random)?),
            },
            (Some(made), Some(_)) if password::is_current(made) => {
                Ok(stored.unwrap_or(made).clone())
            }
            _ => Err(SeedError::Entry(format!(
                "user {} needs either password or passwordHash, a PHC string that begins with {}$ \
                 (another cost would tell its owner's name from unknown ones)",
                self.username,
                password::cost(password::NOBODY)
            ))),
        }
    }

    /// Writes the account. When the operator gave another password, role or FHIR resource, everything
    /// the person had open or agreed to ends.
    pub fn plant(
        self,
        connection: &Connection,
        source: &'static str,
        random: &Random,
        now: DateTime<Utc>,
    ) -> Result<(), SeedError> {
        let before = users::standing(connection, &self.username)?;
        let hash = self.hash(before.as_ref(), random)?;
        let planted = self.password_hash.clone();
        let person = self.person(random);
        users::save(connection, &person, (&hash, planted.as_deref()), source)?;
        let Some(before) = before else {
            return Ok(());
        };
        let reset = before.password_hash != hash;
        let other = before.role != person.role || before.fhir_user != person.fhir_user;
        if reset || other {
            users::end_everything(connection, before.id, now)?;
            let event = if reset {
                Event::PasswordChange
            } else {
                Event::Revocation
            };
            Entry::new(event, "by-operator", now)
                .by_user(before.id)
                .append(connection)?;
        }
        Ok(())
    }

    /// The person, with a fresh subject that counts only when the account is new.
    fn person(self, random: &Random) -> Person {
        Person {
            id: 0,
            username: self.username,
            subject: Secret::generate(random).expose().to_owned(),
            name: self.name,
            role: self.role,
            fhir_user: self.fhir_user,
            patients: self.patients,
        }
    }
}
