//! How often the tokens of a consent are used, and for what. A resource server asks about the token
//! of each request and says what it is used for; what it asks is counted in memory and written down
//! by day now and then. A resource server that remembers answers for a moment asks less often than
//! it is asked.
//!
//! A token that reaches beyond one record does not say whose data were read with it; of such the
//! resource server tells after it looked ([`Usage::disclose`]).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use smart::category::{Category, SHARED_TYPES};

/// Days since the epoch, so that the days of UTC are counted apart.
pub type Day = i64;

/// What was asked for: the code of a category, or one of [`WIDER`].
pub type Kind = &'static str;

/// Kinds that are no category: the type that is asked for, and the kind.
pub const WIDER: &[(&str, Kind)] = &[
    ("Observation", "observations"),
    ("DiagnosticReport", "reports"),
    ("", OTHER),
];

/// What the kind of names of doctors, places and medicines is called.
pub const DIRECTORY: Kind = "directory";
/// Whatever else.
pub const OTHER: Kind = "other";

/// What a resource server says a token is used for, such as `Observation?category=laboratory`.
/// Only kinds that are known here come out of it, whatever it says.
pub fn kind(purpose: Option<&str>) -> Kind {
    let purpose = purpose.unwrap_or_default();
    let (resource_type, query) = purpose.split_once('?').unwrap_or((purpose, ""));
    let code = query.strip_prefix("category=");
    if let Some(category) = Category::asked_for(resource_type, code) {
        return category.code;
    }
    if SHARED_TYPES.contains(&resource_type) {
        return DIRECTORY;
    }
    let known = WIDER.iter().find(|(name, _)| *name == resource_type);
    known.map_or(OTHER, |(_, kind)| kind)
}

/// What was counted and is not written down yet.
#[derive(Debug, Default)]
pub struct Usage {
    uses: Mutex<HashMap<(i64, Day, Kind), u32>>,
    disclosed: Mutex<HashMap<(i64, String, Day, Kind), u32>>,
}

/// The day of an instant.
pub fn day(now: DateTime<Utc>) -> Day {
    now.timestamp().div_euclid(86_400)
}

/// A count: family, day, kind of data, how often.
pub type Count = (i64, Day, Kind, u32);
/// A count: family, patient, day, kind of data, how often.
pub type Disclosed = (i64, String, Day, Kind, u32);

impl Usage {
    /// Counts a use of a token of this family.
    pub fn count(&self, family: i64, now: DateTime<Utc>, kind: Kind) {
        let mut counts = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((family, day(now), kind)).or_default() += 1;
    }

    /// Counts that data of these patients were read; returns how many counts wait to be written down.
    pub fn disclose<'a>(
        &self,
        family: i64,
        patients: impl Iterator<Item = &'a str>,
        now: DateTime<Utc>,
        kind: Kind,
    ) -> usize {
        let mut counts = self
            .disclosed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for patient in patients {
            let what = (family, patient.to_owned(), day(now), kind);
            *counts.entry(what).or_default() += 1;
        }
        counts.len()
    }

    /// What was disclosed since it was taken last.
    pub fn take_disclosed(&self) -> Vec<Disclosed> {
        let mut counts = self
            .disclosed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let taken = counts.drain();
        taken
            .map(|((family, patient, day, kind), count)| (family, patient, day, kind, count))
            .collect()
    }

    /// What was counted since it was taken last.
    pub fn take(&self) -> Vec<Count> {
        let mut counts = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = counts.drain();
        taken
            .map(|((family, day, kind), count)| (family, day, kind, count))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_counted_by_family_day_and_kind_and_taken_once() {
        let usage = Usage::default();
        let later = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(1);
        for (family, at, kind) in [
            (1, DateTime::UNIX_EPOCH, OTHER),
            (1, later, OTHER),
            (1, later, OTHER),
            (1, later, DIRECTORY),
            (2, later, OTHER),
        ] {
            usage.count(family, at, kind);
        }
        let mut taken = usage.take();
        taken.sort_unstable();
        assert_eq!(
            taken,
            [
                (1, 0, OTHER, 1),
                (1, 1, DIRECTORY, 1),
                (1, 1, OTHER, 2),
                (2, 1, OTHER, 1)
            ]
        );
        assert!(usage.take().is_empty());
    }

    #[test]
    fn what_a_request_is_about_is_told_by_its_kind_of_data() {
        for (purpose, want) in [
            ("Observation?category=laboratory", "laboratory"),
            ("Observation?category=vital-signs", "vital-signs"),
            ("Observation?category=made-up", "observations"),
            ("Observation", "observations"),
            ("DiagnosticReport?category=LAB", "laboratory"),
            ("DiagnosticReport", "reports"),
            ("Condition", "problems"),
            ("Condition?category=problem-list-item", "problems"),
            ("Practitioner", "directory"),
            ("Patient", "patient"),
            ("", "other"),
            ("<script>", "other"),
            ("metadata?category=laboratory", "other"),
        ] {
            assert_eq!(kind(Some(purpose)), want, "{purpose}");
        }
        assert_eq!(kind(None), "other");
    }
}
