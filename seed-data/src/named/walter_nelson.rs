//! Walter Nelson, 74: a failing heart with a defibrillator, oxygen at home, wishes for the end of life.

use chrono::NaiveDate;

use super::pharmacogenomics::CLOPIDOGREL;
use super::{ago, born, complete, episode, place, quiet, therapy, visit};
use crate::act::clinical_test::{Found, Reading};
use crate::act::social_history::Said;
use crate::person::{Identity, Sex};
use crate::resource::coverage::MEDICARE;
use crate::resource::related_person::Relative;
use crate::resource::risk_assessment::Risk;
use crate::story::event::{Event, Paper};
use crate::story::{Appointment, Habits, Story};
use crate::table::people::Demographic;
const RHYTHM: Reading = Reading {
    kind: "cardiology-report",
    reader: "cardiology",
    findings: &[
        Found::Coded("rhythm-afib"),
        Found::Words("ecg", "Atrial fibrillation, rate 78 per minute."),
    ],
    conclusion: "Atrial fibrillation with controlled rate.",
};
/// Heart failure, high pressure and an age of 74 make three points.
const STROKE: Risk = Risk {
    condition: "afib",
    method: "CHA2DS2-VASc score",
    outcome: "Ischemic stroke within a year without anticoagulation",
    probability: 32,
    reason: "3 points: heart failure, hypertension, age 65 to 74",
};

fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Tulsa", "OK", "74104", "918");
    Identity {
        races: vec![Demographic::named("race", "2106-3")],
        marital: Some(Demographic::named("marital", "M")),
        street: Some("240 Elm St".to_owned()),
        phone: Some("918-555-0180".to_owned()),
        record_number: "7400112".to_owned(),
        ..super::identity(
            "walter-nelson",
            &["Walter", "Lee"],
            "Nelson",
            Sex::Male,
            born(as_of, 74, 2, 9),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    complete(Story {
        coverage: Some((MEDICARE, ago(as_of, 9, 0))),
        relatives: vec![Relative {
            key: "wife",
            given: "Doris",
            family: "Nelson".to_owned(),
            gender: "female",
            relationships: &["SPS"],
            phone: "918-555-0181".to_owned(),
        }],
        episodes: vec![
            episode("htn", ago(as_of, 20, 0), None),
            episode("chf", ago(as_of, 5, 2), None),
            episode("afib", ago(as_of, 4, 1), None),
        ],
        therapies: vec![
            therapy("carvedilol-25", "chf", ago(as_of, 5, 1)),
            therapy("furosemide-40", "chf", ago(as_of, 5, 1)),
            therapy("lisinopril-10", "htn", ago(as_of, 8, 0)),
            therapy("warfarin-5", "afib", ago(as_of, 4, 0)),
        ],
        habits: Some(Habits {
            smoking: "8517006",
            pack_years: Some(30.0),
            alcohol: "105542008",
        }),
        appointments: appointments(as_of),
        devices: vec![("defibrillator", ago(as_of, 3, 4))],
        ..quiet(as_of, identity(as_of), 0.2)
    })
}

fn appointments(as_of: NaiveDate) -> Vec<Appointment> {
    let mut visits: Vec<Appointment> = (0..8)
        .map(|half| Appointment {
            tests: vec!["inr", "bmp"],
            asks_habits: half == 0,
            ..visit("follow-up", ago(as_of, 0, 6 * half), Some("chf"))
        })
        .collect();
    visits.push(Appointment {
        provider: "cardiology",
        procedures: vec!["ecg", "defibrillator-insertion"],
        notes: vec!["procedure-note", "discharge-summary"],
        events: vec![Event::Read(RHYTHM, None), Event::Oxygen(93, 2.0, 28)],
        ..visit("inpatient", ago(as_of, 3, 4), Some("chf"))
    });
    visits.push(Appointment {
        imaging: Some(("echo", "Ejection fraction 32 percent.")),
        findings: &[Found::Amount("lvef", 32)],
        events: vec![Event::Sequenced(&CLOPIDOGREL)],
        ..visit("office-visit", ago(as_of, 1, 3), Some("chf"))
    });
    visits.push(Appointment {
        events: vec![
            Event::Oxygen(94, 2.0, 28),
            Event::AveragePressure {
                months: 24,
                missing: [None, None],
            },
            Event::Told("treatment-preference", Said::Code("304253006")),
            Event::Directed(
                &["dnr", "polst"],
                "Does not want to be resuscitated; comfort comes first.",
            ),
            Event::Flagged("advance-directive", "Do not resuscitate"),
            Event::Consented(false),
            Event::Filed(Paper::ProblemList),
            Event::Filed(Paper::Risk(STROKE)),
        ],
        ..visit("office-visit", ago(as_of, 0, 2), Some("chf"))
    });
    visits
}
