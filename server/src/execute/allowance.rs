//! What the reads and patches of one Bundle may take together: each alone has its limits, but there may be a
//! thousand of them.

use std::time::{Duration, Instant};

use super::{History, Outcome, Searchset};
use crate::problem::{Kind, Problem};

/// Longest that they may take.
const TIME: Duration = Duration::from_secs(10);
/// Most that they may yield, in bytes.
const BYTES: usize = 50 * 1024 * 1024;

/// What is left.
#[derive(Debug)]
pub(super) struct Allowance {
    began: Instant,
    bytes: usize,
}

impl Allowance {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            bytes: BYTES,
        }
    }

    /// Refuses to go on when the time is over.
    pub(super) fn has_time(&self) -> Result<(), Problem> {
        if self.began.elapsed() <= TIME {
            return Ok(());
        }
        Err(Problem::new(
            Kind::QueryTimeout,
            "The reads and patches of this Bundle take longer than they may together; send several.",
        ))
    }

    /// Reads, if there is time left, and keeps what comes of it, if there is room left.
    pub(super) fn read(
        &mut self,
        read: impl FnOnce() -> Result<Outcome, Problem>,
    ) -> Result<Outcome, Problem> {
        self.has_time()?;
        let outcome = read()?;
        self.bytes = self.bytes.checked_sub(weight(&outcome)).ok_or_else(|| {
            Problem::new(
                Kind::TooCostly,
                "The reads of this Bundle yield more than 50 MiB together; send several.",
            )
        })?;
        Ok(outcome)
    }
}

/// The bytes of the resources.
fn weight(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Resource(stored) => stored.body.len(),
        Outcome::Written(written) => written.stored.body.len(),
        Outcome::Searchset(Searchset {
            matches, included, ..
        }) => matches
            .iter()
            .chain(included)
            .map(|stored| stored.body.len())
            .sum(),
        Outcome::History(History { versions, .. }) => versions
            .iter()
            .filter_map(|version| version.stored.as_ref())
            .map(|stored| stored.body.len())
            .sum(),
        Outcome::Deleted(_) | Outcome::Accepted(_) | Outcome::Answer(_) | Outcome::Images(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yields_too_much_together_is_refused() {
        let mut allowance = Allowance::new();
        let stored = || crate::store::Stored {
            key: 1,
            resource_type: fhir::resource_type::ResourceType::parse("Patient").unwrap(),
            id: "a".into(),
            version: 1,
            updated: chrono::DateTime::UNIX_EPOCH,
            body: vec![b' '; 20 * 1024 * 1024],
        };
        for _ in 0..2 {
            assert!(allowance.read(|| Ok(Outcome::Resource(stored()))).is_ok());
        }
        let third = allowance.read(|| Ok(Outcome::Resource(stored())));
        assert_eq!(third.unwrap_err().kind, Kind::TooCostly);
    }
}
