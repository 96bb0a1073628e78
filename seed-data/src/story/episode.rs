//! Drawing what a person falls ill with: chronic disease from latent traits, acute illness by a yearly rate.

use chrono::NaiveDate;

use super::draw::Traits;
use super::{Episode, Habits, course, illness};
use crate::moment::{age, days, months};
use crate::person::Sex;
use crate::stream::Stream;
use crate::table::clinical::{CONDITIONS, Condition, DRIVERS, Driver};

/// The facts about a person that decide what can happen to them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) birth: NaiveDate,
    pub(crate) sex: Sex,
    /// The last day of the story.
    pub(crate) last: NaiveDate,
    /// From when visits are on record.
    pub(crate) since: NaiveDate,
    pub(crate) traits: Traits,
    pub(crate) habits: Option<Habits>,
    pub(crate) obese: bool,
}

impl Person {
    /// The age on a day.
    pub(crate) fn age(&self, date: NaiveDate) -> u32 {
        age(self.birth, date)
    }

    fn suits(&self, row: &Condition) -> bool {
        row.sex == "any" || row.sex == self.sex.letter()
    }

    /// How many times likelier than average a condition is for this person; the average over all people is about 1.
    fn risk(&self, driver: &Driver) -> f64 {
        let z = match driver.r#trait {
            "metabolic" => self.traits.metabolic,
            "heart" => self.traits.heart,
            "kidney" => self.traits.kidney,
            "lung" => self.traits.lung,
            "mood" => self.traits.mood,
            "joints" => self.traits.joints,
            "social" => self.traits.social,
            "weight" => return 0.0,
            "smoking" => return self.smoked(3.5, 2.0, 0.2),
            "smoker" => return self.smoked(4.0, 0.0, 0.0),
            _ => return 1.0,
        };
        (driver.strength * z - driver.strength * driver.strength / 2.0).exp()
    }

    fn smoked(&self, now: f64, before: f64, never: f64) -> f64 {
        match self.habits.map_or("", |habits| habits.smoking) {
            "449868002" | "428041000124106" => now,
            "8517006" => before,
            _ => never,
        }
    }
}

/// All episodes of a life up to the last day, in order of onset. `open` opens a stream of the patient.
pub(crate) fn draw(person: &Person, open: &impl Fn(&str) -> Stream) -> Vec<Episode> {
    let mut episodes = Vec::new();
    let mut taken: Vec<&str> = Vec::new();
    for row in CONDITIONS.iter().filter(|row| person.suits(row)) {
        let mut stream = open(&format!("episode:{}", row.key));
        let driver = DRIVERS.iter().find(|driver| driver.condition == row.key);
        let group = driver.map_or("", |driver| driver.group);
        let excluded = !group.is_empty() && taken.contains(&group);
        let risk = driver.map_or(1.0, |driver| person.risk(driver));
        let found = match row.kind {
            "chronic" | "neoplasm" if !excluded => chronic(person, row, risk, &mut stream),
            "event" if !excluded => event(person, row, risk, &mut stream),
            "sdoh" => circumstance(person, row, risk, &mut stream),
            "acute" => {
                episodes.extend(acute(person, row, &mut stream));
                None
            }
            _ => None,
        };
        if found.is_some() {
            taken.push(group);
        }
        episodes.extend(found);
    }
    episodes.extend(obesity(person, &mut open("episode:obesity")));
    episodes.sort_by_key(|episode| (episode.onset, episode.condition.key));
    episodes
}

/// The age in years by which most chronic disease has begun.
const LATEST_ONSET: f64 = 72.0;

/// A share of all people, with an onset between the ages of the table; late diseases lean to the end.
fn chronic(
    person: &Person,
    row: &'static Condition,
    risk: f64,
    stream: &mut Stream,
) -> Option<Episode> {
    let late = row.age_min >= 60.0;
    let share = stream.unit();
    let place = if late { share.sqrt() } else { share };
    let span = (row.age_max.min(LATEST_ONSET.max(row.age_min + 15.0)) - row.age_min).max(1.0);
    let onset = onset(person, row.age_min + span * place);
    let happens = stream.chance((row.weight * risk).min(0.9));
    let abatement = course::remission(row.key, onset, stream).filter(|end| *end <= person.last);
    (happens && onset < person.last).then_some(Episode {
        condition: row,
        onset,
        abatement,
    })
}

/// As chronic, but over after one to two months.
fn event(
    person: &Person,
    row: &'static Condition,
    risk: f64,
    stream: &mut Stream,
) -> Option<Episode> {
    let found = chronic(person, row, risk, stream)?;
    let end = days(found.onset, stream.between(25, 60));
    Some(Episode {
        abatement: (end <= person.last).then_some(end),
        ..found
    })
}

/// Circumstances of the years on record; some get better.
fn circumstance(
    person: &Person,
    row: &'static Condition,
    risk: f64,
    stream: &mut Stream,
) -> Option<Episode> {
    let span = (person.last - person.since).num_days().max(2);
    let onset = days(person.since, stream.between(1, span - 1));
    let years = f64::from(person.age(onset));
    let end = days(onset, stream.between(120, 700));
    let better = stream.chance(0.4) && end <= person.last;
    let happens = stream.chance((row.weight * risk).min(0.6));
    (happens && (row.age_min..row.age_max).contains(&years)).then_some(Episode {
        condition: row,
        onset,
        abatement: better.then_some(end),
    })
}

/// Illnesses of the years on record that bring the patient to a clinic: about half of all.
fn acute(person: &Person, row: &'static Condition, stream: &mut Stream) -> Vec<Episode> {
    let mut episodes = Vec::new();
    let mut year = person.since;
    while year < person.last {
        let drawn = days(year, stream.between(0, 360));
        let onset = illness::in_season(row.key, drawn).max(person.since);
        let end = illness::end(row.key, onset, stream);
        let years = f64::from(person.age(onset));
        let fits = (row.age_min..=row.age_max).contains(&years);
        let about = illness::is_about(row.key, onset);
        if stream.chance(row.weight * 0.5) && fits && about && onset < person.last {
            episodes.push(Episode {
                condition: row,
                onset,
                abatement: (end <= person.last).then_some(end),
            });
        }
        year = days(year, 365);
    }
    episodes
}

fn obesity(person: &Person, stream: &mut Stream) -> Option<Episode> {
    let onset = onset(person, 20.0 + 25.0 * stream.unit());
    let noted = person.obese && stream.chance(0.8) && onset < person.last;
    noted.then(|| Episode {
        condition: Condition::of("obesity"),
        onset,
        abatement: None,
    })
}

/// The day on which the person reaches an age in years.
#[expect(
    clippy::cast_possible_truncation,
    reason = "an age in months is below 2,000"
)]
fn onset(person: &Person, years: f64) -> NaiveDate {
    let whole = (years * 12.0) as i64;
    let rest = ((years * 12.0).fract() * 29.0) as i64;
    days(months(person.birth, whole), 1 + rest)
}
