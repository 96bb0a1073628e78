//! Whether a resource is valid R4: its JSON, its elements, their values, codes and references, and
//! the constraints of the specification. Everything follows from the tables in `data/`.
//!
//! ```
//! use fhir::validate::{Code, Options, parse_and_validate};
//!
//! let text = br#"{"resourceType":"Patient","birthDate":"1985-02-30","gendre":"female"}"#;
//! let outcome = parse_and_validate(text, None, &Options::default());
//! assert!(!outcome.is_valid());
//! let found: Vec<_> = outcome.issues.iter().map(|issue| (issue.code, issue.expression.as_deref())).collect();
//! assert_eq!(found, [
//!     (Code::Value, Some("Patient.birthDate")),
//!     (Code::Structure, Some("Patient.gendre")),
//! ]);
//! ```
//!
//! One walk over the JSON checks, element by element, what concerns the element; the constraints
//! of an element are evaluated when its content has been found readable. Not checked: bindings
//! of R4 other than required ones, and the existence of what a reference points to outside the
//! resource.
//!
//! Profiles ([`crate::profile`]) are checked if asked for, by name or as the resource claims them,
//! after the resource itself was found readable.
//!
//! ```
//! use fhir::validate::{Options, parse_and_validate};
//!
//! let patient = ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0"];
//! let options = Options { profiles: &patient, ..Options::default() };
//! let text = br#"{"resourceType":"Patient","identifier":[{"system":"http://a","value":"1"}],"gender":"female"}"#;
//! let issues = parse_and_validate(text, None, &options).issues;
//! assert_eq!(issues[0].expression.as_deref(), Some("Patient.name"));
//! assert_eq!(issues[0].profile.as_deref(), Some(patient[0]));
//! ```
//!
//! Measured on one core (release build): a resource of 2 to 4 KB takes 15 to 25 µs with all
//! checks, of which reading the JSON is about half and the constraints 1 to 3 µs.

mod binding;
mod calendar;
mod constraint;
mod containment;
mod extension;
mod form;
mod issue;
mod json;
mod member;
mod occurrence;
mod place;
mod primitive;
mod profile;
mod reference;
mod rules;
mod value_set;
mod walk;
mod wording;

use serde_json::Value;

use crate::resource_type::ResourceType;
use crate::us_core::UsCore;
pub use issue::{Breach, Code, Issue, MAX_ISSUES, Severity};
pub use json::{MAX_DEPTH, MAX_ITEMS, MAX_MEMBERS};
pub use primitive::MAX_STRING;
pub use value_set::enumerated;
use walk::Walk;

/// What is checked beyond the JSON, the elements and the form of their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five independent switches, each with its own name"
)]
pub struct Options<'o> {
    /// Evaluate the constraints of the specification (`data/constraints.tsv`).
    pub invariants: bool,
    /// Check codes against the value sets of required bindings.
    pub bindings: bool,
    /// Check that references are of a form and type their element allows, and that `#id` names a
    /// contained resource.
    pub references: bool,
    /// Report recommendations (`dom-6`: a narrative) as information.
    pub best_practices: bool,
    /// Canonical URLs, with a version or without, of profiles that the resource is checked
    /// against. One that is not known is a warning.
    pub profiles: &'o [&'o str],
    /// Check each resource, those in a Bundle too, against the profiles it claims in
    /// `meta.profile`. One that is not known is a remark.
    pub claims: bool,
    /// The release of US Core that a profile without a version is taken from.
    pub us_core: UsCore,
}

impl Default for Options<'_> {
    /// Everything but recommendations and profiles.
    fn default() -> Self {
        Self {
            invariants: true,
            bindings: true,
            references: true,
            best_practices: false,
            profiles: &[],
            claims: false,
            us_core: UsCore::default(),
        }
    }
}

/// What a validation came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The resource, numbers and order of keys as written; nothing if the text is not JSON. Only
    /// to be trusted if the outcome [is valid](Outcome::is_valid).
    pub resource: Option<Value>,
    /// What was found, in the order of the text; at most [`MAX_ISSUES`], and a remark if there
    /// were more.
    pub issues: Vec<Issue>,
}

impl Outcome {
    /// Whether there is a resource and no error; warnings do not count.
    pub fn is_valid(&self) -> bool {
        self.resource.is_some() && !self.issues.iter().any(Issue::is_error)
    }

    /// The resource if it is valid, else the issues.
    pub fn into_result(self) -> Result<Value, Vec<Issue>> {
        match (self.is_valid(), self.resource) {
            (true, Some(resource)) => Ok(resource),
            _ => Err(self.issues),
        }
    }
}

/// Reads the JSON text of a resource and validates it. If a type is `expected`, another one is an
/// issue.
pub fn parse_and_validate(
    text: &[u8],
    expected: Option<ResourceType>,
    options: &Options<'_>,
) -> Outcome {
    let document = match json::parse(text) {
        Ok(document) => document,
        Err(fault) => {
            return Outcome {
                resource: None,
                issues: vec![fault.into_issue()],
            };
        }
    };
    let mut walk = Walk::new(*options);
    walk.duplicates(&document);
    walk.root(&document.value, expected);
    let issues = walk.finish();
    Outcome {
        resource: Some(document.value),
        issues,
    }
}

/// Reads a JSON text as strictly as a resource is read, but whatever it holds: repeated keys are
/// issues, numbers and the order of keys stay as written.
pub fn read(text: &[u8]) -> Result<Value, Vec<Issue>> {
    let document = json::parse(text).map_err(|fault| vec![fault.into_issue()])?;
    let mut walk = Walk::new(Options::default());
    walk.duplicates(&document);
    let issues = walk.finish();
    if issues.iter().any(Issue::is_error) {
        return Err(issues);
    }
    Ok(document.value)
}

/// Validates a resource that has been read already. What JSON readers commonly lose, such as
/// repeated keys, cannot be found here.
pub fn validate(resource: &Value, options: &Options<'_>) -> Vec<Issue> {
    let mut walk = Walk::new(*options);
    walk.root(resource, None);
    walk.finish()
}
