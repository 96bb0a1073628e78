//! Quinn Taylor, 26: nonbinary, recorded female at birth; depression, asked about three times.

use chrono::NaiveDate;

use super::{ago, born, complete, episode, place, quiet, therapy, visit};
use crate::act::screening::{Reply, Screening};
use crate::act::social_history::Said;
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::COMMERCIAL;
use crate::story::event::Event;
use crate::story::{Appointment, Habits, Story};
use crate::table::people::Demographic;
const BAD: Screening = Screening {
    instrument: "phq-9-example",
    replies: &[
        ("44250-9", Reply::Code("LA6571-9")),
        ("44255-8", Reply::Code("LA6571-9")),
        ("44259-0", Reply::Code("LA6570-1")),
        ("44254-1", Reply::Code("LA6570-1")),
        ("44251-7", Reply::Code("LA6569-3")),
        ("44258-2", Reply::Code("LA6570-1")),
        ("44252-5", Reply::Code("LA6569-3")),
        ("44253-3", Reply::Code("LA6568-5")),
        ("44260-8", Reply::Code("LA6569-3")),
        ("69722-7", Reply::Code("LA6575-0")),
    ],
};
const BETTER: Screening = Screening {
    instrument: "phq-9-example",
    replies: &[
        ("44250-9", Reply::Code("LA6569-3")),
        ("44255-8", Reply::Code("LA6569-3")),
        ("44259-0", Reply::Code("LA6569-3")),
        ("44254-1", Reply::Code("LA6569-3")),
        ("44251-7", Reply::Code("LA6568-5")),
        ("44258-2", Reply::Code("LA6569-3")),
        ("44252-5", Reply::Code("LA6568-5")),
        ("44253-3", Reply::Code("LA6568-5")),
        ("44260-8", Reply::Code("LA6568-5")),
        ("69722-7", Reply::Code("LA6573-5")),
    ],
};

fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Boston", "MA", "02114", "617");
    Identity {
        races: vec![Demographic::named("race", "2106-3")],
        marital: Some(Demographic::named("marital", "S")),
        street: Some("8 Aspen Ct".to_owned()),
        phone: Some("617-555-0190".to_owned()),
        email: Some("quinn.taylor@example.com".to_owned()),
        record_number: "2601123".to_owned(),
        particulars: Particulars {
            gender: Some("other"),
            gender_identity: Some(Demographic::named("gender-identity", "33791000087105")),
            pronouns: Some(Demographic::named("pronouns", "LA29520-6")),
            ..Particulars::default()
        },
        ..super::identity(
            "quinn-taylor",
            &["Quinn"],
            "Taylor",
            Sex::Female,
            born(as_of, 26, 12, 5),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let asked = |months, screening| Appointment {
        events: vec![Event::Screened(screening)],
        ..visit("follow-up", ago(as_of, 0, months), Some("depression"))
    };
    let first = Appointment {
        asks_habits: true,
        events: vec![
            Event::Screened(BAD),
            Event::Told("sexual-orientation", Said::Code("42035005")),
        ],
        ..visit("office-visit", ago(as_of, 0, 11), Some("depression"))
    };
    complete(Story {
        coverage: Some((COMMERCIAL, ago(as_of, 2, 0))),
        episodes: vec![episode("depression", ago(as_of, 1, 0), None)],
        therapies: vec![therapy("sertraline-50", "depression", ago(as_of, 0, 11))],
        habits: Some(Habits {
            smoking: "266919005",
            pack_years: None,
            alcohol: "228276006",
        }),
        appointments: vec![first, asked(8, BAD), asked(2, BETTER)],
        ..quiet(as_of, identity(as_of), 0.0)
    })
}
