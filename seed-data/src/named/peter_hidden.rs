//! Peter Hidden, 50: nobody's proxy; no token of a demonstration user may reach him.

use chrono::NaiveDate;

use super::{ago, born, episode, place, quiet, therapy, visit};
use crate::person::{Identity, Sex};
use crate::resource::coverage::COMMERCIAL;
use crate::story::{Appointment, Habits, Story, vaccination};
use crate::stream::Stream;
use crate::table::people::Demographic;

fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Boston", "MA", "02115", "617");
    Identity {
        races: vec![Demographic::named("race", "2106-3")],
        marital: Some(Demographic::named("marital", "D")),
        street: Some("77 Prospect St".to_owned()),
        phone: Some("617-555-0176".to_owned()),
        record_number: "5000917".to_owned(),
        ..super::identity(
            "peter-hidden",
            &["Peter"],
            "Hidden",
            Sex::Male,
            born(as_of, 50, 7, 8),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let identity = identity(as_of);
    let appointments: Vec<Appointment> = (0..5)
        .map(|year| check_up(as_of, year))
        .chain([chest(as_of)])
        .collect();
    let mut stream = Stream::open(super::SEED, &identity.id, "vaccinations");
    let mut story = Story {
        coverage: Some((COMMERCIAL, ago(as_of, 8, 0))),
        episodes: vec![
            episode("htn", ago(as_of, 6, 1), None),
            episode("hyperlipidemia", ago(as_of, 4, 9), None),
            episode("copd", ago(as_of, 2, 1), None),
        ],
        therapies: vec![
            therapy("lisinopril-10", "htn", ago(as_of, 6, 0)),
            therapy("atorvastatin-20", "hyperlipidemia", ago(as_of, 4, 0)),
            therapy("tiotropium", "copd", ago(as_of, 2, 0)),
        ],
        allergies: vec![("latex", ago(as_of, 15, 0))],
        habits: Some(Habits {
            smoking: "449868002",
            pack_years: Some(24.0),
            alcohol: "228276006",
        }),
        doses: vaccination::by_schedule(identity.birth, as_of, &appointments, &mut stream),
        appointments,
        ..quiet(as_of, identity, 0.3)
    };
    story.settle();
    story
}

fn check_up(as_of: NaiveDate, years: i64) -> Appointment {
    Appointment {
        tests: vec!["cmp", "lipid", "cbc"],
        notes: vec!["history-physical"],
        asks_habits: true,
        ..visit("annual-physical", ago(as_of, years, 3), None)
    }
}

fn chest(as_of: NaiveDate) -> Appointment {
    Appointment {
        imaging: Some(("chest-cr", "Hyperinflation of both lungs. No opacity.")),
        procedures: vec!["spirometry"],
        notes: vec!["consult-note"],
        ..visit("office-visit", ago(as_of, 2, 1), Some("copd"))
    }
}
