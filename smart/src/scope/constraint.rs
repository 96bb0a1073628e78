//! The finer-grained part of a SMART 2 scope: `?category=system|code`.

use std::collections::BTreeSet;
use std::fmt;

/// What the records of a sensitive category are labelled with, whatever else they are: information
/// about genetic disease (HL7 v3 `ActCode`). A resource server labels what it holds by its codes
/// and not only by `meta.security`.
pub const GENETIC: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode|GDIS";

/// The search parameter that labels are found by, and the one that keeps them out.
pub const LABEL: &str = "_security";
/// See [`LABEL`].
pub const WITHOUT_LABEL: &str = "_security:not";

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

    /// Whether this criterion may constrain `resource_type`: one of its parameters, or a label that
    /// a sensitive category goes by.
    pub fn allows(resource_type: &str, parameter: &str, value: &str) -> bool {
        Self::parameters(resource_type).contains(&parameter)
            || ([LABEL, WITHOUT_LABEL].contains(&parameter) && value == GENETIC)
    }

    /// Reads what follows the `?`. `None` when a pair is malformed or its parameter may not
    /// constrain `resource_type`.
    pub fn parse(resource_type: &str, query: &str) -> Option<Self> {
        query
            .split('&')
            .map(|pair| {
                let (parameter, value) = pair.split_once('=')?;
                let sound = !value.is_empty() && !value.contains(['?', '=']);
                (sound && Self::allows(resource_type, parameter, value))
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

    /// Whether it asks anything of this parameter.
    pub fn names(&self, parameter: &str) -> bool {
        self.iter().any(|(name, _)| name == parameter)
    }

    /// Whether one parameter must have two values at once, or have a value and not have it.
    pub fn names_a_parameter_twice(&self) -> bool {
        let plain = |name: &'_ str| name.split(':').next().unwrap_or_default().to_owned();
        self.iter()
            .zip(self.iter().skip(1))
            .any(|((one, _), (next, _))| plain(one) == plain(next))
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
