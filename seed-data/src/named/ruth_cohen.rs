//! Ruth Cohen, 68: twenty-five years of diabetes; more results than fit a page, and a duplicate record.

use chrono::NaiveDate;

use super::{ago, born, complete, episode, place, quiet, therapy, visit};
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::MEDICARE;
use crate::story::event::{Event, Paper};
use crate::story::{Appointment, Habits, Story};
use crate::table::people::Demographic;
/// Quarters of a year on record.
const QUARTERS: i64 = 60;

pub(super) fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Boston", "MA", "02118", "617");
    Identity {
        races: vec![Demographic::named("race", "2106-3")],
        marital: Some(Demographic::named("marital", "W")),
        street: Some("5 Chestnut Pl".to_owned()),
        phone: Some("617-555-0186".to_owned()),
        record_number: "6800678".to_owned(),
        particulars: Particulars {
            replaces: Some("old-record"),
            ..Particulars::default()
        },
        ..super::identity(
            "ruth-cohen",
            &["Ruth", "Miriam"],
            "Cohen",
            Sex::Female,
            born(as_of, 68, 9, 30),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    complete(Story {
        coverage: Some((MEDICARE, ago(as_of, 3, 0))),
        episodes: vec![
            episode("t2dm", ago(as_of, 25, 0), None),
            episode("htn", ago(as_of, 19, 0), None),
            episode("diabetic-retinopathy", ago(as_of, 9, 0), None),
            episode("ckd3", ago(as_of, 5, 0), None),
        ],
        therapies: vec![
            therapy("metformin-500", "t2dm", ago(as_of, 15, 0)),
            therapy("lisinopril-20", "htn", ago(as_of, 12, 0)),
            therapy("atorvastatin-40", "t2dm", ago(as_of, 10, 0)),
        ],
        habits: Some(Habits {
            smoking: "266919005",
            pack_years: None,
            alcohol: "105542008",
        }),
        appointments: (0..QUARTERS).map(|quarter| check(as_of, quarter)).collect(),
        ..quiet(as_of, identity(as_of), 1.2)
    })
}

/// Every quarter the sugar, every half year the rest.
fn check(as_of: NaiveDate, quarter: i64) -> Appointment {
    Appointment {
        tests: match quarter % 4 {
            0 => vec!["hba1c", "cmp", "cbc-diff", "lipid", "uacr"],
            1 => vec!["hba1c", "cmp", "lipid"],
            2 => vec!["hba1c", "cmp", "cbc"],
            _ => vec!["hba1c", "cmp"],
        },
        asks_habits: quarter % 8 == 0,
        events: if quarter == 2 {
            vec![
                Event::Inherited("father", "diabetes", 52),
                Event::Filed(Paper::Diet("diabetic-diet")),
            ]
        } else {
            Vec::new()
        },
        notes: if quarter < 3 {
            vec!["progress-note"]
        } else {
            Vec::new()
        },
        ..visit("follow-up", ago(as_of, 0, 3 * quarter), Some("t2dm"))
    }
}
