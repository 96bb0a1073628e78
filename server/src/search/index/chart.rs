//! The charts of patients: what belongs to a patient, and how it is usually narrowed.
//!
//! Nearly every request asks for a part of one patient's record: a type, a kind or code of it, the
//! newest first or what changed since. A line of the chart holds all of that side by side, so such
//! a search is one walk that looks at nothing it does not find.

use std::sync::LazyLock;

use fhir::compartment::{Membership, patient_membership};
use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Kind};

use super::{Key, Row, Value};
use crate::search::date;
use crate::search::reference::Target;

/// Parameters that narrow a record, the narrowest first.
const NARROWING: &[&str] = &["code", "vaccine-code", "type", "class", "category"];

/// Parameters that name the patient of a resource; each has a bit in [`Line::named`].
const NAMING: [&str; 2] = ["patient", "subject"];

/// Parameters that hold the date of care, the first that a type has.
const CARE_DATES: &[&str] = &[
    "date",
    "onset-date",
    "period",
    "authoredon",
    "authored",
    "whenhandedover",
    "effective-time",
    "effective",
    "started",
    "start-date",
    "created",
    "recorded",
    "collected",
    "sent",
];

/// One line of a patient's chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whose chart.
    pub patient: String,
    /// System and folded code of a narrowing parameter; both empty in the line that only says
    /// that the resource belongs here.
    pub system: String,
    /// See `system`.
    pub code: String,
    /// When the care was given; from the earliest to the latest of several dates.
    pub care: Option<date::Range>,
    /// Whether that are several dates, which the range does not tell apart.
    pub several: bool,
    /// By which parameters the resource names this patient: one bit for each.
    pub named: u8,
}

/// What the lines of a type hold.
#[derive(Debug, Default)]
pub struct Chart {
    /// The narrowing parameters, the narrowest first.
    pub narrowing: Vec<Key>,
    /// The parameter with the date of care.
    pub care: Option<Key>,
    /// Parameters that name the patient, with their bits.
    pub naming: Vec<(Key, u8)>,
}

static CHARTS: LazyLock<Vec<Chart>> =
    LazyLock::new(|| ResourceType::all().map(Chart::compile).collect());
static NONE: Chart = Chart {
    narrowing: Vec::new(),
    care: None,
    naming: Vec::new(),
};

/// The parameter that holds the date of care of a type.
pub fn care_date(ty: ResourceType) -> Option<Key> {
    CARE_DATES
        .iter()
        .filter_map(|code| search_parameter::find(ty, code))
        .find(|parameter| parameter.kind == Kind::Date)
        .map(Key::parameter)
}

impl Chart {
    /// What the lines of a type hold; nothing for types that belong to no patient.
    pub fn of(ty: ResourceType) -> &'static Self {
        CHARTS.get(usize::from(ty.number())).unwrap_or(&NONE)
    }

    fn compile(ty: ResourceType) -> Self {
        let belongs = matches!(
            patient_membership(ty),
            Membership::References(_) | Membership::Itself(_)
        );
        if !belongs {
            return Self::default();
        }
        let key = |code: &&str, kind| {
            search_parameter::find(ty, code)
                .filter(|parameter| parameter.kind == kind)
                .map(Key::parameter)
        };
        let named = |code| key(code, Kind::Reference);
        Self {
            narrowing: NARROWING
                .iter()
                .filter_map(|code| key(code, Kind::Token))
                .collect(),
            care: care_date(ty),
            naming: (NAMING.iter().zip([1, 2]))
                .filter_map(|(code, bit)| Some((named(code)?, bit)))
                .collect(),
        }
    }

    /// The bit of a parameter that names patients.
    pub fn bit(&self, key: Key) -> Option<u8> {
        let mut naming = self.naming.iter();
        naming.find(|(named, _)| *named == key).map(|(_, bit)| *bit)
    }

    /// The lines of a resource in the chart of one of its patients, from its other rows.
    pub(super) fn lines(&self, belongs: Key, patient: &str, rows: &[Row]) -> Vec<Row> {
        let mut line = Line {
            patient: patient.to_owned(),
            system: String::new(),
            code: String::new(),
            care: None,
            several: false,
            named: 0,
        };
        for row in rows {
            match &row.value {
                Value::Date(range) if Some(row.key) == self.care => {
                    line.several = line.care.is_some();
                    line.care = Some(line.care.map_or(*range, |other| other.hull(*range)));
                }
                Value::Reference(Target::Local(ty, id))
                    if id == patient && ty.as_str() == "Patient" =>
                {
                    line.named |= self.bit(row.key).unwrap_or_default();
                }
                _ => {}
            }
        }
        let narrowing = rows.iter().filter_map(|row| match &row.value {
            Value::Token { system, code } if self.narrowing.contains(&row.key) => {
                let line = Line {
                    system: system.clone(),
                    code: code.clone(),
                    ..line.clone()
                };
                Some((row.key, line))
            }
            _ => None,
        });
        std::iter::once((belongs, line.clone()))
            .chain(narrowing)
            .map(|(key, line)| Row {
                key,
                value: Value::Line(line),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty(name: &str) -> ResourceType {
        ResourceType::parse(name).unwrap()
    }

    fn key(name: &str, code: &str) -> Key {
        Key::parameter(search_parameter::find(ty(name), code).unwrap())
    }

    #[test]
    fn clinical_types_are_charted_and_the_health_system_is_not() {
        let chart = Chart::of(ty("Observation"));
        assert_eq!(
            chart.narrowing,
            [key("Observation", "code"), key("Observation", "category")]
        );
        assert_eq!(chart.care, Some(key("Observation", "date")));
        assert_eq!(chart.bit(key("Observation", "patient")), Some(1));
        assert_eq!(chart.bit(key("Observation", "subject")), Some(2));
        assert_eq!(chart.bit(key("Observation", "performer")), None);
        assert!(Chart::of(ty("Organization")).narrowing.is_empty());
    }

    #[test]
    fn the_parameters_of_a_chart_are_of_one_type_only() {
        for ty in ResourceType::all() {
            for key in &Chart::of(ty).narrowing {
                let mut rows = search_parameter::all();
                let row = rows.find(|row| Key::parameter(row) == *key).unwrap();
                assert_eq!(row.base, ty.as_str());
            }
        }
    }

    #[test]
    fn several_dates_are_told_from_one() {
        let chart = Chart::of(ty("Observation"));
        let date = |low, high| Row {
            key: key("Observation", "date"),
            value: Value::Date(date::Range { low, high }),
        };
        let belongs = Key::compartment(ty("Observation"));
        let line = |rows: &[Row]| match &chart.lines(belongs, "a", rows)[0].value {
            Value::Line(line) => line.clone(),
            other => panic!("{other:?}"),
        };
        let one = line(&[date(1, 2)]);
        assert_eq!(
            (one.care, one.several),
            (Some(date::Range { low: 1, high: 2 }), false)
        );
        let two = line(&[date(5, 6), date(1, 2)]);
        assert_eq!(
            (two.care, two.several),
            (Some(date::Range { low: 1, high: 6 }), true)
        );
    }
}
