//! The combinations of search parameters that US Core asks for (`data/us-core-searches.tsv`).

use fhir::us_core::UsCore;

static TABLE: &str = include_str!("../../data/us-core-searches.tsv");

/// One combination.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) resource_type: &'static str,
    pub(crate) parameters: Vec<&'static str>,
    /// Whether a server shall support it; otherwise it should.
    pub(crate) is_required: bool,
    releases: &'static str,
}

impl Search {
    fn read(row: &'static str) -> Option<Self> {
        let mut cells = row.split('\t');
        let mut cell = || cells.next();
        Some(Self {
            resource_type: cell()?,
            parameters: cell()?.split('+').collect(),
            is_required: cell()? == "SHALL",
            releases: cell()?,
        })
    }
}

fn rows() -> impl Iterator<Item = Search> {
    TABLE.lines().skip(1).filter_map(Search::read)
}

/// The combinations for a type in a release.
pub(crate) fn searches(resource_type: &str, release: UsCore) -> impl Iterator<Item = Search> {
    rows().filter(move |row| row.resource_type == resource_type && is_in(release, row.releases))
}

/// Whether a cell of first digits (`5678`) has a release.
fn is_in(release: UsCore, digits: &str) -> bool {
    let digit = release.as_str().chars().next();
    digit.is_some_and(|digit| digits.contains(digit))
}

#[cfg(test)]
mod tests {
    use fhir::resource_type::ResourceType;
    use fhir::search_parameter;

    use super::super::TYPES;
    use super::*;

    #[test]
    fn every_row_names_parameters_that_exist_and_a_type_that_is_checked() {
        assert_eq!(rows().count(), TABLE.lines().count() - 1);
        for row in rows() {
            let ty = ResourceType::parse(row.resource_type).unwrap();
            for parameter in &row.parameters {
                assert!(search_parameter::find(ty, parameter).is_some(), "{row:?}");
            }
            assert!(row.releases.chars().all(|digit| "345678".contains(digit)));
            assert!(
                TYPES
                    .iter()
                    .any(|kind| kind.resource_type == row.resource_type),
                "{row:?}"
            );
        }
    }

    #[test]
    fn a_release_has_its_own_searches() {
        let has = |version: &str| {
            let release: UsCore = version.parse().unwrap();
            searches("Condition", release)
                .any(|row| row.is_required && row.parameters.contains(&"category"))
        };
        assert!(has("6.1.0") && !has("3.1.1"));
    }
}
