//! The plan of a history: which versions to walk, newest first, and what the resource they belong
//! to must satisfy now.

use fhir::resource_type::ResourceType;

use super::date::Range;
use super::plan::Condition;

/// A walk through versions.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPlan {
    /// Only those of the resource with this id.
    pub id: Option<String>,
    /// The types, and what the current version must satisfy. A deleted resource satisfies only
    /// what everything satisfies.
    pub admitted: Vec<(ResourceType, Condition)>,
    /// Only versions made at or after this, in milliseconds since the epoch.
    pub since: Option<i64>,
    /// Only versions that were current at some time in this range.
    pub at: Option<Range>,
}

impl HistoryPlan {
    /// Whether every version of every type may be seen.
    pub fn is_open(&self) -> bool {
        self.admitted
            .iter()
            .all(|(_, condition)| is_open(condition))
    }

    /// What a version of a type must satisfy by its own content.
    pub fn condition(&self, resource_type: ResourceType) -> Option<&Condition> {
        self.admitted
            .iter()
            .find(|(ty, _)| *ty == resource_type)
            .map(|(_, condition)| condition)
    }
}

/// Whether everything satisfies the condition.
pub fn is_open(condition: &Condition) -> bool {
    matches!(condition, Condition::All(all) if all.iter().all(is_open))
}

/// The last version that a page showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// When it was made, in milliseconds since the epoch.
    pub updated: i64,
    /// Key of its resource.
    pub key: i64,
    /// Its number.
    pub version: u32,
}
