//! From a configuration to a listening server.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use chrono::{DateTime, Utc};
use smart::clock::SharedClock;
use smart::introspection::SharedAuthorizationServer;

use crate::account::password::PasswordChecker;
use crate::account::seed::{SeedError, Seeds};
use crate::account::throttle::{Limit, Throttle};
use crate::configuration::{Configuration, Profile};
use crate::endpoint;
use crate::keys::{KeyError, SigningKey};
use crate::oauth::authorization_request::Policy;
use crate::oauth::discovery::Features;
use crate::random::SharedRandom;
use crate::server::Server;
use crate::store::{OpenError, Store, StoreError, keys, purge};

pub use crate::account::demo::{DemoAccounts, DemoClient, DemoUser};

/// How often ended rows are forgotten.
const PURGE_INTERVAL: Duration = Duration::from_hours(1);

/// Why the server cannot start. Each text is one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The host name means nothing.
    #[error("the host {0} cannot be resolved")]
    Host(String),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// No address to listen on was given.
    #[error("no address to listen on was given")]
    NoAddress,
    /// A URL of the configuration is not usable.
    #[error(
        "{name} must be an http or https URL without query, fragment and trailing slash, not {value}"
    )]
    Url {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The users or clients file is not right.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The signing key cannot be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system gives no entropy.
    #[error("the operating system gives no random numbers")]
    Entropy,
    /// Serving failed.
    #[error("the server stopped: {0}")]
    Serve(std::io::Error),
}

impl From<rusqlite::Error> for StartError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A server that is bound and ready to run.
#[derive(Debug)]
pub struct Application {
    server: web::Data<Server>,
    listeners: Vec<TcpListener>,
    port: u16,
    workers: usize,
}

impl Application {
    /// Binds the addresses, opens the database, plants the seeds and loads or makes the signing
    /// key.
    pub async fn build(
        configuration: Configuration,
        clock: SharedClock,
        random: SharedRandom,
    ) -> Result<Self, StartError> {
        let (listeners, port) = bind(&configuration.listen)?;
        let store = Store::open(&configuration.database)?;
        let now = clock.now();
        let key = tokio::task::spawn_blocking({
            let stored = store.read(keys::newest)?;
            move || load_key(stored)
        });
        let demo = plant(&store, &configuration, &random, now).await?;
        let key = keep_key(&store, key.await.map_err(|_| KeyError)??, now).await?;
        let server = Server {
            passwords: PasswordChecker::default(),
            throttle: Throttle::default(),
            policy: Policy {
                fhir_base: checked_url("the FHIR base", configuration.fhir_base)?,
                require_state: configuration.require_state,
            },
            features: Features {
                issuer: issuer(configuration.issuer, port)?,
                registration: configuration.profile == Profile::Demo
                    || configuration.initial_access_token.is_some(),
            },
            profile: configuration.profile,
            sharing: configuration.sharing,
            registrations: Limit {
                count: configuration.registrations_per_hour,
                window: chrono::TimeDelta::hours(1),
            },
            initial_access_token: configuration
                .initial_access_token
                .filter(|_| configuration.profile == Profile::Production)
                .map(|token| token.digest()),
            store,
            clock,
            random,
            key,
            demo,
        };
        Ok(Self {
            server: web::Data::new(server),
            listeners,
            port,
            workers: configuration.workers.max(1),
        })
    }

    /// The port that is listened on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The issuer, which is also the public base URL.
    pub fn issuer(&self) -> &str {
        self.server.issuer()
    }

    /// This server for a resource server in the same process.
    pub fn authorization_server(&self) -> SharedAuthorizationServer {
        self.server.clone().into_inner()
    }

    /// What the demo profile publishes; empty in production.
    pub fn demo_accounts(&self) -> &DemoAccounts {
        &self.server.demo
    }

    /// Serves until `stop` resolves, then lets requests in flight finish.
    pub async fn run_until_stopped(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let housekeeping = tokio::spawn(purge_until_stopped(self.server.clone()));
        let running = self.serve()?;
        let handle = running.handle();
        tokio::spawn(async move {
            stop.await;
            handle.stop(true).await;
        });
        let outcome = running.await;
        housekeeping.abort();
        outcome
    }

    fn serve(self) -> std::io::Result<actix_web::dev::Server> {
        let server = self.server;
        let mut http = HttpServer::new(move || {
            App::new()
                .app_data(server.clone())
                .wrap(actix_web::middleware::from_fn(endpoint::surface::surface))
                .configure(endpoint::routes)
        })
        .workers(self.workers)
        .disable_signals()
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(5);
        for listener in self.listeners {
            http = http.listen(listener)?;
        }
        Ok(http.run())
    }
}

fn bind(addresses: &[SocketAddr]) -> Result<(Vec<TcpListener>, u16), StartError> {
    let mut port = None;
    let mut listeners = Vec::new();
    for address in addresses {
        let mut address = *address;
        if address.port() == 0 {
            address.set_port(port.unwrap_or(0));
        }
        let listener = TcpListener::bind(address)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(|source| StartError::Bind { address, source })?;
        let bound = listener
            .local_addr()
            .map_err(|source| StartError::Bind { address, source })?;
        port.get_or_insert(bound.port());
        listeners.push(listener);
    }
    Ok((listeners, port.ok_or(StartError::NoAddress)?))
}

fn issuer(configured: Option<String>, port: u16) -> Result<String, StartError> {
    match configured {
        Some(url) => checked_url("the issuer", url),
        None => Ok(format!("http://localhost:{port}")),
    }
}

fn checked_url(name: &'static str, value: String) -> Result<String, StartError> {
    let usable = url::Url::parse(&value).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none()
            && !value.ends_with('/')
    });
    usable
        .then_some(value.clone())
        .ok_or(StartError::Url { name, value })
}

type LoadedKey = (SigningKey, Option<crate::keys::StoredKey>);

/// The stored key, or a new one that still has to be stored.
fn load_key(stored: Option<crate::keys::StoredKey>) -> Result<LoadedKey, KeyError> {
    match stored {
        Some(stored) => Ok((SigningKey::load(&stored)?, None)),
        None => SigningKey::generate().map(|(key, stored)| (key, Some(stored))),
    }
}

async fn keep_key(
    store: &Store,
    (key, new): LoadedKey,
    now: DateTime<Utc>,
) -> Result<SigningKey, StartError> {
    if let Some(stored) = new {
        let kid = key.kid().to_owned();
        store
            .write::<_, StartError>(move |tx| Ok(keys::insert(tx, &kid, &stored, now)?))
            .await?;
    }
    Ok(key)
}

async fn plant(
    store: &Store,
    configuration: &Configuration,
    random: &SharedRandom,
    now: DateTime<Utc>,
) -> Result<DemoAccounts, StartError> {
    let seeds = Seeds::gather(configuration)?;
    let demo = seeds.demo.clone();
    let random = random.clone();
    store
        .write::<_, SeedError>(move |tx| {
            purge::purge(tx, now)?;
            seeds.plant(tx, &random, now)
        })
        .await?;
    Ok(demo)
}

async fn purge_until_stopped(server: web::Data<Server>) {
    let mut interval = tokio::time::interval(PURGE_INTERVAL);
    // The first tick is at once, and the start has just purged.
    interval.tick().await;
    loop {
        interval.tick().await;
        let now = server.clock.now();
        server.store.write_later(move |tx| purge::purge(tx, now));
    }
}
