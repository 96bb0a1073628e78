//! Exact decimal numbers that remember how they were written.

use std::cmp::Ordering;
use std::fmt;

/// A decimal `mantissa · 10^-scale`. `1.0` and `1.00` are equal and print differently.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// Fraction digits of a quotient that does not end.
const DIVISION_SCALE: u32 = 16;
/// Beyond this a scale cannot be a power of ten in an `i128`.
const MAX_SCALE: u32 = 37;

impl Decimal {
    /// The whole number `value`.
    pub const fn whole(value: i128) -> Self {
        Self {
            mantissa: value,
            scale: 0,
        }
    }

    /// Reads `-1.50` or `1.5e-3`; nothing if the text is no number or needs more than 38 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let (digits, negative) = match whole.strip_prefix('-') {
            Some(digits) => (digits, true),
            None => (whole, false),
        };
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        let magnitude = digits_value(digits, fraction)?;
        Self {
            mantissa: if negative { -magnitude } else { magnitude },
            scale: 0,
        }
        .shifted(scale)
    }

    /// The nearest decimal to a float; nothing for infinities and NaN.
    pub(super) fn from_f64(value: f64) -> Option<Self> {
        value
            .is_finite()
            .then(|| Self::parse(&value.to_string()))
            .flatten()
    }

    pub(super) fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Divides by `10^scale` without changing the digits where possible.
    fn shifted(self, scale: i32) -> Option<Self> {
        if let Ok(scale) = u32::try_from(scale) {
            return (scale <= MAX_SCALE).then_some(Self { scale, ..self });
        }
        let factor = power_of_ten(scale.unsigned_abs())?;
        Some(Self::whole(self.mantissa.checked_mul(factor)?))
    }

    /// The same number with at least `scale` fraction digits.
    fn widened(self, scale: u32) -> Option<Self> {
        let Some(missing) = scale.checked_sub(self.scale) else {
            return Some(self);
        };
        let mantissa = self.mantissa.checked_mul(power_of_ten(missing)?)?;
        Some(Self { mantissa, scale })
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        Some((
            self.widened(scale)?.mantissa,
            other.widened(scale)?.mantissa,
            scale,
        ))
    }

    /// Without zeros at the end of the fraction.
    pub(super) fn trimmed(mut self) -> Self {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }

    /// Digits after the point, as written.
    pub fn scale(self) -> u32 {
        self.scale
    }

    pub(super) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    pub(super) fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self {
            mantissa: left.checked_add(right)?,
            scale,
        })
    }

    pub(super) fn negate(self) -> Self {
        Self {
            mantissa: self.mantissa.saturating_neg(),
            ..self
        }
    }

    pub(super) fn subtract(self, other: Self) -> Option<Self> {
        self.add(other.negate())
    }

    pub(super) fn multiply(self, other: Self) -> Option<Self> {
        let mantissa = self.mantissa.checked_mul(other.mantissa)?;
        let scale = self.scale + other.scale;
        (scale <= MAX_SCALE).then_some(Self { mantissa, scale })
    }

    /// The quotient to 16 fraction digits, half away from zero; nothing for a zero divisor.
    pub(super) fn divide(self, other: Self) -> Option<Self> {
        let (left, right) = (self.trimmed(), other.trimmed());
        let shift = (DIVISION_SCALE + 1 + right.scale).checked_sub(left.scale)?;
        let numerator = left.mantissa.checked_mul(power_of_ten(shift)?)?;
        let mantissa = numerator.checked_div(right.mantissa)?;
        Self {
            mantissa,
            scale: DIVISION_SCALE + 1,
        }
        .rounded(DIVISION_SCALE)
        .map(Self::trimmed)
    }

    /// The whole part of the quotient, towards zero.
    pub(super) fn quotient(self, other: Self) -> Option<Self> {
        let (left, right, _) = self.aligned(other)?;
        left.checked_div(right).map(Self::whole)
    }

    /// What [`Decimal::quotient`] leaves.
    pub(super) fn remainder(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self {
            mantissa: left.checked_rem(right)?,
            scale,
        })
    }

    /// Rounds half away from zero to `scale` fraction digits.
    pub(super) fn rounded(self, scale: u32) -> Option<Self> {
        let Some(surplus) = self.scale.checked_sub(scale) else {
            return Some(self);
        };
        let factor = power_of_ten(surplus)?;
        let half = (factor / 2) * self.mantissa.signum();
        Some(Self {
            mantissa: self.mantissa.checked_add(half)? / factor,
            scale,
        })
    }

    /// The whole part, towards zero.
    pub(super) fn truncated(self) -> i128 {
        power_of_ten(self.scale).map_or(0, |factor| self.mantissa / factor)
    }

    /// The greatest whole number not above.
    pub(super) fn floor(self) -> i128 {
        power_of_ten(self.scale).map_or(0, |factor| self.mantissa.div_euclid(factor))
    }
}

/// `digits` and `fraction` read as one whole number; both must consist of digits.
fn digits_value(digits: &str, fraction: &str) -> Option<i128> {
    if digits.is_empty() {
        return None;
    }
    digits
        .bytes()
        .chain(fraction.bytes())
        .try_fold(0_i128, |value, byte| {
            let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
            value.checked_mul(10)?.checked_add(digit)
        })
}

fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

impl From<i32> for Decimal {
    fn from(value: i32) -> Self {
        Self::whole(value.into())
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    /// Exact; two numbers too far apart to be aligned are told apart by their whole parts.
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (self.trimmed(), other.trimmed());
        match left.aligned(right) {
            Some((left, right, _)) => left.cmp(&right),
            None => left.floor().cmp(&right.floor()),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = self.scale as usize;
        if scale == 0 {
            return write!(formatter, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(formatter, "{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn the_text_is_kept() {
        for text in ["0", "1.50", "-0.010", "-12", "100.00"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(decimal("1.5e3").to_string(), "1500");
        assert_eq!(decimal("15e-1").to_string(), "1.5");
    }

    #[test]
    fn text_that_is_no_number_is_refused() {
        for text in [
            "",
            ".5",
            "-",
            "1..2",
            "1e",
            "a",
            "+1",
            "1.-2",
            "1e999999999",
        ] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
        assert!(Decimal::parse(&"9".repeat(60)).is_none());
    }

    #[test]
    fn arithmetic_is_exact() {
        assert_eq!(decimal("0.1").add(decimal("0.2")).unwrap(), decimal("0.3"));
        assert_eq!(
            decimal("1.10").multiply(decimal("3")).unwrap().to_string(),
            "3.30"
        );
        assert_eq!(
            decimal("1").divide(decimal("3")).unwrap().to_string(),
            "0.3333333333333333"
        );
        assert_eq!(
            decimal("2").divide(decimal("3")).unwrap().to_string(),
            "0.6666666666666667"
        );
        assert!(decimal("1").divide(decimal("0.0")).is_none());
        assert_eq!(
            decimal("5.5").quotient(decimal("0.7")).unwrap(),
            decimal("7")
        );
        assert_eq!(
            decimal("5.5").remainder(decimal("0.7")).unwrap(),
            decimal("0.6")
        );
    }

    #[test]
    fn rounding_goes_half_away_from_zero() {
        assert_eq!(decimal("2.5").rounded(0).unwrap(), decimal("3"));
        assert_eq!(decimal("-2.5").rounded(0).unwrap(), decimal("-3"));
        assert_eq!(decimal("3.14159").rounded(3).unwrap().to_string(), "3.142");
        assert_eq!(
            (decimal("-1.5").floor(), decimal("-1.5").truncated()),
            (-2, -1)
        );
    }

    #[test]
    fn order_is_by_value() {
        assert!(decimal("1.0") == decimal("1.00"));
        assert!(decimal("-1") < decimal("0.001"));
        assert!(decimal(&"9".repeat(37)) > decimal("0.0000000000000000000000000000000001"));
    }
}
