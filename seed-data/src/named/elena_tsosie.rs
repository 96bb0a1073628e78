//! Elena Tsosie, 29: followed since birth; the patient who carries an instance of every profile.

use chrono::NaiveDate;

use super::{ago, born, episode, illness, place, quiet, short_therapy, therapy, visit};
use crate::moment::{days, months, weekday};
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::COMMERCIAL;
use crate::resource::related_person::Relative;
use crate::story::{Appointment, Habits, Story, vaccination};
use crate::stream::Stream;
use crate::table::people::Demographic;

mod screening;
mod visits;

pub(super) fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Broken Arrow", "OK", "74014", "918");
    let birth = born(as_of, 29, 5, 14);
    Identity {
        previous_family: Some("Begay".to_owned()),
        races: vec![
            Demographic::named("race", "1002-5"),
            Demographic::named("race", "2106-3"),
        ],
        ethnicity: Some(Demographic::named("ethnicity", "2135-2")),
        marital: Some(Demographic::named("marital", "M")),
        street: Some("305 Cedar Ln".to_owned()),
        phone: Some("918-555-0175".to_owned()),
        email: Some("elena.tsosie@example.com".to_owned()),
        record_number: "2900417".to_owned(),
        particulars: Particulars {
            tribe: Some(Demographic::named("tribe", "170")),
            gender_identity: Some(Demographic::named("gender-identity", "446141000124107")),
            pronouns: Some(Demographic::named("pronouns", "LA29519-8")),
            detailed_races: vec![Demographic::named("race-detailed", "1489-4")],
            detailed_ethnicity: Some(Demographic::named("ethnicity-detailed", "2148-5")),
            previous_home: Some((
                "12 Juniper Ct",
                place("Tulsa", "OK", "74104", "918"),
                months(birth, 312),
            )),
            previous_suffix: Some("II"),
            has_unknown_phone: true,
            other_languages: vec![Demographic::named("language", "es")],
            ..Particulars::default()
        },
        ..super::identity(
            "elena-tsosie",
            &["Elena", "Marie"],
            "Tsosie",
            Sex::Female,
            birth,
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let identity = identity(as_of);
    let birth = identity.birth;
    let fracture = ago(as_of, 3, 5);
    let appointments = visits::all(as_of, birth);
    let mut stream = Stream::open(super::SEED, &identity.id, "vaccinations");
    let mut doses = vaccination::by_schedule(birth, as_of, &appointments, &mut stream);
    for dose in &mut doses {
        dose.refused = dose.vaccine.key.starts_with("hpv") && dose.number == Some(1);
    }
    let mut story = Story {
        coverage: Some((COMMERCIAL, months(as_of, -84))),
        relatives: vec![Relative {
            key: "husband",
            given: "Tomas",
            family: "Tsosie".to_owned(),
            gender: "male",
            relationships: &["SPS"],
            phone: "918-555-0177".to_owned(),
        }],
        episodes: vec![
            episode("asthma", months(birth, 96), None),
            episode(
                "iron-deficiency-anemia",
                ago(as_of, 2, 3),
                Some(ago(as_of, 1, 0)),
            ),
            illness("appendicitis", weekday(months(birth, 245)), 30),
            illness("forearm-fracture", fracture, 60),
            illness("normal-pregnancy", ago(as_of, 2, 6), 280),
            illness("uti", ago(as_of, 1, 6), 9),
            episode("transport-lack", ago(as_of, 1, 9), None),
            episode("food-insecurity", ago(as_of, 1, 9), Some(ago(as_of, 0, 5))),
            episode("stress", ago(as_of, 1, 2), None),
        ],
        therapies: vec![
            therapy("albuterol-mdi", "asthma", months(birth, 96)),
            therapy("fluticasone-mdi", "asthma", ago(as_of, 4, 0)),
            short_therapy("hydrocodone-apap", "forearm-fracture", fracture, 6),
            short_therapy("nitrofurantoin", "uti", ago(as_of, 1, 6), 8),
        ],
        allergies: vec![
            ("penicillin", months(birth, 60)),
            ("cat-dander", months(birth, 110)),
        ],
        habits: Some(Habits {
            smoking: "428041000124106",
            pack_years: Some(2.0),
            alcohol: "228276006",
        }),
        doses,
        appointments,
        devices: vec![("nebulizer", ago(as_of, 4, 0)), ("iud", ago(as_of, 1, 4))],
        ..quiet(as_of, identity, 0.0)
    };
    story.settle();
    story
}

/// A visit with notes and nothing else yet.
fn noted(
    kind: &'static str,
    date: NaiveDate,
    reason: Option<&'static str>,
    notes: &[&'static str],
) -> Appointment {
    Appointment {
        notes: notes.to_vec(),
        ..visit(kind, days(date, 0), reason)
    }
}
