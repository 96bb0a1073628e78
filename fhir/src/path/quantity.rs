//! A number with a unit, and which units can be compared.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

use super::decimal::Decimal;
use super::node::decimal;
use super::unit::{self, Unit};

const UCUM: &str = "http://unitsofmeasure.org";

/// A number with a unit: a UCUM code, or a word for a calendar duration (`year`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity<'a> {
    /// The number.
    pub value: Decimal,
    /// A UCUM code (`mg`), or the singular of a calendar duration if [`Quantity::is_calendar`].
    pub unit: Cow<'a, str>,
    /// Whether the unit is a word like `month` and not a UCUM code.
    pub is_calendar: bool,
}

impl<'a> Quantity<'a> {
    /// A quantity with a UCUM unit.
    pub fn ucum(value: Decimal, unit: impl Into<Cow<'a, str>>) -> Self {
        Self {
            value,
            unit: unit.into(),
            is_calendar: false,
        }
    }

    /// A FHIR Quantity with a value, no comparator and a unit that is UCUM's or plain text.
    /// <http://hl7.org/fhir/R4/fhirpath.html#quantity>
    pub(super) fn of_node(value: &'a Value) -> Option<Self> {
        let text = |name| value.get(name).and_then(Value::as_str);
        if text("comparator").is_some() {
            return None;
        }
        let number = decimal(value.get("value")?)?;
        let code = text("code");
        let unit = match text("system") {
            Some(UCUM) => code,
            _ => code.or_else(|| text("unit")),
        };
        Some(Self::ucum(number, unit.unwrap_or("1")))
    }

    /// Reads `4`, `4 'mg'` or `4 days`.
    pub(super) fn parse(text: &str) -> Option<Quantity<'static>> {
        let text = text.trim();
        let (number, unit) = text
            .split_once(char::is_whitespace)
            .unwrap_or((text, "'1'"));
        let value = Decimal::parse(number.strip_prefix('+').unwrap_or(number))?;
        let unit = unit.trim();
        if let Some(word) = unit::calendar(unit) {
            return Some(Quantity {
                value,
                unit: word.into(),
                is_calendar: true,
            });
        }
        let code = unit.strip_prefix('\'')?.strip_suffix('\'')?;
        (!code.is_empty() && !code.contains('\'')).then(|| Quantity::ucum(value, code.to_owned()))
    }

    fn known_unit(&self) -> Option<&'static Unit> {
        unit::find(&self.unit, self.is_calendar)
    }

    fn has_unit_of(&self, other: &Self) -> bool {
        self.is_calendar == other.is_calendar && self.unit == other.unit
    }

    /// Both values in the same unit, if the units are equal or convert into each other.
    fn aligned(&self, other: &Self) -> Option<(Decimal, Decimal)> {
        if self.has_unit_of(other) {
            return Some((self.value, other.value));
        }
        let (left, right) = (self.known_unit()?, other.known_unit()?);
        (left.dimension == right.dimension).then_some(())?;
        Some((
            self.value.multiply(left.factor())?,
            other.value.multiply(right.factor())?,
        ))
    }

    /// Which is less; nothing if the units cannot be compared.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        self.aligned(other).map(|(left, right)| left.cmp(&right))
    }

    /// Like equality, but a calendar year or month equals UCUM's `a` or `mo`.
    pub(super) fn equivalent(&self, other: &Self) -> bool {
        let (left, right) = (self.as_ucum(), other.as_ucum());
        left.compare(&right) == Some(Ordering::Equal)
    }

    /// The same quantity in another UCUM unit.
    pub(super) fn in_unit(&self, unit: Cow<'a, str>) -> Option<Self> {
        let target = Self::ucum(Decimal::whole(1), unit);
        let source = self.as_ucum();
        let (value, size) = source.aligned(&target)?;
        Some(Self {
            value: value.divide(size)?,
            ..target
        })
    }

    fn as_ucum(&self) -> Cow<'_, Self> {
        match unit::ucum_of(&self.unit).filter(|_| self.is_calendar) {
            Some(code) => Cow::Owned(Self::ucum(self.value, code)),
            None => Cow::Borrowed(self),
        }
    }

    /// The sum, in the unit of `self` where the units are the same.
    pub(super) fn add(&self, other: &Self) -> Option<Self> {
        self.has_unit_of(other)
            .then(|| self.value.add(other.value))
            .flatten()
            .map(|value| Self {
                value,
                ..self.clone()
            })
    }

    /// The product, if one side is a plain number.
    pub(super) fn scaled(
        &self,
        other: &Self,
        operate: fn(Decimal, Decimal) -> Option<Decimal>,
    ) -> Option<Self> {
        let unit = if other.unit == "1" { self } else { other };
        let is_scaling = self.unit == "1" || other.unit == "1";
        let value = is_scaling
            .then(|| operate(self.value, other.value))
            .flatten()?;
        Some(Self {
            value,
            ..unit.clone()
        })
    }

    /// The ratio of two quantities of comparable units, or a quantity divided by a plain number.
    pub(super) fn divided(&self, other: &Self) -> Option<Self> {
        if other.unit == "1" {
            return self.scaled(other, Decimal::divide);
        }
        let (left, right) = self.aligned(other)?;
        left.divide(right).map(|value| Self::ucum(value, "1"))
    }

    pub(super) fn negate(&self) -> Self {
        Self {
            value: self.value.negate(),
            ..self.clone()
        }
    }
}

impl fmt::Display for Quantity<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_calendar {
            return write!(formatter, "{} {}", self.value, self.unit);
        }
        write!(formatter, "{} '{}'", self.value, self.unit)
    }
}
