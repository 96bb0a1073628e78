//! A constraint that a profile adds.

use std::sync::OnceLock;

use crate::path::{Path, PathError};

/// A constraint of a profile (`ElementDefinition.constraint`).
#[derive(Debug)]
pub struct Invariant {
    /// Its key, such as `us-core-6`.
    pub key: &'static str,
    /// Whether breaking it makes the resource invalid; if not, it is a warning.
    pub is_error: bool,
    /// The `FHIRPath` that must not be false.
    pub expression: &'static str,
    path: OnceLock<Result<Path, PathError>>,
}

impl Invariant {
    pub(super) fn new(key: &'static str, severity: &str, expression: &'static str) -> Self {
        Self {
            key,
            is_error: severity == "error",
            expression,
            path: OnceLock::new(),
        }
    }

    /// The expression, compiled at the first call.
    pub fn path(&self) -> Result<&Path, &PathError> {
        self.path
            .get_or_init(|| Path::parse(self.expression))
            .as_ref()
    }
}
