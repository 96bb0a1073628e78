//! Numbers asked for as ranges by their significant digits (R4, "number": `100` is 99.5 up to but
//! not including 100.5). Numbers stored are taken as they are.

use fhir::ucum::Canonical;

/// The system of UCUM units.
pub const UCUM: &str = "http://unitsofmeasure.org";

/// A range of numbers, inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Least value.
    pub low: f64,
    /// Greatest value.
    pub high: f64,
}

impl Range {
    /// A decimal with its implied precision: half a unit of the last digit written either way.
    pub fn parse(text: &str) -> Option<Self> {
        decimal(text)?;
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let places = mantissa
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.len());
        let digits: i128 = mantissa.replace('.', "").parse().ok()?;
        let tenth = exponent
            .checked_sub(i32::try_from(places).ok()?)?
            .checked_sub(1)?;
        if tenth.abs() > MAX_EXPONENT {
            return None;
        }
        // Exact in decimal, rounded once: the limits of 0.9 are 0.85 and 0.95, not nearly so.
        let limit = |half: i128| decimal(&format!("{}e{tenth}", digits.checked_mul(10)? + half));
        Some(Self {
            low: limit(-5)?,
            high: limit(5)?.next_down(),
        })
    }

    /// The very value, without implied precision.
    pub fn exactly(text: &str) -> Option<Self> {
        decimal(text).map(|value| Self {
            low: value,
            high: value,
        })
    }

    /// The same range in the canonical unit. A range that was open above stays so: its limit was
    /// the number just below one, and converting rounds to that one.
    #[must_use]
    pub fn converted(self, canonical: &Canonical) -> Self {
        let (low, high) = (canonical.convert(self.low), canonical.convert(self.high));
        let open = self.low < self.high;
        Self {
            low,
            high: if open { high.next_down() } else { high },
        }
    }

    /// A tenth either way (R4, prefix `ap`).
    #[must_use]
    pub fn approximately(self) -> Self {
        let slack = f64::midpoint(self.low, self.high).abs() / 10.0;
        Self {
            low: self.low - slack,
            high: self.high + slack,
        }
    }
}

/// Powers of ten beyond this are not measured by anybody.
const MAX_EXPONENT: i32 = 300;

/// A FHIR decimal; `NaN`, infinities and other spellings of Rust's are not numbers here.
fn decimal(text: &str) -> Option<f64> {
    let legal = text.bytes().any(|byte| byte.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    legal
        .then(|| text.parse::<f64>().ok())?
        .filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_written_decide_the_precision() {
        for (text, low, high) in [
            ("100", 99.5, 100.5),
            ("100.00", 99.995, 100.005),
            ("1e2", 50.0, 150.0),
            ("-5.4", -5.45, -5.35),
        ] {
            let range = Range::parse(text).unwrap();
            assert!(
                (range.low - low).abs() < 1e-9 && (range.high - high).abs() < 1e-9,
                "{text}"
            );
        }
    }

    #[test]
    fn limits_are_exact_in_decimal() {
        let range = Range::parse("0.9").unwrap();
        assert!(range.low <= 0.85 && range.high < 0.95 && range.high > 0.949_999);
    }

    #[test]
    fn other_texts_are_not_numbers() {
        for text in [
            "",
            "abc",
            "NaN",
            "inf",
            "1e400",
            "1.0e-2147483648",
            "1e-310",
            "--1",
            "1,5",
            "5|mg",
        ] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
