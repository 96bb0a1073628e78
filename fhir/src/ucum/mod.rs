//! Units of UCUM (<https://ucum.org/ucum>) in their canonical form, so that `1 g` and `1000 mg` are
//! the same amount.
//!
//! Each unit is a factor times powers of base units. Other than in UCUM, `mol` and the arbitrary
//! units are bases of their own: an amount of substance is never compared with a bare number.

mod parse;
mod unit;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// Powers of base units by their codes; none for a number without dimension.
type Powers = BTreeMap<&'static str, i32>;

/// What a unit is in base units: `value × factor + offset`.
#[derive(Debug, Clone, PartialEq)]
pub struct Canonical {
    /// How many of the canonical unit one of this unit is.
    pub factor: f64,
    /// What is added after that; other than 0 for temperatures only.
    pub offset: f64,
    /// The canonical unit, such as `g.m-3`; `1` for a number without dimension.
    pub unit: String,
}

impl Canonical {
    /// An amount in this unit as an amount in the canonical one, rounded to 12 significant digits
    /// so that different ways to the same amount meet.
    pub fn convert(&self, amount: f64) -> f64 {
        let exact = amount * self.factor + self.offset;
        if exact == 0.0 || !exact.is_finite() {
            return exact;
        }
        format!("{exact:.11e}").parse().unwrap_or(exact)
    }
}

/// Units that a thread remembers, and the longest of them: there are a few hundred in use anywhere.
const REMEMBERED: usize = 512;
const LONGEST: usize = 32;

thread_local! {
    static KNOWN: RefCell<HashMap<String, Option<Canonical>>> = RefCell::default();
}

/// The canonical form of a unit; `None` when it is not a unit of UCUM, or a logarithmic one, which
/// has no factor.
pub fn canonical(code: &str) -> Option<Canonical> {
    KNOWN.with_borrow_mut(|known| {
        if let Some(canonical) = known.get(code) {
            return canonical.clone();
        }
        let canonical = computed(code);
        if known.len() < REMEMBERED && code.len() <= LONGEST {
            known.insert(code.to_owned(), canonical.clone());
        }
        canonical
    })
}

fn computed(code: &str) -> Option<Canonical> {
    if let Some((factor, offset)) = unit::temperature(code) {
        return Some(Canonical {
            factor,
            offset,
            unit: "K".into(),
        });
    }
    let term = parse::term(code)?;
    Some(Canonical {
        factor: term.factor,
        offset: 0.0,
        unit: printed(&term.powers),
    })
}

fn printed(powers: &Powers) -> String {
    if powers.is_empty() {
        return "1".into();
    }
    let parts: Vec<String> = powers
        .iter()
        .map(|(code, power)| match power {
            1 => (*code).to_owned(),
            _ => format!("{code}{power}"),
        })
        .collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: (f64, &str), right: (f64, &str)) -> bool {
        let form = |(amount, code): (f64, &str)| {
            let unit = canonical(code).unwrap_or_else(|| panic!("{code}"));
            (unit.convert(amount), unit.unit)
        };
        form(left) == form(right)
    }

    #[test]
    fn amounts_meet_whatever_their_unit() {
        for (left, right) in [
            ((1.0, "g"), (1000.0, "mg")),
            ((1.1, "g"), (1100.0, "mg")),
            ((5.5, "mmol/L"), (5500.0, "umol/L")),
            ((95.0, "mg/dL"), (0.95, "g/L")),
            ((120.0, "mm[Hg]"), (12.0, "cm[Hg]")),
            ((180.0, "cm"), (1.8, "m")),
            ((1.0, "[ft_i]"), (12.0, "[in_i]")),
            ((72.0, "/min"), (72.0, "{beats}/min")),
            ((60.0, "/min"), (1.0, "Hz")),
            ((7.0, "10*3/uL"), (7.0, "10*9/L")),
            ((1.0, "h"), (3600.0, "s")),
            ((37.0, "Cel"), (98.6, "[degF]")),
            ((50.0, "%"), (0.5, "1")),
            ((1.0, "L"), (1.0, "dm3")),
            ((1.0, "meq/L"), (1.0, "mmol/L")),
            ((2.0, "kg.m/s2"), (2.0, "N")),
            ((1.0, "mL/min/{1.73_m2}"), (0.001, "L/min")),
        ] {
            assert!(same(left, right), "{left:?} {right:?}");
        }
    }

    #[test]
    fn different_measures_stay_apart() {
        let unit = |code: &str| canonical(code).unwrap().unit;
        assert_ne!(unit("mol"), unit("1"));
        assert_ne!(unit("[iU]/L"), unit("/L"));
        assert_ne!(unit("g"), unit("L"));
    }

    #[test]
    fn what_is_no_unit_is_refused() {
        for code in [
            "",
            "milligram",
            "m//s",
            "mg/",
            "(m",
            "m)",
            "{x",
            "kmin",
            "m.",
            "9".repeat(99).as_str(),
            "m999999999999",
        ] {
            assert_eq!(canonical(code), None, "{code}");
        }
    }

    #[test]
    fn every_defined_unit_has_a_canonical_form() {
        for code in unit::codes() {
            let form = canonical(code);
            assert!(form.is_some_and(|form| form.factor > 0.0), "{code}");
        }
    }
}
