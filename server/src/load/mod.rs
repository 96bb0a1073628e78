//! The first content of a database: resources from a generator, validated and indexed in parallel,
//! written in the order given.

mod pour;

use std::fs::File;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;
use serde_json::Value;

use crate::definition;
use crate::interaction::body::Body;
use crate::problem::Problem;
use crate::search::index;
use crate::store::{Incoming, Limits, Location, Store, StoreError};
use pour::pour;

/// A resource to load: canonical JSON with `id` and `meta` inside.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name of the type.
    pub resource_type: String,
    /// Logical id.
    pub id: String,
    /// `meta.lastUpdated`.
    pub updated: DateTime<Utc>,
    /// The JSON.
    pub json: String,
    /// The versions before it, the first one first: when each was recorded, and its JSON.
    pub earlier: Vec<(DateTime<Utc>, String)>,
}

/// Why a load stopped. What was written before stays unmarked and is completed by the next one.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A resource that is not legal.
    #[error("{resource_type}/{id} cannot be loaded: {reason}")]
    Illegal {
        /// Name of the type.
        resource_type: String,
        /// Logical id.
        id: String,
        /// Why.
        reason: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file of the database cannot be made.
    #[error("the database cannot be put in its place: {0}")]
    File(#[from] io::Error),
}

/// Loads `sources` with `workers` threads that index. Returns how many were loaded.
pub fn load(
    store: &Store,
    sources: impl Iterator<Item = Source> + Send,
    workers: usize,
) -> Result<u64, LoadError> {
    pour(sources, workers, incoming, |incoming, is_sound| {
        store.seed(incoming, is_sound)
    })
}

/// Loads `sources` without validating them, for tests of what is done with a resource whatever is in
/// it.
#[doc(hidden)]
pub fn load_as_is(
    store: &Store,
    sources: impl Iterator<Item = Source> + Send,
) -> Result<u64, LoadError> {
    pour(sources, 1, as_is, |incoming, is_sound| {
        store.seed(incoming, is_sound)
    })
}

/// Makes a new database at `path` with `sources` and with what the server publishes about itself
/// at the time `now`. It is there as a whole or not at all: it grows under another name, and
/// gets its own when the disk has it. Returns how many resources it holds.
pub fn fill(
    path: &Path,
    sources: impl Iterator<Item = Source> + Send,
    workers: usize,
    now: DateTime<Utc>,
) -> Result<u64, LoadError> {
    let growing = path.with_extension("loading");
    discard(&growing)?;
    let filled = fill_at(&growing, sources, workers, now);
    if filled.is_err() {
        discard(&growing)?;
        return filled;
    }
    File::open(&growing)?.sync_all()?;
    std::fs::rename(&growing, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    filled
}

fn fill_at(
    path: &Path,
    sources: impl Iterator<Item = Source> + Send,
    workers: usize,
    now: DateTime<Utc>,
) -> Result<u64, LoadError> {
    let location = Location::File(path.to_owned());
    let (store, definitions) = std::thread::scope(|scope| {
        let definitions = scope.spawn(|| definition::sources(now));
        let store = Store::open(&location, "load", Limits::default());
        (store, definitions.join())
    });
    let store = store?;
    let (edition, definitions) = definitions.map_err(|_| StoreError::Defect)?;
    pour(
        sources.chain(definitions),
        workers,
        incoming,
        |incoming, is_sound| {
            let properties = [(definition::EDITION, edition.as_str())];
            store.fill(incoming, is_sound, &properties)
        },
    )
}

/// Removes what an interrupted load left behind.
fn discard(growing: &Path) -> io::Result<()> {
    for tail in ["", "-wal", "-shm", "-journal"] {
        let mut path = growing.as_os_str().to_owned();
        path.push(tail);
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

impl Source {
    fn illegal(&self, reason: impl Into<String>) -> LoadError {
        LoadError::Illegal {
            resource_type: self.resource_type.clone(),
            id: self.id.clone(),
            reason: reason.into(),
        }
    }

    /// Validates it and the versions before it as every write is validated. Returns how many versions
    /// that were.
    pub fn validate(&self) -> Result<u64, LoadError> {
        self.read(&self.json)?;
        for (_, json) in &self.earlier {
            self.read(json)?;
        }
        Ok(1 + self.earlier.len() as u64)
    }

    /// Reads one version of it as the body of a write is read.
    fn read(&self, json: &str) -> Result<(ResourceType, Body), LoadError> {
        let ty = ResourceType::parse(&self.resource_type)
            .ok_or_else(|| self.illegal("it is not a resource type of R4"))?;
        let body = Body::parse(ty, json.as_bytes());
        let body = body.map_err(|problem| self.illegal(reason(&problem)))?;
        if body.id() != Some(&self.id) {
            return Err(self.illegal("its id inside is another"));
        }
        Ok((ty, body))
    }
}

/// Validates a resource and the versions before it as every write is validated, and indexes it.
pub fn incoming(source: Source) -> Result<Incoming, LoadError> {
    for (_, json) in &source.earlier {
        source.read(json)?;
    }
    let (resource_type, body) = source.read(&source.json)?;
    indexed(source, resource_type, &body.into_json())
}

/// Indexes a resource whatever is in it, for tests.
#[doc(hidden)]
pub fn as_is(source: Source) -> Result<Incoming, LoadError> {
    let ty = ResourceType::parse(&source.resource_type);
    let json = serde_json::from_str(&source.json);
    match (ty, json) {
        (Some(ty), Ok(json)) => indexed(source, ty, &json),
        _ => Err(source.illegal("it is no JSON, or of no type of R4")),
    }
}

fn indexed(
    source: Source,
    resource_type: ResourceType,
    json: &Value,
) -> Result<Incoming, LoadError> {
    let rows =
        index::extract(resource_type, json).map_err(|error| source.illegal(error.to_string()))?;
    Ok(Incoming {
        resource_type,
        id: source.id,
        updated: source.updated,
        body: source.json.into_bytes(),
        rows,
        earlier: source
            .earlier
            .into_iter()
            .map(|(updated, json)| (updated, json.into_bytes()))
            .collect(),
    })
}

/// The first fault that a refusal names, and where it is.
fn reason(problem: &Problem) -> String {
    let mut issues = problem.issues.iter();
    let Some(error) = issues.find(|issue| issue["severity"] == "error") else {
        return problem.to_string();
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = text(&error["expression"][0]);
    format!("{place}: {}", text(&error["diagnostics"]))
}
