//! Doses that drawn grown-ups get beyond the schedule, which is one of children for the most part.

use super::Dose;
use super::vaccination::Calendar;
use crate::moment::{age, date};
use crate::stream::Stream;
use crate::table::clinical::{Dose as Row, SCHEDULE, Vaccine};

/// The share of people who come back for the second dose of a series.
const COMPLETED: f64 = 0.9;
/// The share of grown-ups who had themselves vaccinated against COVID-19.
const AGAINST_COVID: f64 = 0.75;

/// Adds the second dose of a series that was begun, and the doses of 2021 for those who were grown up by then.
pub(super) fn add(life: &Calendar, doses: &mut Vec<Dose>, stream: &mut Stream) {
    let completed = stream.chance(COMPLETED);
    if let Some(first) = given(doses, "zoster").filter(|first| first.number == Some(1))
        && completed
    {
        let second = SCHEDULE
            .iter()
            .find(|row| row.product == "zoster" && row.number == "2");
        doses.extend(second.and_then(|row| dose(life, row, Some(&first), 9)));
    }
    let offered = date(2021, 3, 12);
    let grown_up = life.birth < offered && age(life.birth, offered) >= 18;
    let late = stream.between(0, 120);
    if !(grown_up && stream.chance(AGAINST_COVID)) || given(doses, "covid-pfizer-primary").is_some()
    {
        return;
    }
    let mut before: Option<Dose> = None;
    for row in SCHEDULE.iter().filter(|row| row.group == "COVID") {
        // Due on the day on which it was offered to everybody, not at the age of a child.
        let row = Row {
            age_days_due: (offered - life.birth).num_days(),
            ..row.clone()
        };
        let late = if before.is_none() { late } else { 2 };
        let next = dose(life, &row, before.as_ref(), late);
        if next.is_none() {
            return;
        }
        doses.extend(next.clone());
        before = next;
    }
}

/// The last dose of a product, unless it was refused.
fn given(doses: &[Dose], product: &str) -> Option<Dose> {
    let last = doses.iter().filter(|dose| dose.vaccine.key == product);
    last.max_by_key(|dose| dose.date)
        .filter(|dose| !dose.refused)
        .cloned()
}

fn dose(life: &Calendar, row: &Row, before: Option<&Dose>, late: i64) -> Option<Dose> {
    let date = life.date(row, before.map(|dose| dose.date), late)?;
    Some(Dose {
        vaccine: Vaccine::of(row.product),
        number: row.number.parse().ok(),
        date,
        refused: false,
    })
}
