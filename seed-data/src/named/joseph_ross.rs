//! Joseph Ross, 22: a childhood of infections, now well but for migraine.

use chrono::NaiveDate;

use super::{born, episode, illness, place, quiet, short_therapy, visit};
use crate::moment::{days, months, weekday};
use crate::person::{Identity, Sex};
use crate::resource::coverage::COMMERCIAL;
use crate::story::{Appointment, Episode, Habits, Story, Therapy, vaccination};
use crate::stream::Stream;
use crate::table::people::Demographic;

/// Illnesses of childhood: condition, age in months, days it lasted, drug.
const ILLNESSES: [(&str, i64, i64, &str); 8] = [
    ("otitis-media", 9, 12, "amoxicillin-50-susp"),
    ("otitis-media", 14, 14, "amox-clav-susp"),
    ("gastroenteritis", 20, 6, ""),
    ("otitis-media", 27, 11, "cefdinir-susp-brand"),
    ("pneumonia", 34, 21, "azithromycin-susp-brand"),
    ("otitis-media", 45, 10, "amoxicillin-susp"),
    ("strep-throat", 88, 8, "penicillin-v-250"),
    ("ankle-sprain", 180, 24, "ibuprofen-200"),
];
/// Ages in months of the check-ups on record.
const CHECK_UPS: [i64; 16] = [
    1, 2, 4, 6, 12, 18, 24, 36, 60, 84, 133, 145, 170, 198, 238, 262,
];

pub(super) fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Tulsa", "OK", "74126", "918");
    Identity {
        races: vec![Demographic::named("race", "2106-3")],
        marital: Some(Demographic::named("marital", "S")),
        street: Some("22 Park St".to_owned()),
        phone: Some("918-555-0174".to_owned()),
        email: Some("joseph.ross@example.com".to_owned()),
        ..super::identity(
            "smart-1081332",
            &["Joseph", "I."],
            "Ross",
            Sex::Male,
            born(as_of, 22, 10, 2),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let identity = identity(as_of);
    let birth = identity.birth;
    let appointments = appointments(birth);
    let mut stream = Stream::open(super::SEED, &identity.id, "vaccinations");
    let mut story = Story {
        coverage: Some((COMMERCIAL, months(as_of, -72))),
        episodes: episodes(birth),
        therapies: therapies(birth),
        habits: Some(Habits {
            smoking: "8517006",
            pack_years: Some(1.0),
            alcohol: "228276006",
        }),
        doses: vaccination::by_schedule(birth, as_of, &appointments, &mut stream),
        appointments,
        fills_since: birth,
        ..quiet(as_of, identity, -0.2)
    };
    story.body.adult_bmi = 25.5;
    story.settle();
    story
}

fn onset(birth: NaiveDate, age: i64) -> NaiveDate {
    weekday(days(months(birth, age), 11))
}

fn episodes(birth: NaiveDate) -> Vec<Episode> {
    let infections = ILLNESSES
        .iter()
        .map(|(key, age, lasted, _)| illness(key, onset(birth, *age), *lasted));
    infections
        .chain([episode("migraine", onset(birth, 222), None)])
        .collect()
}

fn therapies(birth: NaiveDate) -> Vec<Therapy> {
    let drugs = ILLNESSES.iter().filter(|row| !row.3.is_empty());
    let ear_drops = short_therapy("cipro-dex-otic-brand", "otitis-media", onset(birth, 45), 7);
    drugs
        .map(|(key, age, lasted, drug)| short_therapy(drug, key, onset(birth, *age), *lasted))
        .chain([
            ear_drops,
            Therapy {
                over_the_counter: true,
                ..short_therapy("ibuprofen-200", "migraine", onset(birth, 224), 1_200)
            },
        ])
        .collect()
}

fn appointments(birth: NaiveDate) -> Vec<Appointment> {
    let check_up = |age: i64| Appointment {
        tests: if age > 250 {
            vec!["cmp", "cbc", "lipid"]
        } else {
            Vec::new()
        },
        notes: if age > 160 {
            vec!["history-physical"]
        } else {
            Vec::new()
        },
        asks_habits: age > 216,
        ..visit(
            if age < 216 {
                "wellness"
            } else {
                "annual-physical"
            },
            weekday(days(months(birth, age), 4)),
            None,
        )
    };
    let ill = |key: &'static str, age: i64| Appointment {
        tests: if key == "strep-throat" {
            vec!["strep-test"]
        } else {
            Vec::new()
        },
        imaging: (key == "pneumonia").then_some((
            "chest-xr",
            "Opacity in the right middle lobe, consistent with pneumonia.",
        )),
        ..visit("symptom-visit", onset(birth, age), Some(key))
    };
    let migraine = Appointment {
        notes: vec!["consult-note"],
        ..visit(
            "office-visit",
            weekday(days(onset(birth, 222), 20)),
            Some("migraine"),
        )
    };
    let check_ups = CHECK_UPS.iter().map(|age| check_up(*age));
    let illnesses = ILLNESSES.iter().map(|(key, age, ..)| ill(key, *age));
    check_ups.chain(illnesses).chain([migraine]).collect()
}
