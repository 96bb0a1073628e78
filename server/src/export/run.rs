//! The work of a job: one snapshot, walked type by type into files.

use std::collections::BTreeMap;
use std::io;

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;
use serde::{Deserialize, Serialize};
use serde_json::json;
use smart::clock::Clock;

use super::deleted::Deletions;
use super::files::Files;
use super::folder::Folder;
use super::job::{File, Job, List};
use crate::access::restriction::Restriction;
use crate::operation::supporting::Supporting;
use crate::problem::{Kind, Problem};
use crate::search::plan::{Condition, Plan};
use crate::store::{Found, Patience, Snapshot, Store};

pub use super::elements::Elements;

/// What is kept of an order, besides the work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Whose it is.
    pub owner: String,
    /// The scopes that whoever asks for its files must have.
    pub scopes: String,
    /// The URL of the kick-off request.
    pub request: String,
}

/// What a job does.
#[derive(Debug, Default)]
pub struct Work {
    /// What is walked, in this order.
    pub plans: Vec<Plan>,
    /// Types that come along when something refers to them, inside what may be read of each.
    pub supporting: BTreeMap<ResourceType, Restriction>,
    /// What a resource that comes along must satisfy besides.
    pub narrow: BTreeMap<ResourceType, Vec<Condition>>,
    /// What is kept of each resource.
    pub elements: Elements,
    /// The base URL: references below it are the server's own.
    pub base: String,
    /// What is told of deletions.
    pub deletions: Deletions,
    /// What was left out, for the manifest's list of errors.
    pub ignored: Vec<Problem>,
}

/// What a job came to.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) at: DateTime<Utc>,
    pub(super) files: Vec<File>,
}

/// Does the work. All that was acknowledged before the instant `at` of the result is in the files,
/// and nothing of a later state than the one snapshot they show.
pub(super) fn run(
    job: &Job,
    work: &Work,
    store: &Store,
    folder: &Folder,
    clock: &dyn Clock,
) -> Result<Written, Problem> {
    // Writes that are on their way are let through first: their instants lie before ours.
    store.change(|_| Ok::<(), Problem>(()))?;
    let at = clock.now();
    let mut walk = Walk {
        job,
        work,
        files: Files::new(folder.of(&job.id)),
    };
    store.snapshot(Patience::Unlimited, |snapshot| {
        walk.all(snapshot)?;
        walk.deletions(snapshot)
    })?;
    walk.left_out()?;
    let files = walk.files.end().map_err(|error| broken(&error))?;
    Ok(Written { at, files })
}

struct Walk<'a> {
    job: &'a Job,
    work: &'a Work,
    files: Files,
}

impl Walk<'_> {
    fn all(&mut self, snapshot: &Snapshot<'_>) -> Result<(), Problem> {
        let mut supporting = Supporting::new(&self.work.supporting, &self.work.base);
        for plan in &self.work.plans {
            snapshot.each(plan, |found| {
                supporting.gather(found.body);
                self.write(plan.resource_type, found)
            })?;
        }
        let narrow = |ty| self.work.narrow.get(&ty).cloned().unwrap_or_default();
        supporting.follow(narrow, |plan, supporting| {
            snapshot.each(plan, |found| {
                supporting.gather(found.body);
                self.write(plan.resource_type, found)
            })
        })
    }

    fn deletions(&mut self, snapshot: &Snapshot<'_>) -> Result<(), Problem> {
        self.work.deletions.each(snapshot, |bundle| {
            self.files
                .line(List::Deleted, "Bundle", bundle.to_string().as_bytes())
                .map_err(|error| broken(&error))
        })
    }

    fn write(&mut self, ty: ResourceType, found: &Found<'_>) -> Result<(), Problem> {
        if self.job.is_cancelled() {
            return Err(Problem::new(Kind::NotFound, "The export was cancelled."));
        }
        self.job.add_resource();
        let kept = self.work.elements.keep(ty, found.body)?;
        self.files
            .line(List::Output, ty.as_str(), &kept)
            .map_err(|error| broken(&error))
    }

    /// What a lenient caller asked for and did not get.
    fn left_out(&mut self) -> Result<(), Problem> {
        for problem in &self.work.ignored {
            let mut outcome = problem.outcome();
            outcome["issue"][0]["severity"] = json!("warning");
            self.files
                .line(
                    List::Error,
                    "OperationOutcome",
                    outcome.to_string().as_bytes(),
                )
                .map_err(|error| broken(&error))?;
        }
        Ok(())
    }
}

fn broken(error: &io::Error) -> Problem {
    tracing::error!(%error, "an export could not be written");
    Problem::new(
        Kind::Internal,
        "The files of the export could not be written; begin it again.",
    )
}
