//! Minh Tran, 52: pneumonia and sepsis, nine days in intensive care with vital signs of every hour, and an interpreter.

use chrono::NaiveDate;

use super::{ago, born, complete, illness, place, quiet, visit};
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::COMMERCIAL;
use crate::story::event::{Event, Paper};
use crate::story::{Appointment, Habits, Story};
use crate::table::people::Demographic;
const NINE_DAYS: i64 = 9 * 1_440;

fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Tulsa", "OK", "74117", "918");
    Identity {
        races: vec![Demographic::named("race", "2028-9")],
        language: Demographic::named("language", "vi"),
        marital: Some(Demographic::named("marital", "M")),
        street: Some("77 Spruce St".to_owned()),
        phone: Some("918-555-0187".to_owned()),
        record_number: "5200789".to_owned(),
        particulars: Particulars {
            detailed_races: vec![Demographic::named("race-detailed", "2047-9")],
            needs_interpreter: true,
            ..Particulars::default()
        },
        ..super::identity(
            "minh-tran",
            &["Minh"],
            "Tran",
            Sex::Male,
            born(as_of, 52, 8, 25),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let fell_ill = ago(as_of, 0, 6);
    complete(Story {
        coverage: Some((COMMERCIAL, ago(as_of, 5, 0))),
        episodes: vec![
            illness("pneumonia", fell_ill, 30),
            illness("sepsis", fell_ill, 12),
            illness("respiratory-failure", fell_ill, 8),
        ],
        habits: Some(Habits {
            smoking: "8517006",
            pack_years: Some(12.0),
            alcohol: "105542008",
        }),
        appointments: vec![
            visit("annual-physical", ago(as_of, 1, 4), None),
            stay(fell_ill),
            Appointment {
                tests: vec!["cbc", "crp"],
                imaging: Some(("chest-cr", "Both lungs clear again.")),
                events: vec![Event::Filed(Paper::Call(
                    7,
                    "Called with an interpreter: the blood count is normal again.",
                ))],
                ..visit("follow-up", ago(as_of, 0, 5), Some("pneumonia"))
            },
        ],
        ..quiet(as_of, identity(as_of), 0.3)
    })
}

fn stay(date: NaiveDate) -> Appointment {
    Appointment {
        provider: "internal-medicine",
        minutes: Some(NINE_DAYS),
        tests: vec![
            "cbc-diff",
            "cmp",
            "crp",
            "lactate",
            "procalcitonin",
            "blood-culture",
            "abg-ph",
            "pco2",
            "po2",
        ],
        procedures: vec!["icu-admission", "mechanical-ventilation", "oxygen-therapy"],
        imaging: Some(("chest-xr", "Opacities of both lungs.")),
        given: vec![
            ("ceftriaxone-inj", 9),
            ("vancomycin-inj", 9),
            ("saline-inj", 6),
        ],
        notes: vec!["discharge-summary", "procedure-note"],
        events: vec![
            Event::Monitored,
            Event::Daily(&["cbc", "bmp", "lactate"]),
            Event::Oxygen(88, 15.0, 80),
        ],
        ..visit("icu", date, Some("pneumonia"))
    }
}
