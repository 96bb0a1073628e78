//! Kidney function by the CKD-EPI equation of 2021 (creatinine, without race).

use crate::person::Sex;

/// κ, α and the factor for sex.
fn constants(sex: Sex) -> (f64, f64, f64) {
    match sex {
        Sex::Female => (0.7, -0.241, 1.012),
        Sex::Male => (0.9, -0.302, 1.0),
    }
}

/// The estimated filtration rate in mL/min/1.73 m2 from creatinine in mg/dL and age in years.
pub(crate) fn filtration(creatinine: f64, age: u32, sex: Sex) -> f64 {
    let (kappa, alpha, factor) = constants(sex);
    let ratio = creatinine / kappa;
    142.0
        * ratio.min(1.0).powf(alpha)
        * ratio.max(1.0).powf(-1.2)
        * 0.9938_f64.powf(f64::from(age))
        * factor
}

/// The creatinine in mg/dL that gives a filtration rate.
pub(crate) fn creatinine(filtration: f64, age: u32, sex: Sex) -> f64 {
    let (kappa, alpha, factor) = constants(sex);
    let share = filtration / (142.0 * 0.9938_f64.powf(f64::from(age)) * factor);
    let exponent = if share > 1.0 { alpha } else { -1.2 };
    (kappa * share.powf(1.0 / exponent)).clamp(0.4, 12.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_equation_gives_the_published_values() {
        // Published calculators: man, 50, 1.0 mg/dL -> 92; woman, 50, 1.0 mg/dL -> 69.
        assert!((filtration(1.0, 50, Sex::Male) - 92.0).abs() < 1.0);
        assert!((filtration(1.0, 50, Sex::Female) - 69.0).abs() < 1.0);
    }

    #[test]
    fn creatinine_inverts_filtration() {
        for rate in [15.0, 44.0, 80.0, 110.0] {
            let value = creatinine(rate, 60, Sex::Female);
            assert!(
                (filtration(value, 60, Sex::Female) - rate).abs() < 0.5,
                "{rate}"
            );
        }
    }
}
