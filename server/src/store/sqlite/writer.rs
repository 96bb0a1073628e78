//! The one thread that writes: changes of many requests share one commit, and so one wait for the
//! disk. A change is acknowledged after the commit, never before.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parking_lot::ReentrantMutex;
use rusqlite::Connection;

use super::{StoreError, engine};

/// Changes that may wait; beyond it callers are told to come back later.
const QUEUE: usize = 1024;
/// Changes that share one commit.
const BATCH: usize = 64;

type Change = Box<dyn FnOnce(&Connection) -> Acknowledge + Send>;
/// Tells the caller how it went, once the commit has succeeded or failed.
type Acknowledge = Box<dyn FnOnce(bool)>;

/// A handle on the writing thread, which ends when the handle is dropped.
#[derive(Debug)]
pub(super) struct Writer {
    queue: SyncSender<Change>,
}

impl Writer {
    pub(super) fn start(connection: Arc<ReentrantMutex<Connection>>) -> Result<Self, StoreError> {
        let (queue, changes) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("fhir-writer".into())
            .spawn(move || write_until_closed(&connection, &changes))
            .map_err(|error| StoreError::Engine(Box::new(error)))?;
        Ok(Self { queue })
    }

    /// A handle that takes nothing.
    pub(super) fn closed() -> Self {
        let (queue, _) = sync_channel(0);
        Self { queue }
    }

    /// Runs `change` in a savepoint of a shared transaction and returns its answer when that is
    /// durable. Blocks the calling thread.
    pub(super) fn run<T, E>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        let change: Change = Box::new(move |connection| {
            let outcome = in_savepoint(connection, change);
            Box::new(move |committed| {
                let outcome = match outcome {
                    Ok(_) if !committed => Err(StoreError::Busy.into()),
                    outcome => outcome,
                };
                let _ = reply.send(outcome);
            })
        });
        self.queue.try_send(change).map_err(|_| StoreError::Busy)?;
        answer.recv().map_err(|_| StoreError::Busy)?
    }
}

/// Runs `change` so that an error undoes it and nothing else; savepoints may stand inside each
/// other.
pub(super) fn in_savepoint<T, E: From<StoreError>>(
    connection: &Connection,
    change: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    connection
        .execute_batch("SAVEPOINT change")
        .map_err(engine)?;
    let outcome = change(connection);
    let end = match outcome {
        Ok(_) => "RELEASE change",
        Err(_) => "ROLLBACK TO change; RELEASE change",
    };
    connection.execute_batch(end).map_err(engine)?;
    outcome
}

fn write_until_closed(connection: &ReentrantMutex<Connection>, changes: &Receiver<Change>) {
    while let Ok(first) = changes.recv() {
        let connection = connection.lock();
        write_batch(&connection, first, changes);
    }
}

fn write_batch(connection: &Connection, first: Change, changes: &Receiver<Change>) {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        tracing::error!(%error, "no transaction could be begun");
        // Dropping the change closes its reply, which the caller reads as busy.
        return;
    }
    let mut acknowledgements = vec![first(connection)];
    while acknowledgements.len() < BATCH
        && let Ok(next) = changes.try_recv()
    {
        acknowledgements.push(next(connection));
    }
    let committed = commit(connection);
    for acknowledge in acknowledgements {
        acknowledge(committed);
    }
}

fn commit(connection: &Connection) -> bool {
    let outcome = connection.execute_batch("COMMIT");
    if let Err(error) = &outcome {
        tracing::error!(%error, "a transaction could not be committed");
        let _ = connection.execute_batch("ROLLBACK");
    }
    outcome.is_ok()
}
