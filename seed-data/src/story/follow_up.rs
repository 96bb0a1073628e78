//! Follow-up of chronic disease: one series of visits for all conditions of a person together.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::episode::Person;
use super::{Appointment, Episode};
use crate::moment::{days, months, weekday};
use crate::stream::Stream;
use crate::table::care::{FOLLOWED, Followed};

/// Months after which the tests of a disease are due, whatever chance says.
const TESTED_WITHIN: i64 = 13;

/// Visits every 7 to 11 months, each about one of the conditions of the day, with the tests of all of them.
pub(super) fn visits(
    person: &Person,
    episodes: &[Episode],
    stream: &mut Stream,
) -> Vec<Appointment> {
    let gap = if person.traits.care > 0.0 { 7 } else { 11 };
    let mut visits = Vec::new();
    let mut series = Series {
        seen: BTreeMap::new(),
        tested: months(person.since, -6),
    };
    let mut date = days(person.since, stream.between(20, 200));
    while date <= person.last {
        visits.extend(series.visit(weekday(date), episodes, stream));
        date = days(months(date, gap), stream.between(-20, 20));
    }
    visits
}

/// What the visits up to a day have been about, and when blood was last taken.
struct Series {
    seen: BTreeMap<&'static str, NaiveDate>,
    tested: NaiveDate,
}

impl Series {
    fn visit(
        &mut self,
        date: NaiveDate,
        episodes: &[Episode],
        stream: &mut Stream,
    ) -> Option<Appointment> {
        let rows = followed(date, episodes);
        let drawn = stream.pick(&rows).copied()?;
        let row = longest_ago(&rows, drawn, &self.seen);
        self.seen.insert(row.condition, date);
        let by_telephone = stream.chance(0.15);
        let due = months(self.tested, TESTED_WITHIN) <= date;
        let tested = (stream.chance(0.45) || due) && !by_telephone;
        let noted = stream.chance(0.35);
        let done = stream.chance(row.share) && !by_telephone;
        if tested {
            self.tested = date;
        }
        Some(Appointment {
            date,
            kind: if by_telephone {
                "telehealth"
            } else {
                "follow-up"
            },
            reason: Some(row.condition),
            provider: if by_telephone { "" } else { row.provider },
            tests: if tested { tests_of(&rows) } else { Vec::new() },
            procedures: done.then_some(row.procedure).into_iter().collect(),
            notes: noted.then_some("progress-note").into_iter().collect(),
            ..Appointment::default()
        })
    }
}

/// The condition that was not talked about for the longest time; the one that was drawn, if several never were.
fn longest_ago(
    rows: &[&'static Followed],
    drawn: &'static Followed,
    seen: &BTreeMap<&'static str, NaiveDate>,
) -> &'static Followed {
    let last = |row: &&Followed| seen.get(row.condition).copied();
    // Cancer has visits of its own (see `controls`).
    let others = rows
        .iter()
        .copied()
        .filter(|row| row.provider != "oncology");
    let oldest = others.min_by_key(last).unwrap_or(drawn);
    if last(&oldest) == last(&drawn) {
        drawn
    } else {
        oldest
    }
}

/// The visit at which a chronic condition is found, with its tests.
pub(super) fn first_visit(condition: &'static str, date: NaiveDate) -> Appointment {
    let row = FOLLOWED.iter().find(|row| row.condition == condition);
    Appointment {
        date,
        kind: "office-visit",
        reason: Some(condition),
        provider: row.map_or("", |row| row.provider),
        tests: row.map(|row| tests_of(&[row])).unwrap_or_default(),
        ..Appointment::default()
    }
}

/// The cycles of chemotherapy after cancer was found, three weeks apart.
pub(super) fn cycles(
    condition: &'static str,
    found: NaiveDate,
) -> impl Iterator<Item = Appointment> {
    let row = FOLLOWED.iter().find(|row| row.condition == condition);
    (0..row.map_or(0, |row| row.cycles)).map(move |cycle| Appointment {
        date: weekday(days(found, 28 + 21 * cycle)),
        kind: "follow-up",
        reason: Some(condition),
        provider: "oncology",
        tests: vec!["cbc"],
        procedures: vec!["chemotherapy"],
        ..Appointment::default()
    })
}

/// Conditions whose treatment is checked some weeks after it was begun, with the days until then.
const CHECKED: [(&str, i64); 7] = [
    ("afib", 42),
    ("chf", 21),
    ("depression", 42),
    ("htn", 35),
    ("hypothyroidism", 56),
    ("t1dm", 35),
    ("t2dm", 91),
];
/// The months after which people who have had cancer are seen for it.
const SURVEILLANCE: [i64; 7] = [6, 12, 18, 24, 36, 48, 60];

/// The visits that an episode asks for besides the usual ones.
pub(super) fn controls(episode: &Episode) -> Vec<Appointment> {
    let key = episode.condition.key;
    let check = CHECKED.iter().find(|row| row.0 == key);
    let check = check.map(|(_, wait)| days(episode.onset, 6 + wait));
    let cancer = episode.condition.kind == "neoplasm";
    let later = SURVEILLANCE.iter().filter(|_| cancer);
    let lasts = |date: &NaiveDate| episode.abatement.is_none_or(|end| *date <= end);
    check
        .into_iter()
        .chain(later.map(|count| months(episode.onset, *count)))
        .filter(lasts)
        .map(|date| Appointment {
            kind: "follow-up",
            ..first_visit(key, weekday(date))
        })
        .collect()
}

/// The rows of the conditions that a person has on a day.
fn followed(date: NaiveDate, episodes: &[Episode]) -> Vec<&'static Followed> {
    episodes
        .iter()
        .filter(|episode| episode.onset <= date)
        .filter(|episode| episode.abatement.is_none_or(|end| date <= end))
        .filter_map(|episode| {
            FOLLOWED
                .iter()
                .find(|row| row.condition == episode.condition.key)
        })
        .collect()
}

/// The tests of all rows, each once; a complete panel stands for the basic one.
fn tests_of(rows: &[&'static Followed]) -> Vec<&'static str> {
    let mut tests: Vec<&'static str> = rows
        .iter()
        .flat_map(|row| row.tests.split(','))
        .filter(|key| !key.is_empty())
        .collect();
    tests.sort_unstable();
    tests.dedup();
    if tests.contains(&"cmp") {
        tests.retain(|key| *key != "bmp");
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::care::PREVENTION;
    use crate::table::clinical::{Condition, Laboratory, Procedure};

    #[test]
    fn the_tables_name_conditions_tests_and_procedures() {
        for row in FOLLOWED.iter() {
            Condition::of(row.condition);
            for test in tests_of(&[row]) {
                Laboratory::of(test);
            }
            assert_eq!(row.procedure.is_empty(), row.share == 0.0, "{row:?}");
        }
        let procedures = FOLLOWED.iter().map(|row| row.procedure);
        for key in procedures.chain(PREVENTION.iter().map(|row| row.procedure)) {
            assert!(key.is_empty() || Procedure::of(key).key == key);
        }
    }
}
