//! What US Core asks of a server, release by release, and which release a server claims.

mod judge;
mod must_support;
mod record;
mod search;
mod value;

use fhir::us_core::UsCore;
use serde_json::Value;

pub(crate) use judge::{closest, fitting, is_about, judges, lacks, profiles};
pub(crate) use must_support::unseen;
pub(crate) use record::{Kind, Source, TYPES};
pub(crate) use search::{Search, searches};
pub(crate) use value::{asked, span};

/// The release taken for a claim without a version: that of the current regulation.
const UNSTATED: UsCore = UsCore::V6_1_0;
/// Where US Core defines what is its own.
const GUIDE: &str = "http://hl7.org/fhir/us/core/";

/// The newest release that a CapabilityStatement names in `instantiates`, `implementationGuide` or
/// `supportedProfile`.
pub(crate) fn named(statement: &Value) -> Option<UsCore> {
    let ours = canonicals(statement)
        .into_iter()
        .filter(|url| url.starts_with(GUIDE));
    ours.filter_map(|url| url.split_once('|')?.1.parse().ok())
        .max()
}

/// The release it names, or the current one when it claims US Core without a version.
pub(crate) fn claimed(statement: &Value) -> Option<UsCore> {
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
            assert_eq!(claimed.map(UsCore::as_str), version);
        }
        let guide =
            json!({"instantiates": [format!("{GUIDE}CapabilityStatement/us-core-server|8.0.0")]});
        assert_eq!(claimed(&guide).map(UsCore::as_str), Some("8.0.0"));
    }
}
