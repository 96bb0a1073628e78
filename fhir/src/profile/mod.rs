//! The profiles of US Core, release by release: what they ask for beyond R4.
//!
//! The facts are in `data/us-core/`: a row that several releases share is written once, with the
//! first digits of the versions it belongs to. A profile is put together when it is first asked
//! for. What R4 itself says of an element is not repeated.
//!
//! One fact differs from what is published: pulse oximetry of 3.1.1 fixes the unit `L/min` and at the
//! same time requires a unit of a value set that lacks it; here that binding is extensible.
//!
//! ```
//! use fhir::profile;
//! use fhir::us_core::UsCore;
//!
//! let patient = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
//! let newest = profile::find(patient, UsCore::default()).unwrap();
//! assert_eq!((newest.name, newest.version), ("us-core-patient", "8.0.0"));
//!
//! let older = profile::find(&format!("{patient}|6.1.0"), UsCore::default()).unwrap();
//! assert_eq!(older.release, UsCore::V6_1_0);
//! assert!(profile::find(&format!("{patient}|2.0.0"), UsCore::default()).is_none());
//! ```

mod element;
mod invariant;
mod read;
mod slicing;
mod table;

pub use element::{ElementRule, Expected, Member};
pub use invariant::Invariant;
pub use slicing::{Discriminator, DiscriminatorKind, Mark, Slicing, Test};

use crate::definition::Type;
use crate::us_core::UsCore;

/// A profile of one release, or the definition of an extension.
#[derive(Debug)]
pub struct Profile {
    /// The last part of the URL: `us-core-patient`.
    pub name: &'static str,
    /// The canonical URL without a version.
    pub url: &'static str,
    /// Its own version, mostly that of the release.
    pub version: &'static str,
    /// The title a person reads.
    pub title: &'static str,
    /// The release whose rules these are.
    pub release: UsCore,
    /// The type it constrains; `Extension` for the definition of an extension.
    pub ty: &'static Type,
    /// What is asked of the resource or extension and of its elements.
    pub rules: ElementRule,
}

impl Profile {
    /// Whether it defines an extension.
    pub fn is_extension(&self) -> bool {
        self.ty.name == "Extension"
    }
}

/// The profile with this canonical URL. With a version (`url|version`) it is exactly that one;
/// without, that of `release` or, if the release does not have it, of the newest that does.
pub fn find(canonical: &str, release: UsCore) -> Option<&'static Profile> {
    table::find(canonical, release)
}

/// Every profile and extension of a release, by name.
pub fn of_release(release: UsCore) -> impl Iterator<Item = &'static Profile> {
    table::of_release(release)
}

#[cfg(test)]
mod tests;
