//! Every setting of the server.

pub use fhir::us_core::UsCore;

use crate::store::Location;

/// Whether open, undocumented-to-strangers conveniences are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// For learning and testing with synthetic data: has the open mirror.
    #[default]
    Demo,
    /// Nothing without a token but metadata and discovery.
    Production,
}

/// The settings of one server.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The public base URL without a slash at the end; `None` for
    /// `http://localhost:{port}/api/fhir`.
    pub base: Option<String>,
    /// Where the database is.
    pub location: Location,
    /// What is open.
    pub profile: Profile,
    /// The release of US Core that the `CapabilityStatement` names and that profiles without a
    /// version are taken from.
    pub us_core: UsCore,
    /// Seconds that the first retrieval of a study is pretended to take; the demo profile only.
    pub retrieval_delay: u16,
    /// Threads that serve requests.
    pub workers: usize,
}

/// The port when none is given.
pub const DEFAULT_PORT: u16 = 8080;
/// Path of the API below the host.
pub const API: &str = "/api/fhir";
/// Path of the images below a base.
pub const IMAGES: &str = "/dicomweb";
/// Path of the open mirror.
pub const OPEN_MIRROR: &str = "/api/open-fhir";
