//! Profiles of US Core as far as the coverage test needs them: what they are about, and paths with slices.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::LazyLock;

use serde_json::Value;

/// A row of `profiles.tsv`: a profile is about resources of a type, with a code of `system` in `element`.
#[derive(Debug)]
pub struct Profile {
    pub name: &'static str,
    resource: &'static str,
    element: &'static str,
    system: &'static str,
    codes: &'static str,
}

pub static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    rows(include_str!("../../clinical/profiles.tsv"))
        .map(|cells| Profile {
            name: cells[0],
            resource: cells[2],
            element: cells[3],
            system: cells[4],
            codes: cells[5],
        })
        .collect()
});

/// The lines below the header as cells.
pub fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).map(|line| line.split('\t').collect())
}

pub fn table(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|row| row.name == name)
}

/// Whether a profile is about the resource.
pub fn conforms(resource: &Value, profile: &str) -> bool {
    PROFILES
        .iter()
        .filter(|row| row.name == profile)
        .any(|row| {
            resource["resourceType"] == row.resource
                && (row.element.is_empty()
                    || codings(&resource[row.element]).iter().any(|coding| {
                        let is = |name: &str, wanted: &str| {
                            wanted.is_empty()
                                || coding[name]
                                    .as_str()
                                    .is_some_and(|own| wanted.split(',').any(|one| one == own))
                        };
                        is("system", row.system) && is("code", row.codes)
                    }))
        })
}

/// All codings of a concept, a list of concepts, or a coding.
fn codings(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(codings).collect(),
        Value::Object(map) => map.get("coding").map_or_else(|| vec![value], codings),
        _ => Vec::new(),
    }
}

/// A path such as `component:systolic.valueQuantity.code`.
#[derive(Debug)]
pub struct Path(Vec<Step>);

#[derive(Debug)]
struct Step {
    member: String,
    /// The rule of the slice, as `must-support.tsv` writes it.
    rule: Option<&'static str>,
}

impl Path {
    pub fn root() -> Self {
        Self(Vec::new())
    }

    pub fn of(profile: &str, path: &str) -> Self {
        let mut plain: Vec<&str> = Vec::new();
        let steps = path
            .split('.')
            .map(|part| {
                let (member, slice) = part.split_once(':').unwrap_or((part, ""));
                plain.push(member);
                Step {
                    member: member.to_owned(),
                    rule: rule(profile, &plain.join("."), slice),
                }
            })
            .collect();
        Self(steps)
    }

    /// All values at the path.
    pub fn values<'v>(&self, root: &'v Value) -> Vec<&'v Value> {
        let mut found = vec![root];
        for step in &self.0 {
            found = found
                .into_iter()
                .flat_map(|value| step.values(value))
                .collect();
        }
        found
    }
}

/// The rule of a slice or extension of a profile.
fn rule(profile: &str, path: &str, slice: &str) -> Option<&'static str> {
    if slice.is_empty() {
        return None;
    }
    rows(include_str!("../must-support.tsv"))
        .find(|cells| cells[1] == profile && cells[3] == path && cells[4] == slice)
        .map(|cells| cells[5])
}

impl Step {
    fn values<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        let Value::Object(map) = value else {
            return Vec::new();
        };
        let stem = self.member.strip_suffix("[x]");
        let fits = |key: &str| match (
            stem,
            self.rule.and_then(|rule| rule.strip_prefix("type code=")),
        ) {
            (Some(stem), Some(kind)) => key == format!("{stem}{kind}"),
            (Some(stem), None) => key.starts_with(stem),
            (None, _) => key == self.member,
        };
        map.iter()
            .filter(|(key, _)| fits(key))
            .flat_map(|(_, inner)| match inner {
                Value::Array(items) => items.iter().collect(),
                single => vec![single],
            })
            .filter(|inner| self.rule.is_none_or(|rule| obeys(inner, rule)))
            .collect()
    }
}

/// Whether an item belongs to the slice with this rule.
fn obeys(item: &Value, rule: &str) -> bool {
    if rule.starts_with("http") {
        return item["url"].as_str().is_some_and(|url| url == rule);
    }
    let (kind, rest) = rule.split_once(' ').unwrap();
    match kind {
        "type" => true,
        "requiredBinding" => binding(item, rest.strip_prefix("values=").unwrap()),
        "value" => values(item, rest.strip_prefix("values=").unwrap()),
        _ => pattern(item, rest),
    }
}

/// `http://a#x+y http://b#z`
fn binding(item: &Value, groups: &str) -> bool {
    groups.split(' ').any(|group| {
        let (system, codes) = group.split_once('#').unwrap();
        codings(item).iter().any(|coding| {
            coding["system"] == system && codes.split('+').any(|code| coding["code"] == code)
        })
    })
}

/// `code.coding.code=x&code.coding.system=y`
fn values(item: &Value, pairs: &str) -> bool {
    pairs.split('&').all(|pair| {
        let (path, wanted) = pair.split_once('=').unwrap();
        Path::of("", path)
            .values(item)
            .iter()
            .any(|value| *value == wanted)
    })
}

/// `code=x;path=p;system=s`
fn pattern(item: &Value, parts: &str) -> bool {
    let part = |name: &str| {
        parts
            .split(';')
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let within = part("path").map_or(item, |path| &item[path]);
    codings(within).iter().any(|coding| {
        ["code", "system"]
            .iter()
            .all(|name| part(name).is_none_or(|wanted| coding[*name] == wanted))
    })
}
