//! What a caller of an operation sent, free of HTTP.

use fhir::us_core::UsCore;

use super::{Arguments, Invocation, Operation, Target, find};
use crate::interaction::{Interaction, parse};
use crate::problem::Problem;
use crate::search::query::{Context, Handling};

/// A call before its parameters are checked.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The operation.
    pub operation: &'static Operation,
    /// What it is called on.
    pub target: Target,
    /// Name–value pairs of the URL.
    pub pairs: &'a [(String, String)],
    /// The resource that was sent; empty when none was.
    pub body: &'a [u8],
    /// What reading a search needs.
    pub context: Context<'a>,
    /// How the caller wants it done.
    pub preference: Preference,
    /// The release of US Core that profiles and value sets without a version are of.
    pub us_core: UsCore,
    /// The URL as called, with its parameters.
    pub url: &'a str,
}

/// How the caller wants it done (`Prefer`).
#[derive(Debug, Clone, Copy, Default)]
pub struct Preference {
    /// What to do about parameters that are not offered; `None` when nothing was said. Operations
    /// refuse them unless told to leave them out.
    pub handling: Option<Handling>,
    /// `respond-async`
    pub respond_async: bool,
}

impl Call<'_> {
    /// The parameters of URL and body, checked against the table.
    pub fn arguments(&self) -> Result<Arguments, Problem> {
        Arguments::parse(self)
    }

    /// The position in a result, from a page link.
    pub fn cursor(&self) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(name, _)| name == "_cursor")
            .map(|(_, value)| value.as_str())
    }

    /// Whether what is not offered is to be left out.
    pub fn is_lenient(&self) -> bool {
        self.preference.handling == Some(Handling::Lenient)
    }

    /// Looks up the operation and reads the call. `segments` is what stands before the code.
    pub fn invoke(self) -> Result<Interaction, Problem> {
        let request = (self.operation.read)(&self)?;
        Ok(Interaction::Operation(Invocation {
            operation: self.operation,
            target: self.target,
            request,
        }))
    }
}

/// What a path without its code names.
pub fn target(type_name: Option<&str>, id: Option<&str>) -> Result<Target, Problem> {
    match (type_name, id) {
        (None, _) => Ok(Target::System),
        (Some(name), None) => parse::resource_type(name).map(Target::Type),
        (Some(name), Some(id)) => parse::instance(name, id).map(Target::Instance),
    }
}

/// The operation that a path names, with what it is called on.
pub fn route(
    code: &str,
    type_name: Option<&str>,
    id: Option<&str>,
) -> Result<(&'static Operation, Target), Problem> {
    let target = target(type_name, id)?;
    find(code, &target).map(|operation| (operation, target))
}
