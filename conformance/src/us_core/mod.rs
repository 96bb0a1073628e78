//! What US Core asks of a server, release by release, and which release a server claims.

mod record;
mod search;
mod value;

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

pub(crate) use record::{Kind, Source, TYPES};
pub(crate) use search::{Search, searches};
pub(crate) use value::{asked, span};

/// A release of US Core that the tables know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(&'static str);

/// Versions, the oldest first.
const RELEASES: &[&str] = &["3.1.1", "4.0.0", "5.0.1", "6.1.0", "7.0.0", "8.0.0"];
/// The release taken for a claim without a version: that of the current regulation.
const UNSTATED: Release = Release("6.1.0");
const GUIDE: &str = "http://hl7.org/fhir/us/core/";

impl Release {
    /// The version, such as `6.1.0`.
    pub fn version(self) -> &'static str {
        self.0
    }

    /// Whether a cell of first digits (`5678`) has it.
    fn is_in(self, digits: &str) -> bool {
        self.0
            .chars()
            .next()
            .is_some_and(|digit| digits.contains(digit))
    }
}

impl fmt::Display for Release {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.0)
    }
}

impl FromStr for Release {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let version = RELEASES.iter().find(|version| **version == text);
        version.map(|version| Self(version)).ok_or(())
    }
}

/// The newest release that a CapabilityStatement names in `instantiates`, `implementationGuide` or
/// `supportedProfile`.
pub(crate) fn named(statement: &Value) -> Option<Release> {
    let ours = canonicals(statement)
        .into_iter()
        .filter(|url| url.starts_with(GUIDE));
    ours.filter_map(|url| url.split_once('|')?.1.parse().ok())
        .max()
}

/// The release it names, or the current one when it claims US Core without a version.
pub(crate) fn claimed(statement: &Value) -> Option<Release> {
    let is_ours = |url: &&str| url.starts_with(GUIDE);
    let is_claimed = || canonicals(statement).iter().any(is_ours);
    named(statement).or_else(|| is_claimed().then_some(UNSTATED))
}

fn canonicals(statement: &Value) -> Vec<&str> {
    let rests = statement["rest"].as_array().into_iter().flatten();
    let resources = rests.filter_map(|rest| rest["resource"].as_array());
    texts(&statement["instantiates"])
        .chain(texts(&statement["implementationGuide"]))
        .chain(
            resources
                .flatten()
                .flat_map(|row| texts(&row["supportedProfile"])),
        )
        .collect()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_release_that_is_claimed_counts() {
        let profile =
            |version: &str| format!("{GUIDE}StructureDefinition/us-core-patient{version}");
        let statement = |profiles: Value| json!({"rest": [{"resource": [{"type": "Patient", "supportedProfile": profiles}]}]});
        for (profiles, version) in [
            (json!([profile("|5.0.1"), profile("|7.0.0")]), Some("7.0.0")),
            (json!([profile("")]), Some("6.1.0")),
            (json!([profile("|99.0.0"), 5, null]), Some("6.1.0")),
            (json!(["http://example.org/profile|7.0.0"]), None),
            (json!("x"), None),
        ] {
            let claimed = claimed(&statement(profiles));
            assert_eq!(claimed.map(Release::version), version);
        }
        let guide =
            json!({"instantiates": [format!("{GUIDE}CapabilityStatement/us-core-server|8.0.0")]});
        assert_eq!(claimed(&guide).map(Release::version), Some("8.0.0"));
    }
}
