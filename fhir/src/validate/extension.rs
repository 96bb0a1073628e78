//! Extensions. <http://hl7.org/fhir/R4/extensibility.html#Extension>

use super::issue::{Code, Issue};
use super::walk::{Frame, Walk};

impl Walk<'_> {
    /// An extension has either a value or extensions (`ext-1`).
    pub(super) fn extension(&mut self, frame: &Frame<'_, '_>) {
        let has_value = frame.object.keys().any(|key| {
            let plain = key.strip_prefix('_').unwrap_or(key);
            plain.starts_with("value") && frame.ty.json_element(plain).is_some()
        });
        let what = match (has_value, frame.object.contains_key("extension")) {
            (true, true) => "has both a value and extensions",
            (false, false) => "has neither a value nor extensions",
            _ => return,
        };
        let what = format!("The extension {what}; one of them is needed (ext-1).");
        self.issues
            .push(Issue::rule(Code::Invariant, frame.place, what));
    }
}
