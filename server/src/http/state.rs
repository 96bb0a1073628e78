//! What handlers share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::web::Bytes;
use smart::clock::SharedClock;
use smart::configuration::SmartConfiguration;
use smart::dpop::Replays;
use smart::introspection::SharedAuthorizationServer;

use super::brands;
use super::imaging::archive::Archive;
use crate::configuration::Profile;
use crate::execute::ids::Ids;
use crate::export::Exports;
use crate::search::page::CursorKey;
use crate::search::query::Context;
use crate::search::terminology::Published;
use crate::store::Store;
use fhir::us_core::UsCore;

/// Shared by all handlers of a server.
pub(crate) struct State {
    pub(crate) store: Arc<Store>,
    /// The same, for what is tried without leaving the thread that serves connections.
    pub(crate) brief: Store,
    pub(crate) authorization: SharedAuthorizationServer,
    pub(crate) clock: SharedClock,
    /// Proofs of possession that were accepted.
    pub(crate) proofs: Replays,
    pub(crate) cursors: CursorKey,
    pub(crate) ids: Ids,
    pub(crate) exports: Exports,
    /// Retrieves images, as far as that is pretended.
    pub(crate) archive: Archive,
    /// Public base URL of the API.
    pub(crate) base: String,
    /// Public base URL of the open mirror.
    pub(crate) open_base: String,
    pub(crate) profile: Profile,
    /// The release of US Core that the server speaks of.
    pub(crate) us_core: UsCore,
    /// The brands that were made last.
    pub(crate) brands: Mutex<brands::Kept>,
    /// When the server started, as a FHIR dateTime.
    pub(crate) started: String,
    /// The last `CapabilityStatement` and what it was made from.
    pub(crate) statement: Mutex<Option<(Option<SmartConfiguration>, Bytes)>>,
    /// Begins request ids, so that those of two starts differ.
    pub(crate) run: u32,
    pub(crate) requests: AtomicU64,
}

impl State {
    /// A name for one request, for its log entry and its answer.
    pub(crate) fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-{number}", self.run)
    }

    /// What reading a query on this surface needs to know.
    pub(crate) fn context(&self, surface: Surface) -> Context<'_> {
        Context {
            base: self.base_of(surface),
            now: self.clock.now(),
            terminology: &Published,
        }
    }

    /// The base URL that links on this surface begin with.
    pub(crate) fn base_of(&self, surface: Surface) -> &str {
        match surface {
            Surface::Secured => &self.base,
            Surface::OpenMirror => &self.open_base,
        }
    }
}

/// Which of the two faces of the API was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// Needs a token.
    Secured,
    /// Demo profile only; needs none.
    OpenMirror,
}
