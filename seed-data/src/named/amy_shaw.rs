//! Amy Shaw, 9: represented by her grandfather Daniel Adams.

use chrono::NaiveDate;

use super::{born, episode, illness, place, quiet, short_therapy, visit};
use crate::moment::{days, months, weekday};
use crate::person::{Identity, Sex};
use crate::resource::coverage::MEDICAID;
use crate::resource::related_person::Relative;
use crate::story::{Appointment, Dose, Story, vaccination};
use crate::stream::Stream;

/// Ages in months of the check-ups on record.
const CHECK_UPS: [i64; 16] = [1, 2, 4, 6, 9, 12, 15, 18, 24, 30, 36, 50, 62, 74, 86, 104];

pub(super) fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Mounds", "OK", "74047", "918");
    Identity {
        ethnicity: None,
        street: Some("10 Meadow St".to_owned()),
        phone: Some("918-555-0172".to_owned()),
        email: Some("amy.shaw@example.com".to_owned()),
        ..super::identity(
            "smart-1032702",
            &["Amy", "V."],
            "Shaw",
            Sex::Female,
            born(as_of, 9, 3, 20),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let identity = identity(as_of);
    let birth = identity.birth;
    let appointments = appointments(birth);
    let reflux = weekday(days(birth, 75));
    let mut story = Story {
        coverage: Some((MEDICAID, birth)),
        relatives: vec![Relative {
            key: "grandfather",
            given: "Daniel",
            family: "Adams".to_owned(),
            gender: "male",
            relationships: &["GRPRN", "GUARD"],
            phone: "918-555-0173".to_owned(),
        }],
        episodes: vec![
            illness("liveborn", birth, 2),
            illness("weight-loss", days(birth, 5), 30),
            episode("gerd", reflux, Some(months(birth, 14))),
            illness("otitis-media", weekday(months(birth, 40)), 11),
            episode("needs-flu-shot", weekday(months(birth, 104)), None),
        ],
        therapies: vec![
            short_therapy("nizatidine-soln", "gerd", reflux, 330),
            short_therapy(
                "amoxicillin-susp",
                "otitis-media",
                weekday(months(birth, 40)),
                10,
            ),
        ],
        doses: doses(birth, as_of, &appointments),
        appointments,
        fills_since: birth,
        ..quiet(as_of, identity, -0.4)
    };
    story.settle();
    story
}

/// The schedule, with one polio dose that her mother refused.
fn doses(birth: NaiveDate, as_of: NaiveDate, visits: &[Appointment]) -> Vec<Dose> {
    let mut stream = Stream::open(super::SEED, "smart-1032702", "vaccinations");
    let mut doses = vaccination::by_schedule(birth, as_of, visits, &mut stream);
    for dose in &mut doses {
        dose.refused = dose.vaccine.key == "ipv" && dose.number == Some(3);
    }
    doses
}

fn appointments(birth: NaiveDate) -> Vec<Appointment> {
    let check_up = |age: i64| Appointment {
        notes: if age == 24 || age == 104 {
            vec!["history-physical"]
        } else {
            Vec::new()
        },
        tests: if age == 12 { vec!["lead"] } else { Vec::new() },
        ..visit("wellness", weekday(days(months(birth, age), 3)), None)
    };
    let mut visits: Vec<Appointment> = CHECK_UPS.iter().map(|age| check_up(*age)).collect();
    visits.push(visit("inpatient", birth, Some("liveborn")));
    visits.push(visit(
        "office-visit",
        weekday(days(birth, 9)),
        Some("weight-loss"),
    ));
    visits.push(visit(
        "office-visit",
        weekday(days(birth, 76)),
        Some("gerd"),
    ));
    visits.push(Appointment {
        notes: vec!["progress-note"],
        ..visit(
            "symptom-visit",
            weekday(months(birth, 40)),
            Some("otitis-media"),
        )
    });
    visits
}
