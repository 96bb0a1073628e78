//! How a check ends.

use std::fmt::Write;

use serde::Serialize;

use crate::http::RequestError;

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// The claim holds.
    Pass,
    /// The claim does not hold, and it is a required one.
    Fail {
        /// What was seen instead.
        reason: String,
    },
    /// The claim does not hold, but it is a recommendation (or a known exception).
    Warn {
        /// What was seen instead.
        reason: String,
    },
    /// Nothing could be decided.
    Skip {
        /// What was missing.
        reason: String,
    },
    /// The runner itself went wrong; this says nothing about the server.
    Error {
        /// What went wrong.
        reason: String,
    },
}

impl Outcome {
    /// The word in reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail { .. } => "fail",
            Self::Warn { .. } => "warn",
            Self::Skip { .. } => "skip",
            Self::Error { .. } => "error",
        }
    }

    /// Why, unless it passed.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Pass => None,
            Self::Fail { reason }
            | Self::Warn { reason }
            | Self::Skip { reason }
            | Self::Error { reason } => Some(reason),
        }
    }
}

/// Why a check did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The claim does not hold.
    Fail(String),
    /// The claim holds in substance, with a blemish.
    Warn(String),
    /// Nothing could be decided.
    Skip(String),
    /// The runner went wrong.
    Error(String),
}

/// What a check returns: nothing to report, or a finding.
pub(crate) type Verdict = Result<(), Finding>;

impl From<RequestError> for Finding {
    fn from(error: RequestError) -> Self {
        let reason = error.to_string();
        match error {
            RequestError::BudgetSpent(_) | RequestError::TimeSpent(_) => Self::Skip(reason),
            RequestError::Invalid(_) => Self::Error(reason),
            _ => Self::Fail(reason),
        }
    }
}

/// A failed claim.
pub(crate) fn fail<T>(reason: impl Into<String>) -> Result<T, Finding> {
    Err(Finding::Fail(reason.into()))
}

/// An undecidable claim.
pub(crate) fn skip<T>(reason: impl Into<String>) -> Result<T, Finding> {
    Err(Finding::Skip(reason.into()))
}

/// Fails with `reason` unless `holds`.
pub(crate) fn ensure(holds: bool, reason: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { fail(reason()) }
}

/// Several faults of one kind, reported together.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    const SHOWN: usize = 5;

    /// Notes one fault.
    pub(crate) fn add(&mut self, fault: impl Into<String>) {
        self.0.push(fault.into());
    }

    /// Notes `fault` unless `holds`.
    pub(crate) fn unless(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.add(fault());
        }
    }

    /// Notes a failed part of a check; what is not a failure ends the check.
    pub(crate) fn part(&mut self, name: &str, verdict: Verdict) -> Verdict {
        match verdict {
            Err(Finding::Fail(reason)) => self.add(format!("{name}: {reason}")),
            other => return other,
        }
        Ok(())
    }

    /// Passes when nothing was noted.
    pub(crate) fn verdict(self) -> Verdict {
        if self.0.is_empty() {
            return Ok(());
        }
        let more = self.0.len().saturating_sub(Self::SHOWN);
        let mut text = self.0[..self.0.len().min(Self::SHOWN)].join("; ");
        if more > 0 {
            let _ = write!(text, "; and {more} more");
        }
        fail(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_faults_are_summed_up() {
        let mut faults = Faults::default();
        for number in 0..8 {
            faults.add(number.to_string());
        }
        assert_eq!(faults.verdict(), fail("0; 1; 2; 3; 4; and 3 more"));
    }

    #[test]
    fn a_spent_budget_decides_nothing() {
        let finding = Finding::from(RequestError::BudgetSpent(3));
        assert!(matches!(finding, Finding::Skip(_)));
    }
}
