//! Decimals with the digits they are meant to show, rounded once, half to even.

use std::fmt;

use crate::json::Json;
use crate::table::Cell;

/// A decimal number: `scaled` / 10^`digits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal {
    scaled: i64,
    digits: u8,
}

impl Decimal {
    /// `value` rounded to `digits` decimal places.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clinical values are far below 2^53"
    )]
    pub(crate) fn round(value: f64, digits: u8) -> Self {
        let scaled = (value * 10_f64.powi(i32::from(digits))).round_ties_even() as i64;
        Self { scaled, digits }
    }

    /// An amount of money given in cents.
    pub(crate) fn cents(cents: i64) -> Self {
        Self {
            scaled: cents,
            digits: 2,
        }
    }

    /// A number given in thousandths, without more zeros than needed.
    pub(crate) fn thousandths(value: i64) -> Self {
        match value {
            whole if whole % 1_000 == 0 => Self::whole(whole / 1_000),
            scaled => Self { scaled, digits: 3 },
        }
    }

    /// A whole number.
    pub(crate) fn whole(value: i64) -> Self {
        Self {
            scaled: value,
            digits: 0,
        }
    }

    /// The number as it is shown, for formulas that start from the values on paper.
    #[expect(
        clippy::cast_precision_loss,
        reason = "clinical values are far below 2^53"
    )]
    pub(crate) fn value(self) -> f64 {
        self.scaled as f64 / 10_f64.powi(i32::from(self.digits))
    }
}

impl Cell for Decimal {
    fn read(text: &'static str) -> Self {
        let digits = text
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.len());
        Self {
            scaled: text.replace('.', "").parse().unwrap_or(0),
            digits: u8::try_from(digits).unwrap_or(0),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let power = 10_u64.pow(u32::from(self.digits));
        let magnitude = self.scaled.unsigned_abs();
        let sign = if self.scaled < 0 { "-" } else { "" };
        if self.digits == 0 {
            return write!(out, "{sign}{magnitude}");
        }
        let width = usize::from(self.digits);
        write!(
            out,
            "{sign}{}.{:0width$}",
            magnitude / power,
            magnitude % power
        )
    }
}

impl Json for Decimal {
    fn write(&self, out: &mut String) {
        out.push_str(&self.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_the_digits_asked_for() {
        assert_eq!(Decimal::round(7.0, 1).to_string(), "7.0");
        assert_eq!(Decimal::round(-0.04, 2).to_string(), "-0.04");
        assert_eq!(Decimal::round(2.5, 0).to_string(), "2");
        assert_eq!(Decimal::cents(12_305).to_string(), "123.05");
    }
}
