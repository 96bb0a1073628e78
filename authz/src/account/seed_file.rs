//! Users and clients files.

use rusqlite::Connection;
use serde::Deserialize;
use smart::scope::ScopeSet;

use super::password;
use super::person::{Patient, Person};
use super::seed::SeedError;
use crate::oauth::client::{AuthMethod, Client, Source};
use crate::oauth::redirect;
use crate::random::Random;
use crate::secret::Secret;
use crate::store::users;

/// A users file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsersFile {
    /// The people.
    pub users: Vec<UserEntry>,
}

/// One person of a users file. Exactly one of `password` and `password_hash` is given; a password
/// counts only when the account is new, a hash always.
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
    /// The patients they may act for.
    pub patients: Vec<Patient>,
}

/// A clients file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientsFile {
    /// The apps.
    pub clients: Vec<ClientEntry>,
}

/// One app of a clients file; members as in RFC 7591 where it has a word for them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientEntry {
    /// `client_id`
    pub client_id: String,
    client_name: String,
    token_endpoint_auth_methods: Vec<String>,
    /// The secret of a confidential client.
    pub client_secret: Option<Secret>,
    /// Exact redirect URIs.
    pub redirect_uris: Vec<String>,
    scope: String,
    #[serde(default)]
    pkce_optional: bool,
}

impl UserEntry {
    /// The hash to store: the given one, or the stored one, or a new one.
    pub fn hash(&self, connection: &Connection, random: &Random) -> Result<String, SeedError> {
        match (&self.password_hash, &self.password) {
            (Some(hash), None) if password::is_hash(hash) => Ok(hash.clone()),
            (None, Some(secret)) => match users::password_hash(connection, &self.username)? {
                Some(stored) => Ok(stored),
                None => Ok(password::hash(secret, random)?),
            },
            _ => Err(SeedError::Entry(format!(
                "user {} needs either password or passwordHash (a PHC string)",
                self.username
            ))),
        }
    }

    /// The person, with a fresh subject that counts only when the account is new.
    pub fn person(self, random: &Random) -> Person {
        Person {
            id: 0,
            username: self.username,
            subject: Secret::generate(random).expose().to_owned(),
            name: self.name,
            fhir_user: self.fhir_user,
            patients: self.patients,
        }
    }
}

impl ClientEntry {
    /// The client, if the entry makes sense.
    pub fn client(self, source: Source) -> Result<Client, SeedError> {
        let entry_error = |why: &str| SeedError::Entry(format!("client {}: {why}", self.client_id));
        let methods = self
            .token_endpoint_auth_methods
            .iter()
            .map(|word| AuthMethod::parse(word))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| entry_error("an authentication method is not known"))?;
        let public = methods == [AuthMethod::None];
        if methods.is_empty() || public != self.client_secret.is_none() {
            return Err(entry_error(
                "a client has a secret unless its only method is none",
            ));
        }
        if !self
            .redirect_uris
            .iter()
            .all(|uri| redirect::may_be_registered(uri))
        {
            return Err(entry_error("a redirect URI is not safe"));
        }
        Ok(Client {
            name: self.client_name,
            source,
            methods,
            secret: self.client_secret.as_ref().map(Secret::digest),
            secret_expires_at: None,
            redirect_uris: self.redirect_uris,
            scopes: ScopeSet::parse(&self.scope).known,
            pkce_optional: self.pkce_optional,
            introspects_all: false,
            disabled: false,
            id: self.client_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_with_a_half_secret_is_refused() {
        let text = r#"{"clients":[{"client_id":"x","client_name":"x","redirect_uris":[],"scope":"","token_endpoint_auth_methods":["none"],"client_secret":"s"}]}"#;
        let file: ClientsFile = serde_json::from_str(text).unwrap();
        let error = file
            .clients
            .into_iter()
            .next()
            .unwrap()
            .client(Source::File);
        assert!(matches!(error, Err(SeedError::Entry(_))));
    }
}
