//! From text to the compiled form, by precedence climbing.

use super::MAX_DEPTH;
use super::ast::{Expression, OPERATORS, Operator, SIGN_PRECEDENCE, Step, TYPE_PRECEDENCE, Typing};
use super::error::PathError;
use super::item::{Namespace, TypeSpecifier};
use super::lexer::{self, Lexeme, Token};

/// Parses a whole expression.
pub(super) fn expression(text: &str) -> Result<Expression, PathError> {
    let mut parser = Parser {
        lexemes: lexer::tokens(text)?,
        at: 0,
        depth: 0,
    };
    let parsed = parser.expression(0)?;
    match parser.token() {
        Token::End => Ok(parsed.expression),
        _ => Err(parser.fault("an operator or the end")),
    }
}

/// An expression and the height of its tree, which bounds the recursion of everything that walks it.
pub(super) struct Tall {
    pub(super) expression: Expression,
    pub(super) height: usize,
}

impl Tall {
    pub(super) fn leaf(expression: Expression) -> Self {
        Self {
            expression,
            height: 1,
        }
    }

    pub(super) fn above(height: usize, expression: Expression) -> Result<Self, PathError> {
        if height >= MAX_DEPTH {
            return Err(PathError::TooDeep);
        }
        Ok(Self {
            expression,
            height: height + 1,
        })
    }
}

enum Infix {
    Binary(Operator),
    Typed(Typing),
}

/// The tokens and how far they have been read.
pub(super) struct Parser<'t> {
    pub(super) lexemes: Vec<Lexeme<'t>>,
    pub(super) at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn token(&self) -> &Token<'t> {
        self.lexemes
            .get(self.at)
            .map_or(&Token::End, |lexeme| &lexeme.token)
    }

    pub(super) fn next(&mut self) -> Token<'t> {
        let token = self.token().clone();
        self.at += 1;
        token
    }

    pub(super) fn fault(&self, expected: &'static str) -> PathError {
        let last = self.lexemes.last().map_or(0, |lexeme| lexeme.offset);
        let offset = self
            .lexemes
            .get(self.at)
            .map_or(last, |lexeme| lexeme.offset);
        PathError::Syntax { offset, expected }
    }

    pub(super) fn skip(&mut self, symbol: &str) -> bool {
        let found = matches!(self.token(), Token::Symbol(found) if *found == symbol);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, symbol: &'static str) -> Result<(), PathError> {
        if self.skip(symbol) {
            Ok(())
        } else {
            Err(self.fault(symbol))
        }
    }

    /// An expression of operators that bind at least as tightly as `least`.
    pub(super) fn expression(&mut self, least: u8) -> Result<Tall, PathError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PathError::TooDeep);
        }
        let mut left = self.operand()?;
        while let Some(infix) = self.infix(least) {
            self.at += 1;
            left = self.combine(left, &infix)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn infix(&self, least: u8) -> Option<Infix> {
        let word = match self.token() {
            Token::Word(word) => *word,
            Token::Symbol(symbol) => *symbol,
            _ => return None,
        };
        let (infix, precedence) = match word {
            "is" => (Infix::Typed(Typing::Is), TYPE_PRECEDENCE),
            "as" => (Infix::Typed(Typing::As), TYPE_PRECEDENCE),
            _ => {
                let row = OPERATORS.iter().find(|row| row.0 == word)?;
                (Infix::Binary(row.1), row.2)
            }
        };
        (precedence >= least).then_some(infix)
    }

    fn combine(&mut self, left: Tall, infix: &Infix) -> Result<Tall, PathError> {
        match infix {
            Infix::Typed(typing) => {
                let ty = self.type_specifier()?;
                let operand = Box::new(left.expression);
                Tall::above(left.height, Expression::Typed(*typing, operand, ty))
            }
            Infix::Binary(operator) => {
                let right = self.expression(operator.precedence() + 1)?;
                let height = left.height.max(right.height);
                let operands = Box::new((left.expression, right.expression));
                Tall::above(height, Expression::Binary(*operator, operands))
            }
        }
    }

    /// A term with its steps, or a sign before one.
    fn operand(&mut self) -> Result<Tall, PathError> {
        let is_minus = self.skip("-");
        if is_minus || self.skip("+") {
            let signed = self.expression(SIGN_PRECEDENCE)?;
            let operand = Box::new(signed.expression);
            return Tall::above(signed.height, Expression::Sign(is_minus, operand));
        }
        let head = self.term()?;
        self.steps(head)
    }

    fn steps(&mut self, head: Tall) -> Result<Tall, PathError> {
        let mut height = head.height;
        let (head, mut steps) = match head.expression {
            Expression::Path(head, steps) => (head, steps),
            other => (Box::new(other), Vec::new()),
        };
        loop {
            let (step, tall) = if self.skip(".") {
                self.invocation()?
            } else if self.skip("[") {
                let index = self.expression(0)?;
                self.expect("]")?;
                (Step::At(index.expression), index.height)
            } else {
                break;
            };
            height = height.max(tall);
            steps.push(step);
        }
        if steps.is_empty() {
            return Ok(Tall {
                expression: *head,
                height,
            });
        }
        Tall::above(height, Expression::Path(head, steps))
    }

    pub(super) fn type_specifier(&mut self) -> Result<TypeSpecifier, PathError> {
        let name = self.name("the name of a type")?;
        let namespace = match name.as_str() {
            "FHIR" => Some(Namespace::Fhir),
            "System" => Some(Namespace::System),
            _ => None,
        };
        if namespace.is_some() && self.skip(".") {
            return Ok(TypeSpecifier::new(
                namespace,
                self.name("the name of a type")?,
            ));
        }
        Ok(TypeSpecifier::new(None, name))
    }
}
