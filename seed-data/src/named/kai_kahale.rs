//! Kai Kahale, 14 months: growth, vaccines on time, and a mother who acts for him.

use chrono::NaiveDate;

use super::{complete, illness, place, quiet, visit};
use crate::moment::{days, months, weekday};
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::MEDICAID;
use crate::resource::related_person::Relative;
use crate::story::{Appointment, Story};
use crate::table::people::Demographic;
/// Ages in months of the check-ups on record.
const CHECK_UPS: [i64; 6] = [1, 2, 4, 6, 9, 12];

pub(super) fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Tulsa", "OK", "74104", "918");
    Identity {
        races: vec![
            Demographic::named("race", "2076-8"),
            Demographic::named("race", "2028-9"),
        ],
        street: Some("61 Maple Ave".to_owned()),
        phone: Some("918-555-0182".to_owned()),
        record_number: "1400233".to_owned(),
        particulars: Particulars {
            detailed_races: vec![
                Demographic::named("race-detailed", "2079-2"),
                Demographic::named("race-detailed", "2036-2"),
            ],
            ..Particulars::default()
        },
        ..super::identity(
            "kai-kahale",
            &["Kai"],
            "Kahale",
            Sex::Male,
            days(months(as_of, -14), 3),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let identity = identity(as_of);
    let birth = identity.birth;
    complete(Story {
        coverage: Some((MEDICAID, birth)),
        relatives: vec![Relative {
            key: "mother",
            given: "Leilani",
            family: "Kahale".to_owned(),
            gender: "female",
            relationships: &["MTH", "GUARD"],
            phone: "918-555-0182".to_owned(),
        }],
        episodes: vec![
            illness("liveborn", birth, 2),
            illness("otitis-media", weekday(months(birth, 10)), 10),
        ],
        appointments: appointments(birth),
        fills_since: birth,
        ..quiet(as_of, identity, 0.0)
    })
}

fn appointments(birth: NaiveDate) -> Vec<Appointment> {
    let check_up = |age: &i64| Appointment {
        tests: if *age == 12 { vec!["lead"] } else { Vec::new() },
        ..visit("wellness", weekday(days(months(birth, *age), 2)), None)
    };
    let mut visits: Vec<Appointment> = CHECK_UPS.iter().map(check_up).collect();
    visits.push(Appointment {
        tests: vec!["newborn-bili"],
        ..visit("inpatient", birth, Some("liveborn"))
    });
    visits.push(visit(
        "symptom-visit",
        weekday(months(birth, 10)),
        Some("otitis-media"),
    ));
    visits
}
