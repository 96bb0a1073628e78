//! The letters of a SMART 2 scope: create, read, update, delete, search.

use std::fmt;

/// One letter of `cruds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// `c`: create by POST.
    Create,
    /// `r`: read, vread and history of one instance.
    Read,
    /// `u`: update, patch and create by PUT.
    Update,
    /// `d`: delete.
    Delete,
    /// `s`: search and history of a type.
    Search,
}

const LETTERS: [(char, Action); 5] = [
    ('c', Action::Create),
    ('r', Action::Read),
    ('u', Action::Update),
    ('d', Action::Delete),
    ('s', Action::Search),
];

/// A set of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Actions(u8);

impl Actions {
    /// No action.
    pub const NONE: Self = Self(0);
    /// `rs`, what SMART 1 calls `read`.
    pub const READ: Self = Self(0b1_0010);
    /// `cud`, what SMART 1 calls `write`.
    pub const WRITE: Self = Self(0b0_1101);
    /// `cruds`, what SMART 1 calls `*`.
    pub const ALL: Self = Self(0b1_1111);

    /// Reads letters in the order `cruds`, at least one, none twice. Any other order is
    /// undefined by the specification and refused.
    pub fn parse(letters: &str) -> Option<Self> {
        let mut rest = LETTERS.iter();
        let mut set = Self::NONE;
        for letter in letters.chars() {
            let (_, action) = rest.find(|(known, _)| *known == letter)?;
            set = set.with(*action);
        }
        (set != Self::NONE).then_some(set)
    }

    fn bit(action: Action) -> u8 {
        1 << action as u8
    }

    /// This set and `action`.
    #[must_use]
    pub fn with(self, action: Action) -> Self {
        Self(self.0 | Self::bit(action))
    }

    /// Whether `action` is in the set.
    pub fn contains(self, action: Action) -> bool {
        self.0 & Self::bit(action) != 0
    }

    /// Actions in both sets.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Actions in either set.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every action of `other` is in this set.
    pub fn covers(self, other: Self) -> bool {
        self.meet(other) == other
    }

    /// The members, in the order `cruds`.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        LETTERS
            .into_iter()
            .map(|(_, action)| action)
            .filter(move |action| self.contains(*action))
    }
}

impl fmt::Display for Actions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        LETTERS
            .iter()
            .filter(|(_, action)| self.contains(*action))
            .try_for_each(|(letter, _)| write!(out, "{letter}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_in_order_only() {
        for (text, want) in [
            ("rs", Some(Actions::READ)),
            ("cud", Some(Actions::WRITE)),
            ("cruds", Some(Actions::ALL)),
            ("sr", None),
            ("rr", None),
            ("dus", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(Actions::parse(text), want, "{text}");
        }
    }

    #[test]
    fn every_set_prints_as_it_parses() {
        for bits in 1..=Actions::ALL.0 {
            let set = Actions(bits);
            assert_eq!(Actions::parse(&set.to_string()), Some(set));
        }
    }
}
