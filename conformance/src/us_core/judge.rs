//! Which profiles of a release a record is judged by.

use fhir::path::Node;
use fhir::profile::{self, Member, Profile};
use fhir::terminology::value_set;
use fhir::us_core::UsCore;
use fhir::validate::{Options, validate};
use serde_json::Value;

use super::must_support::{codes, is_shown};

/// The profiles of a type in a release; 3.1.1 takes those of vital signs from R4.
pub(crate) fn profiles(resource_type: &str, release: UsCore) -> Vec<&'static Profile> {
    let all = profile::of_release(release);
    all.filter(|profile| profile.ty.name == resource_type)
        .collect()
}

/// Profiles that a category alone says to follow: their codes are only the usual ones
/// (R4, "Vital Signs").
const BY_CATEGORY: &[&str] = &["vitalsigns", "us-core-vital-signs"];

/// Whether a profile is about such records: they have the category and code it is recognised by.
/// Records that no profile is about are those a release leaves to R4.
pub(crate) fn is_about(record: &Value, profile: &Profile) -> bool {
    let node = Node::resource(record);
    let rules = profile.rules.members.iter();
    let mut signs = rules.filter(|rule| matches!(rule.element.name, "category" | "code"));
    signs.all(|rule| {
        let found = node.members(rule.element.name);
        let has_code = rule.element.name != "code"
            || profile.ty.name != "Observation"
            || BY_CATEGORY.contains(&profile.name)
            || is_usual(rule, &found, profile.release);
        has_code && is_recognised(rule, &found, profile.release)
    })
}

/// Whether some code is one of the value set, as far as that is known.
fn is_usual(rule: &Member, found: &[Node<'_>], release: UsCore) -> bool {
    let set = rule
        .element
        .binding
        .and_then(|binding| value_set(binding.value_set, release));
    set.is_none_or(|set| {
        found
            .iter()
            .any(|node| codes(node).any(|code| set.has_code(code)))
    })
}

/// Whether occurrences have the values and slices that an element must have.
fn is_recognised(rule: &Member, found: &[Node<'_>], release: UsCore) -> bool {
    let any = |test: &dyn Fn(&Node<'_>) -> bool| found.iter().any(test);
    let has_value = rule.element.value.as_ref().is_none_or(|expected| {
        any(&|node| node.value().is_some_and(|value| expected.accepts(value)))
    });
    let mut slices = rule.slices.iter().filter(|slice| slice.min > 0);
    let has_slices = slices
        .all(|slice| any(&|node| slice.marks.iter().all(|mark| is_shown(mark, node, release))));
    has_value
        && has_slices
        && rule.element.members.iter().all(|below| {
            let inner = found
                .iter()
                .flat_map(|node| node.members(below.element.name));
            is_recognised(below, &inner.collect::<Vec<_>>(), release)
        })
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
    fn a_profile_is_about_what_has_its_category_and_code() {
        let about = |category: &str, code: &str, release| -> Vec<_> {
            let record = json!({"resourceType": "Observation", "status": "final",
                "category": [{"coding": [{"code": category,
                    "system": "http://terminology.hl7.org/CodeSystem/observation-category"}]}],
                "code": {"coding": [{"system": "http://loinc.org", "code": code}]}});
            let all = profiles("Observation", release).into_iter();
            all.filter(|profile| is_about(&record, profile))
                .map(|profile| profile.name)
                .collect()
        };
        let (old, four) = (UsCore::V3_1_1, UsCore::V4_0_0);
        assert_eq!(about("vital-signs", "9843-4", old), ["vitalsigns"]);
        assert_eq!(
            about("vital-signs", "8302-2", old),
            ["bodyheight", "vitalsigns"]
        );
        assert_eq!(
            about("laboratory", "2339-0", old),
            ["us-core-observation-lab"]
        );
        assert_eq!(
            about("social-history", "72166-2", four),
            ["us-core-smokingstatus"]
        );
        assert!(about("imaging", "18748-4", four).is_empty());
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
