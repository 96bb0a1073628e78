//! What Elena Tsosie answered to questionnaires, and what she told about her life and her wishes.

use chrono::NaiveDate;

use crate::act::screening::{Reply, Screening};
use crate::act::social_history::Said;
use crate::moment::months;
use crate::story::event::Event;

const HUNGER: Screening = Screening {
    instrument: "hunger-vital-sign-example",
    replies: &[
        ("88122-7", Reply::Code("LA6729-3")),
        ("88123-5", Reply::Code("LA28398-8")),
    ],
};
const PRAPARE: Screening = Screening {
    instrument: "prapare-example",
    replies: &[
        ("56051-6", Reply::Code("LA33-6")),
        ("32624-9", Reply::Code("LA4-4")),
        ("93035-4", Reply::Code("LA32-8")),
        ("93034-7", Reply::Code("LA32-8")),
        ("54899-0", Reply::Code("LA43-5")),
        ("63512-8", Reply::Amount(3)),
        ("71802-3", Reply::Code("LA30189-7")),
        ("93033-9", Reply::Code("LA32-8")),
        ("56799-0", Reply::Text("305 Cedar Ln, Broken Arrow")),
        ("82589-3", Reply::Code("LA30193-9")),
        ("67875-5", Reply::Code("LA30138-4")),
        ("76437-3", Reply::Code("LA6350-8")),
        ("63586-2", Reply::Amount(41_000)),
        ("93031-3", Reply::Code("LA30125-1")),
        ("93030-5", Reply::Code("LA30133-5")),
        ("93029-7", Reply::Code("LA30131-9")),
        ("93038-8", Reply::Code("LA13909-9")),
    ],
};
const ALCOHOL: Screening = Screening {
    instrument: "AUDIT-C",
    replies: &[
        ("68518-0", Reply::Code("LA18926-8")),
        ("68519-8", Reply::Code("LA15694-5")),
        ("68520-6", Reply::Code("LA6270-8")),
    ],
};
const EXERCISE: Screening = Screening {
    instrument: "exercise-vital-sign",
    replies: &[
        ("89555-7", Reply::Amount(3)),
        ("68516-4", Reply::Amount(40)),
    ],
};
const MOOD: Screening = Screening {
    instrument: "phq-9-example",
    replies: &[
        ("44250-9", Reply::Code("LA6569-3")),
        ("44255-8", Reply::Code("LA6568-5")),
        ("44259-0", Reply::Code("LA6570-1")),
        ("44254-1", Reply::Code("LA6570-1")),
        ("44251-7", Reply::Code("LA6568-5")),
        ("44258-2", Reply::Code("LA6568-5")),
        ("44252-5", Reply::Code("LA6569-3")),
        ("44253-3", Reply::Code("LA6568-5")),
        ("44260-8", Reply::Code("LA6568-5")),
        ("69722-7", Reply::Code("LA6573-5")),
    ],
};

const SUBSTANCES: Screening = Screening {
    instrument: "TAPS",
    replies: &[
        ("96842-0", Reply::Code("LA18876-5")),
        ("75889-6", Reply::Code("LA6270-8")),
        ("96843-8", Reply::Code("LA6270-8")),
        ("96844-6", Reply::Text("Never")),
    ],
};

/// The visit about transport and food.
pub(super) fn circumstances() -> Vec<Event> {
    vec![
        Event::Screened(HUNGER),
        Event::Screened(PRAPARE),
        Event::Told("transport-expensive", Said::Yes(true)),
        Event::Told(
            "social-narrative",
            Said::Text("Lives with her husband and their child; shares one car with him."),
        ),
        Event::Referred("food-pantry", "food-insecurity"),
    ]
}

/// The visit about strain, abilities and wishes.
pub(super) fn wishes(as_of: NaiveDate) -> Vec<Event> {
    let wish = "Wants to be resuscitated; wants her husband to decide for her when she cannot.";
    vec![
        Event::Screened(ALCOHOL),
        Event::Screened(SUBSTANCES),
        Event::Screened(MOOD),
        Event::Screened(EXERCISE),
        Event::Told("functional", Said::Code("129035000")),
        Event::Told("disability", Said::Code("LA6751-7")),
        Event::Told(
            "cognitive",
            Said::Text("Memory and attention are as they should be."),
        ),
        Event::Works(months(as_of, -50)),
        Event::Told("sexual-orientation", Said::Code("20430005")),
        Event::Told("treatment-preference", Said::Code("304252001")),
        Event::Told(
            "treatment-preference",
            Said::Text("Wants every treatment that gives her time with her child."),
        ),
        Event::Told("care-preference", Said::Words("Prefers a female clinician")),
        Event::Told(
            "care-preference",
            Said::Text("Wants family in the room at the time of important news."),
        ),
        Event::Directed(&["advance-directive", "living-will"], wish),
        Event::AveragePressure {
            months: 24,
            missing: [None, None],
        },
        Event::AveragePressure {
            months: 3,
            missing: [Some("error"), None],
        },
        Event::AveragePressure {
            months: 3,
            missing: [None, Some("error")],
        },
    ]
}
