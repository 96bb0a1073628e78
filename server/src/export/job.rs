//! One export: what was ordered and how far it has come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::run::Order;
use crate::problem::Problem;

/// Files in one part of a manifest.
const PAGE: usize = 8;

/// A job in memory.
#[derive(Debug)]
pub struct Job {
    /// Its name, which nobody can guess.
    pub id: String,
    /// What was ordered.
    pub order: Order,
    begun: DateTime<Utc>,
    state: Mutex<State>,
    /// What can be had already while it runs.
    ready: Mutex<Ready>,
    expires: Mutex<Option<DateTime<Utc>>>,
    resources: AtomicU64,
    cancelled: AtomicBool,
}

/// The files that are there before a job has ended, in the order in which they were.
#[derive(Debug, Default)]
struct Ready {
    at: i64,
    files: Vec<File>,
}

/// A part of a manifest.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// The instant that all files show, in milliseconds.
    pub at: i64,
    /// The files of this part, and all that tell of errors.
    pub files: Vec<File>,
    /// Whether there is another part after it.
    pub has_next: bool,
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
    /// Type of its resources; none when it holds records of patients.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// How many resources.
    pub count: u64,
    /// How long it is.
    #[serde(default)]
    pub bytes: u64,
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
            ready: Mutex::default(),
            expires: Mutex::new(record.expires.map(instant)),
            resources: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
        }
    }

    /// A job that an earlier run left behind. One that had not ended never will, and one whose
    /// files are not `whole` any more has none.
    pub(super) fn left_behind(mut record: Record, whole: bool) -> Self {
        if record.state == State::Running || !whole {
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

    /// From here on files are written that show this instant.
    pub(super) fn show(&self, at: DateTime<Utc>) {
        lock(&self.ready).at = at.timestamp_millis();
    }

    /// A file is complete.
    pub(super) fn add_file(&self, file: File) {
        lock(&self.ready).files.push(file);
    }

    /// The file of this name, if it can be had.
    pub(super) fn has_file(&self, name: &str) -> bool {
        let named = |files: &[File]| files.iter().any(|file| file.name == name);
        match &*lock(&self.state) {
            State::Complete { files, .. } => named(files),
            State::Running => self.order.is_partial && named(&lock(&self.ready).files),
            State::Failed { .. } => false,
        }
    }

    /// A part of the manifest, from 1 on; `None` when it is not there (yet). Once shown, a part
    /// never changes, but for learning that there is another one after it.
    pub fn page(&self, number: usize) -> Option<Page> {
        let (at, files, is_complete) = match &*lock(&self.state) {
            State::Complete { at, files } => (*at, files.clone(), true),
            State::Running if self.order.is_partial => {
                let ready = lock(&self.ready);
                (ready.at, ready.files.clone(), false)
            }
            State::Running | State::Failed { .. } => return None,
        };
        let (errors, mut listed): (Vec<File>, Vec<File>) =
            files.into_iter().partition(|file| file.list == List::Error);
        let size = if self.order.is_partial {
            PAGE
        } else {
            usize::MAX
        };
        let full = listed.len() / size;
        let pages = if is_complete {
            listed.len().div_ceil(size).max(1)
        } else {
            full
        };
        if !(1..=pages).contains(&number) {
            return None;
        }
        let mut of_page = listed.split_off((number - 1).saturating_mul(size).min(listed.len()));
        of_page.truncate(size);
        of_page.extend(errors);
        Some(Page {
            at,
            files: of_page,
            has_next: number < pages,
        })
    }

    pub(super) fn end(&self, outcome: Result<(), Problem>, expires: DateTime<Utc>) {
        *lock(&self.expires) = Some(expires);
        // Under the lock of the state, so that no part of a manifest is gone for a moment.
        let mut state = lock(&self.state);
        let ready = std::mem::take(&mut *lock(&self.ready));
        *state = match outcome {
            Ok(()) => State::Complete {
                at: ready.at,
                files: ready.files,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, list: List) -> File {
        File {
            name: name.into(),
            list,
            resource_type: None,
            count: 1,
            bytes: 2,
        }
    }

    fn job(is_partial: bool) -> Job {
        let order = Order {
            is_partial,
            ..Order::default()
        };
        Job::new("x".into(), order, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_part_that_was_shown_changes_only_by_a_link() {
        let job = job(true);
        job.add_file(file("error", List::Error));
        for number in 1..PAGE {
            job.add_file(file(&number.to_string(), List::Output));
        }
        assert_eq!(job.page(1), None, "a part is shown when it is full");
        job.add_file(file("last", List::Output));
        let first = job.page(1).unwrap();
        assert_eq!((first.files.len(), first.has_next), (PAGE + 1, false));
        job.add_file(file("more", List::Output));
        assert_eq!(job.page(1).unwrap(), first);
        assert_eq!(job.page(2), None);
        job.end(Ok(()), DateTime::UNIX_EPOCH);
        let again = job.page(1).unwrap();
        assert_eq!((again.files, again.has_next), (first.files, true));
        let second = job.page(2).unwrap();
        assert_eq!((second.files.len(), second.has_next), (2, false));
        assert_eq!((job.page(0), job.page(3)), (None, None));
    }

    #[test]
    fn who_did_not_ask_for_parts_gets_none() {
        let job = job(false);
        for number in 0..3 * PAGE {
            job.add_file(file(&number.to_string(), List::Output));
        }
        assert_eq!(job.page(1), None);
        assert!(!job.has_file("1"));
        job.end(Ok(()), DateTime::UNIX_EPOCH);
        assert_eq!(job.page(1).unwrap().files.len(), 3 * PAGE);
        assert!(job.has_file("1"));
    }

    #[test]
    fn an_export_without_files_has_a_manifest() {
        let job = job(true);
        job.end(Ok(()), DateTime::UNIX_EPOCH);
        assert_eq!(job.page(1).unwrap().files, []);
    }
}
