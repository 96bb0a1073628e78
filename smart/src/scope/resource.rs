//! `patient/Observation.rs?category=…`: scopes on resources.

use std::fmt;

use super::{Action, Actions, Constraint};

/// Whose rights a scope speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Resources of the one patient in context.
    Patient,
    /// Resources the user may see.
    User,
    /// Resources the backend service was authorized for.
    System,
}

impl Level {
    const WORDS: [(&'static str, Self); 3] = [
        ("patient", Self::Patient),
        ("user", Self::User),
        ("system", Self::System),
    ];

    fn parse(word: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, level)| *level)
    }

    /// The word before the slash.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// All types, or one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceSelector {
    /// `*`
    All,
    /// The name of a resource type.
    Type(String),
}

impl ResourceSelector {
    fn parse(word: &str) -> Option<Self> {
        if word == "*" {
            return Some(Self::All);
        }
        let legal = word.len() <= 64
            && word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.chars().all(|letter| letter.is_ascii_alphabetic());
        legal.then(|| Self::Type(word.to_owned()))
    }

    /// Whether `resource_type` is selected.
    pub fn admits(&self, resource_type: &str) -> bool {
        match self {
            Self::All => true,
            Self::Type(name) => name == resource_type,
        }
    }

    /// Whether this type and no other is selected.
    pub fn is(&self, resource_type: &str) -> bool {
        *self != Self::All && self.admits(resource_type)
    }

    fn covers(&self, other: &Self) -> bool {
        *self == Self::All || self == other
    }

    fn meet(&self, other: &Self) -> Option<Self> {
        if self.covers(other) {
            Some(other.clone())
        } else {
            other.covers(self).then(|| self.clone())
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::All => "*",
            Self::Type(name) => name,
        }
    }
}

/// How the actions are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// `.read`, `.write`, `.*`
    V1,
    /// `.cruds`
    V2,
}

/// A scope on resources. Two are equal when they mean the same, however they are spelled.
#[derive(Debug, Clone)]
pub struct ResourceScope {
    /// Whose rights.
    pub level: Level,
    /// Which types.
    pub resource: ResourceSelector,
    /// What may be done.
    pub actions: Actions,
    /// Which resources of the type.
    pub constraint: Constraint,
    /// How it was asked for; the answer uses the same spelling where it can.
    pub syntax: Syntax,
}

impl ResourceScope {
    /// A version 2 scope on one type.
    pub fn on(level: Level, resource_type: &str, actions: Actions, constraint: Constraint) -> Self {
        Self {
            level,
            resource: ResourceSelector::Type(resource_type.to_owned()),
            actions,
            constraint,
            syntax: Syntax::V2,
        }
    }

    /// Reads `level/Type.actions[?constraint]`.
    pub fn parse(token: &str) -> Option<Self> {
        let (level, rest) = token.split_once('/')?;
        let (target, query) = match rest.split_once('?') {
            Some((target, query)) => (target, Some(query)),
            None => (rest, None),
        };
        let (resource, letters) = target.split_once('.')?;
        let (actions, syntax) = parse_actions(letters)?;
        let constraint = match query {
            None => Constraint::default(),
            Some(_) if syntax == Syntax::V1 => return None,
            Some(query) => Constraint::parse(resource, query)?,
        };
        Some(Self {
            level: Level::parse(level)?,
            resource: ResourceSelector::parse(resource)?,
            actions,
            constraint,
            syntax,
        })
    }

    /// Whether it admits `action` on some resources of `resource_type`.
    pub fn admits(&self, resource_type: &str, action: Action) -> bool {
        self.actions.contains(action) && self.resource.admits(resource_type)
    }

    /// Whether it allows at least what `other` allows.
    pub fn covers(&self, other: &Self) -> bool {
        self.level == other.level
            && self.resource.covers(&other.resource)
            && self.actions.covers(other.actions)
            && self.constraint.covers(&other.constraint)
    }

    /// What both allow, in the spelling of `self`; `None` when that is nothing.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        let actions = self.actions.meet(other.actions);
        (self.level == other.level && actions != Actions::NONE).then_some(())?;
        Some(Self {
            level: self.level,
            resource: self.resource.meet(&other.resource)?,
            actions,
            constraint: self.constraint.and(&other.constraint),
            syntax: self.syntax,
        })
    }

    fn key(&self) -> (Level, &ResourceSelector, &Constraint, Actions) {
        (self.level, &self.resource, &self.constraint, self.actions)
    }
}

const V1_WORDS: [(&str, Actions); 3] = [
    ("read", Actions::READ),
    ("write", Actions::WRITE),
    ("*", Actions::ALL),
];

fn parse_actions(letters: &str) -> Option<(Actions, Syntax)> {
    V1_WORDS
        .iter()
        .find(|(word, _)| *word == letters)
        .map(|(_, actions)| (*actions, Syntax::V1))
        .or_else(|| Actions::parse(letters).map(|actions| (actions, Syntax::V2)))
}

impl PartialEq for ResourceScope {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ResourceScope {}

impl PartialOrd for ResourceScope {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceScope {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Display for ResourceScope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}.", self.level.as_str(), self.resource.as_str())?;
        let v1 = V1_WORDS
            .iter()
            .find(|(_, actions)| *actions == self.actions)
            .filter(|_| self.syntax == Syntax::V1 && self.constraint.is_empty());
        match v1 {
            Some((word, _)) => out.write_str(word),
            None => write!(out, "{}{}", self.actions, self.constraint),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_1_words_mean_version_2_letters() {
        for (v1, v2) in [("read", "rs"), ("write", "cud"), ("*", "cruds")] {
            let one = ResourceScope::parse(&format!("patient/Observation.{v1}")).unwrap();
            let two = ResourceScope::parse(&format!("patient/Observation.{v2}")).unwrap();
            assert_eq!(one, two);
            assert_ne!(one.to_string(), two.to_string());
        }
    }

    #[test]
    fn constraints_with_modifiers_chains_or_unknown_parameters_are_refused() {
        for query in [
            "category:in=x",
            "subject.name=x",
            "_filter=x",
            "_include=Observation:subject",
            "nothing=x",
            "category",
            "category=",
            "",
        ] {
            assert_eq!(
                ResourceScope::parse(&format!("patient/Observation.rs?{query}")),
                None,
                "{query}"
            );
        }
        assert_eq!(ResourceScope::parse("patient/*.rs?category=x"), None);
        assert_eq!(
            ResourceScope::parse("patient/Observation.read?category=x"),
            None
        );
    }

    #[test]
    fn a_constrained_scope_prints_as_written() {
        let text = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
        assert_eq!(ResourceScope::parse(text).unwrap().to_string(), text);
    }
}
