//! From a configuration to a listening server.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use chrono::{DateTime, Utc};
use smart::clock::SharedClock;
use smart::dpop::Replays;
use smart::introspection::SharedAuthorizationServer;

use crate::account::password::PasswordChecker;
use crate::account::seed::{SeedError, Seeds};
use crate::account::throttle::{Limit, Throttle};
use crate::attempts::Attempts;
use crate::configuration::{Configuration, Profile};
use crate::endpoint;
use crate::housekeeping;
use crate::key_ring::SharedKeyRing;
use crate::labels::KnownLabels;
use crate::oauth::authorization_request::Policy;
use crate::oauth::discovery::Features;
use crate::outbound::{Outbound, OutboundError};
use crate::portal::{FhirApi, PortalTokens};
use crate::random::SharedRandom;
use crate::remote_keys::RemoteKeys;
use crate::server::Server;
use crate::store::{Store, purge};
use crate::usage::Usage;

pub use crate::account::demo::{DemoAccounts, DemoClient, DemoUser};
pub use crate::start_error::StartError;

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
        let ring = housekeeping::ring_at_start(&store, now).await?;
        let demo = plant(&store, &configuration, &random, now).await?;
        let fhir_base = checked_url("the FHIR base", configuration.fhir_base)?;
        let address = configuration
            .fhir_address
            .unwrap_or_else(|| fhir_base.clone());
        let address = checked_url("the address of the FHIR server", address)?;
        let server = Server {
            attempts: Attempts::default(),
            usage: Usage::default(),
            first_uses: Arc::default(),
            labels: KnownLabels::default(),
            portal_tokens: PortalTokens::default(),
            fhir_api: FhirApi::at(address, fhir_base.clone()).map_err(OutboundError::from)?,
            remote_keys: RemoteKeys::over(Outbound::with(configuration.profile.reach())?),
            passwords: PasswordChecker::default(),
            throttle: Throttle::default(),
            proofs: Replays::default(),
            policy: Policy {
                fhir_base,
                require_state: configuration.require_state,
            },
            features: Features {
                issuer: issuer(configuration.issuer, port)?,
                registration: configuration.profile == Profile::Demo
                    || configuration.initial_access_token.is_some(),
            },
            profile: configuration.profile,
            tenant: configuration.tenant,
            sharing: configuration.sharing,
            registrations: Limit {
                count: configuration.registrations_per_hour,
                window: chrono::TimeDelta::hours(1),
            },
            debug_token: configuration
                .debug_token
                .filter(|_| configuration.profile == Profile::Demo)
                .map(|token| token.digest()),
            initial_access_token: configuration
                .initial_access_token
                .filter(|_| configuration.profile == Profile::Production)
                .map(|token| token.digest()),
            store,
            clock,
            random,
            keys: SharedKeyRing::holding(ring),
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
        let housekeeping = tokio::spawn(housekeeping::keep(self.server.clone()));
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
            purge::rest(tx, now)?;
            seeds.plant(tx, &random, now)
        })
        .await?;
    Ok(demo)
}
