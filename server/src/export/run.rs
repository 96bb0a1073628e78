//! The work of a job: one snapshot, walked type by type into files.

use std::collections::BTreeMap;
use std::io;

use fhir::resource_type::ResourceType;
use serde::{Deserialize, Serialize};
use serde_json::json;
use smart::clock::Clock;

use super::blocks::Blocks;
use super::deleted::Deletions;
use super::files::{Files, Place};
use super::folder::Folder;
use super::job::{Job, List};
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
    /// The type whose resources the files are organized by; none: by the types of resources.
    #[serde(default)]
    pub organized_by: Option<String>,
    /// Whether the manifest comes in parts.
    #[serde(default)]
    pub is_partial: bool,
}

/// What a job does.
#[derive(Debug, Default)]
pub struct Work {
    /// What is walked, in this order.
    pub plans: Vec<Plan>,
    /// Instead of plans: the record of one patient after the other.
    pub blocks: Option<Blocks>,
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

/// Does the work. All that was acknowledged before the instant that the job shows is in the files,
/// and nothing of a later state than the one snapshot they show.
pub(super) fn run(
    job: &Job,
    work: &Work,
    store: &Store,
    folder: &Folder,
    clock: &dyn Clock,
) -> Result<(), Problem> {
    // Writes that are on their way are let through first: their instants lie before ours.
    store.change(|_| Ok::<(), Problem>(()))?;
    job.show(clock.now());
    let mut walk = Walk {
        job,
        work,
        files: Files::new(job, folder.of(&job.id)),
    };
    walk.left_out()?;
    store.snapshot(Patience::Unlimited, |snapshot| {
        match &work.blocks {
            Some(blocks) => walk.blocks(blocks, snapshot)?,
            None => walk.all(snapshot)?,
        }
        walk.deletions(snapshot)
    })?;
    walk.files.end().map_err(|error| broken(&error))
}

/// A job at work.
pub(super) struct Walk<'a> {
    job: &'a Job,
    pub(super) work: &'a Work,
    files: Files<'a>,
}

impl Walk<'_> {
    /// One type after the other; a file is complete when its type is.
    fn all(&mut self, snapshot: &Snapshot<'_>) -> Result<(), Problem> {
        let mut supporting = Supporting::new(&self.work.supporting, &self.work.base);
        for plan in &self.work.plans {
            let ty = plan.resource_type;
            snapshot.each(plan, |found| {
                supporting.gather(found.body);
                self.write(Some(ty), ty, found)
            })?;
            self.files
                .close((List::Output, Some(ty)))
                .map_err(|error| broken(&error))?;
        }
        self.supporting(snapshot, supporting, Some)
    }

    /// What the resources so far refer to, and what that refers to; `place` tells the file of a
    /// type.
    pub(super) fn supporting(
        &mut self,
        snapshot: &Snapshot<'_>,
        mut supporting: Supporting<'_>,
        place: impl Fn(ResourceType) -> Option<ResourceType>,
    ) -> Result<(), Problem> {
        let narrow = |ty| self.work.narrow.get(&ty).cloned().unwrap_or_default();
        supporting.follow(narrow, |plan, supporting| {
            let ty = plan.resource_type;
            snapshot.each(plan, |found| {
                supporting.gather(found.body);
                self.write(place(ty), ty, found)
            })
        })
    }

    fn deletions(&mut self, snapshot: &Snapshot<'_>) -> Result<(), Problem> {
        let place = (List::Deleted, ResourceType::parse("Bundle"));
        self.work.deletions.each(snapshot, |bundle| {
            self.line(place, bundle.to_string().as_bytes())
        })
    }

    /// Writes a resource of type `ty`.
    pub(super) fn write(
        &mut self,
        place: Option<ResourceType>,
        ty: ResourceType,
        found: &Found<'_>,
    ) -> Result<(), Problem> {
        if self.job.is_cancelled() {
            return Err(Problem::new(Kind::NotFound, "The export was cancelled."));
        }
        self.job.add_resource();
        let kept = self.work.elements.keep(ty, found.body)?;
        self.line((List::Output, place), &kept)
    }

    /// What a lenient caller asked for and did not get. It is told first, so that every part of
    /// the manifest can tell it.
    fn left_out(&mut self) -> Result<(), Problem> {
        let place = (List::Error, ResourceType::parse("OperationOutcome"));
        for problem in &self.work.ignored {
            let mut outcome = problem.outcome();
            outcome["issue"][0]["severity"] = json!("warning");
            self.line(place, outcome.to_string().as_bytes())?;
        }
        self.files.close(place).map_err(|error| broken(&error))
    }

    pub(super) fn line(&mut self, place: Place, json: &[u8]) -> Result<(), Problem> {
        self.files.line(place, json).map_err(|error| broken(&error))
    }

    pub(super) fn part(&mut self, place: Place) -> Result<(), Problem> {
        self.files.part(place).map_err(|error| broken(&error))
    }
}

fn broken(error: &io::Error) -> Problem {
    tracing::error!(%error, "an export could not be written");
    Problem::new(
        Kind::Internal,
        "The files of the export could not be written; begin it again.",
    )
}
