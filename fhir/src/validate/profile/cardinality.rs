//! How often an element or slice occurs.

use super::Conformance;
use crate::profile::{ElementRule, Test};
use crate::validate::issue::{Code, Issue};
use crate::validate::place::Place;

impl Conformance<'_, '_> {
    /// Checks the number of occurrences of an element or of a slice of it.
    pub(super) fn count(&mut self, rule: &ElementRule, found: usize, place: &Place<'_>) {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        let issue = match rule.max {
            _ if found < rule.min => Issue::rule(Code::Required, place, too_few(rule, found)),
            Some(max) if found > max => {
                Issue::rule(Code::Structure, place, too_many(rule, found, max))
            }
            _ => return,
        };
        self.report(issue);
    }
}

fn subject(rule: &ElementRule) -> String {
    match rule.slice {
        Some(slice) => format!("The slice {slice} of {}", rule.name),
        None => format!("The element {}", rule.name),
    }
}

fn too_few(rule: &ElementRule, found: u32) -> String {
    let subject = subject(rule);
    match (found, rule.min, rule.slice) {
        (0, 1, None) => format!("{subject} is missing; the profile requires it."),
        (0, 1, Some(_)) => format!(
            "{subject} is missing; the profile requires it{}.",
            recognised(rule)
        ),
        (_, min, _) => {
            format!("{subject} is given {found} times; the profile requires at least {min}.")
        }
    }
}

/// By what a slice is recognised, if by a single value.
fn recognised(rule: &ElementRule) -> String {
    let mut shown = Vec::new();
    for mark in &rule.marks {
        let path = mark.path.join(".");
        match &mark.test {
            Test::Value(value) if path.is_empty() => shown.push(value.value().to_string()),
            Test::Value(value) => shown.push(format!("{path} {}", value.value())),
            Test::MemberOf(value_set) => shown.push(format!("a code of {value_set}")),
            Test::Type(types) => shown.push(format!("type {}", types.join(" or "))),
            Test::Unstated => {}
        }
    }
    if shown.is_empty() {
        return String::new();
    }
    format!(", recognised by {}", shown.join(" and "))
}

fn too_many(rule: &ElementRule, found: u32, max: u32) -> String {
    let subject = subject(rule);
    match max {
        0 => format!("{subject} is not allowed by the profile."),
        max => format!("{subject} is given {found} times; the profile allows at most {max}."),
    }
}
