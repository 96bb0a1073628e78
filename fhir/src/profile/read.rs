//! Putting a profile together from its rows.

use super::element::{ElementRule, Expected, Member};
use super::invariant::Invariant;
use super::slicing::Slicing;
use super::table;
use crate::definition::{Binding, Strength};
use crate::table::{list, present};

/// A row of `data/us-core/elements.tsv` without the profile and versions.
pub(super) type ElementRow = [&'static str; 13];

impl ElementRule {
    /// Adds what a row says of the element or slice it is about.
    pub(super) fn add(&mut self, row: &ElementRow) {
        let [
            path,
            min,
            max,
            types,
            targets,
            extensions,
            flags,
            strength,
            value_set,
            max_value_set,
            kind,
            value,
            slicing,
        ] = *row;
        let rule = self.at(path);
        rule.min = min.parse().unwrap_or(0);
        rule.max = max.parse().ok();
        rule.types = list(types);
        rule.targets = list(targets).into_iter().map(table::target).collect();
        rule.extensions = list(extensions);
        rule.is_must_support = flags.contains('S');
        rule.binding = Strength::parse(strength).map(|strength| Binding {
            strength,
            value_set,
        });
        rule.max_value_set = present(max_value_set);
        rule.value = expected(kind, value);
        rule.slicing = Slicing::parse(slicing);
    }

    /// Adds a constraint on the element or slice at a path.
    pub(super) fn add_invariant(&mut self, path: &'static str, invariant: Invariant) {
        self.at(path).invariants.push(invariant);
    }

    /// The rule at a path such as `component:systolic.value[x]`, made if it is not there.
    fn at(&mut self, path: &'static str) -> &mut Self {
        path.split('.')
            .filter(|step| !step.is_empty())
            .fold(self, Self::step)
    }

    fn step<'r>(&'r mut self, step: &'static str) -> &'r mut Self {
        let (element, slice) = step
            .split_once(':')
            .map_or((step, None), |(element, slice)| (element, Some(slice)));
        let name = element.trim_end_matches("[x]");
        let is_choice = name != element;
        let known = self
            .members
            .iter()
            .position(|member| member.element.name == name);
        let at = known.unwrap_or_else(|| {
            self.members.push(Member::of(name));
            self.members.len() - 1
        });
        let member = &mut self.members[at];
        match slice {
            Some(slice) => member.slice(slice, is_choice),
            None => &mut member.element,
        }
    }

    /// Finds, for every slice below, what it is recognised by.
    pub(super) fn mark_slices(&mut self) {
        for member in &mut self.members {
            member.element.mark_slices();
            for slice in &mut member.slices {
                slice.mark_slices();
                slice.marks = member
                    .element
                    .slicing
                    .iter()
                    .flat_map(|slicing| slicing.marks(slice))
                    .collect();
            }
        }
    }
}

impl Member {
    fn of(name: &'static str) -> Self {
        let element = ElementRule {
            name,
            ..ElementRule::default()
        };
        Self {
            element,
            slices: Vec::new(),
        }
    }

    fn slice(&mut self, slice: &'static str, is_choice: bool) -> &mut ElementRule {
        let name = self.element.name;
        self.element
            .slicing
            .get_or_insert_with(|| Slicing::implied(name, is_choice));
        let known = self
            .slices
            .iter()
            .position(|rule| rule.slice == Some(slice));
        let at = known.unwrap_or_else(|| {
            self.slices.push(ElementRule {
                name,
                slice: Some(slice),
                ..ElementRule::default()
            });
            self.slices.len() - 1
        });
        &mut self.slices[at]
    }
}

/// A value cell holds JSON, which a test asserts.
fn expected(kind: &str, value: &str) -> Option<Expected> {
    let value = serde_json::from_str(value).ok()?;
    match kind {
        "fixed" => Some(Expected::Fixed(value)),
        "pattern" => Some(Expected::Pattern(value)),
        _ => None,
    }
}
