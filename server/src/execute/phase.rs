//! The order in which the entries of a Bundle are performed (R4, "Transaction Processing Rules").

use super::batch::Job;
use crate::interaction::Interaction;

/// When an entry has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Delete,
    Create,
    Update,
    Patch,
    Read,
}

impl Phase {
    pub(super) fn of(job: &Job) -> Self {
        match job.authorized.interaction() {
            Interaction::Delete { .. } => Self::Delete,
            Interaction::Create { .. } => Self::Create,
            Interaction::Update { .. } => Self::Update,
            Interaction::Patch { .. } => Self::Patch,
            _ => Self::Read,
        }
    }

    /// Whether it can share a transaction with others of a batch: a patch begins with a read.
    pub(super) fn is_shared(self) -> bool {
        matches!(self, Self::Delete | Self::Create | Self::Update)
    }
}
