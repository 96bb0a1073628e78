//! A transaction (R4, "Transaction Processing Rules"): all entries or none, in one write
//! transaction of the store.
//!
//! First everything is found that entries are about, in the state before; then references get the
//! ids that were found; then deletes, creates, updates and patches happen; then the caller's right
//! to all that was written is checked; last come the reads, which see what was written.

use std::collections::{BTreeMap, BTreeSet};

use super::allowance::Allowance;
use super::batch::Job;
use super::bounds::Bounds;
use super::change::Change;
use super::inside::Kept;
use super::patch::{persist, prepare};
use super::phase::Phase;
use super::target::{Target, multiple};
use super::{Means, Outcome, execute};
use crate::access::decide::Authorized;
use crate::interaction::{Instance, Interaction};
use crate::problem::{Kind, Problem};
use crate::search::plan::{Plan, SearchView, unchained};
use crate::store::Transaction;

/// A reference by criteria whose search was decided on.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The first entry that holds it.
    pub entry: usize,
    /// What stands in its place.
    pub provisional: String,
    /// The search.
    pub authorized: Authorized,
}

/// Performs all entries or none; a refusal names its entry.
pub fn transaction(
    means: Means<'_>,
    jobs: Vec<Job>,
    references: Vec<Reference>,
) -> Result<Vec<Outcome>, Problem> {
    if jobs.iter().any(|job| Phase::of(job) == Phase::Patch) {
        persist(
            || beside(means, jobs.clone(), references.clone()),
            || alone(means, jobs.clone(), references.clone()),
        )
    } else {
        beside(means, jobs, references)
    }
}

/// An entry on its way.
struct Step {
    phase: Phase,
    task: Task,
    provisional: Option<String>,
}

enum Task {
    Change(Box<Change>),
    Read(Box<Authorized>),
    Done(Box<Outcome>),
}

impl Step {
    fn new(means: Means<'_>, job: Job) -> Result<Self, Problem> {
        let phase = Phase::of(&job);
        let task = match phase {
            Phase::Read => Task::Read(Box::new(job.authorized)),
            Phase::Patch => Task::Change(Box::new(prepare(means, &job.authorized)?)),
            _ => Task::Change(Box::new(Change::new(means, job.authorized, job.fresh)?)),
        };
        Ok(Self {
            phase,
            task,
            provisional: job.provisional,
        })
    }
}

/// Prepares the entries while others may write.
fn beside(
    means: Means<'_>,
    jobs: Vec<Job>,
    references: Vec<Reference>,
) -> Result<Vec<Outcome>, Problem> {
    let steps = prepared(means, jobs)?;
    if steps.iter().all(|step| step.phase == Phase::Read) && references.is_empty() {
        return read(steps, &means);
    }
    let kept = Kept::of(means);
    means.store.change_and_read(move |transaction, inside| {
        performed(transaction, kept.means(inside), steps, references)
    })
}

/// Prepares the entries while nobody else writes.
fn alone(
    means: Means<'_>,
    jobs: Vec<Job>,
    references: Vec<Reference>,
) -> Result<Vec<Outcome>, Problem> {
    let kept = Kept::of(means);
    means.store.change_and_read(move |transaction, inside| {
        let means = kept.means(inside);
        performed(transaction, means, prepared(means, jobs)?, references)
    })
}

fn prepared(means: Means<'_>, jobs: Vec<Job>) -> Result<Vec<Step>, Problem> {
    let allowance = Allowance::new();
    let step = |job| allowance.has_time().and_then(|()| Step::new(means, job));
    jobs.into_iter()
        .enumerate()
        .map(|(at, job)| step(job).map_err(|problem| problem.at_entry(at)))
        .collect()
}

fn performed(
    transaction: &Transaction<'_>,
    means: Means<'_>,
    steps: Vec<Step>,
    references: Vec<Reference>,
) -> Result<Vec<Outcome>, Problem> {
    let mut found = resolved(transaction, references)?;
    let run = Run::new(transaction, steps, &mut found)?;
    let steps = run.write(&found)?;
    read(steps, &means)
}

/// What stands for a target, and the one resource that criteria find for it.
fn resolved(
    transaction: &Transaction<'_>,
    references: Vec<Reference>,
) -> Result<BTreeMap<String, String>, Problem> {
    let mut found = BTreeMap::new();
    for reference in references {
        let target = target(transaction, &reference.authorized)
            .map_err(|problem| problem.at_entry(reference.entry))?;
        found.insert(reference.provisional, target);
    }
    Ok(found)
}

fn target(transaction: &Transaction<'_>, authorized: &Authorized) -> Result<String, Problem> {
    let Interaction::Search(query) = authorized.interaction() else {
        return Err(Problem::internal(&"a reference that is no search"));
    };
    let view = SearchView {
        searched: authorized.restriction(),
        chained: &unchained,
    };
    match transaction.find(&Plan::search(query, &view), 2)?.as_slice() {
        [] => Err(Problem::new(
            Kind::NoMatch,
            "The criteria of a reference find no resource that this token may search.",
        )),
        [found] => Ok(format!("{}/{}", found.resource_type, found.id)),
        _ => Err(multiple()),
    }
}

/// A transaction whose targets are known.
struct Run<'a> {
    transaction: &'a Transaction<'a>,
    steps: Vec<Step>,
    targets: Vec<Option<Target>>,
}

impl<'a> Run<'a> {
    fn new(
        transaction: &'a Transaction<'a>,
        steps: Vec<Step>,
        found: &mut BTreeMap<String, String>,
    ) -> Result<Self, Problem> {
        let mut seen = BTreeSet::new();
        let mut targets = Vec::with_capacity(steps.len());
        for (at, step) in steps.iter().enumerate() {
            let target = step
                .target(transaction, &mut seen)
                .map_err(|problem| problem.at_entry(at))?;
            if let (Some(provisional), Some(id)) = (
                &step.provisional,
                target.as_ref().and_then(Target::reference),
            ) && *provisional != id
            {
                found.insert(provisional.clone(), id);
            }
            targets.push(target);
        }
        Ok(Self {
            transaction,
            steps,
            targets,
        })
    }

    /// Carries out all changes, then asks whether the caller may have made them.
    fn write(mut self, found: &BTreeMap<String, String>) -> Result<Vec<Step>, Problem> {
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        order.sort_by_key(|at| self.steps[*at].phase);
        let mut written = Vec::new();
        for at in order {
            let Some(target) = self.targets[at].take() else {
                continue;
            };
            let (outcome, bounds) = self
                .carry_out(at, target, found)
                .map_err(|problem| problem.at_entry(at))?;
            self.steps[at].task = Task::Done(Box::new(outcome));
            written.extend(bounds.map(|bounds| (at, bounds)));
        }
        for (at, (instance, bounds)) in written {
            bounds
                .admit(self.transaction, &instance)
                .map_err(|problem| problem.at_entry(at))?;
        }
        Ok(self.steps)
    }

    fn carry_out(
        &mut self,
        at: usize,
        target: Target,
        found: &BTreeMap<String, String>,
    ) -> Result<(Outcome, Option<(Instance, Bounds)>), Problem> {
        let nothing_yet = Task::Done(Box::new(Outcome::Deleted(None)));
        let Task::Change(mut change) = std::mem::replace(&mut self.steps[at].task, nothing_yet)
        else {
            return Err(Problem::internal(&"a read with a target"));
        };
        match target {
            Target::Settled(outcome) => Ok((outcome, None)),
            Target::Open(instance, occupied) => {
                if !found.is_empty() {
                    change.settle(found);
                }
                let bounds = change.bounds().clone();
                let outcome = change.carry_out(self.transaction, &instance, &occupied)?;
                let is_written = matches!(outcome, Outcome::Written(_));
                Ok((outcome, is_written.then_some((instance, bounds))))
            }
        }
    }
}

impl Step {
    /// What a write is about; no two may be about the same.
    fn target(
        &self,
        transaction: &Transaction<'_>,
        seen: &mut BTreeSet<String>,
    ) -> Result<Option<Target>, Problem> {
        let Task::Change(change) = &self.task else {
            return Ok(None);
        };
        let target = change.target(transaction)?;
        if let Target::Open(instance, _) = &target {
            let address = format!("{}/{}", instance.resource_type, instance.id);
            let mut names = std::iter::once(address).chain(change.criteria());
            if !names.all(|name| seen.insert(name)) {
                return Err(Problem::new(
                    Kind::Duplicate,
                    "Another entry is about the same resource.",
                ));
            }
        }
        Ok(Some(target))
    }
}

impl Target {
    /// `Type/id` of the resource.
    fn reference(&self) -> Option<String> {
        match self {
            Self::Open(instance, _) => Some(format!("{}/{}", instance.resource_type, instance.id)),
            Self::Settled(Outcome::Written(written)) => {
                let stored = &written.stored;
                Some(format!("{}/{}", stored.resource_type, stored.id))
            }
            Self::Settled(_) => None,
        }
    }
}

fn read(steps: Vec<Step>, means: &Means<'_>) -> Result<Vec<Outcome>, Problem> {
    let mut allowance = Allowance::new();
    let one = |(at, step): (usize, Step)| match step.task {
        Task::Done(outcome) => Ok(*outcome),
        Task::Read(authorized) => {
            let read = || execute(*means, *authorized);
            allowance.read(read).map_err(|problem| problem.at_entry(at))
        }
        Task::Change(_) => Err(Problem::internal(&"a change that was left out")),
    };
    steps.into_iter().enumerate().map(one).collect()
}
