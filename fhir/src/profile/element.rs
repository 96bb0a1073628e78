//! What a profile asks of an element.

use serde_json::Value;

use super::invariant::Invariant;
use super::slicing::{Mark, Slicing};
use crate::definition::Binding;

/// The rules of a profile for an element or a slice of it. What is not stated is as R4 has it.
#[derive(Debug, Default)]
pub struct ElementRule {
    /// The name, without the choice suffix: `value` for `value[x]`; empty at the root.
    pub name: &'static str,
    /// The name of the slice.
    pub slice: Option<&'static str>,
    /// The least number of occurrences.
    pub min: u32,
    /// The greatest number of occurrences; nothing means no other limit than R4's.
    pub max: Option<u32>,
    /// The types allowed; empty means all that R4 allows.
    pub types: Vec<&'static str>,
    /// The resource types a reference may lead to; empty means all that R4 allows.
    pub targets: Vec<&'static str>,
    /// Canonical URLs of the definitions of an extension.
    pub extensions: Vec<&'static str>,
    /// Whether a conforming system must support the element.
    pub is_must_support: bool,
    /// The value set, if the binding is required or extensible.
    pub binding: Option<Binding>,
    /// The value set that no code may be outside of, where the binding itself leaves room.
    pub max_value_set: Option<&'static str>,
    /// The value, or a part of it.
    pub value: Option<Expected>,
    /// How occurrences are told apart, on the element that has slices.
    pub slicing: Option<Slicing>,
    /// What an occurrence must show to belong to the slice.
    pub marks: Vec<Mark>,
    /// Constraints on each occurrence.
    pub invariants: Vec<Invariant>,
    /// The elements below.
    pub members: Vec<Member>,
}

/// An element of a profile and its slices.
#[derive(Debug, Default)]
pub struct Member {
    /// What is asked of all occurrences.
    pub element: ElementRule,
    /// What is asked of those that belong to a slice.
    pub slices: Vec<ElementRule>,
}

/// The value a profile gives an element.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Exactly this value.
    Fixed(Value),
    /// At least what is given here.
    Pattern(Value),
}

impl Expected {
    /// The value as the profile writes it.
    pub fn value(&self) -> &Value {
        match self {
            Self::Fixed(value) | Self::Pattern(value) => value,
        }
    }

    /// Whether a value is the one expected.
    pub fn accepts(&self, found: &Value) -> bool {
        match self {
            Self::Fixed(value) => value == found,
            Self::Pattern(pattern) => contains(found, pattern),
        }
    }

    /// What is expected of the element at `path` below.
    pub(super) fn part(&self, path: &[&str]) -> Option<Self> {
        let mut value = self.value();
        for name in path {
            let member = value.get(*name)?;
            value = member
                .as_array()
                .and_then(|items| items.first())
                .unwrap_or(member);
        }
        Some(match self {
            Self::Fixed(_) => Self::Fixed(value.clone()),
            Self::Pattern(_) => Self::Pattern(value.clone()),
        })
    }
}

/// Whether a value has everything the pattern has: each member of an object, some matching item
/// for each item of a list (<http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_>).
fn contains(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Object(members), Value::Object(pattern)) => {
            pattern.iter().all(|(name, pattern)| {
                members
                    .get(name)
                    .is_some_and(|value| contains(value, pattern))
            })
        }
        (Value::Array(items), Value::Array(pattern)) => pattern
            .iter()
            .all(|pattern| items.iter().any(|item| contains(item, pattern))),
        _ => value == pattern,
    }
}

impl ElementRule {
    /// The rule of the element `name` below, without regard to slices.
    pub fn member(&self, name: &str) -> Option<&ElementRule> {
        let member = self
            .members
            .iter()
            .find(|member| member.element.name == name);
        member.map(|member| &member.element)
    }

    /// The rule of the element `name` below, then those of the slices of it that must be there.
    pub(super) fn below(&self, name: &str) -> impl Iterator<Item = &ElementRule> {
        let members = self
            .members
            .iter()
            .filter(move |member| member.element.name == name);
        members.flat_map(|member| {
            let required = member.slices.iter().filter(|slice| slice.min > 0);
            std::iter::once(&member.element).chain(required)
        })
    }

    /// The rules of an element or slice and of everything below it.
    pub fn all(&self) -> Vec<&ElementRule> {
        let below = self
            .members
            .iter()
            .flat_map(|member| std::iter::once(&member.element).chain(&member.slices));
        std::iter::once(self)
            .chain(below.flat_map(ElementRule::all))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pattern_is_part_of_a_value_and_a_fixed_value_is_all_of_it() {
        let pattern = json!({"coding": [{"code": "a"}]});
        let value = json!({"coding": [{"code": "b"}, {"code": "a", "system": "s"}], "text": "t"});
        assert!(Expected::Pattern(pattern.clone()).accepts(&value));
        assert!(!Expected::Fixed(pattern.clone()).accepts(&value));
        assert!(Expected::Fixed(pattern.clone()).accepts(&pattern));
        assert!(!Expected::Pattern(pattern).accepts(&json!({"coding": [{"code": "b"}]})));
    }

    #[test]
    fn a_part_of_a_value_is_expected_of_the_element_below() {
        let pattern = Expected::Pattern(json!({"coding": [{"code": "a"}]}));
        let part = pattern.part(&["coding", "code"]);
        assert_eq!(part, Some(Expected::Pattern(json!("a"))));
        assert_eq!(pattern.part(&["text"]), None);
    }
}
