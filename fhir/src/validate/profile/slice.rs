//! Sorting the occurrences of an element into slices.

use super::Conformance;
use super::binding::{Membership, membership};
use super::element::{has_type, indexed};
use crate::definition::Element;
use crate::path::Node;
use crate::profile::{ElementRule, Mark, Member, Test};
use crate::validate::issue::{Code, Issue};
use crate::validate::place::Place;
use crate::validate::value_set;

impl<'v> Conformance<'_, 'v> {
    /// Checks each slice of an element: how often it occurs and what its occurrences are like.
    pub(super) fn slices(
        &mut self,
        member: &'static Member,
        element: &Element,
        nodes: &[Node<'v>],
        place: &Place<'_>,
    ) {
        let mut is_sorted = vec![false; nodes.len()];
        for slice in &member.slices {
            let Some(belongs) = self.belonging(slice, nodes) else {
                is_sorted.fill(true);
                continue;
            };
            self.count(slice, belongs.len(), place);
            for at in belongs {
                is_sorted[at] = true;
                self.occurrence(slice, nodes[at], &indexed(element, place, at));
            }
        }
        let is_closed = member
            .element
            .slicing
            .as_ref()
            .is_some_and(|slicing| slicing.is_closed);
        if is_closed && !member.slices.is_empty() {
            self.unsorted(&is_sorted, element, place);
        }
    }

    fn unsorted(&mut self, is_sorted: &[bool], element: &Element, place: &Place<'_>) {
        let unsorted = is_sorted.iter().enumerate().filter(|(_, sorted)| !**sorted);
        for (at, _) in unsorted {
            let what =
                "The profile allows only the slices it names, and this belongs to none of them.";
            self.report(Issue::rule(
                Code::Structure,
                &indexed(element, place, at),
                what,
            ));
        }
    }

    /// The positions of the occurrences that belong to a slice; nothing if that cannot be told.
    fn belonging(&mut self, slice: &'static ElementRule, nodes: &[Node<'v>]) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            if self.belongs(slice, node)? {
                found.push(at);
            }
        }
        Some(found)
    }

    fn belongs(&mut self, slice: &'static ElementRule, node: &Node<'v>) -> Option<bool> {
        for mark in &slice.marks {
            if !self.shows(mark, node)? {
                return Some(false);
            }
        }
        Some(true)
    }

    fn shows(&mut self, mark: &'static Mark, node: &Node<'v>) -> Option<bool> {
        let nodes = at(node, &mark.path);
        match &mark.test {
            Test::Value(expected) => Some(
                nodes
                    .iter()
                    .any(|node| node.value().is_some_and(|value| expected.accepts(value))),
            ),
            Test::Type(types) => Some(nodes.iter().any(|node| has_type(node, types))),
            Test::MemberOf(url) => {
                let Some(set) = value_set::find(url, self.profile.release) else {
                    self.walk.unchecked.insert(url);
                    return None;
                };
                Some(
                    nodes
                        .iter()
                        .any(|node| membership(set, node) == Membership::Inside),
                )
            }
            Test::Unstated => None,
        }
    }
}

/// The elements that a path leads to.
fn at<'v>(node: &Node<'v>, path: &[&str]) -> Vec<Node<'v>> {
    path.iter().fold(vec![*node], |nodes, name| {
        nodes.iter().flat_map(|node| node.members(name)).collect()
    })
}
