//! One element of a type, as its `StructureDefinition` states it.

use super::Type;
use super::table::definitions;

/// An element definition: a row of `data/elements.tsv`.
#[derive(Debug)]
pub struct Element {
    /// The path as published, for instance `Observation.value[x]`.
    pub path: &'static str,
    /// The name without the choice suffix: `value` for `Observation.value[x]`.
    pub name: &'static str,
    /// The least number of occurrences.
    pub min: u32,
    /// The greatest number of occurrences; nothing means unbounded (`*`).
    pub max: Option<u32>,
    /// The allowed types; empty where [`Element::content_reference`] is given.
    pub types: &'static [&'static str],
    /// The resource types a `Reference` or `canonical` may point to; empty means any.
    pub targets: &'static [&'static str],
    /// The value set the element is bound to.
    pub binding: Option<Binding>,
    /// Whether the element belongs to the summary (`_summary=true`).
    pub is_summary: bool,
    /// Whether the element can change the meaning of what contains it.
    pub is_modifier: bool,
    /// The path of the backbone element whose content this one repeats.
    pub content_reference: Option<&'static str>,
    /// Profiles on the type, for instance `SimpleQuantity`.
    pub profiles: &'static [&'static str],
    pub(super) member_types: Members,
}

/// The types of an element as numbers of [`Type`]s, in the order of [`Element::types`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Members {
    One(u16),
    Many(&'static [u16]),
}

/// A binding of an element to a value set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// How strictly the value set is meant.
    pub strength: Strength,
    /// The canonical URL of the value set, with a version where the definition has one.
    pub value_set: &'static str,
}

/// <http://hl7.org/fhir/R4/valueset-binding-strength.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// A code of the value set must be used.
    Required,
    /// A code of the value set must be used if one fits.
    Extensible,
    /// A code of the value set should be used.
    Preferred,
    /// The value set only illustrates.
    Example,
}

impl Strength {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "required" => Some(Self::Required),
            "extensible" => Some(Self::Extensible),
            "preferred" => Some(Self::Preferred),
            "example" => Some(Self::Example),
            _ => None,
        }
    }
}

impl Element {
    /// Whether this is a choice of types, written `name[x]`.
    pub fn is_choice(&self) -> bool {
        self.path.ends_with("[x]")
    }

    /// Whether the JSON form is an array.
    pub fn repeats(&self) -> bool {
        self.max != Some(1) && self.max != Some(0)
    }

    /// The type of the element's value, if it is not a choice: the anonymous type of a backbone
    /// element, the type a content reference leads to, or the named type.
    pub fn member_type(&self) -> Option<&'static Type> {
        match self.member_types {
            Members::One(number) => Some(definitions().numbered(number)),
            Members::Many(_) => None,
        }
    }

    /// The types of the element's value; one for an element that is not a choice.
    pub fn member_types(&self) -> impl Iterator<Item = &'static Type> {
        let numbers: &[u16] = match &self.member_types {
            Members::One(number) => std::slice::from_ref(number),
            Members::Many(numbers) => numbers,
        };
        numbers.iter().map(|number| definitions().numbered(*number))
    }

    /// The type that a JSON key of this choice names: `Quantity` for `valueQuantity`.
    pub(crate) fn choice_of(&self, key: &str) -> Option<&'static Type> {
        let suffix = key.strip_prefix(self.name)?;
        self.member_types()
            .find(|ty| capitalized_eq(suffix, ty.name))
    }
}

/// Whether `capitalized` is `name` with its first letter in upper case.
fn capitalized_eq(capitalized: &str, name: &str) -> bool {
    let (left, right) = (capitalized.as_bytes(), name.as_bytes());
    left.len() == right.len()
        && left.first() == right.first().map(u8::to_ascii_uppercase).as_ref()
        && left.get(1..) == right.get(1..)
}
