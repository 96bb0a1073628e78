//! The finer-grained part of a SMART 2 scope: `?category=system|code`.

use std::collections::BTreeSet;
use std::fmt;

/// Search criteria that a resource must satisfy, all of them. Empty means no constraint.
///
/// Values are kept as written; they are read as search parameter values by the resource server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Constraint(BTreeSet<(String, String)>);

/// The parameters that constrain each type. A scope with any other one is not granted, because
/// the specification leaves modifiers, chains and result parameters experimental and a
/// constraint that cannot be evaluated must never widen access.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("CarePlan", &["category"]),
    ("Condition", &["category", "code"]),
    ("Coverage", &["type"]),
    ("DiagnosticReport", &["category", "code"]),
    ("DocumentReference", &["category", "type"]),
    ("Encounter", &["class", "type"]),
    ("ExplanationOfBenefit", &["type"]),
    ("MedicationRequest", &["category", "intent"]),
    ("Observation", &["category", "code"]),
    ("Procedure", &["category", "code"]),
    ("ServiceRequest", &["category", "code"]),
];

impl Constraint {
    /// A single criterion.
    pub fn one(parameter: impl Into<String>, value: impl Into<String>) -> Self {
        Self(BTreeSet::from([(parameter.into(), value.into())]))
    }

    /// The parameters that may constrain `resource_type`.
    pub fn parameters(resource_type: &str) -> &'static [&'static str] {
        PARAMETERS
            .iter()
            .find(|(name, _)| *name == resource_type)
            .map_or(&[], |(_, parameters)| parameters)
    }

    /// Every (type, parameter) pair that may constrain a scope.
    pub fn all_parameters() -> impl Iterator<Item = (&'static str, &'static str)> {
        PARAMETERS
            .iter()
            .flat_map(|(name, parameters)| parameters.iter().map(|parameter| (*name, *parameter)))
    }

    /// Reads what follows the `?`. `None` when a pair is malformed or its parameter may not
    /// constrain `resource_type`.
    pub fn parse(resource_type: &str, query: &str) -> Option<Self> {
        let allowed = Self::parameters(resource_type);
        query
            .split('&')
            .map(|pair| {
                let (parameter, value) = pair.split_once('=')?;
                (allowed.contains(&parameter) && !value.is_empty() && !value.contains(['?', '=']))
                    .then(|| (parameter.to_owned(), value.to_owned()))
            })
            .collect::<Option<BTreeSet<_>>>()
            .map(Self)
    }

    /// Whether nothing is required.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The criteria, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(parameter, value)| (parameter.as_str(), value.as_str()))
    }

    /// Both constraints at once.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Whether one parameter must have two values at once.
    pub fn names_a_parameter_twice(&self) -> bool {
        self.iter()
            .zip(self.iter().skip(1))
            .any(|((one, _), (next, _))| one == next)
    }

    /// Whether every resource that satisfies `other` satisfies this one, as far as can be known
    /// without reading values: it asks for nothing that `other` does not ask for.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = '?';
        for (parameter, value) in self.iter() {
            write!(out, "{separator}{parameter}={value}")?;
            separator = '&';
        }
        Ok(())
    }
}
