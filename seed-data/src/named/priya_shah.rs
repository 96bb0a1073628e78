//! Priya Shah, 31: pregnant now, with gestational diabetes.

use chrono::NaiveDate;

use super::{ago, born, complete, episode, place, quiet, visit};
use crate::act::social_history::Said;
use crate::moment::{days, weekday};
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::COMMERCIAL;
use crate::story::event::Event;
use crate::story::{Appointment, Habits, Story};
use crate::table::people::Demographic;
fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Boston", "MA", "02118", "617");
    Identity {
        races: vec![Demographic::named("race", "2028-9")],
        marital: Some(Demographic::named("marital", "M")),
        street: Some("18 Harbor St".to_owned()),
        phone: Some("617-555-0184".to_owned()),
        email: Some("priya.shah@example.com".to_owned()),
        record_number: "3100456".to_owned(),
        particulars: Particulars {
            detailed_races: vec![Demographic::named("race-detailed", "2029-7")],
            other_languages: vec![Demographic::named("language", "hi")],
            ..Particulars::default()
        },
        ..super::identity(
            "priya-shah",
            &["Priya"],
            "Shah",
            Sex::Female,
            born(as_of, 31, 10, 17),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    // Thirty weeks gone.
    let start = days(as_of, -210);
    complete(Story {
        coverage: Some((COMMERCIAL, ago(as_of, 3, 0))),
        episodes: vec![
            episode("normal-pregnancy", start, None),
            episode("gdm", weekday(days(start, 182)), None),
        ],
        habits: Some(Habits {
            smoking: "266919005",
            pack_years: None,
            alcohol: "105542008",
        }),
        appointments: appointments(as_of, start),
        ..quiet(as_of, identity(as_of), 0.4)
    })
}

fn appointments(as_of: NaiveDate, start: NaiveDate) -> Vec<Appointment> {
    let about = Some("normal-pregnancy");
    let week = |number: i64| weekday(days(start, 7 * number));
    let told = || vec![Event::Told("pregnancy-status", Said::Code("77386006"))];
    let prenatal = |number| Appointment {
        provider: "obgyn",
        events: told(),
        ..visit(
            if number < 10 {
                "prenatal"
            } else {
                "prenatal-follow-up"
            },
            week(number),
            about,
        )
    };
    vec![
        Appointment {
            tests: vec!["cbc", "abo-rh", "ua"],
            asks_habits: true,
            ..prenatal(8)
        },
        prenatal(13),
        Appointment {
            imaging: Some(("ob-ultrasound", "Single living fetus of 20 weeks.")),
            ..prenatal(20)
        },
        Appointment {
            // Above 92 mg/dL: what makes the diagnosis.
            tests: vec!["glucose-fasting"],
            results: &[("glucose-fasting", 101.0)],
            ..prenatal(26)
        },
        Appointment {
            tests: vec!["ua"],
            notes: vec!["progress-note"],
            ..prenatal(29)
        },
        visit("annual-physical", ago(as_of, 1, 2), None),
    ]
}
