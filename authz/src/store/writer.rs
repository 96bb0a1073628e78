//! The one thread that writes.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::recent::Edition;
use super::{OpenError, StoreError};

/// Changes that may wait; beyond it callers are told to come back later.
const QUEUE: usize = 1024;
/// Changes that share one commit, and so one wait for the disk.
const BATCH: usize = 64;

type Change = Box<dyn FnOnce(&Connection) -> Finish + Send>;
/// Tells the caller how it went, once the commit has succeeded or failed.
type Finish = Box<dyn FnOnce(bool) + Send>;

/// A handle on the writing thread, which ends when the handle is dropped.
#[derive(Debug)]
pub struct Writer {
    queue: SyncSender<Change>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(connection: Arc<Mutex<Connection>>, edition: Edition) -> Result<Self, OpenError> {
        let (queue, changes) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("authz-writer".into())
            .spawn(move || write_until_closed(&connection, &changes, &edition))
            .map_err(OpenError::Thread)?;
        Ok(Self { queue })
    }

    /// Runs `change` and returns its answer when it is durable.
    pub async fn run<T, E>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<rusqlite::Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let change: Change = Box::new(move |connection| {
            let outcome = in_savepoint(connection, change);
            Box::new(move |committed| {
                let outcome = match outcome {
                    Ok(_) if !committed => Err(E::from(StoreError::NotCommitted)),
                    outcome => outcome,
                };
                let _ = reply.send(outcome);
            })
        });
        self.queue.try_send(change).map_err(|_| StoreError::Busy)?;
        answer.await.map_err(|_| StoreError::Busy)?
    }

    /// Queues `change`; nobody waits for it.
    pub fn enqueue(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        let change: Change = Box::new(move |connection| {
            if let Err(error) = in_savepoint::<_, StoreError>(connection, |tx| Ok(change(tx)?)) {
                tracing::warn!(%error, "a record was not written");
            }
            Box::new(|_| ())
        });
        self.queue.try_send(change).map_err(|_| StoreError::Busy)
    }
}

fn in_savepoint<T, E: From<rusqlite::Error>>(
    connection: &Connection,
    change: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    connection.execute_batch("SAVEPOINT change")?;
    let outcome = change(connection);
    connection.execute_batch(match outcome {
        Ok(_) => "RELEASE change",
        Err(_) => "ROLLBACK TO change; RELEASE change",
    })?;
    outcome
}

fn write_until_closed(
    connection: &Mutex<Connection>,
    changes: &Receiver<Change>,
    edition: &Edition,
) {
    while let Ok(first) = changes.recv() {
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        write_batch(&connection, first, changes, edition);
    }
}

fn write_batch(
    connection: &Connection,
    first: Change,
    changes: &Receiver<Change>,
    edition: &Edition,
) {
    let begun = connection.execute_batch("BEGIN IMMEDIATE");
    if let Err(error) = &begun {
        tracing::error!(%error, "no transaction could be begun");
        // Dropping a change closes its reply, which the caller reads as busy. Whoever queued
        // behind has waited as long and is not made to wait in turn.
        while changes.try_recv().is_ok() {}
        return;
    }
    let mut finishes = vec![first(connection)];
    while finishes.len() < BATCH
        && let Ok(next) = changes.try_recv()
    {
        finishes.push(next(connection));
    }
    let committed = commit(connection);
    edition.next();
    for finish in finishes {
        finish(committed);
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
