//! The concept maps of R4: `data/concept-maps.tsv`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::table::{cells, present, rows};

static TABLE: &str = include_str!("../../data/concept-maps.tsv");

/// A map from the codes of one value set to those of another.
#[derive(Debug)]
pub struct ConceptMap {
    /// The canonical URL.
    pub url: &'static str,
    /// The value set that is mapped.
    pub source: &'static str,
    /// The value set it is mapped to.
    pub target: &'static str,
    /// Its rows.
    pub mappings: Vec<Mapping>,
}

/// What one code is called elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    /// System and code that are mapped.
    pub source: (&'static str, &'static str),
    /// The system it is mapped to.
    pub target_system: &'static str,
    /// The code there, if there is one.
    pub target_code: Option<&'static str>,
    /// <http://hl7.org/fhir/R4/valueset-concept-map-equivalence.html>
    pub equivalence: &'static str,
}

static MAPS: LazyLock<Vec<ConceptMap>> = LazyLock::new(|| {
    let mut maps: BTreeMap<&'static str, ConceptMap> = BTreeMap::new();
    for row in rows(TABLE) {
        let [
            url,
            source,
            target,
            system,
            code,
            target_system,
            target_code,
            equivalence,
        ] = cells(row);
        let map = maps.entry(url).or_insert_with(|| ConceptMap {
            url,
            source,
            target,
            mappings: Vec::new(),
        });
        map.mappings.push(Mapping {
            source: (system, code),
            target_system,
            target_code: present(target_code),
            equivalence,
        });
    }
    maps.into_values().collect()
});

/// Every concept map, sorted by URL.
pub fn every() -> impl Iterator<Item = &'static ConceptMap> {
    MAPS.iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::{code_system, value_set};
    use crate::us_core::UsCore;

    #[test]
    fn every_map_leads_from_known_codes_to_a_known_system() {
        let has =
            |system, code| code_system(system).is_some_and(|system| system.concept(code).is_some());
        let equivalences = value_set(
            "http://hl7.org/fhir/ValueSet/concept-map-equivalence",
            UsCore::default(),
        )
        .unwrap();
        assert_eq!(every().count(), 14);
        for mapping in every().flat_map(|map| &map.mappings) {
            assert!(has(mapping.source.0, mapping.source.1), "{mapping:?}");
            assert!(code_system(mapping.target_system).is_some(), "{mapping:?}");
            assert!(equivalences.has_code(mapping.equivalence), "{mapping:?}");
        }
    }
}
