//! The CDC growth charts as L, M and S by age or length.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::table;

table!(
    /// One point of a growth chart.
    GrowthPoint, GROWTH_POINTS, "growth-charts.tsv", measure: &'static str, sex: &'static str, x: f64, l: f64,
    m: f64, s: f64
);

type Chart = Vec<&'static GrowthPoint>;

static CHARTS: LazyLock<BTreeMap<(&str, &str), Chart>> = LazyLock::new(|| {
    let mut charts: BTreeMap<(&str, &str), Chart> = BTreeMap::new();
    for point in GROWTH_POINTS.iter() {
        charts
            .entry((point.measure, point.sex))
            .or_default()
            .push(point);
    }
    charts
});

/// The shape of a measure at one age (months) or length (cm).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lms {
    l: f64,
    m: f64,
    s: f64,
}

impl Lms {
    /// L, M and S at `x`, between the two nearest points of the chart; the ends hold beyond it.
    pub(crate) fn at(measure: &str, sex: &str, x: f64) -> Self {
        let Some(chart) = CHARTS.get(&(measure, sex)) else {
            return Self {
                l: 1.0,
                m: 0.0,
                s: 0.0,
            };
        };
        let above = chart
            .partition_point(|point| point.x < x)
            .min(chart.len() - 1);
        let (low, high) = (chart[above.saturating_sub(1)], chart[above]);
        let span = high.x - low.x;
        let share = if span > 0.0 {
            ((x - low.x) / span).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let of = |point: &GrowthPoint| Self {
            l: point.l,
            m: point.m,
            s: point.s,
        };
        of(low).towards(of(high), share)
    }

    /// L, M and S at an exact age in months. The points of the table have lost half a month: CDC gives birth, then the
    /// middle of each month; the table lacks the length at birth and the head after two weeks. Named patients keep
    /// the values they have always had, from [`Lms::at`].
    pub(crate) fn at_age(measure: &str, sex: &str, age: f64) -> Self {
        match measure {
            _ if age >= 240.0 => Self::at(measure, sex, age),
            "head" if age < 1.5 => Self::at(measure, sex, age / 1.5),
            "height" if age < 0.5 => {
                Self::at_birth(sex).towards(Self::at(measure, sex, 0.0), age * 2.0)
            }
            _ => Self::at(measure, sex, age - 0.5),
        }
    }

    /// The length at birth, from the same charts.
    fn at_birth(sex: &str) -> Self {
        let (l, m, s) = if sex == "M" {
            (1.267_004, 49.988_884, 0.053_112)
        } else {
            (-1.295_961, 49.286_396, 0.050_086)
        };
        Self { l, m, s }
    }

    fn towards(self, other: Self, share: f64) -> Self {
        let between = |a: f64, b: f64| a + (b - a) * share;
        Self {
            l: between(self.l, other.l),
            m: between(self.m, other.m),
            s: between(self.s, other.s),
        }
    }

    /// The value at `z` standard deviations: M·(1 + L·S·z)^(1/L), or M·e^(S·z) when L is 0.
    pub(crate) fn value(self, z: f64) -> f64 {
        if self.l.abs() < 1e-9 {
            return self.m * (self.s * z).exp();
        }
        self.m * (1.0 + self.l * self.s * z).max(0.01).powf(1.0 / self.l)
    }

    /// The standard deviations of a value: ((v/M)^L − 1) / (L·S).
    pub(crate) fn z(self, value: f64) -> f64 {
        if self.l.abs() < 1e-9 {
            return (value / self.m).ln() / self.s;
        }
        ((value / self.m).powf(self.l) - 1.0) / (self.l * self.s)
    }
}

/// The percentile (0 to 100) of `z` in the normal distribution, by the formula 7.1.26 of Abramowitz and Stegun.
pub(crate) fn percentile(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = ((((1.061_405_429 * t - 1.453_152_027) * t + 1.421_413_741) * t - 0.284_496_736)
        * t
        + 0.254_829_592)
        * t;
    let half = 0.5 * series * (-x * x).exp();
    100.0 * if z < 0.0 { half } else { 1.0 - half }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_the_chart_is_the_value_at_zero() {
        let birth = Lms::at("height", "M", 0.0);
        assert!((birth.value(0.0) - 52.696).abs() < 1e-9);
        assert!((birth.z(birth.value(1.3)) - 1.3).abs() < 1e-9);
    }

    #[test]
    fn ages_are_those_of_the_charts() {
        for (measure, sex, age, median) in [
            ("height", "M", 0.0, 49.989),
            ("height", "F", 0.0, 49.286),
            ("height", "M", 0.5, 52.696),
            ("height", "M", 1.5, 56.628),
            ("head", "M", 0.0, 35.814),
            ("head", "M", 1.5, 39.207),
            ("bmi", "M", 24.5, 16.548),
        ] {
            let found = Lms::at_age(measure, sex, age).value(0.0);
            assert!(
                (found - median).abs() < 0.001,
                "{measure} {sex} {age} {found}"
            );
        }
    }

    #[test]
    fn percentiles_match_the_normal_distribution() {
        for (z, expected) in [(0.0, 50.0), (1.0, 84.134), (-1.645, 5.0), (2.0, 97.725)] {
            assert!((percentile(z) - expected).abs() < 0.01, "{z}");
        }
    }
}
