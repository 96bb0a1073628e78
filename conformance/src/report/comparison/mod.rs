//! The difference of two runs: of one server at two times, or of two servers.

mod answer;
mod claim;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Saved, SavedResult, Totals};

/// Something that is one way there and another way here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What differs.
    pub what: String,
    /// How it is in this run.
    pub here: String,
    /// How it is in the other run.
    pub there: String,
}

/// A check that ended differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckDifference {
    /// Its id.
    pub id: String,
    /// Its claim.
    pub claim: String,
    /// How it ended in this run: word and reason.
    pub here: (String, String),
    /// How it ended in the other run: word and reason.
    pub there: (String, String),
}

impl CheckDifference {
    /// Whether only one of the runs decided it, which says little about the other server.
    pub fn is_one_sided(&self) -> bool {
        [&self.here, &self.there]
            .iter()
            .any(|(word, _)| matches!(word.as_str(), "skip" | ABSENT))
    }

    /// Where it belongs among others.
    fn place(&self) -> (bool, usize, &str, &str) {
        (
            self.is_one_sided(),
            self.rank(),
            &self.here.0,
            &self.there.0,
        )
    }

    /// The worse of its two ends; less is worse.
    fn rank(&self) -> usize {
        let worst = |word: &str| {
            ["fail", "error", "warn"]
                .iter()
                .position(|bad| *bad == word)
        };
        let ends = [&self.here, &self.there].into_iter();
        let rank = ends.filter_map(|(word, _)| worst(word)).min();
        rank.unwrap_or(usize::MAX)
    }
}

/// A call whose answers differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallDifference {
    /// Code of the category.
    pub name: String,
    /// What was asked.
    pub request: String,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// This run beside another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The server of this run.
    pub here: String,
    /// The server of the other run and when it was.
    pub there: String,
    /// How the checks of this run ended.
    pub here_totals: Totals,
    /// How those of the other run ended.
    pub there_totals: Totals,
    /// Checks that ended differently: those that both runs decided first, the worst of them first.
    pub checks: Vec<CheckDifference>,
    /// How many ended alike.
    pub alike: usize,
    /// Calls whose answers differ.
    pub calls: Vec<CallDifference>,
    /// How many calls that both runs made were answered alike.
    pub calls_alike: usize,
    /// What only one of them claims.
    pub claims: Vec<Difference>,
}

const ABSENT: &str = "absent";
/// What a side says that has nothing the other has not.
pub(in crate::report) const NOTHING_MORE: &str = "nothing more";

impl Comparison {
    /// Compares this run with another.
    pub fn of(here: &Saved, there: &Saved) -> Self {
        let checks = checks(here, there);
        let (calls, calls_alike) = answer::calls(&here.profile, &there.profile);
        Self {
            here_totals: totals(here),
            there_totals: totals(there),
            alike: here.results.len().saturating_sub(checks.len()),
            checks,
            calls,
            calls_alike,
            claims: claim::differences(&here.profile, &there.profile),
            here: here.base.clone(),
            there: format!("{} ({})", there.base, moment(&there.started)),
        }
    }
}

fn totals(run: &Saved) -> Totals {
    let mut totals = Totals::default();
    for result in &run.results {
        totals.add(&result.outcome);
    }
    totals
}

/// A time as people read it; what is no time is left as it is.
fn moment(text: &str) -> String {
    let time = chrono::DateTime::parse_from_rfc3339(text);
    time.map_or_else(
        |_| text.to_owned(),
        |time| time.to_utc().format("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

fn checks(here: &Saved, there: &Saved) -> Vec<CheckDifference> {
    let others: BTreeMap<_, _> = there
        .results
        .iter()
        .map(|result| (&result.id, result))
        .collect();
    let told = |result: &SavedResult| (result.outcome.clone(), result.reason.clone());
    let mut found: Vec<_> = here
        .results
        .iter()
        .filter_map(|result| {
            let other = others.get(&result.id);
            let is_alike = other.is_some_and(|other| other.outcome == result.outcome);
            (!is_alike).then(|| CheckDifference {
                id: result.id.clone(),
                claim: result.claim.clone(),
                here: told(result),
                there: other.map_or((ABSENT.to_owned(), String::new()), |other| told(other)),
            })
        })
        .collect();
    found.sort_by(|one, other| one.place().cmp(&other.place()));
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::{Call, Profile};

    fn saved(outcome: &str, count: usize, claim: &str) -> Saved {
        let call = Call {
            name: "LAB".into(),
            count,
            status: Some(200),
            ..Call::default()
        };
        let claims = BTreeMap::from([("Patient".to_owned(), BTreeSet::from([claim.to_owned()]))]);
        Saved {
            base: "http://a.example/fhir".into(),
            started: "then".into(),
            results: vec![SavedResult {
                id: "LAB-01".into(),
                claim: "Claim.".into(),
                outcome: outcome.into(),
                reason: String::new(),
            }],
            profile: Profile {
                calls: vec![call],
                claims,
                smart: BTreeSet::new(),
            },
        }
    }

    #[test]
    fn a_run_does_not_differ_from_itself() {
        let run = saved("pass", 3, "read");
        let comparison = Comparison::of(&run, &run);
        assert!(comparison.checks.is_empty() && comparison.calls.is_empty());
        assert!(comparison.claims.is_empty() && comparison.alike == 1);
        assert_eq!(
            (comparison.calls_alike, comparison.there_totals.pass),
            (1, 1)
        );
    }

    #[test]
    fn what_both_runs_decided_comes_first() {
        let (mut here, mut there) = (saved("skip", 3, "read"), saved("pass", 3, "read"));
        for (id, ours, theirs) in [("LAB-02", "pass", "warn"), ("LAB-03", "fail", "pass")] {
            for (run, word) in [(&mut here, ours), (&mut there, theirs)] {
                let mut result = run.results[0].clone();
                (result.id, result.outcome) = (id.into(), word.into());
                run.results.push(result);
            }
        }
        let comparison = Comparison::of(&here, &there);
        let ids: Vec<_> = comparison
            .checks
            .iter()
            .map(|check| check.id.as_str())
            .collect();
        assert_eq!(ids, ["LAB-03", "LAB-02", "LAB-01"]);
    }

    #[test]
    fn outcomes_counts_and_claims_are_set_side_by_side() {
        let comparison = Comparison::of(&saved("pass", 3, "read"), &saved("fail", 2, "?code"));
        assert_eq!(comparison.checks[0].there.0, "fail");
        assert_eq!(comparison.calls[0].differences[0].what, "records");
        assert_eq!(comparison.claims[0].here, "also read");
        assert_eq!(
            (comparison.here_totals.pass, comparison.there_totals.fail),
            (1, 1)
        );
    }
}
