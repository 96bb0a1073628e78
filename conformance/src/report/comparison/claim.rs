//! What two servers claim of themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, NOTHING_MORE};
use crate::report::Profile;

/// Words of one side that are shown.
const SHOWN: usize = 12;

/// What `ours` has and `theirs` has not.
pub(super) fn only(ours: &BTreeSet<String>, theirs: &BTreeSet<String>) -> String {
    let words: Vec<_> = ours.difference(theirs).map(String::as_str).collect();
    let more = words.len().saturating_sub(SHOWN);
    let shown = words[..words.len().min(SHOWN)].join(", ");
    match (words.is_empty(), more) {
        (true, _) => NOTHING_MORE.to_owned(),
        (false, 0) => format!("also {shown}"),
        (false, more) => format!("also {shown} and {more} more"),
    }
}

/// What only one of the two claims, by type, and what only one offers to apps.
pub(super) fn differences(here: &Profile, there: &Profile) -> Vec<Difference> {
    let types: BTreeSet<_> = here.claims.keys().chain(there.claims.keys()).collect();
    let mut found: Vec<_> = types
        .into_iter()
        .filter_map(|name| of_type(name, &here.claims, &there.claims))
        .collect();
    if here.smart != there.smart {
        found.push(Difference {
            what: "SMART configuration".to_owned(),
            here: only(&here.smart, &there.smart),
            there: only(&there.smart, &here.smart),
        });
    }
    found
}

type Claims = BTreeMap<String, BTreeSet<String>>;

/// A type that only one of them has is told as such: a list of all it can do would hide that.
fn of_type(name: &str, here: &Claims, there: &Claims) -> Option<Difference> {
    let claimed = |there: bool| {
        let word = if there { "claimed" } else { "not claimed" };
        word.to_owned()
    };
    let (here, there) = match (here.get(name), there.get(name)) {
        (Some(here), Some(there)) if here == there => return None,
        (Some(here), Some(there)) => (only(here, there), only(there, here)),
        (here, there) => (claimed(here.is_some()), claimed(there.is_some())),
    };
    let what = name.to_owned();
    Some(Difference { what, here, there })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(types: &[(&str, &[&str])]) -> Profile {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Profile {
            claims: types
                .iter()
                .map(|(name, list)| ((*name).to_owned(), words(list)))
                .collect(),
            ..Profile::default()
        }
    }

    #[test]
    fn a_type_of_one_side_is_not_claimed_by_the_other() {
        let (here, there) = (
            profile(&[("Goal", &["read"]), ("Patient", &["?name", "read"])]),
            profile(&[("Patient", &["read", "vread"])]),
        );
        let found = differences(&here, &there);
        assert_eq!(
            (found[0].here.as_str(), found[0].there.as_str()),
            ("claimed", "not claimed")
        );
        assert_eq!(
            (found[1].here.as_str(), found[1].there.as_str()),
            ("also ?name", "also vread")
        );
    }

    #[test]
    fn long_lists_are_cut() {
        let many: BTreeSet<_> = (10..30).map(|number| number.to_string()).collect();
        let told = only(&many, &BTreeSet::new());
        assert!(
            told.starts_with("also 10, 11") && told.ends_with("21 and 8 more"),
            "{told}"
        );
    }
}
