//! The calendar of a drawn patient: check-ups by age, follow-up of chronic disease, visits for illness, stays.

use chrono::NaiveDate;

use super::episode::Person;
use super::{Appointment, Episode, examination, follow_up, prevention};
use crate::config::Richness;
use crate::moment::{age, days, months, weekday};
use crate::person::Sex;
use crate::stream::Stream;

/// Ages in months of the check-ups of small children.
const CHILD_VISITS: [i64; 11] = [1, 2, 4, 6, 9, 12, 15, 18, 24, 30, 36];
/// Events that need a stay, with drugs of the stay and a procedure.
const STAYS: [(&str, &str, &str, &str); 6] = [
    ("appendicitis", "morphine-inj", "appendectomy", "surgery"),
    ("mi", "", "pci", "cardiology"),
    ("pulmonary-embolism", "heparin-inj", "", "internal-medicine"),
    ("dvt", "enoxaparin-inj", "", "internal-medicine"),
    ("stroke", "", "", "internal-medicine"),
    (
        "sepsis",
        "vancomycin-inj",
        "icu-admission",
        "internal-medicine",
    ),
];

/// From when visits are on record.
pub(crate) fn record_begins(birth: NaiveDate, last: NaiveDate, richness: Richness) -> NaiveDate {
    let (childhood, later) = richness.years();
    let years = if age(birth, last) < 12 {
        childhood
    } else {
        later
    };
    months(last, -12 * years).max(birth)
}

/// The appointments in order of time; `end` is when and of what the patient died. `open` opens a
/// stream of the patient.
pub(crate) fn draw(
    person: &Person,
    episodes: &[Episode],
    end: Option<(NaiveDate, &'static str)>,
    open: &impl Fn(&str) -> Stream,
) -> Vec<Appointment> {
    let mut visits = check_ups(person, episodes, &mut open("visits:check-up"));
    let followed = &mut open("visits:follow-up");
    visits.extend(follow_up::visits(person, episodes, followed));
    // What somebody dies of on the spot brings no other visit.
    let deadly = |episode: &&Episode| end.is_some_and(|(death, _)| death == episode.onset);
    for episode in episodes
        .iter()
        .filter(|episode| episode.onset >= person.since && !deadly(episode))
    {
        let mut stream = open(&format!(
            "visits:{}:{}",
            episode.condition.key, episode.onset
        ));
        visits.extend(illness(person, episode, &mut stream));
        visits.extend(follow_up::cycles(episode.condition.key, episode.onset));
    }
    // A visit that was due on the day of the death did not take place.
    visits.retain(|visit| end.is_none_or(|(death, _)| visit.date < death));
    visits.extend(end.map(|(date, cause)| Appointment {
        date,
        kind: "death-certification",
        reason: Some(cause),
        ..Appointment::default()
    }));
    visits.retain(|visit| (person.since..=person.last).contains(&visit.date));
    one_a_day(&mut visits);
    visits
}

/// The calendar with the visits that a new drug and a survived cancer ask for, and without tests that come too soon.
pub(crate) fn with_controls(
    person: &Person,
    episodes: &[Episode],
    end: Option<(NaiveDate, &'static str)>,
    mut visits: Vec<Appointment>,
) -> Vec<Appointment> {
    let Some(first) = visits.first().map(|visit| visit.date) else {
        return visits;
    };
    let before_the_end = |visit: &Appointment| end.is_none_or(|(death, _)| visit.date < death);
    let controls = episodes.iter().flat_map(follow_up::controls);
    visits.extend(
        controls
            .filter(|visit| (first..=person.last).contains(&visit.date) && before_the_end(visit)),
    );
    one_a_day(&mut visits);
    examination::spare_tests(&mut visits);
    visits
}

/// In order of time; of two visits on one day the first stays.
fn one_a_day(visits: &mut Vec<Appointment>) {
    visits.sort_by_key(|visit| visit.date);
    visits.dedup_by_key(|visit| visit.date);
}

/// Children by the calendar, grown-ups every one to three years, yearly from 65.
fn check_ups(person: &Person, episodes: &[Episode], stream: &mut Stream) -> Vec<Appointment> {
    let small = CHILD_VISITS
        .iter()
        .map(|count| days(months(person.birth, *count), stream.between(0, 8)));
    let mut dates: Vec<NaiveDate> = std::iter::once(days(person.birth, 4))
        .chain(small)
        .collect();
    let mut date = months(person.birth, 48);
    while date < person.last {
        let years = person.age(date);
        let gap = match years {
            ..21 | 65.. => 12,
            _ if person.traits.care > 0.3 => 12,
            _ if person.traits.care > -0.8 => 18,
            _ => 30,
        };
        dates.push(days(date, stream.between(0, 40)));
        date = months(date, gap);
    }
    dates
        .into_iter()
        .map(|date| check_up(person, episodes, weekday(date), stream))
        .collect()
}

fn check_up(
    person: &Person,
    episodes: &[Episode],
    date: NaiveDate,
    stream: &mut Stream,
) -> Appointment {
    let years = person.age(date);
    let tests: &[&str] = match years {
        ..18 => &[],
        18..40 if person.sex == Sex::Male => &[],
        18..40 => &["hemoglobin"],
        _ => &["cmp", "lipid", "cbc"],
    };
    let note = years >= 18 && stream.chance(0.4) || years < 18 && stream.chance(0.1);
    Appointment {
        date,
        kind: if years < 18 {
            "wellness"
        } else {
            "annual-physical"
        },
        tests: if stream.chance(0.75) {
            tests.to_vec()
        } else {
            Vec::new()
        },
        notes: if note {
            vec!["history-physical"]
        } else {
            Vec::new()
        },
        procedures: prevention::procedures(person, date, stream),
        events: prevention::questions(person, episodes, date, stream),
        asks_habits: years >= 13,
        ..Appointment::default()
    }
}

/// The visit that an illness of the recorded years brings: a stay, an emergency or an office visit.
fn illness(person: &Person, episode: &Episode, stream: &mut Stream) -> Option<Appointment> {
    let key = episode.condition.key;
    let stay = STAYS.iter().find(|row| row.0 == key);
    let date = days(episode.onset, stream.between(0, 2)).min(person.last);
    let visit = Appointment {
        date,
        reason: Some(key),
        ..Appointment::default()
    };
    if let Some((_, drug, procedure, provider)) = stay {
        return Some(Appointment {
            kind: "inpatient",
            provider,
            given: if drug.is_empty() {
                Vec::new()
            } else {
                vec![(drug, stream.between(3, 6))]
            },
            procedures: if procedure.is_empty() {
                Vec::new()
            } else {
                vec![procedure]
            },
            tests: vec!["cbc-diff", "bmp"],
            notes: vec!["discharge-summary"],
            ..visit
        });
    }
    match episode.condition.kind {
        "acute" => Some(office(key, visit, stream)),
        "chronic" | "neoplasm" => Some(follow_up::first_visit(key, weekday(days(date, 6)))),
        _ => None,
    }
}

fn office(key: &str, visit: Appointment, stream: &mut Stream) -> Appointment {
    let tests: &[&str] = match key {
        "strep-throat" => &["strep-test"],
        "covid19" => &["sars-cov-2"],
        "influenza" => &["flu-a", "flu-b"],
        "uti" => &["ua"],
        "pneumonia" => &["cbc", "crp"],
        _ => &[],
    };
    let (imaging, procedures): (Option<(&str, &str)>, Vec<&str>) = match key {
        "pneumonia" => (
            Some((
                "chest-xr",
                "Opacity in the right lower lobe, consistent with pneumonia.",
            )),
            vec![],
        ),
        "forearm-fracture" => (
            Some((
                "wrist-xr",
                "Fracture of the distal radius without displacement.",
            )),
            vec!["fracture-immobilization"],
        ),
        "laceration" => (None, vec!["wound-suture"]),
        _ => (None, vec![]),
    };
    let urgent = matches!(
        key,
        "forearm-fracture" | "clavicle-fracture" | "concussion" | "laceration"
    );
    let kind = match (urgent, stream.chance(0.6)) {
        (true, true) => "emergency",
        (true, false) => "urgent-care",
        _ => "symptom-visit",
    };
    let date = if kind == "symptom-visit" {
        weekday(visit.date)
    } else {
        visit.date
    };
    Appointment {
        date,
        kind,
        tests: tests.to_vec(),
        imaging,
        procedures,
        ..visit
    }
}
