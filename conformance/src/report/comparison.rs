//! The difference of two runs: of one server at two times, or of two servers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Call, Saved, SavedResult};

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
    /// Checks that ended differently: those that both runs decided first, the worst of them first.
    pub checks: Vec<CheckDifference>,
    /// How many ended alike.
    pub alike: usize,
    /// Calls whose answers differ.
    pub calls: Vec<CallDifference>,
    /// What only one of them claims.
    pub claims: Vec<Difference>,
}

const ABSENT: &str = "absent";

impl Comparison {
    /// Compares this run with another.
    pub fn of(here: &Saved, there: &Saved) -> Self {
        let checks = checks(here, there);
        Self {
            alike: here.results.len().saturating_sub(checks.len()),
            checks,
            calls: calls(here, there),
            claims: claims(here, there),
            here: here.base.clone(),
            there: format!("{} ({})", there.base, moment(&there.started)),
        }
    }
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

/// Calls that both runs made; one that only one of them made says nothing about the other.
fn calls(here: &Saved, there: &Saved) -> Vec<CallDifference> {
    let theirs = &there.profile.calls;
    let pairs = here.profile.calls.iter().filter_map(|call| {
        let other = theirs.iter().find(|other| other.name == call.name)?;
        Some((call, other))
    });
    pairs
        .map(|(here, there)| CallDifference {
            name: here.name.clone(),
            request: here.request.clone(),
            differences: call_differences(here, there),
        })
        .filter(|call| !call.differences.is_empty())
        .collect()
}

fn call_differences(here: &Call, there: &Call) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut add = |what: String, here: String, there: String| {
        if here != there {
            found.push(Difference { what, here, there });
        }
    };
    let status = |call: &Call| {
        call.status
            .map_or(ABSENT.to_owned(), |status| status.to_string())
    };
    add("status".to_owned(), status(here), status(there));
    add(
        "records".to_owned(),
        here.count.to_string(),
        there.count.to_string(),
    );
    let headers: BTreeSet<_> = here.headers.keys().chain(there.headers.keys()).collect();
    for name in headers {
        let value = |call: &Call| {
            call.headers
                .get(name)
                .map_or(ABSENT.to_owned(), Clone::clone)
        };
        add(format!("header {name}"), value(here), value(there));
    }
    if here.count == 0 || there.count == 0 {
        return found;
    }
    let paths: BTreeSet<_> = here.elements.keys().chain(there.elements.keys()).collect();
    for path in paths {
        add(
            format!("element {path}"),
            share(here, path),
            share(there, path),
        );
    }
    let systems: BTreeSet<_> = here.codes.keys().chain(there.codes.keys()).collect();
    for system in systems {
        let (ours, theirs) = (codes(here, system), codes(there, system));
        add(
            format!("codes of {system}"),
            only(&ours, &theirs),
            only(&theirs, &ours),
        );
    }
    found
}

/// How many records have an element: in none, in some or in all, so that counts do not matter.
fn share(call: &Call, path: &str) -> String {
    match call.elements.get(path) {
        None => "in no record",
        Some(count) if *count >= call.count => "in every record",
        Some(_) => "in some records",
    }
    .to_owned()
}

fn codes(call: &Call, system: &str) -> BTreeSet<String> {
    let codes = call.codes.get(system).into_iter().flatten();
    codes.map(|(code, _)| code.clone()).collect()
}

const SHOWN: usize = 12;

/// What `ours` has and `theirs` has not.
fn only(ours: &BTreeSet<String>, theirs: &BTreeSet<String>) -> String {
    let words: Vec<_> = ours.difference(theirs).map(String::as_str).collect();
    let more = words.len().saturating_sub(SHOWN);
    let shown = words[..words.len().min(SHOWN)].join(", ");
    match (words.is_empty(), more) {
        (true, _) => "nothing more".to_owned(),
        (false, 0) => format!("also {shown}"),
        (false, more) => format!("also {shown} and {more} more"),
    }
}

fn claims(here: &Saved, there: &Saved) -> Vec<Difference> {
    let (ours, theirs) = (&here.profile.claims, &there.profile.claims);
    let types: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let empty = BTreeSet::new();
    let words = |claims: &BTreeMap<String, BTreeSet<String>>, name: &String| {
        claims.get(name).unwrap_or(&empty).clone()
    };
    let mut pairs: Vec<_> = types
        .into_iter()
        .map(|name| (name.clone(), words(ours, name), words(theirs, name)))
        .collect();
    let smart = (here.profile.smart.clone(), there.profile.smart.clone());
    pairs.push(("SMART configuration".to_owned(), smart.0, smart.1));
    pairs
        .into_iter()
        .filter(|(_, here, there)| here != there)
        .map(|(what, here, there)| Difference {
            what,
            here: only(&here, &there),
            there: only(&there, &here),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Profile;

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
    }
}
