//! `create`, `update` and `delete`, conditional or not (R4, "RESTful API"). Each is one
//! transaction in which the restriction must admit what was there before and what is there
//! afterwards, and in which criteria are evaluated: nothing can slip in between.

use super::change::Change;
use super::target::Target;
use super::{Means, Outcome};
use crate::access::decide::Authorized;
use crate::problem::Problem;
use crate::store::Transaction;

/// Performs a write of its own.
pub(super) fn write(means: Means<'_>, authorized: Authorized) -> Result<Outcome, Problem> {
    let change = Change::new(means, authorized, means.ids.next())?;
    means
        .store
        .change(move |transaction| alone(transaction, change))
}

/// A change that no other one belongs to.
pub(super) fn alone(transaction: &Transaction<'_>, change: Change) -> Result<Outcome, Problem> {
    match change.target(transaction)? {
        Target::Settled(outcome) => Ok(outcome),
        Target::Open(instance, occupied) => {
            let bounds = change.bounds().clone();
            let outcome = change.carry_out(transaction, &instance, &occupied)?;
            if matches!(outcome, Outcome::Written(_)) {
                bounds.admit(transaction, &instance)?;
            }
            Ok(outcome)
        }
    }
}
