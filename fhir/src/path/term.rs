//! The terms of an expression: literals, variables, names and calls.

use super::ast::{Call, Expression, Literal, Member, Step, Typing, Variable};
use super::decimal::Decimal;
use super::error::PathError;
use super::function::{self, Function};
use super::lexer::Token;
use super::parse::{Parser, Tall};
use super::pattern::Pattern;
use super::quantity::Quantity;
use super::temporal_text::Temporal;
use super::unit;
use crate::definition;

/// Words that are no names unless between backticks.
pub(super) const RESERVED: [&str; 8] =
    ["and", "or", "xor", "implies", "div", "mod", "true", "false"];

impl Parser<'_> {
    pub(super) fn term(&mut self) -> Result<Tall, PathError> {
        if self.skip("(") {
            let inner = self.expression(0)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if let Some(literal) = self.literal()? {
            return Ok(Tall::leaf(Expression::Literal(literal)));
        }
        match self.token().clone() {
            Token::Special(name) => {
                self.at += 1;
                Ok(Tall::leaf(special(name)))
            }
            Token::Variable(name) => {
                self.at += 1;
                Ok(Tall::leaf(Expression::Variable(variable(name))))
            }
            Token::Word(name) if self.is_root(name) => self.root(name),
            _ => {
                let (step, height) = self.invocation()?;
                Tall::above(
                    height,
                    Expression::Path(Box::new(Expression::Focus), vec![step]),
                )
            }
        }
    }

    /// Whether a name at the start of a path is that of a type.
    fn is_root(&self, name: &str) -> bool {
        let next = self.lexemes.get(self.at + 1).map(|lexeme| &lexeme.token);
        next != Some(&Token::Symbol("(")) && root(name).is_some()
    }

    fn root(&mut self, name: &str) -> Result<Tall, PathError> {
        let ty = root(name).ok_or_else(|| self.fault("a type"))?;
        self.at += 1;
        Ok(Tall::leaf(Expression::Root(ty)))
    }

    fn literal(&mut self) -> Result<Option<Literal>, PathError> {
        let literal = match self.token().clone() {
            Token::Word("true") => Literal::Boolean(true),
            Token::Word("false") => Literal::Boolean(false),
            Token::Text(text) => Literal::Text(text),
            Token::Temporal(Temporal::Date(date)) => Literal::Date(date),
            Token::Temporal(Temporal::DateTime(date_time)) => Literal::DateTime(date_time),
            Token::Temporal(Temporal::Time(time)) => Literal::Time(time),
            Token::Number(number) => return self.number(number).map(Some),
            Token::Symbol("{") => {
                self.at += 1;
                return self.expect("}").map(|()| Some(Literal::Empty));
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(literal))
    }

    /// A number, or a quantity if a unit follows.
    fn number(&mut self, text: &str) -> Result<Literal, PathError> {
        let value = Decimal::parse(text).ok_or_else(|| self.fault("a number of fewer digits"))?;
        self.at += 1;
        let quantity = match self.token().clone() {
            Token::Text(code) => Some(Quantity::ucum(value, code)),
            Token::Word(word) => unit::calendar(word).map(|word| Quantity {
                value,
                unit: word.into(),
                is_calendar: true,
            }),
            _ => None,
        };
        if let Some(quantity) = quantity {
            self.at += 1;
            return Ok(Literal::Quantity(quantity));
        }
        Ok(text
            .parse()
            .map_or(Literal::Decimal(value), Literal::Integer))
    }

    /// A name or a function call; also says how tall the arguments are.
    pub(super) fn invocation(&mut self) -> Result<(Step, usize), PathError> {
        let name = self.name("a name, a literal or `(`")?;
        if self.skip("(") {
            return self.call(&name);
        }
        Ok((Step::Member(Member::new(&name)), 0))
    }

    pub(super) fn name(&mut self, expected: &'static str) -> Result<String, PathError> {
        let fault = self.fault(expected);
        match self.next() {
            Token::Word(word) if !RESERVED.contains(&word) => Ok(word.to_owned()),
            Token::Delimited(name) => Ok(name),
            _ => Err(fault),
        }
    }

    fn call(&mut self, name: &str) -> Result<(Step, usize), PathError> {
        let typing = match name {
            "is" => Some(Typing::Is),
            "as" => Some(Typing::As),
            "ofType" => Some(Typing::OfType),
            _ => None,
        };
        if let Some(typing) = typing {
            let ty = self.type_specifier()?;
            self.expect(")")?;
            return Ok((Step::Typed(typing, ty), 0));
        }
        let function =
            function::find(name).ok_or_else(|| PathError::UnknownFunction(name.to_owned()))?;
        let (arguments, height) = self.arguments(function)?;
        let pattern = pattern(function, &arguments)?;
        Ok((
            Step::Call(Call {
                function,
                arguments,
                pattern,
            }),
            height,
        ))
    }

    fn arguments(
        &mut self,
        function: &'static Function,
    ) -> Result<(Vec<Expression>, usize), PathError> {
        let (mut arguments, mut height) = (Vec::new(), 0);
        while !self.skip(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            let argument = self.expression(0)?;
            height = height.max(argument.height);
            arguments.push(argument.expression);
        }
        if (function.least..=function.most).contains(&arguments.len()) {
            return Ok((arguments, height));
        }
        Err(PathError::Arguments(function.name, arguments.len()))
    }
}

/// The type a path may start with. Names of elements begin with a small letter.
pub(super) fn root(name: &str) -> Option<&'static definition::Type> {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        .then(|| definition::find(name))
        .flatten()
}

fn special(name: &str) -> Expression {
    match name {
        "index" => Expression::Index,
        "total" => Expression::Total,
        _ => Expression::This,
    }
}

/// <http://hl7.org/fhir/R4/fhirpath.html#variables>
fn variable(name: String) -> Variable {
    let constant = match name.as_str() {
        "ucum" => Some("http://unitsofmeasure.org".to_owned()),
        "sct" => Some("http://snomed.info/sct".to_owned()),
        "loinc" => Some("http://loinc.org".to_owned()),
        name => {
            let definition = |prefix, kind| {
                let id = name.strip_prefix(prefix)?;
                Some(format!("http://hl7.org/fhir/{kind}/{id}"))
            };
            definition("vs-", "ValueSet").or_else(|| definition("ext-", "StructureDefinition"))
        }
    };
    Variable { name, constant }
}

/// Compiles a regular expression that is written as a literal.
fn pattern(function: &Function, arguments: &[Expression]) -> Result<Option<Pattern>, PathError> {
    match arguments.first() {
        Some(Expression::Literal(Literal::Text(text))) if function.takes_pattern => {
            Pattern::parse(text).map(Some)
        }
        _ => Ok(None),
    }
}
