//! How two servers answered the same call.

use std::collections::BTreeSet;

use super::claim::only;
use super::{ABSENT, CallDifference, Difference};
use crate::report::{Call, Profile};

/// Calls that both runs made and that were answered differently, and how many were answered
/// alike; one that only one of them made says nothing about the other.
pub(super) fn calls(here: &Profile, there: &Profile) -> (Vec<CallDifference>, usize) {
    let theirs = &there.calls;
    let pairs = here.calls.iter().filter_map(|call| {
        let other = theirs.iter().find(|other| other.name == call.name)?;
        Some((call, other))
    });
    let all: Vec<_> = pairs
        .map(|(here, there)| CallDifference {
            name: here.name.clone(),
            request: here.request.clone(),
            differences: Differences::of(here, there),
        })
        .collect();
    let count = all.len();
    let apart: Vec<_> = all
        .into_iter()
        .filter(|call| !call.differences.is_empty())
        .collect();
    let alike = count - apart.len();
    (apart, alike)
}

/// What was found so far.
#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn of(here: &Call, there: &Call) -> Vec<Difference> {
        let mut found = Self::default();
        let status = |call: &Call| told(call.status);
        found.add("status", status(here), status(there));
        let both = here.status == there.status;
        if both {
            found.bundle(here, there);
            found.headers(here, there);
        }
        if both && here.count > 0 && there.count > 0 {
            found.elements(here, there);
            found.codes(here, there);
        }
        found.0
    }

    fn add(&mut self, what: impl Into<String>, here: String, there: String) {
        if here != there {
            let what = what.into();
            self.0.push(Difference { what, here, there });
        }
    }

    fn bundle(&mut self, here: &Call, there: &Call) {
        self.add("records", here.count.to_string(), there.count.to_string());
        self.add("total of the Bundle", told(here.total), told(there.total));
        self.add(
            "links of the first page",
            only(&here.links, &there.links),
            only(&there.links, &here.links),
        );
    }

    fn headers(&mut self, here: &Call, there: &Call) {
        let names: BTreeSet<_> = here.headers.keys().chain(there.headers.keys()).collect();
        for name in names {
            let value = |call: &Call| told(call.headers.get(name));
            self.add(format!("header {name}"), value(here), value(there));
        }
    }

    fn elements(&mut self, here: &Call, there: &Call) {
        let paths: BTreeSet<_> = here.elements.keys().chain(there.elements.keys()).collect();
        for path in paths {
            let (ours, theirs) = (Share::of(here, path), Share::of(there, path));
            if ours != theirs && !is_without_parent(path, here, there) {
                let told = |share: Share, call| share.told(call, path);
                self.add(
                    format!("element {path}"),
                    told(ours, here),
                    told(theirs, there),
                );
            }
        }
    }

    fn codes(&mut self, here: &Call, there: &Call) {
        let systems: BTreeSet<_> = here.codes.keys().chain(there.codes.keys()).collect();
        for system in systems {
            let of = |call: &Call| -> BTreeSet<String> {
                let codes = call.codes.get(system).into_iter().flatten();
                codes.map(|(code, _)| code.clone()).collect()
            };
            let (ours, theirs) = (of(here), of(there));
            self.add(
                format!("codes of {system}"),
                only(&ours, &theirs),
                only(&theirs, &ours),
            );
        }
    }
}

fn told(value: Option<impl ToString>) -> String {
    value.map_or_else(|| ABSENT.to_owned(), |value| value.to_string())
}

/// Whether an element above this one is missing on one side: nothing that is below it can be there
/// either, so that a list of all of it would only hide the cause.
fn is_without_parent(path: &str, here: &Call, there: &Call) -> bool {
    path.match_indices('.').any(|(end, _)| {
        let parent = &path[..end];
        [here, there]
            .iter()
            .any(|call| !call.elements.contains_key(parent))
    })
}

/// In how many records an element is. Two servers with other numbers of records are alike when it
/// is in some on both sides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    No,
    Some,
    Every,
}

impl Share {
    fn of(call: &Call, path: &str) -> Self {
        match call.elements.get(path) {
            None => Self::No,
            Some(count) if *count >= call.count => Self::Every,
            Some(_) => Self::Some,
        }
    }

    fn told(self, call: &Call, path: &str) -> String {
        let (count, all) = (
            call.elements.get(path).copied().unwrap_or_default(),
            call.count,
        );
        match self {
            _ if all == 1 && self == Self::No => "missing".to_owned(),
            _ if all == 1 => "present".to_owned(),
            Self::No => format!("in none of {all}"),
            Self::Some => format!("in {count} of {all}"),
            Self::Every => format!("in all {all}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(status: u16, elements: &[(&str, usize)]) -> Call {
        Call {
            name: "LAB".into(),
            status: Some(status),
            count: 4,
            total: Some(4),
            elements: elements
                .iter()
                .map(|(path, count)| ((*path).to_owned(), *count))
                .collect(),
            ..Call::default()
        }
    }

    fn words(here: &Call, there: &Call) -> Vec<String> {
        let found = Differences::of(here, there).into_iter();
        found
            .map(|one| format!("{}: {} / {}", one.what, one.here, one.there))
            .collect()
    }

    #[test]
    fn an_element_that_is_missing_is_told_without_what_is_below_it() {
        let (here, there) = (
            call(200, &[("code", 4)]),
            call(200, &[("code", 4), ("note", 3), ("note.text", 3)]),
        );
        assert_eq!(
            words(&here, &there),
            ["element note: in none of 4 / in 3 of 4"]
        );
    }

    #[test]
    fn an_element_below_one_that_both_have_is_told() {
        let (here, there) = (
            call(200, &[("code", 4), ("code.text", 2)]),
            call(200, &[("code", 4), ("code.text", 4)]),
        );
        assert_eq!(
            words(&here, &there),
            ["element code.text: in 2 of 4 / in all 4"]
        );
    }

    #[test]
    fn another_status_is_all_there_is_to_tell() {
        let (mut here, there) = (call(500, &[]), call(200, &[("code", 4)]));
        here.count = 0;
        assert_eq!(words(&here, &there), ["status: 500 / 200"]);
    }

    #[test]
    fn a_total_that_is_not_given_is_told() {
        let (mut here, there) = (call(200, &[]), call(200, &[]));
        here.total = None;
        assert_eq!(words(&here, &there), ["total of the Bundle: absent / 4"]);
    }
}
