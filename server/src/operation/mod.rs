//! Operations (R4, "Extended Operations"): a table with one row each, and the seam that carries an
//! operation from the URL to its answer.
//!
//! A row says where an operation may be called, what it takes and whether it changes anything.
//! Routing, method rules, the `CapabilityStatement` and the `OperationDefinition`s follow from it.
//! Its `read` turns a [`Call`] into a [`Request`]; the request says what it [`Needs`], which is
//! decided before anything is looked at, and is then performed under what was decided.
//!
//! To add an operation: a file with its row, its `read` and its request; a line in [`TABLE`].

mod argument;
mod call;
mod convert;
mod definition;
mod docref;
mod everything;
mod export;
mod found;
mod genomics;
mod lastn;
mod matching;
mod member;
mod member_match;
mod meta;
mod parameter;
mod request;
mod stats;
mod summary;
pub(crate) mod supporting;
mod terminology;
pub mod validate;
mod versions;

use std::sync::Arc;

use fhir::resource_type::ResourceType;

use crate::interaction::Instance;
use crate::problem::{Kind, Problem, printable};

pub use argument::{Argument, Arguments};
pub use call::{Call, Preference, route};
pub use definition::definitions;
pub use parameter::{Parameter, Use, input, output};
pub use request::{Invocation, Needs, Request};
use terminology::{expand, lookup, subsumes, translate, validate_code};

/// Every operation of this server, sorted by code.
pub const TABLE: &[&Operation] = &[
    &convert::OPERATION,
    &docref::OPERATION,
    &everything::OPERATION,
    &expand::OPERATION,
    &export::SYSTEM,
    &export::GROUP,
    &export::PATIENT,
    &genomics::haplotypes::OPERATION,
    &genomics::variants::OPERATION,
    &lastn::OPERATION,
    &lookup::OPERATION,
    &matching::OPERATION,
    &member::ADD,
    &member_match::OPERATION,
    &member::REMOVE,
    &meta::META,
    &meta::ADD,
    &meta::DELETE,
    &stats::OPERATION,
    &subsumes::OPERATION,
    &summary::OPERATION,
    &translate::OPERATION,
    &validate::OPERATION,
    &validate_code::OF_CODE_SYSTEM,
    &validate_code::OF_VALUE_SET,
    &versions::OPERATION,
];

/// What is known about an operation.
#[derive(Debug)]
pub struct Operation {
    /// What follows the `$`.
    pub code: &'static str,
    /// Logical id of its definition.
    pub id: &'static str,
    /// Canonical URL of its definition.
    pub definition: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// A sentence or two for people.
    pub description: &'static str,
    /// Where it may be called.
    pub levels: &'static [Level],
    /// On which types; empty for all of them.
    pub types: &'static [&'static str],
    /// Whether it changes anything: then it is not called by GET.
    pub affects_state: bool,
    /// Whether the open mirror offers it too.
    pub is_mirrored: bool,
    /// What it takes and gives.
    pub parameters: &'static [Parameter],
    /// Whether it takes the search parameters of its type besides.
    pub searches: bool,
    /// Checks what was sent.
    pub read: fn(&Call<'_>) -> Result<Arc<dyn Request>, Problem>,
}

/// Where an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `[base]/$code`
    System,
    /// `[base]/[type]/$code`
    Type,
    /// `[base]/[type]/[id]/$code`
    Instance,
}

/// What an operation is called on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The whole server.
    System,
    /// All resources of a type.
    Type(ResourceType),
    /// One resource.
    Instance(Instance),
}

impl Target {
    /// At which level that is.
    pub fn level(&self) -> Level {
        match self {
            Self::System => Level::System,
            Self::Type(_) => Level::Type,
            Self::Instance(_) => Level::Instance,
        }
    }

    /// The type, if one is named.
    pub fn resource_type(&self) -> Option<ResourceType> {
        match self {
            Self::System => None,
            Self::Type(ty) => Some(*ty),
            Self::Instance(instance) => Some(instance.resource_type),
        }
    }

    /// The one resource, if one is named.
    pub fn instance(&self) -> Option<&Instance> {
        match self {
            Self::Instance(instance) => Some(instance),
            Self::System | Self::Type(_) => None,
        }
    }
}

impl Operation {
    /// Whether it may be called on this type.
    pub fn takes(&self, ty: ResourceType) -> bool {
        self.types.is_empty() || self.types.contains(&ty.as_str())
    }

    /// The methods it may be called with, as `Allow` lists them: GET when it changes nothing and
    /// nothing it must be given needs a body (R4, "Executing an Operation Synchronously").
    pub fn methods(&self) -> &'static str {
        let needs_body = self
            .parameters
            .iter()
            .any(|parameter| parameter.is_required() && !parameter.is_primitive());
        if self.affects_state || needs_body {
            "POST"
        } else {
            "GET, HEAD, POST"
        }
    }

    fn fits(&self, target: &Target) -> bool {
        self.levels.contains(&target.level())
            && target.resource_type().is_none_or(|ty| self.takes(ty))
    }

    /// How it is called, for people.
    fn forms(&self) -> Vec<String> {
        let types = if self.types.is_empty() {
            "[type]".to_owned()
        } else {
            self.types.join(" or ")
        };
        let form = |level: &Level| match level {
            Level::System => format!("[base]/${}", self.code),
            Level::Type => format!("[base]/{types}/${}", self.code),
            Level::Instance => format!("[base]/{types}/[id]/${}", self.code),
        };
        self.levels.iter().map(form).collect()
    }
}

/// The operation with this code that may be called on `target`.
///
/// A code that is unknown, or unknown for the type, is 404; a code that is called at the wrong
/// level is 405 and told where it is called.
pub fn find(code: &str, target: &Target) -> Result<&'static Operation, Problem> {
    let rows = || TABLE.iter().copied().filter(|row| row.code == code);
    if let Some(operation) = rows().find(|row| row.fits(target)) {
        return Ok(operation);
    }
    let forms: Vec<String> = rows().flat_map(Operation::forms).collect();
    if forms.is_empty() {
        return Err(Problem::new(
            Kind::UnknownOperation,
            format!(
                "'${}' is not an operation of this server; [base]/metadata lists them.",
                printable(code)
            ),
        ));
    }
    let takes_type = target
        .resource_type()
        .is_none_or(|ty| rows().any(|row| row.takes(ty)));
    let said = format!(
        "'${code}' is not called here; it is called at {}.",
        forms.join(", ")
    );
    Err(if takes_type {
        Problem {
            allow: Some(""),
            ..Problem::new(Kind::MethodNotAllowed, said)
        }
    } else {
        Problem::new(Kind::UnknownOperation, said)
    })
}

/// The operations that may be called at `level`, on `ty` if one is given.
pub fn offered(level: Level, ty: Option<ResourceType>) -> impl Iterator<Item = &'static Operation> {
    TABLE.iter().copied().filter(move |operation| {
        operation.levels.contains(&level) && ty.is_none_or(|ty| operation.takes(ty))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_row_can_be_called_and_looked_up() {
        let keys: Vec<_> = TABLE.iter().map(|row| (row.code, row.id)).collect();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:?}");
        for row in TABLE {
            assert!(
                !row.levels.is_empty() && !row.title.is_empty(),
                "{}",
                row.id
            );
            assert!(row.definition.ends_with(row.id), "{}", row.id);
            for ty in row.types {
                assert!(ResourceType::parse(ty).is_some(), "{} {ty}", row.id);
            }
        }
    }

    #[test]
    fn no_two_rows_answer_the_same_call() {
        for ty in ResourceType::all() {
            for level in [Level::System, Level::Type, Level::Instance] {
                let mut codes: Vec<_> = offered(level, Some(ty)).map(|row| row.code).collect();
                let all = codes.len();
                codes.dedup();
                assert_eq!(codes.len(), all, "{ty} {level:?}");
            }
        }
    }

    #[test]
    fn a_wrong_level_is_told_where_the_operation_is_called() {
        let problem = find("validate", &Target::System).unwrap_err();
        assert_eq!(problem.kind, Kind::MethodNotAllowed);
        assert!(problem.diagnostics.contains("[base]/[type]/$validate"));
        let problem = find("frobnicate", &Target::System).unwrap_err();
        assert_eq!(problem.kind, Kind::UnknownOperation);
    }
}
