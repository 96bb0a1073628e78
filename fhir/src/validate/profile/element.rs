//! One occurrence of an element and what the profile asks of it.

use super::Conformance;
use crate::definition::{self, Element};
use crate::path::{Node, PathError};
use crate::profile::{ElementRule, Expected, Invariant, Member};
use crate::validate::constraint::{is_met, unevaluated};
use crate::validate::issue::{Code, Issue, Severity};
use crate::validate::place::Place;
use crate::validate::reference::leads_to;
use crate::validate::wording::listed;

impl<'v> Conformance<'_, 'v> {
    /// Checks an element or resource and everything below it. An element of another type than
    /// the profile allows is not looked into.
    pub(super) fn occurrence(
        &mut self,
        rule: &'static ElementRule,
        node: Node<'v>,
        place: &Place<'_>,
    ) {
        if !has_type(&node, &rule.types) {
            let what = format!(
                "The type here is {}, but the profile allows only {}.",
                node.type_name(),
                listed(rule.types.iter().copied())
            );
            return self.report(Issue::rule(Code::Structure, place, what));
        }
        self.value(rule, node, place);
        self.target(rule, node, place);
        if self.walk.options.bindings {
            self.binding(rule, node, place);
        }
        if self.walk.options.invariants {
            for invariant in &rule.invariants {
                self.invariant(invariant, node, place);
            }
        }
        for member in &rule.members {
            self.member(member, node, place);
        }
    }

    /// Checks all occurrences of an element below, if the type of this one has such an element.
    fn member(&mut self, member: &'static Member, node: Node<'v>, place: &Place<'_>) {
        let rule = &member.element;
        let Some(element) = node.definition().element(rule.name) else {
            return;
        };
        let nodes = node.members(rule.name);
        let place = place.member(rule.name);
        self.count(rule, nodes.len(), &place);
        for (at, node) in nodes.iter().enumerate() {
            self.occurrence(rule, *node, &indexed(element, &place, at));
        }
        self.slices(member, element, &nodes, &place);
    }

    fn value(&mut self, rule: &'static ElementRule, node: Node<'v>, place: &Place<'_>) {
        let Some(expected) = &rule.value else { return };
        if node.value().is_some_and(|value| expected.accepts(value)) {
            return;
        }
        let what = match expected {
            Expected::Fixed(value) => format!("The value must be {value}."),
            Expected::Pattern(value) => format!("The value must contain {value}."),
        };
        self.report(Issue::rule(Code::Value, place, what));
    }

    fn target(&mut self, rule: &'static ElementRule, node: Node<'v>, place: &Place<'_>) {
        let is_checked = self.walk.options.references && node.type_name() == "Reference";
        if rule.targets.is_empty() || !is_checked {
            return;
        }
        let found = leads_to(&node, self.scope);
        let is_allowed = |name: &str| {
            rule.targets
                .iter()
                .any(|target| definition::is_a(name, target))
        };
        if let Some(ty) = found.filter(|ty| !is_allowed(ty.as_str())) {
            let allowed = listed(rule.targets.iter().copied());
            let what =
                format!("The reference leads to {ty}, but the profile allows only {allowed}.");
            self.report(Issue::rule(Code::Invalid, place, what));
        }
    }

    fn invariant(&mut self, invariant: &'static Invariant, node: Node<'v>, place: &Place<'_>) {
        if self.walk.has_given_up {
            return;
        }
        let severity = if invariant.is_error {
            Severity::Error
        } else {
            Severity::Warning
        };
        let issue = match is_met(invariant.path(), &node, self.scope) {
            Ok(true) => return,
            Ok(false) => {
                let what = format!(
                    "The constraint {} is not met: {}",
                    invariant.key, invariant.expression
                );
                Issue::rule(Code::Invariant, place, what).of_severity(severity)
            }
            Err(error) => {
                self.walk.has_given_up = error == PathError::TooCostly;
                unevaluated(invariant.key, &error, place)
            }
        };
        self.report(issue);
    }
}

/// The place of an occurrence: with its index if the element may repeat.
pub(super) fn indexed<'p>(element: &Element, place: &'p Place<'p>, at: usize) -> Place<'p> {
    if element.repeats() {
        place.index(at)
    } else {
        *place
    }
}

/// Whether the element is of one of these types; any type will do if there are none.
pub(super) fn has_type(node: &Node<'_>, types: &[&str]) -> bool {
    let is = |name: &&str| {
        *name == node.type_name()
            || definition::find(name).is_some_and(|ty| node.definition().is_a(ty))
    };
    types.is_empty() || types.iter().any(is)
}
