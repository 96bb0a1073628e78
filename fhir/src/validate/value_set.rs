//! The value sets of R4's required bindings: `data/valuesets.tsv`, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::form::{FORMS, Form};

static TABLE: &str = include_str!("../../data/valuesets.tsv");

static VALUE_SETS: LazyLock<HashMap<&'static str, ValueSet>> = LazyLock::new(read);

/// What is known about the codes of a value set.
pub(super) enum ValueSet {
    /// All of them, each with its system, sorted.
    Enumerated(Vec<(&'static str, &'static str)>),
    /// Only their form.
    Formed(&'static Form),
}

/// The value set with this canonical URL, whatever its version.
pub(super) fn find(url: &str) -> Option<&'static ValueSet> {
    let url = url.split_once('|').map_or(url, |(url, _)| url);
    VALUE_SETS.get(url)
}

/// The codes of a value set, each with its system, sorted; `None` when they are not enumerated here.
pub fn enumerated(url: &str) -> Option<&'static [(&'static str, &'static str)]> {
    match find(url)? {
        ValueSet::Enumerated(codes) => Some(codes),
        ValueSet::Formed(_) => None,
    }
}

fn read() -> HashMap<&'static str, ValueSet> {
    let mut codes: HashMap<_, Vec<_>> = HashMap::new();
    for row in TABLE.lines().skip(1) {
        let mut cells = row.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        let (url, system) = (cell(), cell());
        let row = cell().split('|').map(|code| (code, system));
        codes.entry(url).or_default().extend(row);
    }
    let enumerated = codes.into_iter().map(|(url, mut codes)| {
        codes.sort_unstable();
        (url, ValueSet::Enumerated(codes))
    });
    let formed = FORMS
        .iter()
        .map(|form| (form.value_set, ValueSet::Formed(form)));
    enumerated.chain(formed).collect()
}

impl ValueSet {
    /// Whether the code is in the value set, from whichever system.
    pub(super) fn has_code(&self, code: &str) -> bool {
        match self {
            Self::Formed(form) => (form.accepts)(code),
            Self::Enumerated(codes) => {
                let at = codes.partition_point(|known| known.0 < code);
                codes.get(at).is_some_and(|known| known.0 == code)
            }
        }
    }

    /// Whether the code of the system is in the value set; a form does not tell systems apart.
    pub(super) fn has(&self, system: &str, code: &str) -> bool {
        match self {
            Self::Formed(form) => (form.accepts)(code),
            Self::Enumerated(codes) => codes.binary_search(&(code, system)).is_ok(),
        }
    }

    /// The codes, as far as they are known.
    pub(super) fn codes(&self) -> impl Iterator<Item = &'static str> {
        let codes: &[_] = match self {
            Self::Enumerated(codes) => codes,
            Self::Formed(_) => &[],
        };
        codes.iter().map(|(code, _)| *code)
    }

    /// The systems the codes come from, as far as they are known.
    pub(super) fn systems(&self) -> impl Iterator<Item = &'static str> {
        let mut systems: Vec<_> = match self {
            Self::Enumerated(codes) => codes.iter().map(|(_, system)| *system).collect(),
            Self::Formed(_) => Vec::new(),
        };
        systems.sort_unstable();
        systems.dedup();
        systems.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{self, Strength};

    #[test]
    fn every_required_binding_can_be_checked() {
        let elements = definition::every().flat_map(definition::Type::elements);
        let bindings = elements.filter_map(|element| element.binding);
        let required = bindings.filter(|binding| binding.strength == Strength::Required);
        for binding in required {
            assert!(find(binding.value_set).is_some(), "{}", binding.value_set);
        }
        assert_eq!(VALUE_SETS.len(), 224);
    }

    #[test]
    fn a_code_belongs_to_its_system() {
        let gender = find("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1").unwrap();
        assert!(gender.has_code("female") && !gender.has_code("Female"));
        assert!(gender.has("http://hl7.org/fhir/administrative-gender", "male"));
        assert!(!gender.has("http://example.org", "male"));
        assert_eq!(gender.codes().count(), 4);
    }
}
