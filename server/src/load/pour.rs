//! The threads of a load: one that generates, some that validate and index, one that writes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{LoadError, Source};
use crate::store::{Incoming, StoreError};

/// Resources that travel together between threads.
const CHUNK: usize = 64;
/// Chunks that wait between two threads: together more than the store writes at once, so that
/// indexing goes on while it writes.
const IN_FLIGHT: usize = 80;

/// Resources whose rows are sorted and written together: more of them touch each page of an index
/// less often, fewer need less memory and keep the writer from waiting for the others.
const MANY: usize = 4_000;
const FEW: usize = 1_000;

type Chunk<T> = (u64, Vec<T>);

/// Sends `sources` through `workers` threads that validate and index to the one that writes; it is
/// told at the end whether all of them were sound.
pub(super) fn pour(
    sources: impl Iterator<Item = Source> + Send,
    workers: usize,
    take: fn(Source) -> Result<Incoming, LoadError>,
    write: impl FnOnce(InOrder, &dyn Fn() -> bool) -> Result<u64, StoreError>,
) -> Result<u64, LoadError> {
    let failure = Mutex::new(None);
    let loaded = thread::scope(|scope| {
        let (work, todo) = sync_channel::<Chunk<Source>>(IN_FLIGHT);
        let (done, indexed) = sync_channel::<Chunk<Incoming>>(IN_FLIGHT);
        let todo = std::sync::Arc::new(Mutex::new(todo));
        scope.spawn(move || {
            give_way();
            distribute(sources, &work);
        });
        for _ in 0..workers.max(1) {
            let (todo, done, failure) = (todo.clone(), done.clone(), &failure);
            scope.spawn(move || {
                give_way();
                index_chunks(&todo, &done, failure, take);
            });
        }
        drop((done, todo));
        write(InOrder::new(indexed), &|| lock(&failure).is_none())
    });
    match failure
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
    {
        Some(error) => Err(error),
        None => Ok(loaded?),
    }
}

/// The one thread that writes has the longest way: with an equal share of few cores it would go on
/// alone when the others are done.
fn give_way() {
    // On Linux this is about the thread that asks. Where it is refused, the load takes longer.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(10);
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
    take: fn(Source) -> Result<Incoming, LoadError>,
) {
    loop {
        let Ok((number, chunk)) = lock(todo).recv() else {
            return;
        };
        match chunk.into_iter().map(take).collect() {
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

/// Chunks in the order of their numbers, whichever thread is done first.
#[derive(Debug)]
pub(super) struct InOrder {
    indexed: Receiver<Chunk<Incoming>>,
    early: BTreeMap<u64, Vec<Incoming>>,
    next: u64,
}

impl InOrder {
    fn new(indexed: Receiver<Chunk<Incoming>>) -> Self {
        Self {
            indexed,
            early: BTreeMap::new(),
            next: 0,
        }
    }

    /// The next chunk: waited for, or `None` when it is not there yet.
    fn chunk(&mut self, waits: bool) -> Option<Vec<Incoming>> {
        loop {
            if let Some(chunk) = self.early.remove(&self.next) {
                self.next += 1;
                return Some(chunk);
            }
            let (number, chunk) = if waits {
                self.indexed.recv().ok()?
            } else {
                self.indexed.try_recv().ok()?
            };
            self.early.insert(number, chunk);
        }
    }
}

impl Iterator for InOrder {
    type Item = Vec<Incoming>;

    /// What is there already, so that the store is not idle, but enough to be worth sorting.
    fn next(&mut self) -> Option<Vec<Incoming>> {
        let mut batch = self.chunk(true)?;
        while batch.len() < MANY
            && let Some(chunk) = self.chunk(batch.len() < FEW)
        {
            batch.extend(chunk);
        }
        Some(batch)
    }
}
