//! The first content of a database: resources from a generator, indexed in parallel, written in
//! the order given.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;

use crate::search::index;
use crate::store::{Incoming, Store, StoreError};

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
}

/// Resources that travel together between threads.
const CHUNK: usize = 64;
/// Chunks that wait between two threads: together more than the store writes at once, so that
/// indexing goes on while it writes.
const IN_FLIGHT: usize = 32;

type Chunk<T> = (u64, Vec<T>);

/// Loads `sources` with `workers` threads that index. Returns how many were loaded.
pub fn load(
    store: &Store,
    sources: impl Iterator<Item = Source> + Send,
    workers: usize,
) -> Result<u64, LoadError> {
    let failure = Mutex::new(None);
    let loaded = thread::scope(|scope| {
        let (work, todo) = sync_channel::<Chunk<Source>>(IN_FLIGHT);
        let (done, indexed) = sync_channel::<Chunk<Incoming>>(IN_FLIGHT);
        let todo = std::sync::Arc::new(Mutex::new(todo));
        scope.spawn(move || distribute(sources, &work));
        for _ in 0..workers.max(1) {
            let (todo, done, failure) = (todo.clone(), done.clone(), &failure);
            scope.spawn(move || index_chunks(&todo, &done, failure));
        }
        drop((done, todo));
        store.seed(InOrder::new(indexed), || lock(&failure).is_none())
    });
    match failure
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
    {
        Some(error) => Err(error),
        None => Ok(loaded?),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn distribute(sources: impl Iterator<Item = Source>, work: &SyncSender<Chunk<Source>>) {
    let mut sources = sources.peekable();
    for number in 0.. {
        let chunk: Vec<_> = sources.by_ref().take(CHUNK).collect();
        if chunk.is_empty() || work.send((number, chunk)).is_err() {
            return;
        }
    }
}

fn index_chunks(
    todo: &Mutex<Receiver<Chunk<Source>>>,
    done: &SyncSender<Chunk<Incoming>>,
    failure: &Mutex<Option<LoadError>>,
) {
    loop {
        let Ok((number, chunk)) = lock(todo).recv() else {
            return;
        };
        match chunk.into_iter().map(incoming).collect() {
            Ok(chunk) => {
                if done.send((number, chunk)).is_err() {
                    return;
                }
            }
            Err(error) => {
                lock(failure).get_or_insert(error);
                return;
            }
        }
    }
}

/// Indexes one resource.
pub fn incoming(source: Source) -> Result<Incoming, LoadError> {
    let illegal = |reason: String| LoadError::Illegal {
        resource_type: source.resource_type.clone(),
        id: source.id.clone(),
        reason,
    };
    let resource_type = ResourceType::parse(&source.resource_type)
        .ok_or_else(|| illegal("it is not a resource type of R4".into()))?;
    let json: serde_json::Value =
        serde_json::from_str(&source.json).map_err(|error| illegal(error.to_string()))?;
    let rows = index::extract(resource_type, &json).map_err(|error| illegal(error.to_string()))?;
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

/// Chunks in the order of their numbers, whichever thread is done first.
struct InOrder {
    indexed: Receiver<Chunk<Incoming>>,
    early: BTreeMap<u64, Vec<Incoming>>,
    next: u64,
    current: std::vec::IntoIter<Incoming>,
}

impl InOrder {
    fn new(indexed: Receiver<Chunk<Incoming>>) -> Self {
        Self {
            indexed,
            early: BTreeMap::new(),
            next: 0,
            current: Vec::new().into_iter(),
        }
    }

    fn next_chunk(&mut self) -> Option<Vec<Incoming>> {
        loop {
            if let Some(chunk) = self.early.remove(&self.next) {
                self.next += 1;
                return Some(chunk);
            }
            let (number, chunk) = self.indexed.recv().ok()?;
            self.early.insert(number, chunk);
        }
    }
}

impl Iterator for InOrder {
    type Item = Incoming;

    fn next(&mut self) -> Option<Incoming> {
        loop {
            if let Some(incoming) = self.current.next() {
                return Some(incoming);
            }
            self.current = self.next_chunk()?.into_iter();
        }
    }
}
