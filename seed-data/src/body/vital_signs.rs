//! The vital signs of one visit.

use chrono::NaiveDate;

use super::{Body, Cause};
use crate::decimal::Decimal;
use crate::moment::age;
use crate::person::Sex;
use crate::stream::Stream;
use crate::table::growth::{Lms, percentile};

/// Conditions that raise the blood pressure.
const HYPERTENSION: [&str; 3] = ["htn", "benign-htn", "preeclampsia"];

/// What is measured at a visit; values that fit no age are left out.
#[derive(Debug, Clone)]
pub(crate) struct VitalSigns {
    /// Systolic and diastolic pressure in mm[Hg].
    pub(crate) blood_pressure: Option<(Decimal, Decimal)>,
    /// Keys of `vitals.tsv` with their values, in the unit of the table.
    pub(crate) values: Vec<(&'static str, Decimal)>,
}

impl Body {
    /// The vital signs on `date`.
    pub(crate) fn vital_signs(&self, date: NaiveDate) -> VitalSigns {
        let mut stream = self.stream(&format!("vitals:{date}"));
        let years = age(self.birth, date);
        let mut values = self.circulation(years, date, &mut stream);
        values.extend(self.size(years, date, &mut stream));
        let blood_pressure = (years >= 3).then(|| self.blood_pressure(years, date, &mut stream));
        VitalSigns {
            blood_pressure,
            values,
        }
    }

    /// Diastolic stays at least 20 below systolic.
    fn blood_pressure(
        &self,
        years: u32,
        date: NaiveDate,
        stream: &mut Stream,
    ) -> (Decimal, Decimal) {
        let years = f64::from(years);
        let young = (18.0 - years).max(0.0);
        let old = (years - 40.0).max(0.0);
        let weight = (self.adult_bmi - 27.0) * 0.5;
        let systolic_shift = old * 0.25 - young * 1.8 + weight;
        let diastolic_shift = (old * 0.1).min(3.0) - young * 1.4 + weight * 0.4;
        let systolic = self.vital("sbp", "sbp", date, stream) + systolic_shift;
        let systolic = self.plausible(systolic, date, 126.0).clamp(80.0, 215.0);
        let diastolic = self.vital("dbp", "dbp", date, stream) + diastolic_shift;
        let diastolic = self.plausible(diastolic, date, 79.0);
        let diastolic = diastolic.clamp(42.0, systolic - 22.0);
        (Decimal::round(systolic, 0), Decimal::round(diastolic, 0))
    }

    /// A pressure that stays near `limit` as long as no condition explains more: hypertension that is measured again
    /// and again would be on record.
    fn plausible(&self, pressure: f64, date: NaiveDate, limit: f64) -> f64 {
        let explains = |cause: &Cause| {
            let lasts = cause.since <= date && cause.until.is_none_or(|until| date <= until);
            lasts && HYPERTENSION.contains(&cause.key)
        };
        if !self.drawn || pressure <= limit || self.causes.iter().any(explains) {
            pressure
        } else {
            limit + (pressure - limit) * 0.3
        }
    }

    fn circulation(
        &self,
        years: u32,
        date: NaiveDate,
        stream: &mut Stream,
    ) -> Vec<(&'static str, Decimal)> {
        let (heart, breath) = match years {
            0 => ("heart-rate-infant", "resp-rate-infant"),
            1..=11 => ("heart-rate-child", "resp-rate-child"),
            _ => ("heart-rate", "resp-rate"),
        };
        let saturation = self.vital("spo2", "spo2", date, stream).clamp(84.0, 100.0);
        vec![
            (
                heart,
                Decimal::round(
                    self.vital("heart-rate", heart, date, stream)
                        .clamp(44.0, 185.0),
                    0,
                ),
            ),
            (
                breath,
                Decimal::round(
                    self.vital("resp-rate", breath, date, stream)
                        .clamp(10.0, 60.0),
                    0,
                ),
            ),
            (
                "temperature",
                Decimal::round(self.vital("temperature", "temperature", date, stream), 1),
            ),
            ("spo2", Decimal::round(saturation, 0)),
        ]
    }

    /// Height, weight and what follows from them.
    fn size(
        &self,
        years: u32,
        date: NaiveDate,
        stream: &mut Stream,
    ) -> Vec<(&'static str, Decimal)> {
        let months = self.months(date);
        let letter = self.sex.letter();
        let grown = self.chart("height", months.min(240.0)).value(self.height_z);
        let shrink = f64::from(years.saturating_sub(60)) * 0.09;
        let height = Decimal::round(grown - shrink, 1);
        let change = self.usual("weight-change", 1.0, 0.0, date);
        let weight = self.weight(years, months, height.value(), stream) * change;
        let weight = Decimal::round(weight, 1);
        let mut values = vec![
            (if years < 2 { "length" } else { "height" }, height),
            ("weight", weight),
        ];
        if years >= 2 {
            let bmi = Decimal::round(weight.value() / (height.value() / 100.0).powi(2), 1);
            values.push(("bmi", bmi));
            if years < 20 {
                values.push(("bmi-pct", centile(self.chart("bmi", months).z(bmi.value()))));
            }
        } else {
            let chart = Lms::at("weight-for-length", letter, height.value());
            values.push(("wt-len-pct", centile(chart.z(weight.value()))));
            values.extend(self.head(months));
        }
        values
    }

    /// Children follow the chart of their weight, adults their body mass index, which rises slowly and falls in old age.
    fn weight(&self, years: u32, months: f64, height: f64, stream: &mut Stream) -> f64 {
        let drift = stream.normal(0.0, 0.08);
        if years < 2 {
            let chart = Lms::at("weight-for-length", self.sex.letter(), height);
            return chart.value((self.weight_z * 0.6 + drift).clamp(-1.8, 1.9));
        }
        if years < 20 {
            let chart = self.chart("bmi", months);
            return chart.value((self.weight_z + drift).clamp(-1.8, 2.2))
                * (height / 100.0).powi(2);
        }
        let years = f64::from(years);
        let change = (years.min(60.0) - 45.0) * 0.06 - (years - 72.0).max(0.0) * 0.12;
        (self.adult_bmi + change + drift * 4.0).clamp(16.5, 52.0) * (height / 100.0).powi(2)
    }

    /// The growth chart of a measure at an age in months.
    fn chart(&self, measure: &str, months: f64) -> Lms {
        let sex = self.sex.letter();
        if self.drawn {
            Lms::at_age(measure, sex, months)
        } else {
            Lms::at(measure, sex, months)
        }
    }

    fn head(&self, months: f64) -> [(&'static str, Decimal); 2] {
        let chart = self.chart("head", months);
        let size = Decimal::round(chart.value(self.head_z), 1);
        [
            ("head-circ", size),
            ("head-pct", centile(chart.z(size.value()))),
        ]
    }

    /// Whether the adult body mass index means obesity.
    pub(crate) fn is_obese(&self) -> bool {
        self.adult_bmi >= 30.5
    }

    /// Whether values of women apply.
    pub(crate) fn is_female(&self) -> bool {
        self.sex == Sex::Female
    }
}

fn centile(z: f64) -> Decimal {
    Decimal::round(percentile(z).clamp(0.1, 99.9), 1)
}
