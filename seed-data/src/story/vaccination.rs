//! Vaccinations: by schedule for drawn patients, and their place in the telling.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::tell::Teller;
use super::{Appointment, Dose};
use crate::moment::{self, Moment, age, days};
use crate::resource::encounter::Visit;
use crate::resource::immunization::Shot;
use crate::stream::Stream;
use crate::table::clinical::{Dose as Row, SCHEDULE, Vaccine};

/// Days until a dose that a child has missed is made up for.
const MADE_UP: i64 = 120;
/// Rotavirus vaccine is begun before 15 weeks and ended before 8 months of age.
const ROTAVIRUS: (i64, i64) = (104, 243);
/// Series that a child who missed them still gets at school age.
const CATCH_UP: [&str; 4] = ["HepA", "HepB", "MMR", "VAR"];
/// Series that one dose completes when it is given from this age in days on.
const ONE_IS_ENOUGH: (&[&str], i64) = (&["Hib"], 456);

/// A life for which doses are found: `visits` are in order of time.
pub(super) struct Calendar<'a> {
    pub(super) birth: NaiveDate,
    pub(super) last: NaiveDate,
    pub(super) visits: Vec<&'a Appointment>,
}

/// The doses of a life by the schedule: each from the year its vaccine came into use, at the first visit that suits
/// or, before the visits on record, on the day it was due. A later dose of a series needs
/// the one before it and keeps its interval.
pub(crate) fn by_schedule(
    birth: NaiveDate,
    last: NaiveDate,
    visits: &[Appointment],
    stream: &mut Stream,
) -> Vec<Dose> {
    let mut visits: Vec<&Appointment> = visits.iter().collect();
    visits.sort_by_key(|visit| visit.date);
    let calendar = Calendar {
        birth,
        last,
        visits,
    };
    let mut series: BTreeMap<&str, Vec<NaiveDate>> = BTreeMap::new();
    // Doses that are due at the same age are given on the same day.
    let mut lateness: BTreeMap<i64, i64> = BTreeMap::new();
    let mut doses = Vec::new();
    for row in SCHEDULE.iter().filter(|row| row.group != "FLU") {
        let longest = if stream.chance(0.06) { 200 } else { 9 };
        let drawn = stream.between(0, longest);
        let refused = stream.chance(0.02);
        let missed = stream.chance(if row.age_days_due > 7_000 { 0.3 } else { 0.03 });
        // What a child has missed is made up for later, what a grown-up has missed is not.
        let skipped = missed && row.age_days_due > 7_000;
        let made_up = if missed && !skipped { MADE_UP } else { 0 };
        let late = *lateness.entry(row.age_days_due).or_insert(drawn) + made_up;
        let number: Option<u32> = row.number.parse().ok();
        let earlier = series
            .entry(if number.is_some() {
                row.group
            } else {
                row.product
            })
            .or_default();
        let follows = number.is_none_or(|number| usize::try_from(number) == Ok(earlier.len() + 1));
        let complete = calendar.is_complete(row, earlier.last().copied());
        let date = calendar.date(row, earlier.last().copied(), late);
        if let (false, true, Some(date)) = (skipped || complete, follows, date) {
            let dose = Dose {
                vaccine: Vaccine::of(row.product),
                number,
                date,
                refused,
            };
            if !refused {
                earlier.push(date);
                doses.extend(calendar.repeated(row, &dose));
            }
            doses.push(dose);
        }
    }
    doses.extend(influenza(birth, &calendar.visits, stream));
    doses
}

impl Calendar<'_> {
    /// When a dose is given: due at its age, in use, not too soon after the one `before`, at a visit if visits are on
    /// record by then. A vaccine that came too late for the due age was still offered to children, not to grown-ups.
    pub(super) fn date(
        &self,
        row: &Row,
        before: Option<NaiveDate>,
        late: i64,
    ) -> Option<NaiveDate> {
        let in_use = moment::date(i32::try_from(row.since_year).unwrap_or(0).max(1), 3, 12);
        let spaced = before.map_or(self.birth, |date| days(date, row.min_interval_days.max(28)));
        let start = days(self.birth, row.age_days_due).max(in_use).max(spaced);
        let start = days(start, late);
        if row.age_days_due < 7_000 && age(self.birth, start) >= 18 || self.is_too_late(row, start)
        {
            return None;
        }
        let first = self
            .visits
            .first()
            .map_or(NaiveDate::MAX, |visit| visit.date);
        let mut here = self
            .visits
            .iter()
            .filter(|visit| visit.date >= start && is_clinic(visit));
        let date = if start < first {
            Some(moment::weekday(start))
        } else if row.age_days_due == 0 {
            self.visits.first().map(|visit| visit.date)
        } else {
            here.next().map(|visit| visit.date)
        };
        let oldest = days(self.birth, Vaccine::of(row.product).age_max_days);
        date.filter(|date| *date <= self.last.min(oldest))
    }

    /// The boosters after a dose that is repeated after so many years; only the first has a number.
    fn repeated(&self, row: &Row, first: &Dose) -> Vec<Dose> {
        let mut doses: Vec<Dose> = Vec::new();
        if row.repeat_years == 0 {
            return doses;
        }
        let mut before = first.date;
        loop {
            let due = moment::months(before, 12 * row.repeat_years);
            let spaced = Row {
                age_days_due: (due - self.birth).num_days(),
                ..row.clone()
            };
            let Some(date) = self.date(&spaced, None, 0) else {
                return doses;
            };
            doses.push(Dose {
                number: None,
                date,
                ..first.clone()
            });
            before = date;
        }
    }

    /// Whether the dose `before` ended the series.
    fn is_complete(&self, row: &Row, before: Option<NaiveDate>) -> bool {
        let (groups, age) = ONE_IS_ENOUGH;
        groups.contains(&row.group) && before.is_some_and(|date| date >= days(self.birth, age))
    }

    /// Vaccines of infancy are made up for within three years, those of `CATCH_UP` as long as one is a child.
    fn is_too_late(&self, row: &Row, start: NaiveDate) -> bool {
        if row.group == "RV" {
            let (begun, ended) = ROTAVIRUS;
            let latest = if row.number == "1" { begun } else { ended };
            return start > days(self.birth, latest);
        }
        let infancy = row.age_days_due < 2_000 && !CATCH_UP.contains(&row.group);
        infancy && start > days(self.birth, row.age_days_due + 3 * 365)
    }
}

/// Influenza once each autumn, at a visit from September to December, for those who come and want it.
fn influenza(birth: NaiveDate, visits: &[&Appointment], stream: &mut Stream) -> Vec<Dose> {
    let mut doses: Vec<Dose> = Vec::new();
    for visit in visits
        .iter()
        .filter(|visit| is_clinic(visit) && visit.date.month() >= 9)
    {
        let again = doses
            .last()
            .is_some_and(|dose| dose.date.year() == visit.date.year());
        let years = age(birth, visit.date);
        let wanted = stream.chance(0.7);
        if again || !wanted || (visit.date - birth).num_days() < 183 {
            continue;
        }
        let product = if years >= 65 {
            "flu-highdose"
        } else {
            "flu-pf"
        };
        doses.push(Dose {
            vaccine: Vaccine::of(product),
            number: None,
            date: visit.date,
            refused: stream.chance(0.02),
        });
    }
    doses
}

fn is_clinic(visit: &Appointment) -> bool {
    matches!(
        visit.kind,
        "wellness" | "annual-physical" | "office-visit" | "follow-up"
    )
}

impl Teller<'_> {
    /// Writes the doses given at `visit`, or those from before `first` when there is no visit.
    pub(super) fn tell_vaccinations(&mut self, visit: Option<&Visit>, first: NaiveDate) {
        let story = self.story;
        let here = |dose: &&Dose| {
            if visit.is_some() {
                dose.date == first
            } else {
                dose.date < first
            }
        };
        for (ordinal, dose) in (0_i64..).zip(story.doses.iter().filter(here)) {
            let when = visit.map_or_else(
                || Moment::at(dose.date, 600, self.chart.zone()),
                |visit| visit.start.plus_minutes(20 + 2 * ordinal),
            );
            let lot = self
                .chart
                .stream(&format!("lot:{}:{}", dose.vaccine.key, dose.date))
                .below(100_000);
            self.chart.write_immunization(&Shot {
                vaccine: dose.vaccine,
                dose: dose.number,
                when,
                visit,
                refused: dose.refused,
                lot,
            });
        }
    }
}
