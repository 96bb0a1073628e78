//! What the visits of a drawn patient leave out: vital signs that nobody would take, tests that were done not long ago.
//!
//! The body has a value of every sign and test for every day; leaving one out changes no other.

use chrono::NaiveDate;

use super::{Appointment, Episode, Story};
use crate::body::vital_signs::VitalSigns;
use crate::moment::{age, months};
use crate::table::care::{EXAMINED, INTERVALS};

/// Whether the vital signs of a story are all taken at every visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thoroughness {
    Everything,
    /// By the kind of the visit, the age and the conditions of the day.
    AsCalledFor,
}

/// Height and what is calculated from it.
const SIZE: [&str; 7] = [
    "height",
    "length",
    "bmi",
    "bmi-pct",
    "wt-len-pct",
    "head-circ",
    "head-pct",
];
/// The least months between two heights of a grown-up, and of an old person, who shrinks.
const HEIGHT_GAP: (i64, i64) = (22, 10);

impl Appointment {
    fn is_preventive(&self) -> bool {
        matches!(self.kind, "wellness" | "annual-physical")
    }

    /// Emergencies and stays: everything is measured.
    fn is_urgent(&self) -> bool {
        matches!(self.kind, "emergency" | "urgent-care" | "inpatient")
    }
}

impl Story {
    /// The vital signs that are taken at a visit of this story.
    pub(crate) fn signs_taken(&self, visit: &Appointment) -> VitalSigns {
        let mut signs = self.body.vital_signs(visit.date);
        if self.thoroughness == Thoroughness::Everything || visit.is_urgent() {
            return signs;
        }
        let years = age(self.identity.birth, visit.date);
        let with_size = self.takes_size(visit, years);
        signs
            .values
            .retain(|(key, _)| self.takes(visit, key, years, with_size));
        if years < 13 && visit.kind == "symptom-visit" {
            signs.blood_pressure = None;
        }
        signs
    }

    fn takes(&self, visit: &Appointment, key: &str, years: u32, with_size: bool) -> bool {
        let stem = key.trim_end_matches("-infant").trim_end_matches("-child");
        let small = years < 3;
        match stem {
            "temperature" => small || self.asks_for(stem, visit.date),
            "resp-rate" => small && visit.is_preventive() || self.asks_for(stem, visit.date),
            "spo2" => self.asks_for(stem, visit.date),
            _ if SIZE.contains(&stem) => with_size,
            _ => true,
        }
    }

    /// Whether a condition of the day asks for a sign.
    fn asks_for(&self, sign: &str, date: NaiveDate) -> bool {
        let present = |episode: &&Episode| {
            episode.onset <= date && episode.abatement.is_none_or(|end| date <= end)
        };
        self.episodes.iter().filter(present).any(|episode| {
            EXAMINED
                .iter()
                .filter(|row| row.condition == episode.condition.key)
                .any(|row| row.signs.split(',').any(|name| name == sign))
        })
    }

    /// Children are measured whenever they are not ill; others at their first visit, and at a check-up when the last
    /// time was long ago.
    fn takes_size(&self, visit: &Appointment, years: u32) -> bool {
        if years < 18 {
            return visit.kind != "symptom-visit";
        }
        let mut last: Option<NaiveDate> = None;
        for own in self.appointments.iter().filter(|own| own.measures()) {
            let old = age(self.identity.birth, own.date) >= 65;
            let gap = if old { HEIGHT_GAP.1 } else { HEIGHT_GAP.0 };
            let due = last.is_none_or(|date| own.is_preventive() && months(date, gap) <= own.date);
            if own.date == visit.date {
                return due || own.is_urgent();
            }
            if own.date > visit.date {
                break;
            }
            if due || own.is_urgent() {
                last = Some(own.date);
            }
        }
        false
    }
}

/// Takes tests from visits that were done not long ago. The visits are in order of time.
pub(super) fn spare_tests(visits: &mut [Appointment]) {
    let mut done: Vec<(&'static str, NaiveDate)> = Vec::new();
    for visit in visits {
        let today = visit.date;
        let kind = visit.kind;
        visit.tests.retain(|order| {
            let recent = |(test, date): &(&str, NaiveDate)| {
                INTERVALS
                    .iter()
                    .filter(|row| row.visit == kind && row.order == *order && row.done == *test)
                    .any(|row| months(*date, row.months) > today)
            };
            !done.iter().any(recent)
        });
        done.extend(visit.tests.iter().map(|order| (*order, today)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::clinical::{Condition, Laboratory, VitalSign};

    #[test]
    fn the_tables_name_conditions_signs_and_orders() {
        for row in EXAMINED.iter() {
            Condition::of(row.condition);
            for sign in row.signs.split(',') {
                assert!(!SIZE.contains(&sign));
                VitalSign::of(sign);
            }
        }
        for row in INTERVALS.iter() {
            assert!(row.months > 0, "{row:?}");
            Laboratory::of(row.order);
            Laboratory::of(row.done);
        }
        for sign in SIZE {
            VitalSign::of(sign);
        }
    }

    #[test]
    fn a_test_is_spared_by_the_kind_of_the_visit() {
        let visit = |kind, date: &str| Appointment {
            date: date.parse().expect("a date"),
            kind,
            tests: vec!["lipid", "cbc"],
            ..Appointment::default()
        };
        let mut visits = [
            visit("follow-up", "2022-01-10"),
            visit("annual-physical", "2023-02-01"),
            visit("follow-up", "2023-03-01"),
            visit("annual-physical", "2025-02-01"),
            visit("annual-physical", "2027-01-20"),
        ];
        spare_tests(&mut visits);
        let left: Vec<usize> = visits.iter().map(|visit| visit.tests.len()).collect();
        // Lipids are due after 22 months, blood counts after 46; blood counts at follow-up at once.
        assert_eq!(left, [2, 0, 2, 1, 2]);
        assert_eq!(visits[3].tests, ["lipid"]);
    }
}
