//! Jada Washington, 8: asthma, a peanut allergy, attention deficit.

use chrono::NaiveDate;

use super::{ago, born, complete, episode, place, quiet, therapy, visit};
use crate::moment::{days, months, weekday};
use crate::person::{Identity, Sex};
use crate::resource::coverage::MEDICAID;
use crate::resource::related_person::Relative;
use crate::story::{Appointment, Story};
use crate::table::people::Demographic;
fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Durham", "NC", "27701", "919");
    Identity {
        races: vec![Demographic::named("race", "2054-5")],
        street: Some("9 Birch Rd".to_owned()),
        phone: Some("919-555-0183".to_owned()),
        record_number: "8000345".to_owned(),
        ..super::identity(
            "jada-washington",
            &["Jada", "Nicole"],
            "Washington",
            Sex::Female,
            born(as_of, 8, 6, 2),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let identity = identity(as_of);
    let birth = identity.birth;
    let check_ups = [24, 36, 48, 60, 72, 84, 96].map(|age| Appointment {
        notes: if age >= 72 {
            vec!["history-physical"]
        } else {
            Vec::new()
        },
        ..visit("wellness", weekday(days(months(birth, age), 4)), None)
    });
    let mut appointments = check_ups.to_vec();
    appointments.extend([
        visit("office-visit", ago(as_of, 1, 10), Some("childhood-asthma")),
        visit("office-visit", ago(as_of, 0, 11), Some("adhd")),
        visit("follow-up", ago(as_of, 0, 3), Some("adhd")),
    ]);
    complete(Story {
        coverage: Some((MEDICAID, birth)),
        relatives: vec![Relative {
            key: "mother",
            given: "Denise",
            family: "Washington".to_owned(),
            gender: "female",
            relationships: &["MTH"],
            phone: "919-555-0183".to_owned(),
        }],
        episodes: vec![
            episode("childhood-asthma", months(birth, 60), None),
            episode("adhd", ago(as_of, 0, 11), None),
        ],
        therapies: vec![
            therapy("albuterol-mdi", "childhood-asthma", months(birth, 84)),
            therapy("methylphenidate-20", "adhd", ago(as_of, 0, 11)),
        ],
        allergies: vec![("peanut", months(birth, 30))],
        appointments,
        ..quiet(as_of, identity, 0.1)
    })
}
