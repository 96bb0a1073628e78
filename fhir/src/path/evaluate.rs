//! Walking the compiled form.

use std::cell::Cell;

use super::ast::{Call, Expression, Literal, Operator, Step, Typing, Variable};
use super::environment::{Environment, Surroundings};
use super::error::PathError;
use super::function::Invocation;
use super::item::{Item, TypeSpecifier};
use super::node::Node;
use super::{arithmetic, equality, logic, order};

pub(super) type Answer<'a> = Result<Vec<Item<'a>>, PathError>;

/// Items, letters and comparisons an evaluation may cost.
const BUDGET: u32 = 20_000_000;

/// What stays the same during an evaluation.
pub(super) struct Evaluator<'x, 'a> {
    pub(super) surroundings: &'x dyn Surroundings<'a>,
    pub(super) now: Option<chrono::DateTime<chrono::FixedOffset>>,
    /// Minutes east of UTC for moments without an offset.
    pub(super) offset: i16,
    pub(super) root_resource: Node<'a>,
    resource: Node<'a>,
    context: Node<'a>,
    budget: Cell<u32>,
}

/// What a step inwards changes.
#[derive(Clone, Copy)]
pub(super) struct Frame<'x, 'a> {
    /// What paths start from, and `$this`.
    pub(super) focus: &'x [Item<'a>],
    pub(super) index: Option<usize>,
    pub(super) total: &'x [Item<'a>],
}

/// Evaluates an expression on a node.
pub(super) fn evaluate<'a, 'e: 'a>(
    expression: &'a Expression,
    context: &Node<'a>,
    environment: &Environment<'e>,
) -> Answer<'a> {
    let resource = environment.resource.unwrap_or(*context);
    let evaluator = Evaluator {
        surroundings: environment,
        now: environment.now,
        offset: environment.offset(),
        root_resource: environment.root_resource.unwrap_or(resource),
        resource,
        context: *context,
        budget: Cell::new(environment.budget.unwrap_or(BUDGET)),
    };
    let focus = [Item::Node(*context)];
    evaluator.evaluate(
        expression,
        &Frame {
            focus: &focus,
            index: None,
            total: &[],
        },
    )
}

impl<'a> Evaluator<'_, 'a> {
    /// Takes note of work done.
    pub(super) fn spend(&self, cost: usize) -> Result<(), PathError> {
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        let left = self
            .budget
            .get()
            .checked_sub(cost)
            .ok_or(PathError::TooCostly)?;
        self.budget.set(left);
        Ok(())
    }

    pub(super) fn evaluate(&self, expression: &'a Expression, frame: &Frame<'_, 'a>) -> Answer<'a> {
        self.spend(1)?;
        match expression {
            Expression::Path(head, steps) => self.path(head, steps, frame),
            Expression::Literal(literal) => Ok(literal.item().into_iter().collect()),
            Expression::Focus | Expression::This => Ok(frame.focus.to_vec()),
            Expression::Root(ty) => {
                let has_type = |item: &&Item<'_>| item.fhir_type().is_some_and(|own| own.is_a(ty));
                Ok(frame.focus.iter().filter(has_type).cloned().collect())
            }
            Expression::Binary(operator, operands) => self.binary(*operator, operands, frame),
            Expression::Typed(typing, operand, ty) => {
                typed(*typing, ty, &self.evaluate(operand, frame)?)
            }
            Expression::Variable(variable) => self.variable(variable),
            Expression::Sign(is_minus, operand) => {
                arithmetic::signed(*is_minus, &self.evaluate(operand, frame)?)
            }
            Expression::Index => Ok(frame.index.map(index_item).into_iter().collect()),
            Expression::Total => Ok(frame.total.to_vec()),
        }
    }

    fn path(&self, head: &'a Expression, steps: &'a [Step], frame: &Frame<'_, 'a>) -> Answer<'a> {
        let Some((first, rest)) = steps.split_first() else {
            return self.evaluate(head, frame);
        };
        let mut items = match head {
            Expression::Focus | Expression::This => self.step(first, frame.focus, frame)?,
            head => self.step(first, &self.evaluate(head, frame)?, frame)?,
        };
        for step in rest {
            items = self.step(step, &items, frame)?;
        }
        Ok(items)
    }

    fn step(&self, step: &'a Step, input: &[Item<'a>], frame: &Frame<'_, 'a>) -> Answer<'a> {
        match step {
            Step::Member(member) => {
                let mut items = Vec::new();
                for item in input {
                    match item {
                        Item::Node(node) => {
                            node.each_member(member, &mut |node| items.push(Item::Node(node)));
                        }
                        other => items.extend(other.field(member.name())),
                    }
                }
                self.spend(input.len() + items.len())?;
                Ok(items)
            }
            Step::At(index) => {
                let index = arithmetic::whole(&self.evaluate(index, frame)?, "[]")?;
                let at = index.and_then(|index| usize::try_from(index).ok());
                Ok(at
                    .and_then(|at| input.get(at))
                    .cloned()
                    .into_iter()
                    .collect())
            }
            Step::Typed(typing, ty) => typed(*typing, ty, input),
            Step::Call(call) => self.call(call, input, frame),
        }
    }

    fn call(&self, call: &'a Call, input: &[Item<'a>], frame: &Frame<'_, 'a>) -> Answer<'a> {
        self.spend(input.len())?;
        let invocation = Invocation {
            evaluator: self,
            call,
            input,
            frame: *frame,
        };
        (call.function.apply)(&invocation)
    }

    fn variable(&self, variable: &'a Variable) -> Answer<'a> {
        if let Some(constant) = &variable.constant {
            return Ok(vec![Item::text(constant)]);
        }
        match variable.name.as_str() {
            "resource" => Ok(vec![Item::Node(self.resource)]),
            "context" => Ok(vec![Item::Node(self.context)]),
            "rootResource" => Ok(vec![Item::Node(self.root_resource)]),
            name => self
                .surroundings
                .variable(name)
                .ok_or_else(|| PathError::UnknownVariable(name.to_owned())),
        }
    }

    fn binary(
        &self,
        operator: Operator,
        operands: &'a (Expression, Expression),
        frame: &Frame<'_, 'a>,
    ) -> Answer<'a> {
        let left = self.evaluate(&operands.0, frame)?;
        if logic::is_decided(operator, &left)? {
            return Ok(vec![logic::decided(operator)]);
        }
        let right = self.evaluate(&operands.1, frame)?;
        self.operate(operator, left, right)
    }

    fn operate(&self, operator: Operator, left: Vec<Item<'a>>, right: Vec<Item<'a>>) -> Answer<'a> {
        let value = match operator {
            Operator::Union => return self.union(left, right),
            Operator::Equal => equality::equal(&left, &right, self)?,
            Operator::NotEqual => equality::equal(&left, &right, self)?.map(|equal| !equal),
            Operator::Equivalent => Some(equality::equivalent(&left, &right, self)?),
            Operator::NotEquivalent => Some(!equality::equivalent(&left, &right, self)?),
            Operator::In => equality::contains(&right, &left, operator, self)?,
            Operator::Contains => equality::contains(&left, &right, operator, self)?,
            Operator::And | Operator::Or | Operator::Xor | Operator::Implies => {
                logic::combine(operator, &left, &right)?
            }
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => order::holds(operator, &left, &right, self)?,
            _ => return arithmetic::operate(operator, &left, &right, self),
        };
        Ok(value.map(Item::Boolean).into_iter().collect())
    }

    /// Both collections without duplicates.
    pub(super) fn union(&self, mut left: Vec<Item<'a>>, right: Vec<Item<'a>>) -> Answer<'a> {
        left.extend(right);
        equality::distinct(left, self)
    }
}

/// A single-item collection as a boolean: an item that is none counts as true, empty as unknown.
/// <http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections>
pub(super) fn truth(items: &[Item<'_>], what: &'static str) -> Result<Option<bool>, PathError> {
    match items {
        [] => Ok(None),
        [item] => Ok(Some(item.as_boolean().unwrap_or(true))),
        _ => Err(PathError::NotSingle(what)),
    }
}

/// `as` on several items keeps those of the type, as published search parameters expect of it,
/// although N1 would refuse it; `is` needs a single item.
fn typed<'a>(typing: Typing, ty: &TypeSpecifier, items: &[Item<'a>]) -> Answer<'a> {
    match (typing, items) {
        (Typing::Is, []) => Ok(Vec::new()),
        (Typing::Is, [item]) => Ok(vec![Item::Boolean(ty.accepts(item))]),
        (Typing::Is, _) => Err(PathError::NotSingle("is")),
        _ => Ok(items
            .iter()
            .filter(|item| ty.selects(item))
            .cloned()
            .collect()),
    }
}

fn index_item<'a>(index: usize) -> Item<'a> {
    Item::Integer(i32::try_from(index).unwrap_or(i32::MAX))
}

impl Literal {
    fn item(&self) -> Option<Item<'_>> {
        match self {
            Self::Empty => None,
            Self::Boolean(value) => Some(Item::Boolean(*value)),
            Self::Text(text) => Some(Item::text(text)),
            Self::Integer(value) => Some(Item::Integer(*value)),
            Self::Decimal(value) => Some(Item::Decimal(*value)),
            Self::Date(date) => Some(Item::Date(*date)),
            Self::DateTime(date_time) => Some(Item::DateTime(*date_time)),
            Self::Time(time) => Some(Item::Time(*time)),
            Self::Quantity(quantity) => Some(Item::Quantity(Box::new(quantity.clone()))),
        }
    }
}
