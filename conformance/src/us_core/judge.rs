//! Which profiles of a release a record is judged by.

use fhir::profile::{self, Profile};
use fhir::us_core::UsCore;
use fhir::validate::{Options, validate};
use serde_json::Value;

/// The profiles of a type in a release.
pub(crate) fn profiles(resource_type: &str, release: UsCore) -> Vec<&'static Profile> {
    let all = profile::of_release(release);
    all.filter(|profile| profile.ty.name == resource_type && profile.url.starts_with(super::GUIDE))
        .collect()
}

/// The profiles a record claims, as `release` has them. When it claims none, the only one of its
/// type; where a type has several, see [`fitting`].
pub(crate) fn judges(record: &Value, of_type: &[&'static Profile]) -> Vec<&'static Profile> {
    let claims = record["meta"]["profile"].as_array().into_iter().flatten();
    let urls: Vec<_> = claims
        .filter_map(Value::as_str)
        .map(|canonical| canonical.split('|').next().unwrap_or(canonical))
        .collect();
    let claimed = of_type.iter().filter(|profile| urls.contains(&profile.url));
    match (claimed.copied().collect::<Vec<_>>(), of_type) {
        (claimed, [only]) if claimed.is_empty() => vec![only],
        (claimed, _) => claimed,
    }
}

/// The profiles of its type that a record conforms to.
pub(crate) fn fitting(record: &Value, of_type: &[&'static Profile]) -> Vec<&'static Profile> {
    let all = of_type.iter().copied();
    all.filter(|profile| lacks(record, profile).is_empty())
        .collect()
}

/// What a record lacks to conform to the profile that it comes closest to; nothing when it
/// conforms to one.
pub(crate) fn closest(record: &Value, of_type: &[&'static Profile]) -> Option<String> {
    let all = of_type.iter().map(|profile| lacks(record, profile));
    let fewest = all.min_by_key(Vec::len)?;
    fewest.into_iter().next()
}

/// What a record lacks to conform to `profile`.
pub(crate) fn lacks(record: &Value, profile: &Profile) -> Vec<String> {
    let canonical = format!("{}|{}", profile.url, profile.version);
    let profiles = [canonical.as_str()];
    let options = Options {
        profiles: &profiles,
        us_core: profile.release,
        ..Options::default()
    };
    let issues = validate(record, &options).into_iter();
    issues
        .filter(|issue| issue.is_error() && issue.profile.is_some())
        .map(|issue| {
            let place = issue.expression.unwrap_or_default();
            format!(
                "{} ({}): {place}: {}",
                profile.name, profile.version, issue.diagnostics
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_is_judged_by_what_it_claims_or_by_the_only_profile_there_is() {
        let release = UsCore::V6_1_0;
        let patients = profiles("Patient", release);
        let names = |record: &Value, of_type: &[&'static Profile]| -> Vec<_> {
            judges(record, of_type)
                .iter()
                .map(|profile| profile.name)
                .collect()
        };
        assert_eq!(names(&json!({}), &patients), ["us-core-patient"]);
        let observations = profiles("Observation", release);
        assert!(names(&json!({}), &observations).is_empty());
        let url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-bmi|6.1.0";
        let claiming = json!({"meta": {"profile": [url, "http://example.org/x", 7]}});
        assert_eq!(names(&claiming, &observations), ["us-core-bmi"]);
    }

    #[test]
    fn a_record_without_a_claim_is_held_against_every_profile_of_its_type() {
        let conditions = profiles("Condition", UsCore::V6_1_0);
        assert!(conditions.len() > 1);
        let lacking =
            json!({"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}});
        assert!(fitting(&lacking, &conditions).is_empty());
        assert!(closest(&lacking, &conditions).is_some());
        assert_eq!(closest(&lacking, &[]), None);
    }

    #[test]
    fn what_a_profile_requires_is_missed() {
        let release = UsCore::V6_1_0;
        let record = json!({"resourceType": "Patient", "id": "p", "gender": "female",
            "name": [{"family": "A"}]});
        let lacks = lacks(&record, profiles("Patient", release)[0]);
        assert!(
            lacks.iter().any(|line| line.contains("Patient.identifier")),
            "{lacks:?}"
        );
    }
}
