//! Every must-support element of US Core 3.1.1 to 8.0.0 is on a named patient, or in the table of holes with its reason.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

mod corpus;
mod profile;

use std::collections::BTreeMap;

use corpus::{named, subject};
use profile::{PROFILES, Path, conforms, rows, table};
use serde_json::Value;

/// A row of `must-support.tsv`.
#[derive(Debug)]
struct Demand {
    versions: &'static str,
    profile: &'static str,
    kind: &'static str,
    path: &'static str,
    name: &'static str,
    rule: &'static str,
    fixed: &'static str,
    targets: &'static str,
}

fn demands() -> Vec<Demand> {
    rows(include_str!("must-support.tsv"))
        .map(|cells| Demand {
            versions: cells[0],
            profile: cells[1],
            kind: cells[2],
            path: cells[3],
            name: cells[4],
            rule: cells[5],
            fixed: cells[6],
            targets: cells[7],
        })
        .collect()
}

/// The named resources that a profile is about.
fn instances(profile: &'static str) -> Vec<&'static Value> {
    named()
        .values()
        .filter(|resource| conforms(resource, profile))
        .collect()
}

impl Demand {
    /// What none of the instances shows: empty when the demand is met.
    fn missing(&self, instances: &[&'static Value]) -> Vec<String> {
        match self.kind {
            "choice" => self.missing_choice(instances),
            "extension" => {
                let path = if self.path == "extension" || self.path.starts_with("questionnaire") {
                    Path::root()
                } else {
                    Path::of(self.profile, self.path.trim_end_matches(".extension"))
                };
                let there = instances
                    .iter()
                    .flat_map(|resource| path.values(resource))
                    .any(|value| has_extension(value, self.path, self.rule));
                self.unless(there)
            }
            "slice" => {
                let path = Path::of(self.profile, &format!("{}:{}", self.path, self.name));
                self.unless(
                    instances
                        .iter()
                        .any(|resource| !path.values(resource).is_empty()),
                )
            }
            _ => self.missing_element(instances),
        }
    }

    fn unless(&self, there: bool) -> Vec<String> {
        if there { Vec::new() } else { vec![self.name()] }
    }

    /// How the table of holes names the demand.
    fn name(&self) -> String {
        let name = if self.name.is_empty() {
            String::new()
        } else {
            format!(":{}", self.name)
        };
        format!("{}{name}", self.path)
    }

    fn missing_choice(&self, instances: &[&'static Value]) -> Vec<String> {
        let met = |option: &str| {
            if let Some(target) = option.strip_prefix("target:") {
                return instances.iter().any(|resource| points_to(resource, target));
            }
            if option.starts_with("extension:") {
                return false;
            }
            let path = Path::of(self.profile, option);
            instances
                .iter()
                .any(|resource| !path.values(resource).is_empty())
        };
        self.unless(self.path.split(" OR ").any(met))
    }

    fn missing_element(&self, instances: &[&'static Value]) -> Vec<String> {
        let path = Path::of(self.profile, self.path);
        let values: Vec<&Value> = instances
            .iter()
            .flat_map(|resource| path.values(resource))
            .collect();
        let there = if self.fixed.is_empty() {
            !values.is_empty()
        } else {
            values
                .iter()
                .any(|value| value.as_str() == Some(self.fixed))
        };
        if !there {
            return vec![self.name()];
        }
        self.targets
            .split('|')
            .filter(|target| !target.is_empty())
            .filter(|target| !values.iter().any(|value| points_to(value, target)))
            .map(|target| format!("{} -> {target}", self.name()))
            .collect()
    }
}

fn has_extension(value: &Value, path: &str, url: &str) -> bool {
    let extended = if path.starts_with("questionnaire") {
        &value["_questionnaire"]
    } else {
        value
    };
    extended["extension"].as_array().is_some_and(|all| {
        all.iter().any(|extension| {
            extension["url"]
                .as_str()
                .is_some_and(|own| own.ends_with(url))
        })
    })
}

/// Whether a reference inside `value` leads to a named resource of the profile.
fn points_to(value: &Value, profile: &str) -> bool {
    let mut seen = Vec::new();
    corpus::objects(value, &mut seen);
    seen.iter()
        .filter_map(|object| object.get("reference").and_then(Value::as_str))
        .filter_map(|link| named().get(link))
        .any(|target| conforms(target, profile))
}

/// What is not covered, as `profile path`, with the versions that ask for it.
fn holes() -> BTreeMap<String, String> {
    let mut holes: BTreeMap<String, String> = BTreeMap::new();
    for demand in demands() {
        let instances = instances(demand.profile);
        for name in demand.missing(&instances) {
            holes
                .entry(format!("{} {name}", demand.profile))
                .or_default()
                .push_str(demand.versions);
        }
    }
    holes
}

#[test]
fn every_must_support_element_is_on_a_named_patient_or_a_listed_hole() {
    let listed: BTreeMap<String, &str> = rows(include_str!("holes.tsv"))
        .map(|cells| (format!("{} {}", cells[0], cells[1]), cells[2]))
        .collect();
    let holes = holes();
    let new: Vec<String> = holes
        .iter()
        .filter(|(name, _)| !listed.contains_key(*name))
        .map(|(name, versions)| format!("{name} ({versions})"))
        .collect();
    assert!(new.is_empty(), "not covered:\n{}", new.join("\n"));
    for (name, reason) in listed {
        assert!(holes.contains_key(&name), "covered by now: {name}");
        assert!(!reason.is_empty(), "{name}");
    }
}

#[test]
fn one_patient_alone_has_an_instance_of_every_profile() {
    const COMPLETE: &str = "Patient/elena-tsosie";
    // What belongs to nobody.
    const SHARED: [&str; 6] = [
        "us-core-location",
        "us-core-medication",
        "us-core-organization",
        "us-core-practitioner",
        "us-core-practitionerrole",
        "us-core-provenance",
    ];
    let own: Vec<&Value> = named()
        .iter()
        .filter(|(key, resource)| subject(resource) == COMPLETE || *key == COMPLETE)
        .map(|(_, resource)| resource)
        .collect();
    let missing: Vec<&str> = PROFILES
        .iter()
        .map(|row| row.name)
        .filter(|profile| !SHARED.contains(profile))
        .filter(|profile| !own.iter().any(|resource| conforms(resource, profile)))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_tables_of_the_test_agree() {
    for demand in demands() {
        assert!(table(demand.profile).is_some(), "{demand:?}");
        assert!(
            demand
                .versions
                .chars()
                .all(|version| "345678".contains(version)),
            "{demand:?}"
        );
    }
}

/// The patient a resource belongs to; what all patients share belongs to the world.
fn owner(resource: &Value) -> &str {
    let about = subject(resource);
    if about.is_empty() && resource["resourceType"] == "Patient" {
        return resource["id"].as_str().unwrap();
    }
    about.strip_prefix("Patient/").unwrap_or("the shared world")
}

/// The first owners, the complete patient before all, who together meet the demands as well as everybody does.
fn coverers(demands: &[&Demand], instances: &[&'static Value]) -> Vec<&'static str> {
    let missing = |of: &[&'static Value]| -> usize {
        demands.iter().map(|demand| demand.missing(of).len()).sum()
    };
    let mut owners: Vec<&'static str> = instances.iter().map(|resource| owner(resource)).collect();
    owners.sort_unstable_by_key(|name| (*name != "elena-tsosie", *name));
    owners.dedup();
    let goal = missing(instances);
    let (mut chosen, mut covered) = (Vec::new(), Vec::<&'static Value>::new());
    let mut left = usize::MAX;
    for name in owners {
        let own = instances.iter().filter(|resource| owner(resource) == name);
        let with: Vec<&'static Value> = covered.iter().chain(own).copied().collect();
        let now = missing(&with);
        if left > goal && now < left {
            (covered, left) = (with, now);
            chosen.push(name);
        }
    }
    chosen
}

fn document() -> String {
    let mut text = String::from(
        "# Who covers what\n\nNamed people whose resources together show every must-support element of each profile of \
         US Core\n(3.1.1 to 8.0.0). Made by `cargo test -p seed-data --test coverage`.\n\n\
         | profile | people |\n|---|---|\n",
    );
    let demands = demands();
    let mut names: Vec<&str> = PROFILES.iter().map(|row| row.name).collect();
    names.dedup();
    for name in names {
        let own: Vec<&Demand> = demands.iter().filter(|row| row.profile == name).collect();
        let people = coverers(&own, &instances(name)).join(", ");
        text.extend(["| ", name, " | ", &people, " |\n"]);
    }
    text
}

#[test]
fn the_table_of_who_covers_what_is_up_to_date() {
    let fresh = document();
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/COVERAGE.md");
    std::fs::write(path, &fresh).unwrap();
    let written = include_str!("../COVERAGE.md");
    assert!(written == fresh, "copy {path} to seed-data/COVERAGE.md");
}
