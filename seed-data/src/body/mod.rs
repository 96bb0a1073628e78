//! The body of a patient: usual values, what disease and treatment do to them, and the values of one day.

use chrono::NaiveDate;

use crate::person::{Identity, Sex};
use crate::stream::Stream;
use crate::table::clinical::{CODED_RESULTS, CodedResult, EFFECTS, Laboratory, VITAL_SIGNS};

pub(crate) mod bench;
pub(crate) mod kidney;
pub(crate) mod vital_signs;

/// Something that acts on the body for a time: a condition or a drug, by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) key: &'static str,
    pub(crate) since: NaiveDate,
    pub(crate) until: Option<NaiveDate>,
}

/// The constitution of one patient.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) owner: String,
    pub(crate) seed: u64,
    pub(crate) sex: Sex,
    pub(crate) birth: NaiveDate,
    /// Standard deviations from the growth charts.
    pub(crate) height_z: f64,
    pub(crate) weight_z: f64,
    pub(crate) head_z: f64,
    /// Body mass index at 45 years, in kg/m2.
    pub(crate) adult_bmi: f64,
    /// Whether the patient was drawn: a high blood pressure then needs a condition, and growth charts are exact.
    pub(crate) drawn: bool,
    pub(crate) causes: Vec<Cause>,
}

impl Body {
    /// A body drawn for a patient.
    pub(crate) fn draw(seed: u64, person: &Identity, metabolic: f64) -> Self {
        let mut stream = Stream::open(seed, &person.id, "body");
        let lean = if person.sex == Sex::Female { 0.4 } else { 0.0 };
        Self {
            owner: person.id.clone(),
            seed,
            sex: person.sex,
            birth: person.birth,
            height_z: stream.normal(0.0, 0.8),
            weight_z: stream.normal(0.2 + 0.3 * metabolic, 0.7),
            head_z: stream.normal(0.0, 0.8),
            adult_bmi: (27.0 - lean + 3.4 * metabolic + stream.normal(0.0, 2.6)).clamp(18.0, 46.0),
            drawn: false,
            causes: Vec::new(),
        }
    }

    /// The stream of the body for one purpose.
    fn stream(&self, label: &str) -> Stream {
        Stream::open(self.seed, &self.owner, label)
    }

    /// The blood group, which never changes.
    fn blood_group(&self) -> Option<&'static CodedResult> {
        let groups: Vec<&'static CodedResult> = CODED_RESULTS
            .iter()
            .filter(|row| row.lab == "abo-rh")
            .collect();
        let mut stream = self.stream("blood-group");
        stream.weighted(&groups, |row| row.default_share).copied()
    }

    /// Age in months, for the growth charts.
    pub(crate) fn months(&self, date: NaiveDate) -> f64 {
        let days = i32::try_from((date - self.birth).num_days()).unwrap_or(0);
        f64::from(days.max(0)) / 30.4375
    }

    /// The value a measure has around `date`, before the noise of the day: the personal mean, then levels,
    /// shifts and factors of everything that acts at that time.
    pub(crate) fn usual(&self, measure: &str, mean: f64, sd: f64, date: NaiveDate) -> f64 {
        let own = self.stream(&format!("usual:{measure}")).normal(0.0, 0.6);
        let (mut level, mut shift, mut factor) = (mean, 0.0, 1.0);
        let active =
            |cause: &&Cause| cause.since <= date && cause.until.is_none_or(|until| date <= until);
        for cause in self.causes.iter().filter(active) {
            for effect in EFFECTS
                .iter()
                .filter(|row| row.cause == cause.key && row.measure == measure)
            {
                level = effect.level.unwrap_or(level);
                shift += effect.shift;
                factor *= effect.factor.unwrap_or(1.0);
            }
        }
        (level + own * sd + shift) * factor
    }

    /// A value of one day: the usual one with its daily noise.
    pub(crate) fn today(
        &self,
        measure: &str,
        mean: f64,
        sd: f64,
        date: NaiveDate,
        stream: &mut Stream,
    ) -> f64 {
        stream.normal(self.usual(measure, mean, sd, date), sd * 0.35)
    }

    /// A vital sign of one day by its key, with mean and spread of the table row `row`.
    fn vital(&self, measure: &str, row: &str, date: NaiveDate, stream: &mut Stream) -> f64 {
        let row = VITAL_SIGNS.iter().find(|sign| sign.key == row);
        let (mean, sd) = row.map_or((0.0, 0.0), |sign| (sign.mean, sign.sd));
        self.today(measure, mean, sd, date, stream)
    }

    /// A laboratory value of one day by its key.
    fn laboratory(&self, row: &Laboratory, date: NaiveDate, stream: &mut Stream) -> f64 {
        self.today(row.key, row.mean, row.sd, date, stream)
    }
}
