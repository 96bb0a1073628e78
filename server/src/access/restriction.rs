//! What of a resource type a caller may see: the value that every plan carries.

use fhir::resource_type::ResourceType;

use crate::search::query::Clause;

/// A resource may be seen when at least one alternative admits it. No alternatives admit nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Restriction {
    /// One alternative for each scope that reaches the type.
    pub alternatives: Vec<Alternative>,
}

/// What one scope admits.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Whose resources.
    pub view: View,
    /// The scope's constraint, read as search criteria; all must hold.
    pub criteria: Vec<Clause>,
}

/// Whose resources.
#[derive(Debug, Clone, PartialEq)]
pub enum View {
    /// Anybody's.
    Everything,
    /// One patient's, as the compartment table says.
    Patient(String),
    /// Those that hang on a resource which itself may be seen (Binary).
    Context(Vec<(ResourceType, Restriction)>),
    /// Those that speak only of resources which themselves may be seen (Provenance).
    EveryTarget(Vec<(ResourceType, Restriction)>),
}

impl Restriction {
    /// Nothing at all.
    pub fn nothing() -> Self {
        Self {
            alternatives: Vec::new(),
        }
    }

    /// Everything of the type.
    pub fn none() -> Self {
        Self {
            alternatives: vec![Alternative {
                view: View::Everything,
                criteria: Vec::new(),
            }],
        }
    }

    /// Whether it keeps nothing of the type back.
    pub fn is_none(&self) -> bool {
        self.alternatives.iter().any(|alternative| {
            alternative.view == View::Everything && alternative.criteria.is_empty()
        })
    }
}
