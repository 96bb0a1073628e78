//! SMART scopes (SMART App Launch 2.2, "Scopes and Launch Context"): one grammar for versions 1
//! and 2, and an algebra on sets of them.
//!
//! ```
//! use smart::scope::ScopeSet;
//!
//! let requested = ScopeSet::parse("launch/patient patient/Observation.rs patient/Foo.sr").known;
//! let registered = ScopeSet::parse("launch/patient patient/*.read").known;
//! let offered = requested.meet(&registered);
//! assert_eq!(offered.to_string(), "launch/patient patient/Observation.rs");
//! assert!(registered.covers(&offered));
//! ```

mod actions;
mod constraint;
mod resource;
mod set;

use std::fmt;

pub use actions::{Action, Actions};
pub use constraint::{Constraint, GENETIC, LABEL, WITHOUT_LABEL};
pub use resource::{Level, ResourceScope, ResourceSelector, Syntax};
pub use set::{ParsedScopes, ScopeSet};

/// One scope this project knows. Unknown ones are never represented, so they cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Identity, launch context and session scopes, which carry no parameters.
    Plain(PlainScope),
    /// Access to resources.
    Resource(ResourceScope),
}

/// Scopes that are a single word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlainScope {
    /// `launch`: use the context of an EHR launch.
    Launch,
    /// `launch/patient`: ask for a patient in a standalone launch.
    LaunchPatient,
    /// `launch/encounter`: ask for an encounter in a standalone launch.
    LaunchEncounter,
    /// `openid`: an ID token.
    OpenId,
    /// `fhirUser`: the user's FHIR resource in the ID token.
    FhirUser,
    /// `profile`: the user's name in the ID token.
    Profile,
    /// `offline_access`: a refresh token that outlives the session.
    OfflineAccess,
    /// `online_access`: a refresh token that ends with the session.
    OnlineAccess,
}

const PLAIN: &[(&str, PlainScope)] = &[
    ("launch", PlainScope::Launch),
    ("launch/patient", PlainScope::LaunchPatient),
    ("launch/encounter", PlainScope::LaunchEncounter),
    ("openid", PlainScope::OpenId),
    ("fhirUser", PlainScope::FhirUser),
    ("profile", PlainScope::Profile),
    ("offline_access", PlainScope::OfflineAccess),
    ("online_access", PlainScope::OnlineAccess),
];

impl PlainScope {
    /// Every plain scope with its spelling on the wire.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        PLAIN.iter().copied()
    }

    /// The spelling on the wire.
    pub fn as_str(self) -> &'static str {
        PLAIN
            .iter()
            .find(|(_, scope)| *scope == self)
            .map_or("", |(word, _)| word)
    }
}

impl Scope {
    /// Reads one scope token; `None` when it is not a scope of SMART 1 or 2, or one that this
    /// project does not grant (letters out of order, modifiers or chains in a constraint).
    pub fn parse(token: &str) -> Option<Self> {
        PLAIN
            .iter()
            .find(|(word, _)| *word == token)
            .map(|(_, scope)| Self::Plain(*scope))
            .or_else(|| ResourceScope::parse(token).map(Self::Resource))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(scope) => out.write_str(scope.as_str()),
            Self::Resource(scope) => scope.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plain_scope_prints_as_it_parses() {
        for (word, scope) in PlainScope::all() {
            assert_eq!(Scope::parse(word), Some(Scope::Plain(scope)));
            assert_eq!(scope.as_str(), word);
        }
    }

    #[test]
    fn near_misses_are_not_scopes() {
        for token in [
            "", "launch/", "Launch", "openID", "patient", "patient/", "user/*", "x/*.rs",
        ] {
            assert_eq!(Scope::parse(token), None, "{token}");
        }
    }
}
