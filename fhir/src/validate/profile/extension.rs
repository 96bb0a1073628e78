//! Extensions and their definitions. <http://hl7.org/fhir/R4/defining-extensions.html>

use super::Conformance;
use crate::definition::Kind;
use crate::path::Node;
use crate::profile::{self, Profile};
use crate::validate::place::Place;

impl<'v> Conformance<'_, 'v> {
    /// Holds every extension in a resource against its definition, if that is known. Resources
    /// within it have profiles of their own.
    pub(super) fn extensions(&mut self, node: Node<'v>, place: &Place<'_>) {
        let mut before = ("", 0);
        for (name, child) in node.children() {
            let at = if before.0 == name { before.1 + 1 } else { 0 };
            before = (name, at);
            if child.definition().kind == Kind::Resource {
                continue;
            }
            let place = place.member(name);
            let index = place.index(at);
            let repeats = node
                .definition()
                .element(name)
                .is_some_and(crate::definition::Element::repeats);
            let place = if repeats { &index } else { &place };
            if let Some(profile) = self.definition(&child) {
                self.held_against(profile, child, place);
            }
            self.extensions(child, place);
        }
    }

    /// The definition of an extension in the release of the profile; another release may define it
    /// otherwise.
    fn definition(&self, node: &Node<'v>) -> Option<&'static Profile> {
        if node.type_name() != "Extension" {
            return None;
        }
        let url = node.value()?.get("url")?.as_str()?;
        let found = profile::find(url, self.profile.release)?;
        (found.is_extension() && found.release == self.profile.release).then_some(found)
    }

    fn held_against(&mut self, profile: &'static Profile, node: Node<'v>, place: &Place<'_>) {
        let mut conformance = Conformance {
            walk: self.walk,
            profile,
            scope: self.scope,
        };
        conformance.occurrence(&profile.rules, node, place);
    }
}
