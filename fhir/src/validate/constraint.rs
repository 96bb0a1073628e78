//! Evaluating constraints. <http://hl7.org/fhir/R4/conformance-rules.html#constraints>

use super::issue::{Code, Issue, Severity};
use super::place::Place;
use super::rules::{Constraint, Rules};
use super::walk::{Frame, Scope, Walk};
use super::wording::quoted;
use crate::path::{Environment, Item, Node, Path, PathError};

impl<'v> Walk<'v> {
    /// Evaluates the constraints of an element, and those that its type puts on single members.
    pub(super) fn constraints(&mut self, frame: &Frame<'_, 'v>, node: Node<'v>) {
        let rules = Rules::of(frame.ty);
        for constraint in &rules.constraints {
            self.constraint(constraint, &node, frame.place, frame.scope);
        }
        for (element, constraints) in &rules.of_members {
            let place = frame.place.member(element.name);
            for (at, member) in node.members(element.name).iter().enumerate() {
                let index = place.index(at);
                let place = if element.repeats() { &index } else { &place };
                for constraint in constraints {
                    self.constraint(constraint, member, place, frame.scope);
                }
            }
        }
    }

    fn constraint(
        &mut self,
        constraint: &'static Constraint,
        node: &Node<'v>,
        place: &Place<'_>,
        scope: &Scope<'v>,
    ) {
        if self.has_given_up {
            return;
        }
        let severity = match constraint.is_best_practice() {
            true if !self.options.best_practices => return,
            true => Severity::Information,
            false => constraint.severity,
        };
        let issue = match is_met(constraint.path(), node, scope) {
            Ok(true) => return,
            Ok(false) => {
                let what = format!(
                    "The constraint {} is not met: {}",
                    constraint.key, constraint.expression
                );
                Issue::rule(Code::Invariant, place, what).of_severity(severity)
            }
            Err(error) => {
                self.has_given_up = error == PathError::TooCostly;
                unevaluated(constraint.key, &error, place)
            }
        };
        self.issues.push(issue);
    }
}

/// Whether the constraint holds. An empty result is no violation: the expression then speaks of
/// something that is not there, or compares what cannot be compared (a month with a day in it).
pub(super) fn is_met<'v>(
    path: Result<&'static Path, &'static PathError>,
    node: &Node<'v>,
    scope: &Scope<'v>,
) -> Result<bool, PathError> {
    let environment = Environment {
        resource: Some(scope.resource),
        root_resource: Some(scope.root),
        ..Environment::default()
    };
    let path = path.map_err(PathError::clone)?;
    match path.evaluate(node, &environment)?.as_slice() {
        [] => Ok(true),
        [item] => Ok(Item::as_boolean(item).unwrap_or(true)),
        _ => Err(PathError::NotSingle("constraint")),
    }
}

/// What is reported when there is no result. A resource too large for what the constraint
/// compares is itself at fault; anything else is a defect of the validator.
pub(super) fn unevaluated(key: &str, error: &PathError, place: &Place<'_>) -> Issue {
    let what = format!(
        "The constraint {key} could not be evaluated: {}.",
        quoted(&error.to_string())
    );
    match error {
        PathError::TooCostly => Issue::rule(Code::TooCostly, place, what),
        _ => Issue::rule(Code::Exception, place, what).of_severity(Severity::Warning),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_too_large_to_judge_is_refused_and_a_defect_is_reported() {
        let place = Place::root("Period");
        let issue = |error| unevaluated("per-1", &error, &place);
        let costly = issue(PathError::TooCostly);
        assert!(costly.is_error() && costly.code == Code::TooCostly);
        let defect = issue(PathError::NotSingle("is"));
        assert!(!defect.is_error() && defect.code == Code::Exception);
    }
}
