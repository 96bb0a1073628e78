//! Elena Tsosie, 29: followed since birth; the patient who will carry an instance of every profile.

use chrono::NaiveDate;

use super::{ago, born, episode, illness, place, quiet, short_therapy, therapy, visit};
use crate::moment::{days, months, weekday};
use crate::person::{Identity, Sex};
use crate::resource::coverage::COMMERCIAL;
use crate::story::{Appointment, Habits, Story, vaccination};
use crate::stream::Stream;
use crate::table::people::Demographic;

/// Ages in months of the check-ups on record.
const CHECK_UPS: [i64; 20] = [
    1, 2, 4, 6, 9, 12, 18, 24, 36, 60, 96, 133, 150, 200, 240, 270, 300, 318, 332, 344,
];

pub(super) fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Broken Arrow", "OK", "74014", "918");
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
        ..super::identity(
            "elena-tsosie",
            &["Elena", "Marie"],
            "Tsosie",
            Sex::Female,
            born(as_of, 29, 5, 14),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let identity = identity(as_of);
    let birth = identity.birth;
    let fracture = ago(as_of, 3, 5);
    let appointments = appointments(as_of, birth);
    let mut stream = Stream::open(super::SEED, &identity.id, "vaccinations");
    let mut story = Story {
        coverage: Some((COMMERCIAL, months(as_of, -84))),
        episodes: vec![
            episode("asthma", months(birth, 96), None),
            episode(
                "iron-deficiency-anemia",
                ago(as_of, 2, 3),
                Some(ago(as_of, 1, 0)),
            ),
            illness("appendicitis", weekday(months(birth, 245)), 30),
            illness("forearm-fracture", fracture, 60),
            illness("uti", ago(as_of, 1, 6), 9),
            episode("transport-lack", ago(as_of, 1, 9), None),
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
        doses: vaccination::by_schedule(birth, as_of, &appointments, &mut stream),
        appointments,
        devices: vec![("nebulizer", ago(as_of, 4, 0))],
        ..quiet(as_of, identity, 0.0)
    };
    story.settle();
    story
}

fn appointments(as_of: NaiveDate, birth: NaiveDate) -> Vec<Appointment> {
    let check_up = |age: i64| Appointment {
        tests: if age >= 318 {
            vec!["cmp", "cbc-diff", "lipid"]
        } else {
            Vec::new()
        },
        notes: if age >= 300 {
            vec!["history-physical"]
        } else {
            Vec::new()
        },
        asks_habits: age >= 216,
        ..visit(
            if age < 216 {
                "wellness"
            } else {
                "annual-physical"
            },
            weekday(days(months(birth, age), 6)),
            None,
        )
    };
    let mut visits: Vec<Appointment> = CHECK_UPS.iter().map(|age| check_up(*age)).collect();
    visits.push(Appointment {
        provider: "surgery",
        tests: vec!["cbc-diff"],
        procedures: vec!["appendectomy"],
        given: vec![("morphine-inj", 3), ("ondansetron-inj", 2)],
        notes: vec!["surgical-note", "discharge-summary"],
        ..visit(
            "inpatient",
            weekday(months(birth, 245)),
            Some("appendicitis"),
        )
    });
    visits.push(Appointment {
        imaging: Some((
            "wrist-xr",
            "Fracture of the distal radius without displacement.",
        )),
        procedures: vec!["fracture-immobilization"],
        notes: vec!["emergency-note"],
        ..visit("emergency", ago(as_of, 3, 5), Some("forearm-fracture"))
    });
    visits.push(Appointment {
        tests: vec!["ua"],
        ..visit("symptom-visit", ago(as_of, 1, 6), Some("uti"))
    });
    visits.push(Appointment {
        procedures: vec!["spirometry"],
        notes: vec!["progress-note"],
        ..visit("follow-up", ago(as_of, 0, 4), Some("asthma"))
    });
    visits
}
