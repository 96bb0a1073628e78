//! What a request asks for, free of HTTP: every FHIR interaction this server performs.

pub mod body;
pub mod bundle;
pub mod criteria;
pub mod history;
pub mod imaging;
pub mod pairs;
pub mod parse;
pub mod patch;
pub mod precondition;
pub mod subset;
pub mod unmodified;

use fhir::resource_type::ResourceType;
use smart::scope::Action;

use crate::operation::Invocation;
use crate::search::query::Query;
use crate::search::several::Several;
use body::Body;
use history::{HistoryQuery, Of};
use imaging::Imaging;
use patch::Patch;
use precondition::Precondition;

/// An interaction (R4, "RESTful API").
#[derive(Debug, Clone)]
pub enum Interaction {
    /// `GET [base]/[type]/[id]`
    Read(Instance),
    /// `GET [base]/[type]/[id]/_history/[vid]`
    VersionRead(Instance, u32),
    /// `GET [base]/[type]/[id]/_history`, `GET [base]/[type]/_history`, `GET [base]/_history`
    History(Box<HistoryQuery>),
    /// `GET [base]/[type]?…` and `POST [base]/[type]/_search`
    Search(Box<Query>),
    /// `GET [base]?…`, `GET [base]/[compartment]/[id]/*?…` and the same by POST
    SearchSeveral(Box<Several>),
    /// `POST [base]/[type]`
    Create {
        /// The new resource.
        body: Box<Body>,
        /// Only if no resource is found by this (`If-None-Exist`).
        unless: Option<Box<Query>>,
    },
    /// `PUT [base]/[type]/[id]` and `PUT [base]/[type]?…`
    Update {
        /// What is replaced, or made.
        address: Address,
        /// The new content.
        body: Box<Body>,
        /// What must be true before.
        precondition: Precondition,
    },
    /// `PATCH [base]/[type]/[id]` and `PATCH [base]/[type]?…`
    Patch {
        /// What is changed.
        address: Address,
        /// How.
        patch: Box<Patch>,
        /// What must be true before.
        precondition: Precondition,
    },
    /// `DELETE [base]/[type]/[id]` and `DELETE [base]/[type]?…`
    Delete {
        /// What is deleted.
        address: Address,
        /// What must be true before.
        precondition: Precondition,
    },
    /// `[base]/$code`, `[base]/[type]/$code`, `[base]/[type]/[id]/$code`
    Operation(Invocation),
    /// `[base]/dicomweb/…`
    Imaging(Box<Imaging>),
}

/// One resource by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The type.
    pub resource_type: ResourceType,
    /// The logical id; legal.
    pub id: String,
}

/// What a write is about.
#[derive(Debug, Clone)]
pub enum Address {
    /// The resource with this id.
    Instance(Instance),
    /// The one resource that these criteria find.
    Matching(Box<Query>),
}

impl Address {
    /// The type.
    pub fn resource_type(&self) -> ResourceType {
        match self {
            Self::Instance(instance) => instance.resource_type,
            Self::Matching(query) => query.resource_type,
        }
    }
}

impl Interaction {
    /// Whether it yields content that has a media type of its own.
    pub fn yields_content(&self) -> bool {
        matches!(self, Self::Read(instance) if instance.resource_type.is_content())
    }

    /// The searches it makes: the query, or one for each type.
    pub fn queries(&self) -> &[Query] {
        match self {
            Self::Search(query) => std::slice::from_ref(query),
            Self::SearchSeveral(several) => &several.queries,
            _ => &[],
        }
    }

    /// The type it touches; `None` for an operation on the whole server, and for the history of
    /// everything.
    pub fn resource_type(&self) -> Option<ResourceType> {
        Some(match self {
            Self::Read(instance) | Self::VersionRead(instance, _) => instance.resource_type,
            Self::Update { address, .. }
            | Self::Patch { address, .. }
            | Self::Delete { address, .. } => address.resource_type(),
            Self::History(query) => return query.of.resource_type(),
            Self::Search(query) => query.resource_type,
            Self::SearchSeveral(_) => return None,
            Self::Create { body, .. } => body.resource_type,
            Self::Operation(invocation) => return invocation.target.resource_type(),
            Self::Imaging(imaging) => imaging.studies.resource_type,
        })
    }

    /// The type of the resources that it shows; `None` when there may be several.
    pub fn shows(&self) -> Option<ResourceType> {
        match self {
            Self::Operation(_) => None,
            _ => self.resource_type(),
        }
    }

    /// Whether it reads the versions of everything.
    pub fn is_of_system(&self) -> bool {
        matches!(self, Self::History(query) if query.of == Of::System)
    }

    /// The letter of a scope that allows it (SMART 2.2, "Scopes for requesting FHIR Resources");
    /// operations say what they need by themselves.
    pub fn needs(&self) -> Option<Action> {
        Some(match self {
            Self::Read(_) | Self::VersionRead(..) | Self::History(_) => Action::Read,
            Self::Search(_) | Self::SearchSeveral(_) => Action::Search,
            Self::Create { .. } => Action::Create,
            Self::Update { .. } | Self::Patch { .. } => Action::Update,
            Self::Delete { .. } => Action::Delete,
            Self::Imaging(imaging) => imaging.needs(),
            Self::Operation(_) => return None,
        })
    }

    /// Whether it searches besides: the criteria of a conditional write.
    pub fn has_criteria(&self) -> bool {
        matches!(
            self,
            Self::Create {
                unless: Some(_),
                ..
            } | Self::Update {
                address: Address::Matching(_),
                ..
            } | Self::Patch {
                address: Address::Matching(_),
                ..
            } | Self::Delete {
                address: Address::Matching(_),
                ..
            }
        )
    }

    /// Whether it tells what a resource holds besides changing it.
    pub fn looks(&self) -> bool {
        matches!(self, Self::Patch { patch, .. } if patch.looks())
    }

    /// Whether it has a number of results that can be asked for (`_summary=count`).
    pub fn counts(&self) -> bool {
        matches!(
            self,
            Self::Search(_) | Self::SearchSeveral(_) | Self::History(_)
        )
    }

    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        matches!(
            self,
            Self::Create { .. } | Self::Update { .. } | Self::Patch { .. } | Self::Delete { .. }
        )
    }
}
