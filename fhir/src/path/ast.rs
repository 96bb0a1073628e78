//! The compiled form of an expression.

use super::decimal::Decimal;
use super::function::Function;
use super::item::TypeSpecifier;
use super::pattern::Pattern;
use super::quantity::Quantity;
use super::temporal::{Date, DateTime, Time};
use crate::definition::{Symbol, Type};

/// An expression. Names of elements, functions and types are looked up when it is parsed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Literal(Literal),
    /// What a path without a start begins at.
    Focus,
    /// `$this`
    This,
    /// `$index`
    Index,
    /// `$total`
    Total,
    /// The name of a type at the start: the focus, if it has that type.
    Root(&'static Type),
    Variable(Variable),
    Path(Box<Expression>, Vec<Step>),
    /// A number or quantity with a sign; true for minus.
    Sign(bool, Box<Expression>),
    Binary(Operator, Box<(Expression, Expression)>),
    /// `is` and `as` as operators.
    Typed(Typing, Box<Expression>, TypeSpecifier),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Member(Member),
    At(Expression),
    Typed(Typing, TypeSpecifier),
    Call(Call),
}

/// What is done with a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typing {
    Is,
    As,
    OfType,
}

/// A step to the elements of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// The name with an underscore before it.
    underscored: String,
    pub(super) symbol: Option<Symbol>,
}

impl Member {
    pub(super) fn new(name: &str) -> Self {
        Self {
            underscored: format!("_{name}"),
            symbol: Symbol::of(name),
        }
    }

    pub(super) fn name(&self) -> &str {
        self.underscored.get(1..).unwrap_or_default()
    }

    pub(super) fn sibling_name(&self) -> &str {
        &self.underscored
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) function: &'static Function,
    pub(super) arguments: Vec<Expression>,
    /// The first argument as a regular expression, where it is a literal.
    pub(super) pattern: Option<Pattern>,
}

/// `%name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    /// The text it stands for everywhere: code systems, value sets and extensions.
    pub(super) constant: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    /// `{}`
    Empty,
    Boolean(bool),
    Text(String),
    Integer(i32),
    Decimal(Decimal),
    Date(Date),
    DateTime(DateTime),
    Time(Time),
    Quantity(Quantity<'static>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Multiply,
    Divide,
    Quotient,
    Remainder,
    Add,
    Subtract,
    Concatenate,
    Union,
    LessOrEqual,
    Less,
    Greater,
    GreaterOrEqual,
    Equal,
    Equivalent,
    NotEqual,
    NotEquivalent,
    In,
    Contains,
    And,
    Xor,
    Or,
    Implies,
}

impl Operator {
    pub(super) fn symbol(self) -> &'static str {
        OPERATORS
            .iter()
            .find(|row| row.1 == self)
            .map_or("", |row| row.0)
    }

    /// How tightly it binds; greater binds tighter.
    pub(super) fn precedence(self) -> u8 {
        OPERATORS
            .iter()
            .find(|row| row.1 == self)
            .map_or(0, |row| row.2)
    }
}

/// How tightly `is` and `as` bind.
pub(super) const TYPE_PRECEDENCE: u8 = 8;
/// How tightly a sign binds.
pub(super) const SIGN_PRECEDENCE: u8 = 11;

/// Symbol, operator, precedence. <http://hl7.org/fhirpath/N1/#operator-precedence>
pub(super) const OPERATORS: [(&str, Operator, u8); 22] = [
    ("*", Operator::Multiply, 10),
    ("/", Operator::Divide, 10),
    ("div", Operator::Quotient, 10),
    ("mod", Operator::Remainder, 10),
    ("+", Operator::Add, 9),
    ("-", Operator::Subtract, 9),
    ("&", Operator::Concatenate, 9),
    ("|", Operator::Union, 7),
    ("<=", Operator::LessOrEqual, 6),
    ("<", Operator::Less, 6),
    (">", Operator::Greater, 6),
    (">=", Operator::GreaterOrEqual, 6),
    ("=", Operator::Equal, 5),
    ("~", Operator::Equivalent, 5),
    ("!=", Operator::NotEqual, 5),
    ("!~", Operator::NotEquivalent, 5),
    ("in", Operator::In, 4),
    ("contains", Operator::Contains, 4),
    ("and", Operator::And, 3),
    ("xor", Operator::Xor, 2),
    ("or", Operator::Or, 2),
    ("implies", Operator::Implies, 1),
];
