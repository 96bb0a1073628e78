//! Profile validation from outside: every profile of every release has a smallest instance, made
//! from the tables, that conforms to it and stops doing so when anything is taken away.

#![expect(clippy::unwrap_used, reason = "a failing test panics")]

#[path = "profile/minimal.rs"]
mod minimal;
#[path = "profile/rules.rs"]
mod rules;

use fhir::profile::{self, Profile};
use fhir::us_core::UsCore;
use fhir::validate::{Issue, Options, validate};
use minimal::{MADE_UP, Minimal, minimal};
use serde_json::{Value, json};

fn issues(profile: &Profile, resource: &Value) -> Vec<Issue> {
    let canonical = format!("{}|{}", profile.url, profile.version);
    let options = Options {
        profiles: &[&canonical],
        ..Options::default()
    };
    validate(resource, &options)
}

fn errors(profile: &Profile, resource: &Value) -> Vec<String> {
    let issues = issues(profile, resource);
    issues
        .iter()
        .filter(|issue| issue.is_error())
        .map(ToString::to_string)
        .collect()
}

/// The smallest instance, without what only the constraints of other profiles ask for.
fn smallest(profile: &'static Profile) -> Minimal {
    let mut made = minimal(profile);
    for (.., name, _) in MADE_UP {
        if made.resource.get(*name).is_some() {
            let less = without(&made.resource, &format!("/{name}"));
            if errors(profile, &less).is_empty() {
                made.resource = less;
            }
        }
    }
    made
}

fn every_profile() -> impl Iterator<Item = &'static Profile> {
    let every = UsCore::all().flat_map(profile::of_release);
    every.filter(|profile| !profile.is_extension())
}

/// JSON pointers to everything in a value but itself.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (format!("{at}/{name}"), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("{at}/{index}"), value))
            .collect(),
        _ => Vec::new(),
    };
    for (at, value) in below {
        pointers(value, &at, found);
        found.push(at);
    }
}

fn without(resource: &Value, pointer: &str) -> Value {
    let mut resource = resource.clone();
    let (above, last) = pointer.rsplit_once('/').unwrap();
    match resource.pointer_mut(above).unwrap() {
        Value::Object(members) => {
            members.remove(last).unwrap();
        }
        Value::Array(items) => {
            items.remove(last.parse().unwrap());
        }
        _ => {}
    }
    resource
}

#[test]
fn the_smallest_instance_conforms() {
    let mut wrong = Vec::new();
    for profile in every_profile() {
        let resource = smallest(profile).resource;
        let errors = errors(profile, &resource);
        if !errors.is_empty() {
            wrong.push(format!(
                "{} {}: {errors:#?} {resource}",
                profile.name, profile.version
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_any_part_of_it_the_smallest_instance_does_not_conform() {
    let mut wrong = Vec::new();
    for profile in every_profile() {
        let resource = smallest(profile).resource;
        let mut found = Vec::new();
        pointers(&resource, "", &mut found);
        for pointer in found {
            if errors(profile, &without(&resource, &pointer)).is_empty() {
                wrong.push(format!("{} {} {pointer}", profile.name, profile.version));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn with_another_value_than_the_fixed_one_the_smallest_instance_does_not_conform() {
    let mut count = 0;
    for profile in every_profile() {
        let made = smallest(profile);
        for pointer in &made.fixed {
            let mut resource = made.resource.clone();
            *resource.pointer_mut(pointer).unwrap() = json!("urn:other");
            assert!(
                !errors(profile, &resource).is_empty(),
                "{} {pointer}",
                profile.name
            );
            count += 1;
        }
    }
    assert!(count > 400, "{count}");
}

#[test]
fn with_one_more_of_a_single_element_the_smallest_instance_does_not_conform() {
    for profile in every_profile() {
        let made = smallest(profile);
        for pointer in &made.single {
            let mut resource = made.resource.clone();
            let items = resource
                .pointer_mut(pointer)
                .unwrap()
                .as_array_mut()
                .unwrap();
            items.push(items[0].clone());
            assert!(
                !errors(profile, &resource).is_empty(),
                "{} {pointer}",
                profile.name
            );
        }
    }
}
