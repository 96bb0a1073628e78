//! How the occurrences of a repeating element are told apart.
//! <http://hl7.org/fhir/R4/profiling.html#slicing>

use super::element::{ElementRule, Expected};
use crate::definition::Strength;
use crate::table::list;

/// How the occurrences of an element are sorted into slices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slicing {
    /// Whether every occurrence must belong to a slice.
    pub is_closed: bool,
    /// What is looked at.
    pub discriminators: Vec<Discriminator>,
}

/// An element below a sliced one, by which an occurrence is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discriminator {
    /// What counts about the element.
    pub kind: DiscriminatorKind,
    /// The steps to it; none for the sliced element itself (`$this`).
    pub path: Vec<&'static str>,
}

/// <http://hl7.org/fhir/R4/valueset-discriminator-type.html>, those that US Core uses; a `pattern`
/// is a value like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscriminatorKind {
    /// Its value: fixed, a pattern, or one of a value set.
    Value,
    /// Its type.
    Type,
}

/// What an occurrence must show to belong to a slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The steps to the element that shows it.
    pub path: Vec<&'static str>,
    /// What is tested there.
    pub test: Test,
}

/// The test of a [`Mark`].
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// A value.
    Value(Expected),
    /// A code of the value set with this URL.
    MemberOf(&'static str),
    /// One of these types.
    Type(Vec<&'static str>),
    /// The profile does not say; nothing belongs to the slice.
    Unstated,
}

impl Slicing {
    /// Reads a cell: `open` or `closed`, then `kind:path` separated by commas.
    pub(super) fn parse(cell: &'static str) -> Option<Self> {
        let (rules, discriminators) = cell.split_once(' ')?;
        Some(Self {
            is_closed: rules == "closed",
            discriminators: discriminators
                .split(',')
                .map(Discriminator::parse)
                .collect(),
        })
    }

    /// How an element is sliced that the profile gives slices but no slicing: R4 slices
    /// extensions by their URL, and a choice can only be told apart by type.
    pub(super) fn implied(name: &str, is_choice: bool) -> Self {
        let discriminator = match (name, is_choice) {
            ("extension" | "modifierExtension", _) => "value:url",
            (_, true) => "type:$this",
            _ => "value:$this",
        };
        Self {
            is_closed: false,
            discriminators: vec![Discriminator::parse(discriminator)],
        }
    }

    /// What tells a slice from the other occurrences.
    pub(super) fn marks(&self, slice: &ElementRule) -> Vec<Mark> {
        let mark = |discriminator: &Discriminator| Mark {
            path: discriminator.path.clone(),
            test: match discriminator.kind {
                DiscriminatorKind::Value => value(slice, &discriminator.path),
                DiscriminatorKind::Type => types(slice),
            }
            .unwrap_or(Test::Unstated),
        };
        self.discriminators.iter().map(mark).collect()
    }
}

impl Discriminator {
    fn parse(text: &'static str) -> Self {
        let (kind, path) = text.split_once(':').unwrap_or(("value", text));
        Self {
            kind: match kind {
                "type" => DiscriminatorKind::Type,
                _ => DiscriminatorKind::Value,
            },
            path: path.split('.').filter(|step| *step != "$this").collect(),
        }
    }
}

fn types(slice: &ElementRule) -> Option<Test> {
    let named = || named_type(slice.slice?);
    let types = match slice.types.as_slice() {
        [] => list(named()?),
        types => types.to_vec(),
    };
    Some(Test::Type(types))
}

/// The type in the name of a slice of a choice: `valueQuantity`.
fn named_type(slice: &'static str) -> Option<&'static str> {
    let at = slice.find(|letter: char| letter.is_ascii_uppercase())?;
    let name = slice.get(at..)?;
    crate::definition::find(name).map(|ty| ty.name)
}

/// The value that a rule expects at a path below it.
fn value(rule: &ElementRule, path: &[&str]) -> Option<Test> {
    let stated = rule.value.as_ref().and_then(|value| value.part(path));
    if let Some(part) = stated {
        return Some(Test::Value(part));
    }
    match path {
        ["url"] => match rule.extensions.first() {
            Some(url) => Some(Test::Value(Expected::Fixed((*url).into()))),
            None => value(rule.member("url")?, &[]),
        },
        [name, rest @ ..] => rule.below(name).find_map(|below| value(below, rest)),
        [] => rule
            .binding
            .filter(|binding| binding.strength == Strength::Required)
            .map(|binding| Test::MemberOf(binding.value_set)),
    }
}
