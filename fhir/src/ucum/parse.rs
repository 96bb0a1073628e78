//! The grammar of unit expressions (UCUM, section 2): `mg/dL`, `10*3/uL`, `kg.m/s2`, `/min`.

use super::Powers;
use super::unit::atom;

/// How deeply parentheses and definitions may be nested.
const MAX_DEPTH: usize = 12;
/// Longest code that is read.
const MAX_LENGTH: usize = 64;
/// Powers beyond this are not measured by anybody.
const MAX_POWER: i32 = 32;

/// A factor times powers of base units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) factor: f64,
    pub(super) powers: Powers,
}

impl Term {
    pub(super) fn number(factor: f64) -> Self {
        Self {
            factor,
            powers: Powers::new(),
        }
    }

    pub(super) fn base(code: &'static str) -> Self {
        Self {
            factor: 1.0,
            powers: Powers::from([(code, 1)]),
        }
    }

    pub(super) fn scaled(mut self, factor: f64) -> Self {
        self.factor *= factor;
        self
    }

    fn raised(mut self, power: i32) -> Self {
        self.factor = self.factor.powi(power);
        for own in self.powers.values_mut() {
            *own *= power;
        }
        self
    }

    fn times(mut self, other: Self) -> Self {
        self.factor *= other.factor;
        for (code, power) in other.powers {
            *self.powers.entry(code).or_default() += power;
        }
        self.powers.retain(|_, power| *power != 0);
        self
    }
}

/// Reads a whole code.
pub(super) fn term(code: &str) -> Option<Term> {
    nested(code, 0)
}

/// Reads a code that a definition refers to, `depth` levels down.
pub(super) fn nested(code: &str, depth: usize) -> Option<Term> {
    if code.is_empty() || code.len() > MAX_LENGTH || depth > MAX_DEPTH {
        return None;
    }
    let mut reader = Reader { rest: code, depth };
    let term = reader.product()?;
    let sound = term.factor.is_finite() && term.factor > 0.0;
    (reader.rest.is_empty() && sound).then_some(term)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// `component ( ('.' | '/') component )*`, or the same after a leading slash.
    fn product(&mut self) -> Option<Term> {
        let mut product = if self.take('/') {
            self.component()?.raised(-1)
        } else {
            self.component()?
        };
        loop {
            if self.take('.') {
                product = product.times(self.component()?);
            } else if self.take('/') {
                product = product.times(self.component()?.raised(-1));
            } else {
                return Some(product);
            }
        }
    }

    fn component(&mut self) -> Option<Term> {
        if self.take('(') {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return None;
            }
            let inner = self.product()?;
            return self.take(')').then_some(inner);
        }
        if self.rest.starts_with('{') {
            self.annotation()?;
            return Some(Term::number(1.0));
        }
        let simple = self.simple()?;
        if self.rest.starts_with('{') {
            self.annotation()?;
        }
        Some(simple)
    }

    /// A number, or a unit with its exponent.
    fn simple(&mut self) -> Option<Term> {
        let word = self.word()?;
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            return word.parse().ok().map(Term::number);
        }
        let (unit, power) = split_exponent(word)?;
        Some(atom(unit, self.depth)?.raised(power))
    }

    fn annotation(&mut self) -> Option<()> {
        let end = self.rest.find('}')?;
        self.rest = self.rest.get(end + 1..)?;
        Some(())
    }

    /// Everything up to an operator; what stands in square brackets belongs to the unit.
    fn word(&mut self) -> Option<&'a str> {
        let mut inside = false;
        let end = self.rest.find(|letter| match letter {
            '[' => {
                inside = true;
                false
            }
            ']' => {
                inside = false;
                false
            }
            letter => !inside && "./(){}".contains(letter),
        });
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        (!word.is_empty() && !inside).then_some(word)
    }

    fn take(&mut self, letter: char) -> bool {
        match self.rest.strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

fn split_exponent(word: &str) -> Option<(&str, i32)> {
    let digits = word.bytes().rev().take_while(u8::is_ascii_digit).count();
    let mut start = word.len() - digits;
    if digits == 0 {
        return Some((word, 1));
    }
    if word.get(..start)?.ends_with(['+', '-']) {
        start -= 1;
    }
    let power: i32 = word.get(start..)?.parse().ok()?;
    let unit = word.get(..start)?;
    (power.abs() <= MAX_POWER && !unit.is_empty()).then_some((unit, power))
}
