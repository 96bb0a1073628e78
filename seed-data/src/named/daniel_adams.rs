//! Daniel Adams, 82: the patient of the original demonstrations, with at least one record of every category.

use chrono::{Datelike, NaiveDate};

use super::pharmacogenomics::PANEL;
use super::{ago, born, episode, illness, place, quiet, therapy, visit};
use crate::moment::{days, weekday};
use crate::person::{Identity, Sex};
use crate::resource::coverage::MEDICARE;
use crate::resource::related_person::Relative;
use crate::story::event::Event;
use crate::story::{Appointment, Episode, Habits, Story, TextProblem, Therapy, vaccination};
use crate::stream::Stream;
use crate::table::people::Demographic;

/// The laboratory day of the story: a low potassium under the thiazide, small red cells, mild anaemia.
const RESULTS: &[(&str, f64)] = &[
    ("potassium", 3.4),
    ("rbc", 5.30),
    ("hematocrit", 39.2),
    ("hemoglobin", 12.8),
];
/// Forty-six results in one day.
const LARGE_ORDER: [&str; 8] = ["cmp", "lipid", "cbc", "ua", "crp", "tsh", "b12", "folate"];

pub(super) fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Tulsa", "OK", "74117", "918");
    Identity {
        races: vec![Demographic::named("race", "2054-5")],
        marital: Some(Demographic::named("marital", "W")),
        street: Some("1 Hill Ave Apt 14".to_owned()),
        email: Some("daniel.adams@example.com".to_owned()),
        ..super::identity(
            "smart-1288992",
            &["Daniel", "X."],
            "Adams",
            Sex::Male,
            born(as_of, 82, 12, 23),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let identity = identity(as_of);
    let birth = identity.birth;
    let appointments = appointments(as_of);
    let mut stream = Stream::open(super::SEED, &identity.id, "vaccinations");
    let mut doses = vaccination::by_schedule(birth, as_of, &appointments, &mut stream);
    for dose in &mut doses {
        let once = dose.date.year() == as_of.year() - 3;
        dose.refused |= once && dose.vaccine.key.starts_with("flu");
    }
    let mut story = Story {
        coverage: Some((MEDICARE, days(birth, 23_741).max(NaiveDate::MIN))),
        relatives: vec![Relative {
            key: "daughter",
            given: "Ruth",
            family: "Adams".to_owned(),
            gender: "female",
            relationships: &["DAUC"],
            phone: "918-555-0171".to_owned(),
        }],
        episodes: episodes(as_of),
        text_problems: vec![TextProblem {
            text: "Thiopurine methyltransferase deficiency",
            onset: ago(as_of, 9, 2),
        }],
        therapies: therapies(as_of),
        allergies: vec![("sulfonamide", ago(as_of, 21, 4))],
        habits: Some(Habits {
            smoking: "8517006",
            pack_years: Some(22.5),
            alcohol: "105542008",
        }),
        doses,
        appointments,
        devices: vec![
            ("knee-prosthesis", ago(as_of, 6, 6)),
            ("walker", ago(as_of, 2, 7)),
        ],
        ..quiet(as_of, identity, -0.1)
    };
    story.body.adult_bmi = 26.0;
    story.settle();
    story
}

fn episodes(as_of: NaiveDate) -> Vec<Episode> {
    vec![
        episode("htn", ago(as_of, 24, 3), None),
        episode("osteoarthritis", ago(as_of, 18, 5), None),
        episode("lung-disorder", ago(as_of, 16, 1), None),
        episode(
            "tobacco-dependence",
            ago(as_of, 40, 0),
            Some(ago(as_of, 22, 6)),
        ),
        episode("amnesia", ago(as_of, 6, 4), Some(ago(as_of, 5, 1))),
        episode("alzheimers", ago(as_of, 5, 1), None),
        episode("vascular-dementia", ago(as_of, 3, 9), None),
        illness("uri", ago(as_of, 4, 10), 9),
        illness("pneumonia", ago(as_of, 1, 2), 24),
    ]
}

fn therapies(as_of: NaiveDate) -> Vec<Therapy> {
    vec![
        therapy("lisinopril-20", "htn", ago(as_of, 13, 0)),
        therapy("hctz-50", "htn", ago(as_of, 8, 0)),
        therapy("potassium-citrate-10", "htn", ago(as_of, 5, 0)),
        therapy("donepezil-10", "alzheimers", ago(as_of, 4, 8)),
        therapy("memantine-soln", "alzheimers", ago(as_of, 3, 8)),
        Therapy {
            over_the_counter: true,
            ..therapy("acetaminophen-325", "osteoarthritis", ago(as_of, 10, 0))
        },
    ]
}

/// Two visits a year, an illness, a stay with pneumonia, a talk about his genes.
fn appointments(as_of: NaiveDate) -> Vec<Appointment> {
    let mut visits: Vec<Appointment> = (0..12)
        .flat_map(|year| [spring(as_of, year), autumn(as_of, year)])
        .collect();
    visits.push(visit(
        "symptom-visit",
        weekday(days(ago(as_of, 4, 10), 1)),
        Some("uri"),
    ));
    visits.push(Appointment {
        provider: "orthopedics",
        procedures: vec!["knee-replacement"],
        notes: vec!["surgical-note"],
        ..visit("inpatient", ago(as_of, 6, 6), Some("osteoarthritis"))
    });
    visits.push(stay(as_of));
    visits.push(Appointment {
        notes: vec!["consult-note"],
        events: vec![Event::Sequenced(&PANEL)],
        ..visit("office-visit", ago(as_of, 1, 5), Some("htn"))
    });
    visits.push(Appointment {
        notes: vec!["episode-summary"],
        events: vec![
            Event::Directed(
                &["living-will"],
                "Wants to stay at home; his daughter decides for him.",
            ),
            Event::Cleaned(180),
        ],
        ..visit("follow-up", ago(as_of, 0, 1), Some("htn"))
    });
    visits
}

/// The yearly check-up with its panel; in one year the large order.
fn spring(as_of: NaiveDate, years: i64) -> Appointment {
    let large = years == 2;
    Appointment {
        tests: if large {
            LARGE_ORDER.to_vec()
        } else {
            vec!["cmp", "cbc"]
        },
        results: if large { RESULTS } else { &[] },
        notes: if years < 4 {
            vec!["history-physical"]
        } else {
            Vec::new()
        },
        procedures: match years {
            3 => vec!["medication-reconciliation"],
            5 => vec!["cataract-surgery"],
            10 => vec!["colonoscopy"],
            _ => Vec::new(),
        },
        asks_habits: true,
        ..visit("annual-physical", ago(as_of, years, 8), None)
    }
}

/// The follow-up in autumn, when influenza vaccine is given.
fn autumn(as_of: NaiveDate, years: i64) -> Appointment {
    let date = weekday(crate::moment::date(ago(as_of, years, 2).year(), 10, 14));
    let reason = if years % 2 == 0 && years < 5 {
        "alzheimers"
    } else {
        "htn"
    };
    Appointment {
        tests: if years % 2 == 0 {
            vec!["bmp"]
        } else {
            Vec::new()
        },
        notes: if years < 4 {
            vec!["progress-note"]
        } else {
            Vec::new()
        },
        ..visit("follow-up", date, Some(reason))
    }
}

fn stay(as_of: NaiveDate) -> Appointment {
    Appointment {
        provider: "internal-medicine",
        tests: vec!["cbc-diff", "bmp", "crp"],
        imaging: Some((
            "chest-xr",
            "Patchy opacity in the left lower lobe, consistent with pneumonia. Heart size normal.",
        )),
        given: vec![("ceftriaxone-inj", 4)],
        notes: vec!["discharge-summary"],
        ..visit("inpatient", days(ago(as_of, 1, 2), 2), Some("pneumonia"))
    }
}
