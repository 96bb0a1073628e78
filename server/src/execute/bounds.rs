//! What a write may touch and show.

use crate::access::decide::Authorized;
use crate::access::restriction::Restriction;
use crate::interaction::Instance;
use crate::problem::{Kind, Problem};
use crate::search::plan::Plan;
use crate::store::{Occupied, Transaction};

/// What a write may touch and show.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// What may be written.
    writable: Restriction,
    /// What may be shown in the answer; `None` for nothing.
    readable: Option<Restriction>,
}

impl Bounds {
    pub(super) fn new(authorized: &Authorized) -> Self {
        Self {
            writable: authorized.restriction().clone(),
            readable: authorized.readable().cloned(),
        }
    }

    /// What may be written; nothing is shown.
    pub(super) fn unshown(writable: &Restriction) -> Self {
        Self {
            writable: writable.clone(),
            readable: None,
        }
    }

    /// What was just written lies in the writable view; it is shown when reading is allowed by the
    /// very same view. Anything narrower is not worth an oracle.
    pub(super) fn shows(&self) -> bool {
        self.readable.as_ref() == Some(&self.writable)
    }

    /// What a patch may start from: what may be written and, if it looks, what may be read too.
    pub(super) fn patchable(&self, looks: bool) -> Vec<&Restriction> {
        let readable = self.readable.as_ref().filter(|_| looks);
        std::iter::once(&self.writable).chain(readable).collect()
    }

    /// The state of an address; `None` when there is something that the caller may not touch.
    pub(super) fn occupied(
        &self,
        transaction: &Transaction<'_>,
        instance: &Instance,
    ) -> Result<Option<Occupied>, Problem> {
        let occupied = transaction.occupied(instance.resource_type, &instance.id)?;
        let hidden =
            matches!(occupied, Occupied::Current(_)) && !self.has(transaction, instance)?;
        Ok((!hidden).then_some(occupied))
    }

    /// Whether a free id may be taken. Who does not see all of a type may not: an id that is in
    /// use out of sight would have to be told from one that is free.
    pub(super) fn may_choose_ids(&self) -> bool {
        self.writable.is_none()
    }

    /// Makes sure that what was just written is the caller's to write.
    pub(super) fn admit(
        &self,
        transaction: &Transaction<'_>,
        instance: &Instance,
    ) -> Result<(), Problem> {
        if self.has(transaction, instance)? {
            return Ok(());
        }
        Err(Problem::new(
            Kind::Forbidden,
            "The token's scopes do not reach a resource with this content.",
        ))
    }

    fn has(&self, transaction: &Transaction<'_>, instance: &Instance) -> Result<bool, Problem> {
        let plan = Plan::read(instance.resource_type, &instance.id, &self.writable);
        Ok(!transaction.find(&plan, 1)?.is_empty())
    }
}
