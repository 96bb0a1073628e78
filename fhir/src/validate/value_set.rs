//! The value set of a binding: its codes, or only their form.

use super::form::{FORMS, Form};
use crate::terminology;
use crate::us_core::UsCore;

/// What is known about the codes of a value set.
#[derive(Clone, Copy)]
pub(super) enum ValueSet {
    /// All of them.
    Enumerated(&'static terminology::ValueSet),
    /// Only their form.
    Formed(&'static Form),
}

/// The value set with this canonical URL, whatever its version, as a release of US Core has it.
pub(super) fn find(url: &str, release: UsCore) -> Option<ValueSet> {
    let plain = url.split_once('|').map_or(url, |(url, _)| url);
    let formed = FORMS.iter().find(|form| form.value_set == plain);
    formed
        .map(ValueSet::Formed)
        .or_else(|| terminology::value_set(plain, release).map(ValueSet::Enumerated))
}

/// The codes of a value set, each with its system, sorted; `None` when they are not enumerated here.
pub fn enumerated(url: &str) -> Option<&'static [(&'static str, &'static str)]> {
    terminology::value_set(url, UsCore::default()).map(terminology::ValueSet::sorted)
}

impl ValueSet {
    /// Whether the code is in the value set, from whichever system.
    pub(super) fn has_code(self, code: &str) -> bool {
        match self {
            Self::Formed(form) => (form.accepts)(code),
            Self::Enumerated(set) => set.has_code(code),
        }
    }

    /// Whether the code of the system is in the value set; a form does not tell systems apart.
    pub(super) fn has(self, system: &str, code: &str) -> bool {
        match self {
            Self::Formed(form) => (form.accepts)(code),
            Self::Enumerated(set) => set.has(system, code),
        }
    }

    /// The codes, as far as they are known.
    pub(super) fn codes(self) -> impl Iterator<Item = &'static str> {
        let set = self.enumerated();
        set.into_iter()
            .flat_map(terminology::ValueSet::members)
            .map(|(_, code)| code)
    }

    /// The systems the codes come from, as far as they are known.
    pub(super) fn systems(self) -> impl Iterator<Item = &'static str> {
        let set = self.enumerated();
        set.into_iter()
            .flat_map(|set| &set.parts)
            .map(|part| part.system)
    }

    fn enumerated(self) -> Option<&'static terminology::ValueSet> {
        match self {
            Self::Enumerated(set) => Some(set),
            Self::Formed(_) => None,
        }
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
            let found = find(binding.value_set, UsCore::default());
            assert!(found.is_some(), "{}", binding.value_set);
        }
    }
}
