//! Where resources live: the only module that knows a database.
//!
//! [`Store`] is the seam. Plans go in and stored bytes come out; which engine answers is nobody's
//! business outside.

mod sqlite;

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;

use crate::interaction::Instance;
use crate::search::index::Row;
use crate::search::page::{Position, SortValue};

pub use sqlite::{Limits, Occupied, Snapshot, Sqlite as Store, Transaction};

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file; its folder exists.
    File(std::path::PathBuf),
    /// Memory; gone when the process ends.
    Memory,
}

/// A resource as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Position in the order of searches.
    pub key: i64,
    /// The type.
    pub resource_type: ResourceType,
    /// Logical id; of what a resource contains, where a search finds that, the id of the container
    /// and the fragment (`23#m1`), with type, version and time of the container.
    pub id: String,
    /// Version number, from 1.
    pub version: u32,
    /// `meta.lastUpdated`.
    pub updated: DateTime<Utc>,
    /// The canonical JSON, as sent.
    pub body: Vec<u8>,
}

impl Stored {
    /// Which resource of the server it is, or is contained in.
    pub fn instance(&self) -> Instance {
        let id = self.id.split('#').next().unwrap_or_default();
        Instance {
            resource_type: self.resource_type,
            id: id.to_owned(),
        }
    }
}

/// How long a snapshot may be worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// As long as a search may take.
    OfASearch,
    /// As long as it takes.
    Unlimited,
}

/// A resource during a walk: its bytes are the database's own.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// Position in the order of searches.
    pub key: i64,
    /// Logical id.
    pub id: &'a str,
    /// `meta.lastUpdated`, in milliseconds since the Unix epoch.
    pub updated: i64,
    /// The canonical JSON, as sent.
    pub body: &'a [u8],
}

/// One version; `stored` is `None` when it records a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Position of the resource in the order of searches.
    pub key: i64,
    /// Whose version.
    pub instance: Instance,
    /// Whether it is the latest one.
    pub is_current: bool,
    /// Its number.
    pub version: u32,
    /// When it was made.
    pub updated: DateTime<Utc>,
    /// Its content.
    pub stored: Option<Stored>,
}

impl Version {
    /// What was done in this version, as a `Bundle.entry.request.method`.
    pub fn method(&self) -> &'static str {
        match (&self.stored, self.version) {
            (None, _) => "DELETE",
            (Some(_), 1) => "POST",
            (Some(_), _) => "PUT",
        }
    }

    /// What such a request is answered with, as a `Bundle.entry.response.status`.
    pub fn status(&self) -> &'static str {
        match self.method() {
            "DELETE" => "204 No Content",
            "POST" => "201 Created",
            _ => "200 OK",
        }
    }
}

/// A match of a search with the values it is sorted by.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The resource.
    pub stored: Stored,
    /// One value for each sort key.
    pub values: Vec<SortValue>,
}

/// A resource on its way into the store, with its index rows.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The type.
    pub resource_type: ResourceType,
    /// Logical id.
    pub id: String,
    /// `meta.lastUpdated`.
    pub updated: DateTime<Utc>,
    /// The canonical JSON, with `meta` inside.
    pub body: Vec<u8>,
    /// Its index rows.
    pub rows: Vec<Row>,
    /// The versions before it, the first one first: when each was recorded, and its JSON. Only a
    /// load has them; a write keeps what it replaces.
    pub earlier: Vec<(DateTime<Utc>, Vec<u8>)>,
}

/// The part of a result to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Only what comes after this position, and nothing that was added after the walk began.
    pub from: Position,
    /// At most so many.
    pub limit: u32,
}

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The query took longer than it may.
    #[error("the query took longer than it may")]
    Timeout,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// Another connection held the database too long.
    #[error("the database is busy")]
    Busy,
    /// A change panicked. It was undone.
    #[error("a change ended in a defect of this program and was undone")]
    Defect,
    /// The database was written by a newer program.
    #[error(
        "the database {0} was written by a newer version of this program; it is left untouched"
    )]
    Newer(String),
    /// The database cannot be opened.
    #[error("the database {path} cannot be opened: {reason}")]
    Open {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A stored row that makes no sense.
    #[error("a stored row is damaged: {0}")]
    Damaged(String),
    /// Anything else the engine reports.
    #[error("database: {0}")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
}
