//! A batch (R4, "batch/transaction"): each entry by itself. Writes go before reads, as in a
//! transaction; those without a patch share one wait for the disk.

use super::allowance::Allowance;
use super::change::Change;
use super::phase::Phase;
use super::write::alone;
use super::{Means, Outcome, execute};
use crate::access::decide::Authorized;
use crate::problem::Problem;

/// An entry that may be performed.
#[derive(Debug, Clone)]
pub struct Job {
    /// What it may do.
    pub authorized: Authorized,
    /// The id of a resource that it makes.
    pub fresh: String,
    /// What other entries call its resource until its id is known.
    pub provisional: Option<String>,
}

/// What came of an entry.
pub type Reply = Result<Outcome, Problem>;

/// Performs each entry that may be performed. An error concerns the whole batch.
pub fn batch(means: Means<'_>, jobs: Vec<Result<Job, Problem>>) -> Result<Vec<Reply>, Problem> {
    let mut todo: Vec<_> = jobs.into_iter().enumerate().collect();
    todo.sort_by_key(|(_, job)| job.as_ref().map_or(Phase::Read, Phase::of));
    let mut replies = Vec::with_capacity(todo.len());
    let mut writes = Vec::new();
    let mut rest = Vec::new();
    for (at, job) in todo {
        match job {
            Err(problem) => replies.push((at, Err(problem))),
            Ok(job) if Phase::of(&job).is_shared() => {
                writes.push((at, Change::new(means, job.authorized, job.fresh)?));
            }
            Ok(job) => rest.push((at, job)),
        }
    }
    replies.extend(write(means, writes)?);
    let mut allowance = Allowance::new();
    for (at, job) in rest {
        let reply = allowance.read(|| execute(means, job.authorized));
        replies.push((at, reply));
    }
    replies.sort_by_key(|(at, _)| *at);
    Ok(replies.into_iter().map(|(_, reply)| reply).collect())
}

/// Writes what can be written together; what fails undoes itself alone.
fn write(means: Means<'_>, changes: Vec<(usize, Change)>) -> Result<Vec<(usize, Reply)>, Problem> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    means.store.change(move |transaction| {
        let one = |(at, change)| {
            let reply = transaction.attempt(|transaction| alone(transaction, change));
            (at, reply)
        };
        Ok(changes.into_iter().map(one).collect())
    })
}
