//! Harold Thompson, who died at 79 of lung cancer.

use chrono::NaiveDate;

use super::{ago, born, complete, episode, place, quiet, therapy, visit};
use crate::moment::{days, months, weekday};
use crate::person::{Identity, Sex};
use crate::resource::coverage::MEDICARE;
use crate::story::{Appointment, Habits, Story};
use crate::table::people::Demographic;
fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Bixby", "OK", "74008", "918");
    Identity {
        races: vec![Demographic::named("race", "2106-3")],
        marital: Some(Demographic::named("marital", "M")),
        street: Some("14 Orchard Ln".to_owned()),
        phone: Some("918-555-0188".to_owned()),
        record_number: "7900890".to_owned(),
        death: Some(ago(as_of, 0, 8)),
        suffix: Some("Sr."),
        ..super::identity(
            "harold-thompson",
            &["Harold", "James"],
            "Thompson",
            Sex::Male,
            months(born(as_of, 79, 1, 6), -8),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    let death = ago(as_of, 0, 8);
    let found = months(death, -14);
    let before = |count: i64| weekday(months(death, -count));
    let mut appointments: Vec<Appointment> = (1..7)
        .map(|half| visit("follow-up", before(6 * half), Some("copd")))
        .collect();
    appointments.extend([
        Appointment {
            imaging: Some(("chest-ct", "Mass of the right upper lobe.")),
            notes: vec!["consult-note"],
            ..visit("office-visit", weekday(days(found, 5)), Some("lung-cancer"))
        },
        Appointment {
            provider: "oncology",
            given: vec![("cisplatin-inj", 3)],
            notes: vec!["discharge-summary"],
            ..visit("inpatient", before(11), Some("lung-cancer"))
        },
        Appointment {
            minutes: Some(20 * 1_440),
            procedures: vec!["hospice"],
            ..visit("hospice", days(death, -21), Some("lung-cancer"))
        },
        visit("death-certification", death, Some("lung-cancer")),
    ]);
    complete(Story {
        coverage: Some((MEDICARE, ago(as_of, 14, 0))),
        episodes: vec![
            episode("copd", months(death, -140), None),
            episode("lung-cancer", found, None),
        ],
        therapies: vec![therapy("tiotropium", "copd", months(death, -100))],
        habits: Some(Habits {
            smoking: "8517006",
            pack_years: Some(48.0),
            alcohol: "228276006",
        }),
        appointments,
        ..quiet(as_of, identity(as_of), -0.3)
    })
}
