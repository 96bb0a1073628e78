//! Bulk exports: jobs, their files and who may have them (Bulk Data Access 2.0.0).
//!
//! A job runs on a thread of its own over one snapshot of the database and writes its files
//! resource by resource. A job that is done outlives a restart with its files; one that a restart
//! interrupted has failed and says so. Another client's job is one that never was.

mod blocks;
mod deleted;
mod elements;
mod files;
mod folder;
mod job;
mod run;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use smart::clock::SharedClock;
use smart::scope::ScopeSet;

use crate::execute::ids::Ids;
use crate::problem::{Kind, Problem};
use crate::store::Store;

pub use blocks::{Block, Blocks};
pub use deleted::Deletions;
use folder::Folder;
pub use job::{File, Job, List, Page, Record, State};
pub use run::{Elements, Order, Work};

/// Exports of one client that may run at the same time.
const MAX_RUNNING: usize = 2;
/// Exports of one client that are kept.
const MAX_KEPT: usize = 32;
/// How long the files of an export are kept.
const KEPT: TimeDelta = TimeDelta::hours(12);

/// All exports of a server.
pub struct Exports {
    folder: Folder,
    store: Arc<Store>,
    clock: SharedClock,
    ids: Ids,
    jobs: Mutex<BTreeMap<String, Arc<Job>>>,
}

impl Exports {
    /// Reads the jobs that an earlier run left in `folder`; without one, files are temporary and
    /// go with the server. `secret` makes names that nobody can guess.
    pub fn open(
        folder: Option<PathBuf>,
        store: Arc<Store>,
        clock: SharedClock,
        secret: [u8; 32],
    ) -> Self {
        let ids = Ids::new(secret);
        let folder = folder.map_or_else(|| Folder::temporary(&ids.next()), Folder::kept);
        let jobs = folder
            .jobs()
            .into_iter()
            .map(|job| (job.id.clone(), Arc::new(job)))
            .collect();
        Self {
            folder,
            store,
            clock,
            ids,
            jobs: Mutex::new(jobs),
        }
    }

    /// Begins an export and answers its id. Too many at once are refused with
    /// [`Kind::Throttled`].
    pub fn begin(&self, order: Order, work: Work) -> Result<String, Problem> {
        let now = self.clock.now();
        self.sweep(now);
        let mut jobs = self.lock();
        admit(&jobs, &order.owner)?;
        let job = Arc::new(Job::new(self.ids.next(), order, now));
        self.folder
            .create(&job.id)
            .map_err(|error| Problem::internal(&error))?;
        self.folder.keep(&job.record())?;
        jobs.insert(job.id.clone(), job.clone());
        drop(jobs);
        self.spawn(job.clone(), work)?;
        Ok(job.id.clone())
    }

    fn spawn(&self, job: Arc<Job>, work: Work) -> Result<(), Problem> {
        let (store, folder, clock) = (self.store.clone(), self.folder.clone(), self.clock.clone());
        std::thread::Builder::new()
            .name("fhir-export".into())
            .spawn(move || {
                let outcome = run::run(&job, &work, &store, &folder, &*clock);
                job.end(outcome, clock.now() + KEPT);
                if job.is_cancelled() {
                    folder.remove(&job.id);
                } else if let Err(problem) = folder.keep(&job.record()) {
                    tracing::error!(%problem, "an export could not be recorded");
                }
            })
            .map(|_| ())
            .map_err(|error| Problem::internal(&error))
    }

    /// The job of this name, if it is this owner's and `scopes` allow all that it holds. Any other
    /// is answered like one that never was.
    pub fn find(&self, id: &str, owner: &str, scopes: &ScopeSet) -> Result<Arc<Job>, Problem> {
        self.sweep(self.clock.now());
        self.lock()
            .get(id)
            .filter(|job| job.order.owner == owner)
            .filter(|job| scopes.covers(&ScopeSet::parse(&job.order.scopes).known))
            .cloned()
            .ok_or_else(unknown)
    }

    /// Ends and forgets a job, and removes its files.
    pub fn delete(&self, job: &Job) {
        job.cancel();
        self.lock().remove(&job.id);
        self.folder.remove(&job.id);
    }

    /// Where a file of a job is.
    pub fn path(&self, job: &Job, name: &str) -> Result<PathBuf, Problem> {
        if job.has_file(name) {
            Ok(self.folder.of(&job.id).join(name))
        } else {
            Err(unknown())
        }
    }

    /// Forgets what has expired.
    fn sweep(&self, now: DateTime<Utc>) {
        let mut jobs = self.lock();
        let expired: Vec<String> = jobs
            .values()
            .filter(|job| job.is_expired(now))
            .map(|job| job.id.clone())
            .collect();
        for id in expired {
            jobs.remove(&id);
            self.folder.remove(&id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Job>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Exports {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Exports({:?})", self.folder)
    }
}

/// Whether this owner may begin one more.
fn admit(jobs: &BTreeMap<String, Arc<Job>>, owner: &str) -> Result<(), Problem> {
    let own = || jobs.values().filter(|job| job.order.owner == owner);
    let running = own().filter(|job| matches!(job.state(), State::Running));
    if running.count() >= MAX_RUNNING {
        return Err(Problem::new(
            Kind::Throttled,
            format!(
                "{MAX_RUNNING} exports of this client are running; begin the next when one is done."
            ),
        ));
    }
    if own().count() >= MAX_KEPT {
        return Err(Problem::new(
            Kind::Throttled,
            format!(
                "{MAX_KEPT} exports of this client are kept; delete one that is no longer needed."
            ),
        ));
    }
    Ok(())
}

fn unknown() -> Problem {
    Problem::new(
        Kind::NotFound,
        "There is no such export; it may have expired or been deleted.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(owner: &str, number: usize) -> Arc<Job> {
        let order = Order {
            owner: owner.into(),
            ..Order::default()
        };
        Arc::new(Job::new(number.to_string(), order, DateTime::UNIX_EPOCH))
    }

    fn ended(owner: &str, number: usize) -> Arc<Job> {
        let job = running(owner, number);
        job.end(Ok(()), DateTime::UNIX_EPOCH);
        job
    }

    fn table(jobs: impl Iterator<Item = Arc<Job>>) -> BTreeMap<String, Arc<Job>> {
        jobs.map(|job| (job.id.clone(), job)).collect()
    }

    #[test]
    fn a_client_runs_so_many_exports_at_once_and_others_are_not_in_its_way() {
        let jobs = table((0..MAX_RUNNING).map(|number| running("a", number)));
        assert_eq!(admit(&jobs, "a").unwrap_err().kind, Kind::Throttled);
        assert!(admit(&jobs, "b").is_ok());
        let jobs = table((0..MAX_RUNNING).map(|number| ended("a", number)));
        assert!(admit(&jobs, "a").is_ok());
    }

    #[test]
    fn a_client_keeps_so_many_exports() {
        let jobs = table((0..MAX_KEPT).map(|number| ended("a", number)));
        assert_eq!(admit(&jobs, "a").unwrap_err().kind, Kind::Throttled);
    }
}
