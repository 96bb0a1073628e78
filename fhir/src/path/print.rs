//! Writing the compiled form as text that parses to the same form.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{
    Call, Expression, Literal, Member, SIGN_PRECEDENCE, Step, TYPE_PRECEDENCE, Typing, Variable,
};
use super::item::{Namespace, TypeSpecifier};
use super::term::{RESERVED, root};

/// More than any operator binds.
const TERM_PRECEDENCE: u8 = SIGN_PRECEDENCE + 1;

impl Expression {
    fn precedence(&self) -> u8 {
        match self {
            Self::Binary(operator, _) => operator.precedence(),
            Self::Typed(..) => TYPE_PRECEDENCE,
            Self::Sign(..) => SIGN_PRECEDENCE,
            _ => TERM_PRECEDENCE,
        }
    }

    /// Writes parentheses around what binds less tightly than `least`.
    fn write(&self, formatter: &mut Formatter<'_>, least: u8) -> fmt::Result {
        if self.precedence() < least {
            write!(formatter, "({self})")
        } else {
            self.fmt(formatter)
        }
    }
}

impl Display for Expression {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Focus | Self::This => formatter.write_str("$this"),
            Self::Index => formatter.write_str("$index"),
            Self::Total => formatter.write_str("$total"),
            Self::Literal(literal) => literal.fmt(formatter),
            Self::Root(ty) => formatter.write_str(ty.path),
            Self::Variable(variable) => variable.fmt(formatter),
            Self::Path(head, steps) => write_path(formatter, head, steps),
            Self::Sign(is_minus, operand) => {
                formatter.write_char(if *is_minus { '-' } else { '+' })?;
                operand.write(formatter, SIGN_PRECEDENCE)
            }
            Self::Binary(operator, operands) => {
                let (left, right) = &**operands;
                left.write(formatter, operator.precedence())?;
                write!(formatter, " {} ", operator.symbol())?;
                right.write(formatter, operator.precedence() + 1)
            }
            Self::Typed(typing, operand, ty) => {
                operand.write(formatter, TYPE_PRECEDENCE)?;
                write!(formatter, " {} {ty}", typing.name())
            }
        }
    }
}

fn write_path(formatter: &mut Formatter<'_>, head: &Expression, steps: &[Step]) -> fmt::Result {
    let mut steps = steps.iter();
    if *head != Expression::Focus {
        head.write(formatter, TERM_PRECEDENCE)?;
    } else if let Some(first) = steps.next() {
        match first {
            Step::Member(member) if root(member.name()).is_some() => {
                write!(formatter, "`{}`", member.name())?;
            }
            first => first.fmt(formatter)?,
        }
    }
    for step in steps {
        if !matches!(step, Step::At(_)) {
            formatter.write_char('.')?;
        }
        step.fmt(formatter)?;
    }
    Ok(())
}

impl Typing {
    fn name(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::As => "as",
            Self::OfType => "ofType",
        }
    }
}

impl Display for Step {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(member) => member.fmt(formatter),
            Self::At(index) => write!(formatter, "[{index}]"),
            Self::Typed(typing, ty) => write!(formatter, "{}({ty})", typing.name()),
            Self::Call(call) => call.fmt(formatter),
        }
    }
}

impl Display for Member {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write_name(formatter, self.name())
    }
}

impl Display for Call {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}(", self.function.name)?;
        for (at, argument) in self.arguments.iter().enumerate() {
            let separator = if at > 0 { ", " } else { "" };
            write!(formatter, "{separator}{argument}")?;
        }
        formatter.write_char(')')
    }
}

impl Display for Variable {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_char('%')?;
        write_name(formatter, &self.name)
    }
}

impl Display for TypeSpecifier {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.namespace {
            Some(Namespace::Fhir) => formatter.write_str("FHIR.")?,
            Some(Namespace::System) => formatter.write_str("System.")?,
            None => {}
        }
        write_name(formatter, &self.name)
    }
}

impl Display for Literal {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("{}"),
            Self::Boolean(value) => value.fmt(formatter),
            Self::Text(text) => write_quoted(formatter, '\'', text),
            Self::Integer(value) => value.fmt(formatter),
            Self::Decimal(value) => value.fmt(formatter),
            Self::Date(date) => write!(formatter, "@{date}"),
            Self::DateTime(value) if value.time.is_some() => write!(formatter, "@{value}"),
            Self::DateTime(value) => write!(formatter, "@{value}T"),
            Self::Time(time) => write!(formatter, "@T{time}"),
            Self::Quantity(quantity) if quantity.is_calendar => quantity.fmt(formatter),
            Self::Quantity(quantity) => {
                write!(formatter, "{} ", quantity.value)?;
                write_quoted(formatter, '\'', &quantity.unit)
            }
        }
    }
}

/// Writes a name between backticks where it could not stand alone.
fn write_name(formatter: &mut Formatter<'_>, name: &str) -> fmt::Result {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_plain = name.chars().all(is_word)
        && name.starts_with(|first: char| !first.is_ascii_digit())
        && !RESERVED.contains(&name);
    if is_plain {
        formatter.write_str(name)
    } else {
        write_quoted(formatter, '`', name)
    }
}

fn write_quoted(formatter: &mut Formatter<'_>, quote: char, text: &str) -> fmt::Result {
    formatter.write_char(quote)?;
    for letter in text.chars() {
        match letter {
            '\n' => formatter.write_str("\\n")?,
            '\r' => formatter.write_str("\\r")?,
            '\t' => formatter.write_str("\\t")?,
            '\\' => formatter.write_str("\\\\")?,
            letter if letter == quote => write!(formatter, "\\{letter}")?,
            letter => formatter.write_char(letter)?,
        }
    }
    formatter.write_char(quote)
}
