//! A path as several that are simpler: whoever evaluates many paths over one resource evaluates
//! what they have in common once.

use super::Path;
use super::ast::{Expression, Operator, Step, Typing};
use crate::definition::Type;

/// Functions that look at one item after the other, and at nothing else.
const ITEM_BY_ITEM: &[&str] = &["resolve", "extension"];

impl Path {
    /// The parts of which the path is the union, for nodes of a type, each in one spelling:
    /// `(Observation.value as Quantity)` and `value.as(Quantity)` are the same. What occurs in two
    /// parts is yielded twice by them and once by the path.
    #[must_use]
    pub fn alternatives(&self, ty: &Type) -> Vec<Path> {
        let parts = of(&self.expression, ty).into_iter();
        parts.map(|expression| Path { expression }).collect()
    }

    /// Whether the path is nothing but the node it is evaluated on.
    pub fn is_itself(&self) -> bool {
        self.expression == Expression::Focus
    }
}

fn of(expression: &Expression, ty: &Type) -> Vec<Expression> {
    match expression {
        Expression::Binary(Operator::Union, operands) => {
            [of(&operands.0, ty), of(&operands.1, ty)].concat()
        }
        Expression::Typed(Typing::As | Typing::OfType, operand, wanted) => {
            let step = Step::Typed(Typing::As, wanted.clone());
            let parts = of(operand, ty).into_iter();
            parts
                .map(|part| followed(part, std::slice::from_ref(&step)))
                .collect()
        }
        Expression::Path(head, steps) => {
            let parts = of(head, ty);
            if parts.len() > 1 && !steps.iter().all(is_item_by_item) {
                return vec![expression.clone()];
            }
            let steps: Vec<Step> = steps.iter().map(spelt).collect();
            let parts = parts.into_iter();
            parts.map(|part| followed(part, &steps)).collect()
        }
        Expression::This => vec![Expression::Focus],
        Expression::Root(root) if ty.is_a(root) => vec![Expression::Focus],
        _ => vec![expression.clone()],
    }
}

/// An expression with further steps.
fn followed(expression: Expression, more: &[Step]) -> Expression {
    match expression {
        Expression::Path(head, steps) => Expression::Path(head, [steps, more.to_vec()].concat()),
        head => Expression::Path(Box::new(head), more.to_vec()),
    }
}

/// A step in its usual spelling: `ofType` on a collection does what `as` does.
fn spelt(step: &Step) -> Step {
    match step {
        Step::Typed(Typing::OfType, wanted) => Step::Typed(Typing::As, wanted.clone()),
        step => step.clone(),
    }
}

fn is_item_by_item(step: &Step) -> bool {
    match step {
        Step::Member(_) | Step::Typed(Typing::As | Typing::OfType, _) => true,
        Step::Typed(Typing::Is, _) | Step::At(_) => false,
        Step::Call(call) => ITEM_BY_ITEM.contains(&call.function.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition;

    fn alternatives(path: &str) -> Vec<String> {
        let observation = definition::find("Observation").unwrap();
        let parts = Path::parse(path).unwrap().alternatives(observation);
        parts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_union_falls_into_its_parts_in_one_spelling() {
        for (path, parts) in [
            ("Observation.code", &["code"][..]),
            (
                "Observation.code | Observation.component.code",
                &["code", "component.code"],
            ),
            ("(Observation.value as Quantity)", &["value.as(Quantity)"]),
            (
                "(value as string) | (Observation.value.ofType(CodeableConcept)).text",
                &["value.as(string)", "value.as(CodeableConcept).text"],
            ),
            ("(code | method).coding", &["code.coding", "method.coding"]),
            (
                "Observation.subject.where(resolve() is Patient)",
                &["subject.where(resolve() is Patient)"],
            ),
            ("Resource.meta.tag", &["meta.tag"]),
            // What looks at all items at once stays whole, and so does the name of another type.
            ("(code | method).first()", &["(code | method).first()"]),
            ("Observation.category.first()", &["category.first()"]),
            ("(code | method)[0]", &["(code | method)[0]"]),
            (
                "(code | method).where($index = 0)",
                &["(code | method).where($index = 0)"],
            ),
            ("Patient.name", &["Patient.name"]),
            (
                "code.exists() and value.exists()",
                &["code.exists() and value.exists()"],
            ),
        ] {
            assert_eq!(alternatives(path), parts, "{path}");
        }
    }

    #[test]
    fn the_node_itself_is_told_from_what_it_has() {
        let observation = definition::find("Observation").unwrap();
        let path = Path::parse("Observation | Observation.component").unwrap();
        let itself = path.alternatives(observation);
        let itself: Vec<bool> = itself.iter().map(Path::is_itself).collect();
        assert_eq!(itself, [true, false]);
    }
}
