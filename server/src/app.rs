//! Building and running a server. Programs and tests come in by the same door.

use std::future::Future;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{App, HttpServer, middleware};
use sha2::{Digest as _, Sha256};
use smart::clock::SharedClock;
use smart::dpop::Replays;
use smart::introspection::SharedAuthorizationServer;

use crate::address;
use crate::configuration::{API, Configuration, OPEN_MIRROR, Profile};
use crate::definition;
use crate::execute::ids::Ids;
use crate::export::Exports;
use crate::http::{Archive, State, finish, routes, spare_small};
use crate::load::{LoadError, Source, load};
use crate::search::date;
use crate::search::page::CursorKey;
use crate::store::{Limits, Location, Store, StoreError};

/// How long a client may take to send its head, and a connection may idle.
const HEAD: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(30);
/// Threads of each worker for what takes longer than a moment: long searches, and writes, which
/// mostly wait for the disk. The more wait at once, the more share one commit.
const BLOCKING: usize = 8;
/// Connections that are kept for each worker: it reads by itself, and its threads do. One that is
/// opened for a request costs more than a short request.
const READERS: usize = 5;
/// How long running requests may take to finish when the server is asked to stop.
const GRACE: u64 = 10;

/// Why a server did not start, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// Host and port.
        address: String,
        /// Why.
        reason: String,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The definitions cannot be stored.
    #[error("the definitions cannot be stored: {0}")]
    Definitions(String),
    /// The first content cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// A server that has its port and its database and is about to run.
pub struct Application {
    listener: TcpListener,
    state: State,
    workers: usize,
}

impl Application {
    /// Opens the database for a server that will answer on `listener`. `entropy` is 256 random
    /// bits.
    pub fn build(
        listener: TcpListener,
        configuration: &Configuration,
        clock: SharedClock,
        authorization: SharedAuthorizationServer,
        entropy: [u8; 32],
    ) -> Result<Self, StartError> {
        let port = listener.local_addr().map_or(0, |address| address.port());
        let origin = format!("http://localhost:{port}");
        let base = configuration
            .base
            .clone()
            .unwrap_or_else(|| format!("{origin}{API}"));
        let readers = configuration.workers * READERS;
        let limits = Limits {
            readers,
            ..Limits::default()
        };
        let name = mark(&entropy, "database")
            .map(|byte| format!("{byte:02x}"))
            .concat();
        let store = Store::open(&configuration.location, &name, limits)?;
        let cursors = CursorKey::new(store.secret("cursor-key", mark(&entropy, "cursor"))?);
        let run = mark(&entropy, "run");
        let store = Arc::new(store);
        let exports = Exports::open(
            exports_folder(&configuration.location),
            store.clone(),
            clock.clone(),
            mark(&entropy, "exports"),
        );
        Ok(Self {
            listener,
            workers: configuration.workers,
            state: State {
                brief: store.briefly(),
                store,
                exports,
                archive: Archive::new(match configuration.profile {
                    Profile::Demo => configuration.retrieval_delay,
                    Profile::Production => 0,
                }),
                authorization,
                cursors,
                ids: Ids::new(mark(&entropy, "ids")),
                open_base: open_base(&base),
                base,
                profile: configuration.profile,
                us_core: configuration.us_core,
                started: date::print(clock.now()),
                clock,
                proofs: Replays::default(),
                statement: Mutex::new(None),
                brands: Mutex::new(None),
                run: u32::from_be_bytes([run[0], run[1], run[2], run[3]]),
                requests: AtomicU64::new(1),
            },
        })
    }

    /// The port it will answer on.
    pub fn port(&self) -> u16 {
        self.listener
            .local_addr()
            .map_or(0, |address| address.port())
    }

    /// The public base URL.
    pub fn base(&self) -> &str {
        &self.state.base
    }

    /// The resources.
    pub fn store(&self) -> &Store {
        &self.state.store
    }

    /// Loads the first content unless that was done before. Returns how many resources came in.
    /// `sources` is asked only when it is needed.
    pub fn seed<I: Iterator<Item = Source> + Send>(
        &self,
        sources: impl FnOnce() -> I,
    ) -> Result<u64, StartError> {
        if self.state.store.is_seeded()? {
            return Ok(0);
        }
        Ok(load(&self.state.store, sources(), self.workers)?)
    }

    /// Makes the index anew if the database was written with another table of parameters or by
    /// other rules, before anything is served: a search never finds too little in the meantime.
    /// `advance` is told how many resources are done; the log is told as well.
    pub fn refresh_index(&self, mut advance: impl FnMut(u64)) -> Result<(), StartError> {
        let store = &self.state.store;
        if store.index_is_current()? {
            return Ok(());
        }
        tracing::warn!("the search index was made by another version and is made anew");
        store.reindex(|done| {
            tracing::info!(done, "resources indexed");
            advance(done);
        })?;
        Ok(())
    }

    /// Stores what the `CapabilityStatement` names, unless it is there.
    pub fn publish_definitions(&self) -> Result<u64, StartError> {
        let now = self.state.clock.now();
        definition::publish(&self.state.store, now)
            .map_err(|problem| StartError::Definitions(problem.diagnostics))
    }

    /// Makes the endpoints that stand for this server tell its public address, whichever it was
    /// before: `formerly` when the database does not know. Returns how many were changed.
    pub fn take_address(&self, formerly: &str) -> Result<u64, StartError> {
        let now = self.state.clock.now();
        address::take(&self.state.store, (formerly, &self.state.base), now)
            .map_err(|problem| StartError::Definitions(problem.diagnostics))
    }

    /// Serves until `stop` completes, then lets running requests finish.
    pub async fn run_until_stopped(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let state = Data::new(self.state);
        let server = HttpServer::new(move || {
            App::new()
                .configure(routes(state.clone()))
                .wrap_fn(spare_small)
                .wrap(middleware::Compress::default())
                .wrap_fn(finish)
        })
        .workers(self.workers)
        .worker_max_blocking_threads(BLOCKING)
        .client_request_timeout(HEAD)
        .keep_alive(IDLE)
        .shutdown_timeout(GRACE)
        .shutdown_signal(stop)
        .listen(self.listener)?
        .run();
        server.await
    }
}

impl std::fmt::Debug for Application {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Application({})", self.state.base)
    }
}

/// Takes a port; 0 takes a free one.
pub fn listen(host: &str, port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((host, port))
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|error| StartError::Listen {
            address: format!("{host}:{port}"),
            reason: error.to_string(),
        })
}

/// The files of exports lie beside the database.
fn exports_folder(location: &Location) -> Option<PathBuf> {
    match location {
        Location::File(path) => Some(path.with_extension("exports")),
        Location::Memory => None,
    }
}

/// The mirror stands beside the API.
fn open_base(base: &str) -> String {
    match base.strip_suffix(API) {
        Some(origin) => format!("{origin}{OPEN_MIRROR}"),
        None => format!("{base}-open"),
    }
}

/// Independent random bits for each purpose.
fn mark(entropy: &[u8; 32], purpose: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(entropy)
        .chain_update(purpose)
        .finalize()
        .into()
}
