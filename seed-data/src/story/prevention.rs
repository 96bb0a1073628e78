//! What a check-up of a grown-up brings besides the examination: screening by age and sex, questions, family history.

use chrono::NaiveDate;

use super::Episode;
use super::episode::Person;
use super::event::Event;
use crate::act::screening::{Reply, Screening};
use crate::stream::Stream;
use crate::table::care::PREVENTION;

/// How likely each questionnaire is handed out at a check-up.
const ASKED: f64 = 0.1;
/// The share of check-ups at which the family history is asked for.
const TOLD: f64 = 0.08;

const WELL: Screening = Screening {
    instrument: "phq-9-example",
    replies: &[
        ("44250-9", Reply::Code("LA6568-5")),
        ("44255-8", Reply::Code("LA6568-5")),
        ("44259-0", Reply::Code("LA6569-3")),
        ("44254-1", Reply::Code("LA6569-3")),
        ("44251-7", Reply::Code("LA6568-5")),
        ("44258-2", Reply::Code("LA6568-5")),
        ("44252-5", Reply::Code("LA6568-5")),
        ("44253-3", Reply::Code("LA6568-5")),
        ("44260-8", Reply::Code("LA6568-5")),
    ],
};
const LOW: Screening = Screening {
    instrument: "phq-9-example",
    replies: &[
        ("44250-9", Reply::Code("LA6570-1")),
        ("44255-8", Reply::Code("LA6570-1")),
        ("44259-0", Reply::Code("LA6570-1")),
        ("44254-1", Reply::Code("LA6571-9")),
        ("44251-7", Reply::Code("LA6569-3")),
        ("44258-2", Reply::Code("LA6569-3")),
        ("44252-5", Reply::Code("LA6569-3")),
        ("44253-3", Reply::Code("LA6568-5")),
        ("44260-8", Reply::Code("LA6568-5")),
    ],
};
const FED: Screening = Screening {
    instrument: "hunger-vital-sign-example",
    replies: &[
        ("88122-7", Reply::Code("LA28398-8")),
        ("88123-5", Reply::Code("LA28398-8")),
    ],
};
const HUNGRY: Screening = Screening {
    instrument: "hunger-vital-sign-example",
    replies: &[
        ("88122-7", Reply::Code("LA6729-3")),
        ("88123-5", Reply::Code("LA6729-3")),
    ],
};

/// The procedures of a check-up.
pub(super) fn procedures(
    person: &Person,
    date: NaiveDate,
    stream: &mut Stream,
) -> Vec<&'static str> {
    let years = i64::from(person.age(date));
    PREVENTION
        .iter()
        .filter(|row| row.sex == "any" || row.sex == person.sex.letter())
        .filter(|row| (row.age_min..=row.age_max).contains(&years))
        .filter(|row| stream.chance(row.share))
        .map(|row| row.procedure)
        .collect()
}

/// The questions of a check-up: answers fit the conditions of the day.
pub(super) fn questions(
    person: &Person,
    episodes: &[Episode],
    date: NaiveDate,
    stream: &mut Stream,
) -> Vec<Event> {
    if person.age(date) < 18 {
        return Vec::new();
    }
    let has = |key: &str| {
        episodes.iter().any(|episode| {
            let lasts = episode.abatement.is_none_or(|end| date <= end);
            episode.condition.key == key && episode.onset <= date && lasts
        })
    };
    let mood = if has("depression") { LOW } else { WELL };
    let food = if has("food-insecurity") { HUNGRY } else { FED };
    let handed_out = [stream.chance(ASKED), stream.chance(ASKED)];
    let screenings = [handed_out[0].then_some(mood), handed_out[1].then_some(food)];
    screenings
        .into_iter()
        .flatten()
        .map(Event::Screened)
        .chain(family(stream))
        .collect()
}

fn family(stream: &mut Stream) -> Option<Event> {
    let parent = if stream.chance(0.5) {
        "mother"
    } else {
        "father"
    };
    let breast = parent == "mother" && stream.chance(0.4);
    let illness = if breast { "breast-cancer" } else { "diabetes" };
    let age = stream.between(42, 68);
    stream
        .chance(TOLD)
        .then_some(Event::Inherited(parent, illness, age))
}
