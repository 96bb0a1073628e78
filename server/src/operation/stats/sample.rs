//! What is measured, and the statistics over it.

use std::collections::BTreeMap;

use serde_json::Value;

/// A number about a sample; `None` when there are too few values for it.
type Statistic = fn(&Sample) -> Option<f64>;

/// The statistics offered (R4, code system `observation-statistics`).
pub(super) const STATISTICS: &[(&str, Statistic)] = &[
    ("average", |sample| sample.mean()),
    ("maximum", |sample| sample.values.last().copied()),
    ("minimum", |sample| sample.values.first().copied()),
    ("count", |sample| Some(whole(sample.values.len()))),
    ("total-count", |sample| Some(whole(sample.all))),
    ("median", |sample| sample.quantile(0.5)),
    ("std-dev", |sample| sample.variance().map(f64::sqrt)),
    ("sum", |sample| Some(sample.values.iter().sum())),
    ("variance", |sample| sample.variance()),
    ("20-percent", |sample| sample.quantile(0.2)),
    ("80-percent", |sample| sample.quantile(0.8)),
    ("4-lower", |sample| sample.quantile(0.25)),
    ("4-upper", |sample| sample.quantile(0.75)),
    ("4-dev", |sample| {
        Some(sample.quantile(0.75)? - sample.quantile(0.25)?)
    }),
];

/// The quantities of one code, by their unit.
#[derive(Default)]
pub(super) struct Measured {
    by_unit: BTreeMap<String, (Value, Vec<f64>)>,
    latest: Option<(Option<i64>, String)>,
    all: usize,
}

impl Measured {
    pub(super) fn add(&mut self, at: Option<i64>, observation: &Value) {
        self.all += 1;
        let quantity = &observation["valueQuantity"];
        // Numbers are kept as they are written, so they are read as text.
        let Some(value) = quantity["value"].as_f64() else {
            return;
        };
        let unit = quantity["code"].as_str().or(quantity["unit"].as_str());
        let unit = unit.unwrap_or_default().to_owned();
        if self.latest.as_ref().is_none_or(|(latest, _)| at >= *latest) {
            self.latest = Some((at, unit.clone()));
        }
        let (_, values) = self
            .by_unit
            .entry(unit)
            .or_insert_with(|| (quantity.clone(), Vec::new()));
        values.push(value);
    }

    pub(super) fn sample(mut self) -> Sample {
        let latest = self.latest.take().map(|(_, unit)| unit);
        let (unit, mut values) = latest
            .and_then(|unit| self.by_unit.remove(&unit))
            .unwrap_or_default();
        values.sort_by(f64::total_cmp);
        Sample {
            values,
            unit,
            all: self.all,
        }
    }
}

/// Values of one unit, in order.
pub(super) struct Sample {
    values: Vec<f64>,
    pub(super) unit: Value,
    all: usize,
}

impl Sample {
    fn mean(&self) -> Option<f64> {
        let count = self.values.len();
        (count > 0).then(|| self.values.iter().sum::<f64>() / whole(count))
    }

    /// Of a sample: the divisor is one less than the count.
    fn variance(&self) -> Option<f64> {
        let mean = self.mean().filter(|_| self.values.len() > 1)?;
        let squares: f64 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(squares / whole(self.values.len() - 1))
    }

    /// Between the two values nearest to it, in proportion.
    fn quantile(&self, part: f64) -> Option<f64> {
        let last = self.values.len().checked_sub(1)?;
        let place = whole(last) * part;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place between 0 and the last index"
        )]
        let below = place.floor() as usize;
        let (low, high) = (
            self.values.get(below)?,
            self.values.get((below + 1).min(last))?,
        );
        Some(low + (high - low) * place.fract())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of resources")]
fn whole(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str, values: &[f64]) -> Option<f64> {
        let sample = Sample {
            values: values.to_vec(),
            unit: Value::Null,
            all: values.len() + 1,
        };
        STATISTICS
            .iter()
            .find(|(known, _)| *known == code)
            .and_then(|(_, compute)| compute(&sample))
    }

    #[test]
    fn statistics_are_what_their_names_say() {
        let values = [1.0, 2.0, 3.0, 4.0];
        for (code, want) in [
            ("average", 2.5),
            ("maximum", 4.0),
            ("minimum", 1.0),
            ("count", 4.0),
            ("total-count", 5.0),
            ("median", 2.5),
            ("sum", 10.0),
            ("variance", 5.0 / 3.0),
            ("4-lower", 1.75),
            ("4-dev", 1.5),
        ] {
            let got = of(code, &values).unwrap();
            assert!((got - want).abs() < 1e-9, "{code} {got}");
        }
    }

    #[test]
    fn nothing_is_invented_for_too_few_values() {
        assert_eq!(of("average", &[]), None);
        assert_eq!(of("median", &[]), None);
        assert_eq!(of("std-dev", &[1.0]), None);
    }
}
