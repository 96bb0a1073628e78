//! One export: what was ordered and how far it has come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::run::{Order, Written};
use crate::problem::Problem;

/// A job in memory.
#[derive(Debug)]
pub struct Job {
    /// Its name, which nobody can guess.
    pub id: String,
    /// What was ordered.
    pub order: Order,
    begun: DateTime<Utc>,
    state: Mutex<State>,
    expires: Mutex<Option<DateTime<Utc>>>,
    resources: AtomicU64,
    cancelled: AtomicBool,
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum State {
    /// Under way.
    Running,
    /// Its files are there.
    Complete {
        /// The instant that all its files show (`transactionTime`), in milliseconds.
        at: i64,
        /// The files.
        files: Vec<File>,
    },
    /// It came to nothing.
    Failed {
        /// Why, for the caller.
        diagnostics: String,
    },
}

/// One file of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name in the job.
    pub name: String,
    /// In which list of the manifest it stands.
    pub list: List,
    /// Type of its resources.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// How many resources.
    pub count: u64,
}

/// The lists of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum List {
    /// What was asked for.
    Output,
    /// What is there no more.
    Deleted,
    /// What was left out.
    Error,
}

/// A job as it is kept on disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Its name.
    pub id: String,
    /// What was ordered.
    pub order: Order,
    /// When it began, in milliseconds.
    pub begun: i64,
    /// Until when it is kept, in milliseconds, once it has ended.
    pub expires: Option<i64>,
    /// How far it has come.
    pub state: State,
}

impl Job {
    pub(super) fn new(id: String, order: Order, now: DateTime<Utc>) -> Self {
        Self::of(Record {
            id,
            order,
            begun: now.timestamp_millis(),
            expires: None,
            state: State::Running,
        })
    }

    fn of(record: Record) -> Self {
        Self {
            id: record.id,
            order: record.order,
            begun: instant(record.begun),
            state: Mutex::new(record.state),
            expires: Mutex::new(record.expires.map(instant)),
            resources: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
        }
    }

    /// A job that an earlier run left behind. One that had not ended never will.
    pub(super) fn left_behind(mut record: Record) -> Self {
        if record.state == State::Running {
            record.state = State::Failed {
                diagnostics: "A restart of the server interrupted this export; begin it again."
                    .into(),
            };
            record.expires = Some(record.begun + super::KEPT.num_milliseconds());
        }
        Self::of(record)
    }

    pub(super) fn record(&self) -> Record {
        Record {
            id: self.id.clone(),
            order: self.order.clone(),
            begun: self.begun.timestamp_millis(),
            expires: self.expires().map(|expires| expires.timestamp_millis()),
            state: self.state(),
        }
    }

    /// How far it has come.
    pub fn state(&self) -> State {
        lock(&self.state).clone()
    }

    /// Until when it is kept; `None` while it runs.
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        *lock(&self.expires)
    }

    /// How many resources were written so far.
    pub fn resources(&self) -> u64 {
        self.resources.load(Ordering::Relaxed)
    }

    pub(super) fn add_resource(&self) {
        self.resources.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self, outcome: Result<Written, Problem>, expires: DateTime<Utc>) {
        *lock(&self.expires) = Some(expires);
        *lock(&self.state) = match outcome {
            Ok(written) => State::Complete {
                at: written.at.timestamp_millis(),
                files: written.files,
            },
            Err(problem) => State::Failed {
                diagnostics: problem.diagnostics,
            },
        };
    }

    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(super) fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires().is_some_and(|expires| expires <= now)
    }
}

fn instant(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
