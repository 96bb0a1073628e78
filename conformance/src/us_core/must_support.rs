//! Which elements that a profile wants supported are seen in records.

use fhir::path::Node;
use fhir::profile::{ElementRule, Mark, Profile, Test};
use fhir::terminology::value_set;
use fhir::us_core::UsCore;
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
            if found.is_empty() && is_waived(self.profile, &path) {
                continue;
            }
            self.one(&member.element, &found, &path);
            for slice in &member.slices {
                let release = self.profile.release;
                let belongs = |node: &&Node<'_>| {
                    let mut marks = slice.marks.iter();
                    marks.all(|mark| is_shown(mark, node, release))
                };
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
}

/// What no record needs to have: who always has a value never says why there is none, who has no
/// vital sign of several parts has no parts, unless the profile names them, and what is in parts
/// has no value of its own (ONC's answer on section 170.315(g)(10), which the public test kits
/// follow).
fn is_waived(profile: &Profile, path: &str) -> bool {
    let mut members = profile.rules.members.iter();
    let parts = members.find(|member| member.element.name == "component");
    let slices = parts.map_or(&[][..], |parts| &parts.slices);
    match path {
        "Observation.component" => slices.is_empty(),
        "Observation.value" => slices.iter().any(|slice| slice.min > 0),
        _ => profile.ty.name == "Observation" && path.ends_with(".dataAbsentReason"),
    }
}

/// Whether an occurrence shows what its slice is told by; what cannot be decided counts.
pub(super) fn is_shown(mark: &Mark, node: &Node<'_>, release: UsCore) -> bool {
    let nodes = mark.path.iter().fold(vec![*node], |nodes, name| {
        nodes.iter().flat_map(|node| node.members(name)).collect()
    });
    let any = |test: &dyn Fn(&Node<'_>) -> bool| nodes.iter().any(test);
    match &mark.test {
        Test::Value(expected) => {
            any(&|node| node.value().is_some_and(|value| expected.accepts(value)))
        }
        Test::Type(types) => any(&|node| types.contains(&node.type_name())),
        Test::MemberOf(url) => value_set(url, release)
            .is_none_or(|set| any(&|node| codes(node).any(|code| set.has_code(code)))),
        Test::Unstated => true,
    }
}

/// The codes of an occurrence of any coded type.
pub(super) fn codes<'a>(node: &Node<'a>) -> impl Iterator<Item = &'a str> {
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
    fn what_is_in_parts_needs_no_value() {
        let url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-blood-pressure";
        let pressure = profile::find(url, UsCore::V8_0_0).unwrap();
        let missed = unseen(pressure, &[&json!({"resourceType": "Observation"})]);
        assert!(missed.iter().any(|path| path == "Observation.component"));
        for path in ["Observation.value", "Observation.dataAbsentReason"] {
            assert!(!missed.iter().any(|found| found == path), "{missed:?}");
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
