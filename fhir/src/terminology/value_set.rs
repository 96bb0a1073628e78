//! Value sets whose codes are enumerated: `data/valuesets*.tsv` and `data/us-core/valuesets.tsv`.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::code_system;
use crate::table::{cells, rows};
use crate::us_core::UsCore;

static REQUIRED: &str = include_str!("../../data/valuesets.tsv");
static OTHER: &str = include_str!("../../data/valuesets-other.tsv");
static US_CORE: &str = include_str!("../../data/us-core/valuesets.tsv");

/// The codes of a value set as one release of its owner has them.
#[derive(Debug)]
pub struct ValueSet {
    /// The canonical URL without a version.
    pub url: &'static str,
    /// The codes by system, in the order of the definition.
    pub parts: Vec<Part>,
    /// Code and system, sorted when first asked for.
    sorted: OnceLock<Vec<(&'static str, &'static str)>>,
}

/// The codes that a value set takes from one system.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The system.
    pub system: &'static str,
    /// The codes separated by `|`, or [`ALL`].
    codes: &'static str,
}

/// What stands for all codes of a system that is known completely.
const ALL: &str = "*";

impl Part {
    /// The codes in the order of the definition.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        let system = code_system::find(self.system).filter(|_| self.codes == ALL);
        let listed = self.codes.split('|').filter(|code| *code != ALL);
        system
            .into_iter()
            .flat_map(code_system::CodeSystem::codes)
            .chain(listed)
    }
}

/// The editions of a value set; several where the releases of US Core differ.
struct Editions {
    /// For each release the position of its edition in `sets`, the last if it has none.
    of_release: [usize; 6],
    sets: Vec<ValueSet>,
}

static VALUE_SETS: LazyLock<HashMap<&'static str, Editions>> = LazyLock::new(read);

fn read() -> HashMap<&'static str, Editions> {
    let mut r4: HashMap<_, Vec<Part>> = HashMap::new();
    for row in rows(REQUIRED).chain(rows(OTHER)) {
        let [url, system, codes] = cells(row);
        r4.entry(url).or_default().push(Part { system, codes });
    }
    let mut us_core: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows(US_CORE) {
        let [url, versions, system, codes] = cells(row);
        us_core
            .entry(url)
            .or_default()
            .push((versions, Part { system, codes }));
    }
    let of_r4 = r4
        .into_iter()
        .map(|(url, parts)| (url, Editions::one(url, parts)));
    let of_us_core = us_core
        .into_iter()
        .map(|(url, rows)| (url, Editions::several(url, &rows)));
    of_us_core.chain(of_r4).collect()
}

impl Editions {
    fn one(url: &'static str, parts: Vec<Part>) -> Self {
        Self {
            of_release: [0; 6],
            sets: vec![ValueSet::new(url, parts)],
        }
    }

    /// One edition for each release that has rows.
    fn several(url: &'static str, rows: &[(&'static str, Part)]) -> Self {
        let mut sets = Vec::new();
        let mut of_release = [usize::MAX; 6];
        for release in UsCore::all() {
            let of_release_row = |row: &&(&str, Part)| row.0.contains(release.digit());
            let parts: Vec<_> = rows
                .iter()
                .filter(of_release_row)
                .map(|row| row.1)
                .collect();
            if !parts.is_empty() {
                of_release[release.index()] = sets.len();
                sets.push(ValueSet::new(url, parts));
            }
        }
        Self { of_release, sets }
    }

    fn of(&self, release: UsCore) -> Option<&ValueSet> {
        let at = self.of_release[release.index()];
        self.sets.get(at).or(self.sets.last())
    }
}

/// The value set with this canonical URL, whatever its version; where the releases of US Core
/// differ, as this one has it, or else the newest that does.
pub fn find(url: &str, release: UsCore) -> Option<&'static ValueSet> {
    let url = url.split_once('|').map_or(url, |(url, _)| url);
    VALUE_SETS.get(url)?.of(release)
}

/// Every value set as a release has it, sorted by URL.
pub fn every(release: UsCore) -> Vec<&'static ValueSet> {
    let mut sets: Vec<_> = VALUE_SETS
        .values()
        .filter_map(|editions| editions.of(release))
        .collect();
    sets.sort_unstable_by_key(|set| set.url);
    sets
}

impl ValueSet {
    fn new(url: &'static str, parts: Vec<Part>) -> Self {
        Self {
            url,
            parts,
            sorted: OnceLock::new(),
        }
    }

    /// Code and system of every member, sorted.
    pub fn sorted(&self) -> &[(&'static str, &'static str)] {
        self.sorted.get_or_init(|| {
            let mut sorted: Vec<_> = self
                .members()
                .map(|(system, code)| (code, system))
                .collect();
            sorted.sort_unstable();
            sorted
        })
    }

    /// System and code of every member, in the order of the definition.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let parts = self.parts.iter();
        parts.flat_map(|part| part.codes().map(|code| (part.system, code)))
    }

    /// Whether the code is in the value set, from whichever system.
    pub fn has_code(&self, code: &str) -> bool {
        let at = self.sorted().partition_point(|known| known.0 < code);
        self.sorted().get(at).is_some_and(|known| known.0 == code)
    }

    /// Whether the code of the system is in the value set.
    pub fn has(&self, system: &str, code: &str) -> bool {
        self.sorted().binary_search(&(code, system)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_belongs_to_its_system() {
        let url = "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1";
        let gender = find(url, UsCore::default()).unwrap();
        assert!(gender.has_code("female") && !gender.has_code("Female"));
        assert!(gender.has("http://hl7.org/fhir/administrative-gender", "male"));
        assert!(!gender.has("http://example.org", "male"));
        assert_eq!(gender.members().count(), 4);
    }

    #[test]
    fn a_value_set_is_as_the_release_has_it_or_as_the_newest_does() {
        let url = "http://hl7.org/fhir/us/core/ValueSet/us-core-condition-category";
        let has_sdoh = |release| {
            let set = find(url, release).unwrap();
            set.has("http://snomed.info/sct", "16100001")
        };
        assert!(!has_sdoh(UsCore::V3_1_1) && has_sdoh(UsCore::V4_0_0));
        assert_eq!(has_sdoh(UsCore::V8_0_0), has_sdoh(UsCore::V4_0_0));
    }

    #[test]
    fn no_value_set_is_empty_or_has_a_code_twice() {
        for release in UsCore::all() {
            for set in every(release) {
                let sorted = set.sorted();
                assert!(!sorted.is_empty(), "{}", set.url);
                assert!(
                    sorted.windows(2).all(|pair| pair[0] != pair[1]),
                    "{}",
                    set.url
                );
                assert!(
                    sorted
                        .iter()
                        .all(|(code, system)| !code.is_empty() && !system.is_empty()),
                    "{}",
                    set.url
                );
            }
        }
    }
}
