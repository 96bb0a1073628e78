//! Resources within resources. <http://hl7.org/fhir/R4/references.html#contained>

use std::collections::BTreeSet;

use serde_json::Value;

use super::issue::{Code, Issue};
use super::place::Place;
use super::walk::{Frame, Scope, Walk, is_resource};
use super::wording::quoted;
use crate::definition::Element;
use crate::path::Node;

/// The element whose resources share the fate of the one around them.
const CONTAINED: &str = "DomainResource.contained";

impl<'v> Walk<'v> {
    /// Walks a resource that is the value of an element.
    pub(super) fn nested(
        &mut self,
        element: &'static Element,
        value: &'v Value,
        place: &Place<'_>,
        scope: &Scope<'v>,
    ) {
        let Some((ty, object)) = self.resource_type(value, place) else {
            return;
        };
        if element.path != CONTAINED {
            return self.independent(ty, object, value, place, true);
        }
        if scope.contained.is_some() {
            let what = "A contained resource must not contain another one (dom-2).";
            return self.issues.push(Issue::rule(Code::Invariant, place, what));
        }
        let resource = Node::resource(value);
        let scope = Scope {
            resource,
            contained: position(&scope.root, value),
            ..*scope
        };
        self.element(
            &Frame {
                ty,
                object,
                place,
                scope: &scope,
            },
            resource,
        );
    }

    /// Checks, after the walk of a container, that what it contains is part of it: it has an id
    /// and is referred to from the rest, or refers to the container (`dom-3`). The latter
    /// can only be told if all references could be read.
    pub(super) fn containment(&mut self, frame: &Frame<'_, 'v>, is_read: bool) {
        let place = frame.place.member("contained");
        let resources = contained(&frame.scope.root).iter().enumerate();
        let mut ids = BTreeSet::new();
        for (at, resource) in resources.filter(|(_, resource)| resource.is_object()) {
            let place = place.index(at);
            let Some(id) = resource.get("id").and_then(Value::as_str) else {
                let what = "A contained resource needs an id, by which the container refers to it.";
                self.issues
                    .push(Issue::rule(Code::Required, &place.member("id"), what));
                continue;
            };
            if !ids.insert(id) {
                let what = format!("Two contained resources have the id {}.", quoted(id));
                self.issues
                    .push(Issue::rule(Code::Invalid, &place.member("id"), what));
            }
            if self.options.invariants && is_read && !self.is_connected(at, id) {
                let what = format!(
                    "Nothing refers to the contained resource {} and it does not refer to its container (dom-3).",
                    quoted(id)
                );
                self.issues.push(Issue::rule(Code::Invariant, &place, what));
            }
        }
    }

    fn is_connected(&self, at: usize, id: &str) -> bool {
        self.fragments.iter().any(|fragment| {
            fragment.id == id || (fragment.from == Some(at) && fragment.id.is_empty())
        })
    }
}

/// The resources that a resource contains.
pub(super) fn contained<'v>(root: &Node<'v>) -> &'v [Value] {
    let contained = root.value().and_then(|root| root.get("contained"));
    let is_domain = is_resource(root.definition());
    contained
        .and_then(Value::as_array)
        .filter(|_| is_domain)
        .map_or(&[], Vec::as_slice)
}

/// Where among the contained resources a value stands.
fn position(root: &Node<'_>, value: &Value) -> Option<usize> {
    contained(root)
        .iter()
        .position(|other| std::ptr::eq(other, value))
}
