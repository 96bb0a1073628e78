//! What a request asks for, free of HTTP: every FHIR interaction this server performs.

pub mod parse;

use fhir::resource_type::ResourceType;
use smart::scope::Action;

use crate::search::query::Query;

/// An interaction (R4, "RESTful API").
#[derive(Debug, Clone)]
pub enum Interaction {
    /// `GET [base]/[type]/[id]`
    Read {
        /// The type.
        resource_type: ResourceType,
        /// The logical id; legal.
        id: String,
    },
    /// `GET [base]/[type]?…` and `POST [base]/[type]/_search`
    Search(Box<Query>),
}

impl Interaction {
    /// Whether it yields content that has a media type of its own.
    pub fn yields_content(&self) -> bool {
        matches!(self, Self::Read { resource_type, .. } if resource_type.is_content())
    }

    /// The type it touches and the letter of a scope that allows it (SMART 2.2, "Scopes for
    /// requesting FHIR Resources").
    pub fn needs(&self) -> (ResourceType, Action) {
        match self {
            Self::Read { resource_type, .. } => (*resource_type, Action::Read),
            Self::Search(query) => (query.resource_type, Action::Search),
        }
    }
}
