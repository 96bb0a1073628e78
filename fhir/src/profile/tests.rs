//! The tables of profiles hold together.

use super::*;
use crate::definition::{self, Kind};
use crate::path::Path;

fn every() -> impl Iterator<Item = &'static Profile> {
    UsCore::all().flat_map(of_release)
}

/// Calls `visit` for each rule with the type it is about, where a single one is known.
fn visit(
    rule: &'static ElementRule,
    ty: Option<&'static Type>,
    visit_rule: &mut impl FnMut(&'static ElementRule, Option<&'static Type>),
) {
    visit_rule(rule, ty);
    for member in &rule.members {
        let element = ty.map(|ty| {
            let found = ty.element(member.element.name);
            found.unwrap_or_else(|| panic!("{} has no {}", ty.path, member.element.name))
        });
        for rule in std::iter::once(&member.element).chain(&member.slices) {
            let one = match rule.types.as_slice() {
                [] => element.and_then(definition::Element::member_type),
                [one] => definition::find(one).filter(|ty| ty.kind != Kind::Backbone),
                _ => None,
            };
            visit(
                rule,
                one.filter(|ty| ty.path != "BackboneElement"),
                visit_rule,
            );
        }
    }
}

#[test]
fn every_row_belongs_to_a_profile_and_every_element_exists() {
    assert_eq!(every().count(), 317);
    for profile in every() {
        assert!(
            profile.rules.all().len() > 1 || profile.name == "us-core-medication",
            "{}",
            profile.name
        );
        visit(&profile.rules, Some(profile.ty), &mut |_, _| ());
    }
    let names: std::collections::HashSet<_> = every().map(|profile| profile.name).collect();
    for row in crate::table::rows(table::ELEMENTS) {
        let [name, _, _, _, _, _, _, _, _, _, _, _, kind, value] = crate::table::cells(row);
        assert!(names.contains(name), "{name}");
        let is_value = serde_json::from_str::<serde_json::Value>(value).is_ok();
        assert_eq!(is_value, !kind.is_empty(), "{name} {value}");
    }
}

#[test]
fn types_and_targets_are_types() {
    for profile in every() {
        for rule in profile.rules.all() {
            for name in &rule.types {
                assert!(definition::find(name).is_some(), "{} {name}", profile.name);
            }
            for name in rule.targets.iter().filter(|name| !name.starts_with("http")) {
                let ty =
                    definition::find(name).unwrap_or_else(|| panic!("{} {name}", profile.name));
                assert_eq!(ty.kind, Kind::Resource);
            }
        }
    }
}

#[test]
fn every_slice_can_be_recognised() {
    let mut unstated = Vec::new();
    for profile in every() {
        for rule in profile
            .rules
            .all()
            .iter()
            .filter(|rule| rule.slice.is_some())
        {
            let stated = rule.marks.iter().all(|mark| mark.test != Test::Unstated);
            if !stated || rule.marks.is_empty() {
                unstated.push((profile.name, profile.version, rule.name, rule.slice));
            }
        }
    }
    assert!(unstated.is_empty(), "{unstated:#?}");
}

#[test]
fn every_constraint_compiles() {
    for profile in every() {
        for rule in profile.rules.all() {
            for invariant in &rule.invariants {
                assert!(
                    invariant.path().is_ok(),
                    "{} {:?}",
                    invariant.key,
                    Path::parse(invariant.expression)
                );
            }
        }
    }
}

#[test]
fn a_profile_that_a_release_no_longer_has_is_found_as_it_last_was() {
    let url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition";
    let found = find(url, UsCore::V8_0_0).unwrap();
    assert_eq!((found.release, found.version), (UsCore::V4_0_0, "4.0.0"));
    assert!(find(&format!("{url}|8.0.0"), UsCore::V8_0_0).is_none());
}

#[test]
fn a_profile_of_r4_has_the_version_of_r4() {
    let url = "http://hl7.org/fhir/StructureDefinition/bp";
    for canonical in [url.to_owned(), format!("{url}|4.0.1")] {
        let found = find(&canonical, UsCore::V8_0_0).unwrap();
        assert_eq!((found.release, found.version), (UsCore::V3_1_1, "4.0.1"));
    }
    assert!(find(&format!("{url}|3.1.1"), UsCore::V8_0_0).is_none());
}
