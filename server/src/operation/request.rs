//! An operation that was asked for, ready to be decided on and performed.

use std::fmt::Debug;
use std::sync::Arc;

use fhir::resource_type::ResourceType;
use smart::scope::{Action, Level};

use super::{Operation, Target};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::Problem;
use crate::search::query::Query;

/// What the right to an operation rests on. The default needs nothing but a valid token.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Without this it is refused.
    pub subject: Option<(ResourceType, Action)>,
    /// Types whose resources it may show, each as far as the token may read it. When there are
    /// some and the token may read none of them, it is refused.
    pub reads: Vec<ResourceType>,
    /// Whether it is answered even if none of `reads` may be read.
    pub reads_none: bool,
    /// Whether one unreadable type among `reads` is enough to refuse it.
    pub reads_all: bool,
    /// Only scopes of this level count.
    pub level: Option<Level>,
}

impl Needs {
    /// One action on one type.
    pub fn action(ty: ResourceType, action: Action) -> Self {
        Self {
            subject: Some((ty, action)),
            ..Self::default()
        }
    }
}

/// An operation with its parameters, checked.
pub trait Request: Debug + Send + Sync {
    /// What the right to it rests on.
    fn needs(&self) -> Needs;

    /// The searches it makes; the types that their chains look at are decided on as well.
    fn queries(&self) -> Vec<&Query> {
        Vec::new()
    }

    /// Carries it out, inside what `authorized` holds.
    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem>;
}

/// A call of an operation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Which.
    pub operation: &'static Operation,
    /// On what.
    pub target: Target,
    /// With which parameters.
    pub request: Arc<dyn Request>,
}
