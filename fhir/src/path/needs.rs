//! What a resource must have for a path to yield anything: whoever evaluates many paths over one
//! resource leaves out most of them by it.

use std::collections::BTreeSet;

use super::Path;
use super::ast::{Expression, Operator, Step, Typing};
use super::item::TypeSpecifier;
use crate::definition::Type;

/// Functions that yield nothing where there is nothing.
const STRICT: &[&str] = &["where", "resolve", "first", "last", "extension", "select"];

/// What a path needs of the node that it is evaluated on.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Needs {
    /// Whether it may yield something whatever the node has, by a function such as `exists()`.
    pub nothing: bool,
    /// Whether it may yield the node itself.
    pub itself: bool,
    /// Keys of the JSON form, without a leading underscore (`valueQuantity`): of all else it yields
    /// nothing where the node has none of them.
    pub keys: BTreeSet<String>,
}

impl Needs {
    fn nothing() -> Self {
        Self {
            nothing: true,
            ..Self::default()
        }
    }

    fn itself() -> Self {
        Self {
            itself: true,
            ..Self::default()
        }
    }

    /// Whether it yields nothing at all where the node has none of the keys.
    pub fn is_a_key(&self) -> bool {
        !self.nothing && !self.itself
    }

    /// What one of two paths needs.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.nothing |= other.nothing;
        self.itself |= other.itself;
        self.keys.extend(other.keys);
        self
    }
}

impl Path {
    /// What the path needs of a node of a type.
    pub fn needs(&self, ty: &Type) -> Needs {
        of(&self.expression, ty, None)
    }
}

/// What an expression needs of a node, if only results of a type are taken.
fn of(expression: &Expression, ty: &Type, only: Option<&TypeSpecifier>) -> Needs {
    match expression {
        Expression::Path(head, steps) => path(head, steps, ty, only),
        Expression::Typed(Typing::As | Typing::OfType, operand, wanted) => {
            of(operand, ty, only.or(Some(wanted)))
        }
        Expression::Binary(Operator::Union, operands) => {
            of(&operands.0, ty, only).or(of(&operands.1, ty, only))
        }
        Expression::Focus | Expression::This | Expression::Root(_) => Needs::itself(),
        _ => Needs::nothing(),
    }
}

fn path(head: &Expression, steps: &[Step], ty: &Type, only: Option<&TypeSpecifier>) -> Needs {
    let starts_here = matches!(
        head,
        Expression::Focus | Expression::This | Expression::Root(_)
    );
    let (needs, rest) = match steps {
        [Step::Member(member), rest @ ..] if starts_here => {
            let wanted = match rest {
                [] => only,
                [Step::Typed(Typing::As | Typing::OfType, wanted), ..] => Some(wanted),
                _ => None,
            };
            (keys(ty, member.name(), wanted), rest)
        }
        _ => (of(head, ty, None), steps),
    };
    match (rest.iter().all(is_strict), needs.itself) {
        (true, false) => needs,
        // Steps from the node itself lead to anything it has.
        _ => Needs::nothing(),
    }
}

/// Whether a step yields nothing where there is nothing.
fn is_strict(step: &Step) -> bool {
    match step {
        Step::Member(_) | Step::At(_) | Step::Typed(..) => true,
        Step::Call(call) => STRICT.contains(&call.function.name),
    }
}

/// The keys of the JSON form in which an element may stand.
fn keys(ty: &Type, name: &str, wanted: Option<&TypeSpecifier>) -> Needs {
    let element = ty.element(name);
    let keys = match element.filter(|element| element.member_type().is_none()) {
        None => element.iter().map(|_| name.to_owned()).collect(),
        Some(choice) => (choice.member_types())
            .filter(|ty| wanted.is_none_or(|wanted| wanted.covers(ty)))
            .map(|ty| format!("{name}{}", capitalized(ty.name)))
            .collect(),
    };
    Needs {
        keys,
        ..Needs::default()
    }
}

fn capitalized(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition;

    fn needs(ty: &str, path: &str) -> Option<Vec<String>> {
        let needs = Path::parse(path)
            .unwrap()
            .needs(definition::find(ty).unwrap());
        needs.is_a_key().then(|| needs.keys.into_iter().collect())
    }

    #[test]
    fn a_path_needs_the_elements_that_it_begins_with() {
        for (ty, path, keys) in [
            ("Observation", "Observation.code", &["code"][..]),
            ("Observation", "Resource.meta.tag", &["meta"]),
            (
                "Observation",
                "Observation.code | Observation.component.code",
                &["code", "component"],
            ),
            (
                "Observation",
                "(Observation.value as Quantity) | (Observation.value as SampledData)",
                &["valueQuantity", "valueSampledData"],
            ),
            (
                "Observation",
                "(value as CodeableConcept).text",
                &["valueCodeableConcept"],
            ),
            ("Observation", "value.as(DateTime)", &["valueDateTime"]),
            (
                "Observation",
                "effective",
                &[
                    "effectiveDateTime",
                    "effectiveInstant",
                    "effectivePeriod",
                    "effectiveTiming",
                ],
            ),
            (
                "Observation",
                "Observation.subject.where(resolve() is Patient)",
                &["subject"],
            ),
            ("Observation", "Observation.nothing", &[]),
            (
                "Observation.component",
                "value.as(Quantity)",
                &["valueQuantity"],
            ),
        ] {
            assert_eq!(needs(ty, path).unwrap(), keys, "{path}");
        }
    }

    #[test]
    fn a_node_itself_needs_no_key() {
        let observation = definition::find("Observation").unwrap();
        let path = Path::parse("Observation | Observation.component").unwrap();
        let needs = path.needs(observation);
        assert!(needs.itself && !needs.nothing && !needs.is_a_key());
        assert_eq!(needs.keys.into_iter().collect::<Vec<_>>(), ["component"]);
    }

    #[test]
    fn what_may_come_of_nothing_needs_nothing() {
        for path in [
            "Patient",
            "'x'",
            "Patient.deceased.exists() and Patient.deceased != false",
            "name.count()",
            "name | Patient",
            "%resource.name",
            "name.where(use = 'official').exists()",
            "iif(name, 1, 2)",
            "(Patient | name).children()",
        ] {
            assert_eq!(needs("Patient", path), None, "{path}");
        }
    }
}
