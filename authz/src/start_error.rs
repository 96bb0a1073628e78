//! Why the server cannot start.

use std::net::SocketAddr;

use crate::account::seed::SeedError;
use crate::keys::KeyError;
use crate::outbound::OutboundError;
use crate::store::{OpenError, StoreError};

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
    /// The client that fetches published keys cannot be made.
    #[error("published keys cannot be fetched: {0}")]
    Outbound(#[from] OutboundError),
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
