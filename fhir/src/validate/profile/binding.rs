//! Codes of the bindings that a profile adds. <http://hl7.org/fhir/R4/terminologies.html#strength>

use serde_json::Value;

use super::Conformance;
use crate::definition::Strength;
use crate::path::Node;
use crate::profile::ElementRule;
use crate::validate::binding::hint;
use crate::validate::issue::{Code, Issue, Severity};
use crate::validate::place::Place;
use crate::validate::value_set::{self, ValueSet};

/// How a coded element stands to a value set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Membership {
    /// One of its codes is a member.
    Inside,
    /// It has codes, none of them a member.
    Outside,
    /// It has a text in place of a code.
    Text,
    /// It says nothing: an extension, for instance a reason for absence, stands in its place.
    Silent,
}

impl<'v> Conformance<'_, 'v> {
    /// Checks the codes of an element.
    pub(super) fn binding(
        &mut self,
        rule: &'static ElementRule,
        node: Node<'v>,
        place: &Place<'_>,
    ) {
        if let Some(binding) = rule.binding {
            let is_required = binding.strength == Strength::Required;
            let Some((set, found)) = self.membership(binding.value_set, &node) else {
                return;
            };
            let is_wrong = match found {
                Membership::Outside => true,
                Membership::Text => is_required,
                Membership::Inside | Membership::Silent => false,
            };
            match (is_wrong, is_required) {
                (true, true) => self.outside(binding.value_set, set, &node, place),
                (true, false) => self.unusual(binding.value_set, place),
                (false, _) => {}
            }
        }
        if let Some(url) = rule.max_value_set
            && let Some((set, Membership::Outside)) = self.membership(url, &node)
        {
            self.outside(url, set, &node, place);
        }
    }

    fn membership(&mut self, url: &'static str, node: &Node<'v>) -> Option<(ValueSet, Membership)> {
        let set = value_set::find(url, self.profile.release);
        if set.is_none() && !codes(node).is_empty() {
            self.walk.unchecked.insert(url);
        }
        set.map(|set| (set, membership(set, node)))
    }

    fn outside(&mut self, url: &str, set: ValueSet, node: &Node<'v>, place: &Place<'_>) {
        let code = codes(node).first().map_or("", |(_, code)| code);
        let what = format!(
            "There is no code of {url}, which the profile requires; {}",
            hint(set, code)
        );
        self.report(Issue::rule(Code::CodeInvalid, place, what));
    }

    fn unusual(&mut self, url: &str, place: &Place<'_>) {
        let what =
            format!("None of the codes is of {url}, from which one must be taken if any fits.");
        let issue = Issue::rule(Code::CodeInvalid, place, what);
        self.report(issue.of_severity(Severity::Warning));
    }
}

/// How an element stands to a value set. A text without a system, as in `Address.state`, counts
/// as a code.
pub(super) fn membership(set: ValueSet, node: &Node<'_>) -> Membership {
    let codes = codes(node);
    let is_member = |(system, code): &(Option<&str>, &str)| match system {
        Some(system) => set.has(system, code),
        None => set.has_code(code),
    };
    let has_text = || {
        node.value()
            .is_some_and(|value| value.get("text").is_some())
    };
    match codes.as_slice() {
        [] if has_text() => Membership::Text,
        [] => Membership::Silent,
        codes if codes.iter().any(is_member) => Membership::Inside,
        _ => Membership::Outside,
    }
}

/// System and code of everything that is coded in an element; a primitive has no system.
fn codes<'v>(node: &Node<'v>) -> Vec<(Option<&'v str>, &'v str)> {
    let coding = |value: &'v Value| {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        text("code").map(|code| (Some(text("system").unwrap_or_default()), code))
    };
    match (node.type_name(), node.value()) {
        ("CodeableConcept", Some(value)) => {
            let codings = value.get("coding").and_then(Value::as_array);
            codings.into_iter().flatten().filter_map(coding).collect()
        }
        ("Coding" | "Quantity", Some(value)) => coding(value).into_iter().collect(),
        ("code" | "string" | "uri", Some(Value::String(text))) => vec![(None, text)],
        _ => Vec::new(),
    }
}
