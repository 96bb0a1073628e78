//! Codes of required bindings. <http://hl7.org/fhir/R4/terminologies.html#required>

use serde_json::Value;

use super::issue::{Code, Issue};
use super::place::Place;
use super::value_set::{self, ValueSet};
use super::walk::{Frame, Walk};
use super::wording::{listed, nearest, quoted};
use crate::definition::{Element, Strength};

impl Walk<'_> {
    /// The value set that the element must take its codes from, if it is to be checked.
    fn required_value_set(&self, element: &Element) -> Option<(&'static str, ValueSet)> {
        let binding = element
            .binding
            .filter(|binding| self.options.bindings && binding.strength == Strength::Required)?;
        value_set::find(binding.value_set, self.options.us_core)
            .map(|found| (binding.value_set, found))
    }

    /// A `code`.
    pub(super) fn code(&mut self, element: &'static Element, code: &str, place: &Place<'_>) {
        let Some((url, value_set)) = self.required_value_set(element) else {
            return;
        };
        if !value_set.has_code(code) {
            let what = format!(
                "{} is not a code of {url}; {}",
                quoted(code),
                hint(value_set, code)
            );
            self.issues
                .push(Issue::rule(Code::CodeInvalid, place, what));
        }
    }

    /// A `Coding`, for which the system counts as well.
    pub(super) fn coding(&mut self, element: &'static Element, frame: &Frame<'_, '_>) {
        let Some((url, value_set)) = self.required_value_set(element) else {
            return;
        };
        if !is_member(value_set, frame.object) {
            self.outside(url, value_set, frame.object.get("code"), frame.place);
        }
    }

    /// A `CodeableConcept`, one of whose codings must be of the value set. One that has only
    /// extensions says nothing, and so nothing wrong.
    pub(super) fn concept(&mut self, element: &'static Element, frame: &Frame<'_, '_>) {
        let Some((url, value_set)) = self.required_value_set(element) else {
            return;
        };
        let codings = frame.object.get("coding").and_then(Value::as_array);
        let codings = codings.map_or(&[][..], Vec::as_slice);
        let has_member = codings
            .iter()
            .filter_map(Value::as_object)
            .any(|coding| is_member(value_set, coding));
        let says_nothing = codings.is_empty() && !frame.object.contains_key("text");
        if !has_member && !says_nothing {
            let code = codings.first().and_then(|coding| coding.get("code"));
            self.outside(url, value_set, code, frame.place);
        }
    }

    fn outside(&mut self, url: &str, value_set: ValueSet, code: Option<&Value>, place: &Place<'_>) {
        let code = code.and_then(Value::as_str).unwrap_or_default();
        let what = if value_set.has_code(code) {
            let systems = listed(value_set.systems());
            format!(
                "The code {} of {url} needs its system: {systems}.",
                quoted(code)
            )
        } else {
            let hint = hint(value_set, code);
            format!("There is no coding of {url}, which is required; {hint}")
        };
        self.issues
            .push(Issue::rule(Code::CodeInvalid, place, what));
    }
}

fn is_member(value_set: ValueSet, coding: &serde_json::Map<String, Value>) -> bool {
    let text = |key: &str| coding.get(key).and_then(Value::as_str);
    text("code").is_some_and(|code| value_set.has(text("system").unwrap_or_default(), code))
}

/// What would have been accepted.
pub(super) fn hint(value_set: ValueSet, code: &str) -> String {
    if let ValueSet::Formed(form) = value_set {
        return format!("it must be {}.", form.accepted);
    }
    match nearest(code, value_set.codes()) {
        Some(code) => format!("did you mean {code}?"),
        None => format!("its codes are {}.", listed(value_set.codes())),
    }
}
