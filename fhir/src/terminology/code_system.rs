//! Code systems: `data/code-systems.tsv` says which, `data/codes.tsv` what is in them.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use crate::table::{cells, list, present, rows};

static SYSTEMS: &str = include_str!("../../data/code-systems.tsv");
static CODES: &str = include_str!("../../data/codes.tsv");

/// A code system, or the part of it that is known.
#[derive(Debug)]
pub struct CodeSystem {
    /// The canonical URL.
    pub url: &'static str,
    /// The version, if R4 publishes one.
    pub version: Option<&'static str>,
    /// The title a person reads.
    pub title: Option<&'static str>,
    /// Whether all its codes are here. If not, nothing can be said about a code that is not.
    pub is_complete: bool,
    /// Whether the case of a code counts.
    pub is_case_sensitive: bool,
    rows: Vec<&'static str>,
    concepts: OnceLock<Vec<Concept>>,
    by_code: OnceLock<HashMap<String, usize>>,
}

/// A code and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concept {
    /// The code as its system writes it.
    pub code: &'static str,
    /// What a person reads; not known for some codes of systems that are here in part.
    pub display: Option<&'static str>,
    /// The codes that include it directly.
    pub parents: Vec<&'static str>,
    /// Whether it only groups others and is not to be used itself.
    pub is_abstract: bool,
    /// Whether it is no longer to be used.
    pub is_inactive: bool,
}

struct Table {
    systems: Vec<CodeSystem>,
    by_url: HashMap<&'static str, usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut codes = rows(CODES);
    let systems: Vec<_> = rows(SYSTEMS)
        .map(|row| CodeSystem::read(row, &mut codes))
        .collect();
    let by_url = systems
        .iter()
        .enumerate()
        .map(|(at, system)| (system.url, at))
        .collect();
    Table { systems, by_url }
});

/// The code system with this canonical URL, whatever its version.
pub fn find(url: &str) -> Option<&'static CodeSystem> {
    let url = url.split_once('|').map_or(url, |(url, _)| url);
    let at = TABLE.by_url.get(url)?;
    TABLE.systems.get(*at)
}

/// Every code system, sorted by URL.
pub fn every() -> impl Iterator<Item = &'static CodeSystem> {
    TABLE.systems.iter()
}

impl CodeSystem {
    /// Reads a row and takes the rows of its codes, which stand in the same order.
    fn read(row: &'static str, codes: &mut impl Iterator<Item = &'static str>) -> Self {
        let [url, count, version, title, content, case] = cells(row);
        Self {
            url,
            version: present(version),
            title: present(title),
            is_complete: content == "complete",
            is_case_sensitive: case != "i",
            rows: codes.take(count.parse().unwrap_or(0)).collect(),
            concepts: OnceLock::new(),
            by_code: OnceLock::new(),
        }
    }

    /// Its codes in the order of the definition.
    pub fn concepts(&self) -> &[Concept] {
        let read = |row: &&'static str| Concept::read(row, self.is_complete);
        self.concepts
            .get_or_init(|| self.rows.iter().map(read).collect())
    }

    /// Its codes without what is known about them, in the order of the definition.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|row| {
            let [code] = cells(row);
            code
        })
    }

    /// What is known about a code.
    pub fn concept(&self, code: &str) -> Option<&Concept> {
        let by_code = self.by_code.get_or_init(|| {
            let codes = self.codes().map(|code| self.key(code));
            codes.enumerate().map(|(at, code)| (code, at)).collect()
        });
        self.concepts().get(*by_code.get(&self.key(code))?)
    }

    fn key(&self, code: &str) -> String {
        if self.is_case_sensitive {
            code.to_owned()
        } else {
            code.to_lowercase()
        }
    }
}

impl Concept {
    /// Where the display is left out it is the code itself, if the whole system is known.
    fn read(row: &'static str, is_complete: bool) -> Self {
        let [code, display, parents, flags] = cells(row);
        Self {
            code,
            display: present(display).or(is_complete.then_some(code)),
            parents: list(parents),
            is_abstract: flags.contains('A'),
            is_inactive: flags.contains('I'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_codes_belongs_to_a_system_and_every_parent_is_a_code_of_it() {
        let counted: usize = every().map(|system| system.rows.len()).sum();
        assert_eq!(counted, rows(CODES).count());
        for system in every() {
            assert!(!system.rows.is_empty(), "{}", system.url);
            let mut codes: Vec<_> = system.codes().collect();
            codes.sort_unstable();
            let has = |code: &&str| codes.binary_search(code).is_ok();
            assert!(
                codes.windows(2).all(|pair| pair[0] != pair[1]),
                "{}",
                system.url
            );
            let parents = system
                .concepts()
                .iter()
                .flat_map(|concept| &concept.parents);
            assert!(parents.clone().all(has), "{}", system.url);
        }
        let urls: Vec<_> = every().map(|system| system.url).collect();
        assert!(urls.is_sorted());
    }

    #[test]
    fn a_code_has_its_display_and_what_is_not_there_has_none() {
        let gender = find("http://hl7.org/fhir/administrative-gender|4.0.1").unwrap();
        assert!(gender.is_complete);
        assert_eq!(gender.concept("female").unwrap().display, Some("Female"));
        assert_eq!(gender.concept("Female"), None);
        let loinc = find("http://loinc.org").unwrap();
        assert!(!loinc.is_complete && loinc.concept("72166-2").is_some());
        assert!(find("http://www.ama-assn.org/go/cpt").is_none());
    }
}
