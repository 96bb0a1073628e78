//! The releases of US Core. <https://hl7.org/fhir/us/core/history.html>

use std::fmt;
use std::str::FromStr;

use crate::resource_type::ResourceType;
use crate::table::{cells, rows};

static COMBINATIONS: &str = include_str!("../data/us-core/combinations.tsv");

/// A release of US Core that the tables know. They differ in what they ask for; a resource may
/// conform to one and not to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum UsCore {
    /// 3.1.1 (USCDI 1)
    V3_1_1,
    /// 4.0.0 (USCDI 1)
    V4_0_0,
    /// 5.0.1 (USCDI 2)
    V5_0_1,
    /// 6.1.0 (USCDI 3)
    V6_1_0,
    /// 7.0.0 (USCDI 4)
    V7_0_0,
    /// 8.0.0 (USCDI 5)
    #[default]
    V8_0_0,
}

/// Each release with its version and the digit that stands for it in the tables.
const RELEASES: [(UsCore, &str, char); 6] = [
    (UsCore::V3_1_1, "3.1.1", '3'),
    (UsCore::V4_0_0, "4.0.0", '4'),
    (UsCore::V5_0_1, "5.0.1", '5'),
    (UsCore::V6_1_0, "6.1.0", '6'),
    (UsCore::V7_0_0, "7.0.0", '7'),
    (UsCore::V8_0_0, "8.0.0", '8'),
];

/// A version of US Core that is not among the releases known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a version of US Core known here; these are: 3.1.1, 4.0.0, 5.0.1, 6.1.0, 7.0.0, 8.0.0"
)]
pub struct UnknownVersion(pub String);

impl UsCore {
    /// Every release, the oldest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        RELEASES.into_iter().map(|(release, ..)| release)
    }

    /// The version, such as `8.0.0`.
    pub fn as_str(self) -> &'static str {
        RELEASES[self.index()].1
    }

    /// The search parameters of a type that the release wants to be usable together.
    pub fn combinations(self, ty: ResourceType) -> impl Iterator<Item = Combination> {
        let rows = rows(COMBINATIONS).map(cells::<4>);
        rows.filter(move |[name, versions, ..]| {
            *name == ty.as_str() && versions.contains(self.digit())
        })
        .map(|[_, _, parameters, expectation]| Combination {
            parameters,
            expectation,
        })
    }

    /// The digit that stands for the release in a cell of versions.
    pub(crate) fn digit(self) -> char {
        RELEASES[self.index()].2
    }

    /// The position among the releases, from 0.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// Search parameters that can be used together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Combination {
    parameters: &'static str,
    /// How strongly the guide asks for it: `SHALL`, `SHOULD` or `MAY`.
    pub expectation: &'static str,
}

impl Combination {
    /// The names of the parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.parameters.split('|')
    }
}

impl fmt::Display for UsCore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for UsCore {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let row = RELEASES.iter().find(|(_, version, _)| *version == text);
        row.map(|(release, ..)| *release)
            .ok_or_else(|| UnknownVersion(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_it_is_written() {
        for (at, release) in UsCore::all().enumerate() {
            assert_eq!(release.as_str().parse(), Ok(release));
            assert_eq!(release.index(), at);
            assert!(release.as_str().starts_with(release.digit()));
        }
        assert_eq!(UsCore::all().next_back(), Some(UsCore::default()));
        assert!("9.0.0".parse::<UsCore>().is_err());
        assert!("8".parse::<UsCore>().is_err());
    }

    #[test]
    fn combinations_name_parameters_of_their_type() {
        let patient = ResourceType::parse("Patient");
        let count = |release: UsCore| release.combinations(patient.unwrap()).count();
        assert!(UsCore::all().all(|release| count(release) >= 3));
        for [name, versions, parameters, expectation] in rows(COMBINATIONS).map(cells::<4>) {
            let ty = ResourceType::parse(name);
            assert!(ty.is_some() && versions.starts_with(['3', '4', '5', '6', '7', '8']));
            assert!(parameters.contains('|') && ["SHALL", "SHOULD", "MAY"].contains(&expectation));
        }
    }
}
