//! Sets of scopes, ordered by what they allow.

use std::fmt;

use super::{Action, Actions, PlainScope, ResourceScope, Scope};

/// What a scope string held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedScopes {
    /// The scopes this project knows, in the order given.
    pub known: ScopeSet,
    /// The tokens it does not, for the message; they are never granted.
    pub unknown: Vec<String>,
}

/// A set of scopes. Keeps the order of arrival (so that an answer reads like its request);
/// equality and the algebra look only at what the set allows.
#[derive(Debug, Clone, Default)]
pub struct ScopeSet {
    scopes: Vec<Scope>,
}

impl ScopeSet {
    /// Reads a space-separated scope string (RFC 6749 §3.3).
    pub fn parse(text: &str) -> ParsedScopes {
        let mut parsed = ParsedScopes::default();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            match Scope::parse(token) {
                Some(scope) => parsed.known.insert(scope),
                None => parsed.unknown.push(token.to_owned()),
            }
        }
        parsed
    }

    /// Adds a scope unless the very same one is there.
    pub fn insert(&mut self, scope: Scope) {
        if !self.scopes.contains(&scope) {
            self.scopes.push(scope);
        }
    }

    /// Whether it holds no scope at all.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty()
    }

    /// The scopes in order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter()
    }

    /// The scopes on resources.
    pub fn resources(&self) -> impl Iterator<Item = &ResourceScope> {
        self.scopes.iter().filter_map(|scope| match scope {
            Scope::Resource(scope) => Some(scope),
            Scope::Plain(_) => None,
        })
    }

    /// Whether the plain scope is in the set.
    pub fn contains(&self, scope: PlainScope) -> bool {
        self.scopes.contains(&Scope::Plain(scope))
    }

    /// The scopes that `keep` approves of.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&Scope) -> bool) -> Self {
        self.scopes
            .iter()
            .filter(|scope| keep(scope))
            .cloned()
            .collect()
    }

    /// Whether it admits `action` on at least some resources of `resource_type`.
    pub fn admits(&self, resource_type: &str, action: Action) -> bool {
        self.resources()
            .any(|scope| scope.admits(resource_type, action))
    }

    /// What both sets allow, spelled and ordered as in `self`.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let mut met = Self::default();
        for scope in &self.scopes {
            match scope {
                Scope::Plain(plain) if other.contains(*plain) => met.insert(scope.clone()),
                Scope::Plain(_) => {}
                Scope::Resource(scope) => other
                    .resources()
                    .filter_map(|theirs| scope.meet(theirs))
                    .for_each(|scope| met.insert(Scope::Resource(scope))),
            }
        }
        met.without_covered()
    }

    /// What either set allows.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let joined: Self = self.iter().chain(other.iter()).cloned().collect();
        joined.without_covered()
    }

    /// Whether it allows at least what `other` allows.
    pub fn covers(&self, other: &Self) -> bool {
        other.scopes.iter().all(|scope| match scope {
            Scope::Plain(plain) => self.contains(*plain),
            Scope::Resource(scope) => scope.actions.iter().all(|action| {
                let single = ResourceScope {
                    actions: Actions::NONE.with(action),
                    ..scope.clone()
                };
                self.resources().any(|mine| mine.covers(&single))
            }),
        })
    }

    /// Drops every scope that another one already allows.
    fn without_covered(&self) -> Self {
        let covered = |scope: &Scope| match scope {
            Scope::Plain(_) => false,
            Scope::Resource(mine) => self
                .resources()
                .any(|theirs| theirs != mine && theirs.covers(mine)),
        };
        self.filter(|scope| !covered(scope))
    }
}

impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.covers(other) && other.covers(self)
    }
}

impl Eq for ScopeSet {}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut set = Self::default();
        scopes.into_iter().for_each(|scope| set.insert(scope));
        set
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.scopes.iter().map(Scope::to_string).collect();
        out.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scope::{Constraint, Level, ResourceSelector, Syntax};

    fn set(text: &str) -> ScopeSet {
        let parsed = ScopeSet::parse(text);
        assert_eq!(parsed.unknown, Vec::<String>::new());
        parsed.known
    }

    fn any_scope() -> impl Strategy<Value = Scope> {
        let resource = (
            prop_oneof![Just(Level::Patient), Just(Level::User), Just(Level::System)],
            prop_oneof![Just("*"), Just("Observation"), Just("Condition")],
            1u8..32,
            prop_oneof![Just(None), Just(Some("a")), Just(Some("b"))],
            prop_oneof![Just(Syntax::V1), Just(Syntax::V2)],
        )
            .prop_map(|(level, name, bits, category, syntax)| {
                let actions = Actions::ALL
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| bits >> at & 1 == 1)
                    .fold(Actions::NONE, |set, (_, action)| set.with(action));
                Scope::Resource(ResourceScope {
                    level,
                    resource: match name {
                        "*" => ResourceSelector::All,
                        name => ResourceSelector::Type(name.to_owned()),
                    },
                    actions,
                    constraint: match category.filter(|_| name != "*") {
                        Some(value) => Constraint::one("category", value),
                        None => Constraint::default(),
                    },
                    syntax,
                })
            });
        let plain = prop_oneof![
            Just(Scope::Plain(PlainScope::OpenId)),
            Just(Scope::Plain(PlainScope::LaunchPatient)),
        ];
        prop_oneof![4 => resource, 1 => plain]
    }

    fn any_set() -> impl Strategy<Value = ScopeSet> {
        prop::collection::vec(any_scope(), 0..6).prop_map(|scopes| scopes.into_iter().collect())
    }

    proptest! {
        #[test]
        fn covering_is_a_partial_order(a in any_set(), b in any_set(), c in any_set()) {
            prop_assert!(a.covers(&a));
            if a.covers(&b) && b.covers(&c) {
                prop_assert!(a.covers(&c));
            }
        }

        #[test]
        fn the_meet_is_the_greatest_lower_bound(a in any_set(), b in any_set(), c in any_set()) {
            let meet = a.meet(&b);
            prop_assert!(a.covers(&meet) && b.covers(&meet));
            if a.covers(&c) && b.covers(&c) {
                prop_assert!(meet.covers(&c), "{meet} does not cover {c}");
            }
            prop_assert_eq!(meet, b.meet(&a));
        }

        #[test]
        fn the_join_is_the_least_upper_bound(a in any_set(), b in any_set(), c in any_set()) {
            let join = a.join(&b);
            prop_assert!(join.covers(&a) && join.covers(&b));
            if c.covers(&a) && c.covers(&b) {
                prop_assert!(c.covers(&join));
            }
        }

        #[test]
        fn meet_distributes_over_join(a in any_set(), b in any_set(), c in any_set()) {
            prop_assert_eq!(a.meet(&b.join(&c)), a.meet(&b).join(&a.meet(&c)));
        }

        #[test]
        fn a_set_prints_as_it_parses(a in any_set()) {
            let parsed = ScopeSet::parse(&a.to_string());
            prop_assert!(parsed.unknown.is_empty());
            prop_assert_eq!(parsed.known, a);
        }

        #[test]
        fn parsing_never_panics(text in ".{0,80}") {
            let _ = ScopeSet::parse(&text);
        }
    }

    #[test]
    fn separate_letters_cover_a_pair() {
        let apart = set("patient/Observation.r patient/Observation.s");
        assert!(apart.covers(&set("patient/Observation.rs")));
        assert_eq!(apart, set("patient/Observation.rs"));
    }

    #[test]
    fn the_answer_keeps_the_requested_spelling() {
        let requested = set("patient/Observation.read patient/Condition.rs");
        let allowed = set("patient/*.cruds");
        assert_eq!(
            requested.meet(&allowed).to_string(),
            "patient/Observation.read patient/Condition.rs"
        );
    }

    #[test]
    fn a_constraint_narrows_a_requested_wildcard() {
        let requested = set("patient/*.rs");
        let approved = set("patient/Observation.rs?category=x|laboratory patient/Patient.rs");
        assert_eq!(
            requested.meet(&approved).to_string(),
            "patient/Observation.rs?category=x|laboratory patient/Patient.rs"
        );
    }
}
