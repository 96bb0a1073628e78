//! Amara Brown, 40: several races in detail, HIV under control, screened for breast cancer.

use chrono::NaiveDate;

use super::{ago, born, complete, episode, place, quiet, therapy, visit};
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::COMMERCIAL;
use crate::story::{Appointment, Habits, Story};
use crate::table::people::Demographic;
fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Durham", "NC", "27701", "919");
    Identity {
        races: vec![
            Demographic::named("race", "2054-5"),
            Demographic::named("race", "2028-9"),
        ],
        marital: Some(Demographic::named("marital", "S")),
        street: Some("230 Laurel Dr".to_owned()),
        phone: Some("919-555-0189".to_owned()),
        email: Some("amara.brown@example.com".to_owned()),
        record_number: "4001012".to_owned(),
        particulars: Particulars {
            detailed_races: vec![
                Demographic::named("race-detailed", "2056-0"),
                Demographic::named("race-detailed", "2071-9"),
                Demographic::named("race-detailed", "2034-7"),
            ],
            ..Particulars::default()
        },
        ..super::identity(
            "amara-brown",
            &["Amara"],
            "Brown",
            Sex::Female,
            born(as_of, 40, 3, 3),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let mut appointments: Vec<Appointment> = [0, 1, 2]
        .map(|years| Appointment {
            tests: vec!["cd4", "cbc", "cmp"],
            asks_habits: true,
            ..visit("annual-physical", ago(as_of, years, 5), None)
        })
        .to_vec();
    appointments.push(Appointment {
        imaging: Some(("mammogram", "No sign of cancer.")),
        ..visit("office-visit", ago(as_of, 0, 4), None)
    });
    appointments.push(visit("office-visit", ago(as_of, 3, 0), Some("hiv")));
    complete(Story {
        coverage: Some((COMMERCIAL, ago(as_of, 4, 0))),
        episodes: vec![episode("hiv", ago(as_of, 6, 0), None)],
        therapies: vec![therapy("bictegravir-combo", "hiv", ago(as_of, 3, 0))],
        habits: Some(Habits {
            smoking: "266919005",
            pack_years: None,
            alcohol: "228276006",
        }),
        appointments,
        ..quiet(as_of, identity(as_of), 0.1)
    })
}
