//! The one thread that writes: changes of many requests share one commit, and so one wait for the
//! disk. A change is acknowledged after the commit, never before.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parking_lot::ReentrantMutex;
use rusqlite::Connection;

use super::{StoreError, engine};

/// Changes that may wait; beyond it callers are told to come back later.
const QUEUE: usize = 1024;
/// Changes that share one commit.
const BATCH: usize = 64;

type Change = Box<dyn FnOnce(&Connection, Undo) -> Acknowledge + Send>;
/// Tells the caller how it went, once the commit has succeeded or failed.
type Acknowledge = Box<dyn FnOnce(bool)>;

/// How a change that fails is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undo {
    /// With the transaction, in which it stands alone so far. This keeps no copies of pages, and the
    /// full text index writes once.
    Transaction,
    /// Back to a savepoint behind the changes before it.
    Savepoint,
}

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

    /// Runs `change` in a shared transaction, from which it can be undone alone, and returns its
    /// answer when that is durable. Blocks the calling thread.
    pub(super) fn run<T, E>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        let change: Change = Box::new(move |connection, undo| {
            let outcome = guarded(connection, undo, change);
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

/// Runs the change of one request. One that panics is undone like one that fails: the others of
/// its batch, and all later ones, are none the worse for a defect.
fn guarded<T, E: From<StoreError>>(
    connection: &Connection,
    undo: Undo,
    change: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    if undo == Undo::Savepoint {
        connection
            .execute_batch("SAVEPOINT request")
            .map_err(engine)?;
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| change(connection)));
    let outcome = outcome.unwrap_or_else(|_| {
        // What was looked for may have had a deadline.
        connection
            .progress_handler(0, None::<fn() -> bool>)
            .map_err(engine)?;
        Err(StoreError::Defect.into())
    });
    // Savepoints that the change left open inside of its own end with it.
    match undo {
        Undo::Savepoint => end(connection, "request", outcome),
        Undo::Transaction => {
            if outcome.is_err() {
                begin_anew(connection);
            }
            outcome
        }
    }
}

/// Undoes what the transaction did, which a full disk may have done already, and begins another.
fn begin_anew(connection: &Connection) {
    let undo = if connection.is_autocommit() {
        ""
    } else {
        "ROLLBACK; "
    };
    if let Err(error) = connection.execute_batch(&format!("{undo}BEGIN IMMEDIATE")) {
        tracing::error!(%error, "no transaction could be begun");
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
    end(connection, "change", outcome)
}

fn end<T, E: From<StoreError>>(
    connection: &Connection,
    savepoint: &str,
    outcome: Result<T, E>,
) -> Result<T, E> {
    let undo = match outcome {
        Ok(_) => String::new(),
        Err(_) => format!("ROLLBACK TO {savepoint}; "),
    };
    connection
        .execute_batch(&format!("{undo}RELEASE {savepoint}"))
        .map_err(engine)?;
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
    let mut acknowledgements = vec![first(connection, Undo::Transaction)];
    // Without a transaction, because none could be begun after the first change was undone, nothing
    // may join.
    while acknowledgements.len() < BATCH
        && !connection.is_autocommit()
        && let Ok(next) = changes.try_recv()
    {
        acknowledgements.push(next(connection, Undo::Savepoint));
    }
    let committed = commit(connection);
    for acknowledge in acknowledgements {
        acknowledge(committed);
    }
}

fn commit(connection: &Connection) -> bool {
    if connection.is_autocommit() {
        return false;
    }
    let outcome = connection.execute_batch("COMMIT");
    if let Err(error) = &outcome {
        tracing::error!(%error, "a transaction could not be committed");
        let _ = connection.execute_batch("ROLLBACK");
    }
    outcome.is_ok()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use fhir::resource_type::ResourceType;

    use crate::store::{Incoming, Limits, Location, Occupied, Store, StoreError, Transaction};

    fn flag(id: &str) -> Incoming {
        Incoming {
            resource_type: ResourceType::parse("Flag").unwrap(),
            id: id.into(),
            updated: DateTime::UNIX_EPOCH,
            body: b"{}".to_vec(),
            rows: Vec::new(),
            earlier: Vec::new(),
        }
    }

    #[test]
    fn a_change_that_panics_is_undone_and_the_next_one_is_made() {
        let store = Store::open(&Location::Memory, "panics", Limits::default()).unwrap();
        let broken = |transaction: &Transaction<'_>| -> Result<(), StoreError> {
            transaction.put(flag("a"), 1)?;
            transaction.attempt(|part| {
                part.put(flag("b"), 1)?;
                panic!("a defect inside of a part")
            })
        };
        assert!(matches!(store.change(broken), Err(StoreError::Defect)));
        let sound = |transaction: &Transaction<'_>| transaction.put(flag("c"), 1);
        store.change::<_, StoreError>(sound).unwrap();
        let state = |transaction: &Transaction<'_>| {
            ["a", "b", "c"]
                .map(|id| transaction.occupied(ResourceType::parse("Flag").unwrap(), id))
                .into_iter()
                .collect::<Result<Vec<_>, _>>()
        };
        let found = store.change::<_, StoreError>(state).unwrap();
        assert_eq!(
            found,
            [Occupied::Free, Occupied::Free, Occupied::Current(1)]
        );
    }
}
