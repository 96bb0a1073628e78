//! Accounts and clients that are there from the start: published ones in the demo profile, the
//! operator's files in any, and the resource server.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::de::DeserializeOwned;
use smart::scope::ScopeSet;

use super::client_file::ClientsFile;
use super::demo::{DemoAccounts, DemoClient, DemoUser};
use super::password;
use super::user_file::{UserEntry, UsersFile};
use crate::configuration::{Configuration, Profile};
use crate::oauth::claims::IdTokenAlgorithm;
use crate::oauth::client::{AuthMethod, Client, Rules, Source};
use crate::oauth::presentation::Presentation;
use crate::oauth::reach::Reach;
use crate::random::Random;
use crate::store::{StoreError, clients, outdated, users};

/// Why the seeds cannot be planted.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path} is not valid: {source}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why, with line and column.
        source: serde_json::Error,
    },
    /// One entry makes no sense.
    #[error("{0}")]
    Entry(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A password cannot be hashed.
    #[error(transparent)]
    Hash(#[from] password::HashError),
}

impl From<rusqlite::Error> for SeedError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Everything that is to be there from the start.
#[derive(Debug)]
pub struct Seeds {
    users: Vec<(UserEntry, &'static str)>,
    clients: Vec<Client>,
    /// What may be printed and shown.
    pub demo: DemoAccounts,
}

impl Seeds {
    /// Collects the seeds of a configuration.
    pub fn gather(configuration: &Configuration) -> Result<Self, SeedError> {
        let demo = configuration.profile == Profile::Demo;
        let reach = configuration.profile.reach();
        let mut seeds = Self {
            users: vec![],
            clients: vec![],
            demo: DemoAccounts::default(),
        };
        match &configuration.users {
            Some(path) => seeds.add_users(read_file::<UsersFile>(path)?, "file"),
            None if demo => {
                seeds.add_users(
                    embedded(include_str!("../../demo/users.json"), "demo users")?,
                    "demo",
                );
            }
            None => {}
        }
        if demo {
            let file = embedded(include_str!("../../demo/clients.json"), "demo clients")?;
            seeds.add_clients(file, Source::Demo, reach)?;
        }
        if let Some(path) = &configuration.clients {
            seeds.add_clients(read_file::<ClientsFile>(path)?, Source::File, reach)?;
        }
        seeds.add_resource_server(configuration);
        Ok(seeds)
    }

    fn add_users(&mut self, file: UsersFile, source: &'static str) {
        if source == "demo" {
            self.demo.users = file.users.iter().filter_map(DemoUser::of).collect();
        }
        self.users
            .extend(file.users.into_iter().map(|user| (user, source)));
    }

    fn add_clients(
        &mut self,
        file: ClientsFile,
        source: Source,
        reach: Reach,
    ) -> Result<(), SeedError> {
        if source == Source::Demo {
            self.demo.clients = file.clients.iter().map(DemoClient::of).collect();
        }
        for entry in file.clients {
            self.clients.push(entry.client(source, reach)?);
        }
        Ok(())
    }

    fn add_resource_server(&mut self, configuration: &Configuration) {
        self.clients
            .extend(configuration.resource_server.as_ref().map(|server| Client {
                id: server.id.clone(),
                name: "FHIR server".to_owned(),
                presentation: Presentation::default(),
                source: Source::ResourceServer,
                methods: vec![AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost],
                grant_types: vec![],
                secret: Some(server.secret.digest()),
                secret_expires_at: None,
                keys: None,
                redirect_uris: vec![],
                id_token_algorithm: IdTokenAlgorithm::default(),
                post_logout_redirect_uris: vec![],
                launch_url: None,
                fhir_context: None,
                scopes: ScopeSet::default(),
                rules: Rules::default(),
                introspects_all: true,
                disabled: false,
            }));
    }

    /// Writes the seeds; whatever an earlier start seeded and this one does not is disabled, so
    /// that a demonstration database opens no door in production, and what rests on it ends.
    pub fn plant(
        self,
        connection: &Connection,
        random: &Random,
        now: DateTime<Utc>,
    ) -> Result<(), SeedError> {
        users::disable_all(connection)?;
        for (entry, source) in self.users {
            entry.plant(connection, source, random, now)?;
        }
        clients::disable_seeded(connection)?;
        for client in &self.clients {
            clients::save(connection, client, now)?;
        }
        Ok(outdated::end(connection, now)?)
    }
}

fn read_file<T: DeserializeOwned>(path: &Path) -> Result<T, SeedError> {
    let text = std::fs::read_to_string(path).map_err(|source| SeedError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&text, path)
}

fn embedded<T: DeserializeOwned>(text: &str, name: &str) -> Result<T, SeedError> {
    parse(text, Path::new(name))
}

fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, SeedError> {
    serde_json::from_str(text).map_err(|source| SeedError::Invalid {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_files_are_valid_and_only_for_the_demo_profile() {
        let demo = Seeds::gather(&Configuration::default()).unwrap();
        assert_eq!(demo.demo.users.len(), 3);
        assert_eq!(demo.demo.clients.len(), 4);
        let production = Seeds::gather(&Configuration {
            profile: Profile::Production,
            ..Configuration::default()
        })
        .unwrap();
        assert!(production.users.is_empty() && production.clients.is_empty());
    }
}
