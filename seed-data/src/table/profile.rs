//! The profiles of US Core and what they are about.

use super::table;
use crate::config::UsCore;

table!(
    /// A profile is about resources of a type, with one of `codes` of `system` in `element` (empty: any). `versions`
    /// holds the first digit of each version of US Core that has it.
    Profile, PROFILES, "profiles.tsv", name: &'static str, versions: &'static str,
    resource: &'static str, element: &'static str, system: &'static str, codes: &'static str
);

/// Profiles of R4 itself that US Core 3.1.1 relies on.
const OF_R4: [&str; 6] = [
    "bodyheight",
    "bodytemp",
    "bodyweight",
    "bp",
    "heartrate",
    "resprate",
];

impl Profile {
    /// Whether the version has the profile.
    pub(crate) fn is_in(&self, version: UsCore) -> bool {
        version
            .version()
            .get(..1)
            .is_some_and(|digit| self.versions.contains(digit))
    }

    /// The canonical with the version.
    pub(crate) fn canonical(&self, version: UsCore) -> String {
        let Self { name, .. } = self;
        if OF_R4.contains(name) {
            format!("http://hl7.org/fhir/StructureDefinition/{name}")
        } else {
            let version = version.version();
            format!("http://hl7.org/fhir/us/core/StructureDefinition/{name}|{version}")
        }
    }
}
