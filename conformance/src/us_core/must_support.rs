//! Which elements that a profile wants supported are seen in records.

use fhir::path::Node;
use fhir::profile::{ElementRule, Mark, Profile, Test};
use fhir::terminology::value_set;
use serde_json::Value;

/// The must-support elements of `profile` that none of `records` has, as paths. What lies below an
/// element that is absent is not listed.
pub(crate) fn unseen(profile: &'static Profile, records: &[&Value]) -> Vec<String> {
    let nodes: Vec<_> = records
        .iter()
        .map(|record| Node::resource(record))
        .collect();
    let mut search = Search {
        profile,
        unseen: Vec::new(),
    };
    search.below(&profile.rules, &nodes, profile.ty.name);
    search.unseen
}

struct Search {
    profile: &'static Profile,
    unseen: Vec<String>,
}

impl Search {
    fn below(&mut self, rule: &'static ElementRule, nodes: &[Node<'_>], path: &str) {
        for member in &rule.members {
            let found = nodes
                .iter()
                .flat_map(|node| node.members(member.element.name));
            let found: Vec<_> = found.collect();
            let path = format!("{path}.{}", member.element.name);
            self.one(&member.element, &found, &path);
            for slice in &member.slices {
                let belongs =
                    |node: &&Node<'_>| slice.marks.iter().all(|mark| self.shows(mark, node));
                let own: Vec<_> = found.iter().filter(belongs).copied().collect();
                let name = slice.slice.unwrap_or_default();
                self.one(slice, &own, &format!("{path}:{name}"));
            }
        }
    }

    fn one(&mut self, rule: &'static ElementRule, found: &[Node<'_>], path: &str) {
        if !found.is_empty() {
            self.below(rule, found, path);
        } else if rule.is_must_support {
            self.unseen.push(path.to_owned());
        }
    }

    /// Whether an occurrence shows what its slice is told by; what cannot be decided counts.
    fn shows(&self, mark: &Mark, node: &Node<'_>) -> bool {
        let nodes = mark.path.iter().fold(vec![*node], |nodes, name| {
            nodes.iter().flat_map(|node| node.members(name)).collect()
        });
        let any = |test: &dyn Fn(&Node<'_>) -> bool| nodes.iter().any(test);
        match &mark.test {
            Test::Value(expected) => {
                any(&|node| node.value().is_some_and(|value| expected.accepts(value)))
            }
            Test::Type(types) => any(&|node| types.contains(&node.type_name())),
            Test::MemberOf(url) => value_set(url, self.profile.release)
                .is_none_or(|set| any(&|node| codes(node).any(|code| set.has_code(code)))),
            Test::Unstated => true,
        }
    }
}

/// The codes of an occurrence of any coded type.
fn codes<'a>(node: &Node<'a>) -> impl Iterator<Item = &'a str> {
    let value = node.value();
    let codings = value.and_then(|value| value["coding"].as_array());
    let coded = codings
        .into_iter()
        .flatten()
        .filter_map(|coding| coding["code"].as_str());
    coded
        .chain(value.and_then(|value| value["code"].as_str()))
        .chain(node.text())
}

#[cfg(test)]
mod tests {
    use fhir::profile;
    use fhir::us_core::UsCore;
    use serde_json::json;

    use super::*;

    fn patient() -> &'static Profile {
        let url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
        profile::find(url, UsCore::V3_1_1).unwrap()
    }

    #[test]
    fn what_no_record_has_is_unseen() {
        let first = json!({"resourceType": "Patient", "gender": "female",
            "name": [{"family": "A"}], "identifier": [{"system": "http://a"}]});
        let second = json!({"resourceType": "Patient", "birthDate": "2000-01-01",
            "identifier": [{"value": "1"}], "extension": [
                {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"}]});
        let unseen = unseen(patient(), &[&first, &second]);
        for path in [
            "Patient.name.given",
            "Patient.address",
            "Patient.extension:ethnicity",
        ] {
            assert!(
                unseen.iter().any(|found| found == path),
                "{path}: {unseen:?}"
            );
        }
        for path in [
            "Patient.gender",
            "Patient.birthDate",
            "Patient.identifier.value",
            "Patient.extension:race",
        ] {
            assert!(
                !unseen.iter().any(|found| found == path),
                "{path}: {unseen:?}"
            );
        }
    }

    #[test]
    fn a_slice_is_told_by_its_marks() {
        let url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-blood-pressure";
        let profile = profile::find(url, UsCore::V6_1_0).unwrap();
        let component = |code: &str| json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]}});
        let record = json!({"resourceType": "Observation", "component": [component("8480-6")]});
        let unseen = unseen(profile, &[&record]);
        assert!(
            unseen
                .iter()
                .any(|path| path == "Observation.component:diastolic"),
            "{unseen:?}"
        );
        assert!(
            !unseen
                .iter()
                .any(|path| path == "Observation.component:systolic"),
            "{unseen:?}"
        );
    }
}
