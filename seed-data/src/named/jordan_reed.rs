//! Jordan Reed, 33: much about this patient is not known, each time said in the right way.

use chrono::NaiveDate;

use super::{ago, born, complete, place, quiet, visit};
use crate::person::{Identity, Particulars, Sex};
use crate::story::event::Event;
use crate::story::{Appointment, Story, TextProblem};
fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Tulsa", "OK", "74104", "918");
    Identity {
        ethnicity: None,
        record_number: "3301234".to_owned(),
        particulars: Particulars {
            gender: Some("unknown"),
            is_partly_unknown: true,
            ..Particulars::default()
        },
        ..super::identity(
            "jordan-reed",
            &["Jordan"],
            "Reed",
            Sex::Female,
            born(as_of, 33, 6, 1),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    complete(Story {
        text_problems: vec![TextProblem {
            text: "",
            onset: ago(as_of, 1, 0),
        }],
        appointments: vec![Appointment {
            events: vec![
                Event::Unmeasured("weight", "unknown"),
                Event::PartialPressure([Err("unknown"), Err("not-performed")]),
            ],
            ..visit("urgent-care", ago(as_of, 1, 0), None)
        }],
        ..quiet(as_of, identity(as_of), 0.0)
    })
}
