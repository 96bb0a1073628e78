//! A report as it was written to a file, read again for a comparison.

use std::path::Path;

use serde::Deserialize;

use super::{Profile, Report};
use crate::configuration::ConfigurationError;

/// A result of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SavedResult {
    /// Id of the check.
    pub id: String,
    /// Its claim.
    pub claim: String,
    /// The word of its outcome.
    pub outcome: String,
    /// Why it did not pass.
    #[serde(default)]
    pub reason: String,
}

/// An earlier run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Saved {
    /// Base URL of its server.
    pub base: String,
    /// When it began.
    pub started: String,
    /// Its results.
    pub results: Vec<SavedResult>,
    /// What its answers looked like.
    #[serde(default)]
    pub profile: Profile,
}

impl Saved {
    /// Reads a report of format `json`.
    pub fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let name = path.display().to_string();
        let text = std::fs::read(path).map_err(|source| ConfigurationError::Unreadable {
            path: name.clone(),
            source,
        })?;
        serde_json::from_slice(&text).map_err(|error| ConfigurationError::Malformed {
            path: name,
            message: format!("this is no report of --format json: {error}"),
        })
    }
}

impl From<&Report> for Saved {
    fn from(report: &Report) -> Self {
        let results = report.results.iter().map(|result| SavedResult {
            id: result.id.clone(),
            claim: result.claim.clone(),
            outcome: result.outcome.word().to_owned(),
            reason: result.outcome.reason().unwrap_or_default().to_owned(),
        });
        Self {
            base: report.base.clone(),
            started: report.started.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            results: results.collect(),
            profile: report.profile.clone(),
        }
    }
}
