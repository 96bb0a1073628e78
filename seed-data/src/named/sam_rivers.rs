//! Sam Rivers, 45: homeless, hungry, in treatment for opioid use.

use chrono::NaiveDate;

use super::{ago, born, complete, episode, place, quiet, therapy, visit};
use crate::act::screening::{Reply, Screening};
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::MEDICAID;
use crate::story::event::Event;
use crate::story::{Appointment, Habits, Story};
use crate::table::people::Demographic;
const HUNGER: Screening = Screening {
    instrument: "hunger-vital-sign-example",
    replies: &[
        ("88122-7", Reply::Code("LA28397-0")),
        ("88123-5", Reply::Code("LA28397-0")),
    ],
};
const PRAPARE: Screening = Screening {
    instrument: "prapare-example",
    replies: &[
        ("71802-3", Reply::Code("LA30190-5")),
        ("93033-9", Reply::Code("LA33-6")),
        ("67875-5", Reply::Code("LA17956-6")),
        ("76437-3", Reply::Code("LA17849-3")),
        ("93031-3", Reply::Code("LA30125-1")),
        ("93030-5", Reply::Code("LA30133-5")),
        ("93029-7", Reply::Code("LA27722-0")),
        ("93038-8", Reply::Code("LA13914-9")),
    ],
};

fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Tulsa", "OK", "74108", "918");
    Identity {
        races: vec![Demographic::named("race", "2106-3")],
        marital: Some(Demographic::named("marital", "S")),
        record_number: "4500901".to_owned(),
        particulars: Particulars {
            previous_home: Some((
                "31 Willow Way",
                place("Tulsa", "OK", "74108", "918"),
                ago(as_of, 2, 0),
            )),
            ..Particulars::default()
        },
        ..super::identity(
            "sam-rivers",
            &["Sam"],
            "Rivers",
            Sex::Male,
            born(as_of, 45, 11, 11),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let asked = Appointment {
        tests: vec!["hcv-ab", "alt", "ast"],
        asks_habits: true,
        events: vec![
            Event::Screened(HUNGER),
            Event::Screened(PRAPARE),
            Event::Referred("food-pantry", "food-insecurity"),
        ],
        ..visit("office-visit", ago(as_of, 0, 10), Some("homeless"))
    };
    let mut appointments: Vec<Appointment> = [1, 4, 7, 13]
        .map(|months| {
            visit(
                "follow-up",
                ago(as_of, 0, months),
                Some("opioid-use-disorder"),
            )
        })
        .to_vec();
    appointments.push(asked);
    complete(Story {
        coverage: Some((MEDICAID, ago(as_of, 1, 6))),
        episodes: vec![
            episode("homeless", ago(as_of, 2, 0), None),
            episode("food-insecurity", ago(as_of, 1, 10), None),
            episode("unemployed", ago(as_of, 2, 6), None),
            episode("opioid-use-disorder", ago(as_of, 4, 0), None),
        ],
        therapies: vec![therapy(
            "buprenorphine-naloxone",
            "opioid-use-disorder",
            ago(as_of, 1, 1),
        )],
        habits: Some(Habits {
            smoking: "449868002",
            pack_years: Some(22.0),
            alcohol: "105542008",
        }),
        appointments,
        ..quiet(as_of, identity(as_of), -0.6)
    })
}
