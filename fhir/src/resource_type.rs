//! The resource types of R4.

use std::fmt;
use std::sync::LazyLock;

/// Names of the 146 concrete resource types, sorted.
static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("../data/resource-types.txt").lines().collect());

/// A resource type of R4. Small, copyable, and ordered by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceType(u16);

impl ResourceType {
    /// The type with this name; names are case-sensitive (R4, "Resource Types").
    pub fn parse(name: &str) -> Option<Self> {
        let at = NAMES.binary_search(&name).ok()?;
        u16::try_from(at).ok().map(Self)
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Every type, sorted by name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0u16..).take(NAMES.len()).map(Self)
    }

    /// A number that stands for the type in stored data. R4's list of types is closed, so it
    /// never changes.
    pub fn number(self) -> u16 {
        self.0
    }

    /// The type that [`ResourceType::number`] stands for.
    pub fn from_number(number: u16) -> Option<Self> {
        (usize::from(number) < NAMES.len()).then_some(Self(number))
    }

    /// Whether resources of the type are content of another media type, which a read yields unless
    /// a FHIR format is asked for (R4, "Binary").
    pub fn is_content(self) -> bool {
        self.as_str() == "Binary"
    }

    /// Whether resources of the type describe the server itself. What they say is published, so
    /// any caller may read and search them.
    pub fn is_definition(self) -> bool {
        ["OperationDefinition", "SearchParameter"].contains(&self.as_str())
    }

    /// The three types that are not `DomainResource`s.
    pub fn is_domain_resource(self) -> bool {
        !["Binary", "Bundle", "Parameters"].contains(&self.as_str())
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_unique_and_complete() {
        assert!(NAMES.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(ResourceType::all().count(), 146);
    }

    #[test]
    fn every_type_parses_from_its_name_and_number() {
        for ty in ResourceType::all() {
            assert_eq!(ResourceType::parse(ty.as_str()), Some(ty));
            assert_eq!(ResourceType::from_number(ty.number()), Some(ty));
        }
    }

    #[test]
    fn other_spellings_are_not_types() {
        for name in ["patient", "MedicationOrder", "", "Resource", "Patient "] {
            assert_eq!(ResourceType::parse(name), None, "{name}");
        }
    }
}
