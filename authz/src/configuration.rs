//! Every setting of the server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chrono::TimeDelta;

use crate::oauth::reach::Reach;
use crate::secret::Secret;

/// The port when none is given.
pub const DEFAULT_PORT: u16 = 8081;

/// The FHIR base URL when none is given.
pub const DEFAULT_FHIR_BASE: &str = "http://localhost:8080/api/fhir";

/// What the server needs to know to start.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Addresses to listen on. Where the first has port 0, the one the system assigns is used for all.
    pub listen: Vec<SocketAddr>,
    /// Public base URL without trailing slash; `None` means `http://localhost:{port}`.
    pub issuer: Option<String>,
    /// The FHIR base URL tokens are good for, the only `aud` that is accepted.
    pub fhir_base: String,
    /// Where the portal reaches the FHIR server, if not at its public base URL.
    pub fhir_address: Option<String>,
    /// Where grants, tokens and accounts are kept.
    pub database: Database,
    /// Whether demonstration users and clients exist.
    pub profile: Profile,
    /// A users file; replaces the demonstration users.
    pub users: Option<PathBuf>,
    /// A clients file; its clients come in addition to the demonstration clients.
    pub clients: Option<PathBuf>,
    /// The resource server that may introspect any token over HTTP.
    pub resource_server: Option<ResourceServerCredentials>,
    /// What a caller of the registration endpoint must present outside the demo profile; without
    /// it registration is off there.
    pub initial_access_token: Option<Secret>,
    /// What opens the debug endpoints of the demo profile; without it they are not there.
    pub debug_token: Option<Secret>,
    /// Worker threads for HTTP.
    pub workers: usize,
    /// Refuse authorization requests without `state`, as SMART requires of apps.
    pub require_state: bool,
    /// Dynamic registrations one address may make per hour.
    pub registrations_per_hour: usize,
    /// What launched apps are told as `tenant`.
    pub tenant: Option<String>,
    /// How long a person's consent may last.
    pub sharing: SharingPolicy,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT))],
            issuer: None,
            fhir_base: DEFAULT_FHIR_BASE.to_owned(),
            fhir_address: None,
            database: Database::Memory,
            profile: Profile::Demo,
            users: None,
            clients: None,
            resource_server: None,
            initial_access_token: None,
            debug_token: None,
            workers: 2,
            require_state: true,
            registrations_per_hour: 10,
            tenant: None,
            sharing: SharingPolicy::default(),
        }
    }
}

/// Where the database lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// In this file, created when absent.
    File(PathBuf),
    /// In memory; everything is forgotten at exit.
    Memory,
}

/// What the server is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Profile {
    /// Synthetic data: published users and clients, open registration.
    #[default]
    Demo,
    /// No account, client or door that was not configured.
    Production,
}

impl Profile {
    /// How far clients may make the server reach when they publish their keys.
    pub fn reach(self) -> Reach {
        match self {
            Self::Demo => Reach::Local,
            Self::Production => Reach::Public,
        }
    }
}

/// How a resource server authenticates when it introspects over HTTP.
#[derive(Debug, Clone)]
pub struct ResourceServerCredentials {
    /// Its client id.
    pub id: String,
    /// Its secret, sent by HTTP Basic or in the form.
    pub secret: Secret,
}

/// How long a person's consent may last, counted in days from the day of consent.
#[derive(Debug, Clone, Copy)]
pub struct SharingPolicy {
    /// The earliest end.
    pub shortest: TimeDelta,
    /// The end that is proposed.
    pub proposed: TimeDelta,
    /// The latest end.
    pub longest: TimeDelta,
}

impl Default for SharingPolicy {
    fn default() -> Self {
        Self {
            shortest: TimeDelta::days(1),
            proposed: TimeDelta::days(365),
            longest: TimeDelta::days(3 * 365),
        }
    }
}
