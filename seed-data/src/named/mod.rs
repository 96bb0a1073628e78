//! The named patients: written by hand, the same for every run seed.

use chrono::{Datelike, NaiveDate};

use crate::body::Body;
use crate::config::{DEFAULT_AS_OF, Named};
use crate::moment;
use crate::person::{Identity, Person, Relationship, Representation, Sex};
use crate::story::{Appointment, Episode, Story, Therapy};
use crate::table::clinical::Condition;
use crate::table::people::{Demographic, Place};

mod amy_shaw;
mod daniel_adams;
mod elena_tsosie;
mod joseph_ross;
mod peter_hidden;

/// The seed of the named patients, whatever the run seed.
const SEED: u64 = 0;

/// Makes a story as of a date.
type Maker = fn(NaiveDate) -> Story;

const EVERYONE: [Maker; 5] = [
    daniel_adams::story,
    amy_shaw::story,
    joseph_ross::story,
    elena_tsosie::story,
    peter_hidden::story,
];

/// The makers of the named patients of a population, in a fixed order.
pub(crate) fn tellers(named: Named) -> &'static [Maker] {
    match named {
        Named::All | Named::Core => &EVERYONE,
        Named::None => &[],
    }
}

/// The people who sign in to a portal, as of the date of the default population.
pub fn persons() -> Vec<Person> {
    let [daniel, amy, joseph, elena] = [
        daniel_adams::identity,
        amy_shaw::identity,
        joseph_ross::identity,
        elena_tsosie::identity,
    ]
    .map(|identity| identity(DEFAULT_AS_OF));
    vec![
        person("daniel-adams", &daniel, &[&amy]),
        person("joseph-ross", &joseph, &[]),
        person("elena-tsosie", &elena, &[]),
    ]
}

fn person(username: &str, own: &Identity, represented: &[&Identity]) -> Person {
    let representation = |identity: &Identity, relationship| Representation {
        patient: identity.id.clone(),
        name: identity.full_name(),
        birth_date: identity.birth,
        relationship,
    };
    let others = represented
        .iter()
        .map(|identity| representation(identity, Relationship::Represented));
    Person {
        username: username.to_owned(),
        name: own.full_name(),
        fhir_user: format!("Patient/{}", own.id),
        patients: std::iter::once(representation(own, Relationship::SelfPatient))
            .chain(others)
            .collect(),
    }
}

/// The birth date with this month and day of somebody who is `years` old at `as_of`.
fn born(as_of: NaiveDate, years: i32, month: u32, day: u32) -> NaiveDate {
    let this_year = moment::date(as_of.year() - years, month, day);
    if moment::date(as_of.year(), month, day) > as_of {
        moment::date(as_of.year() - years - 1, month, day)
    } else {
        this_year
    }
}

/// A working day so many years and months before the present.
fn ago(as_of: NaiveDate, years: i64, extra_months: i64) -> NaiveDate {
    moment::weekday(moment::days(
        moment::months(as_of, -12 * years - extra_months),
        -12,
    ))
}

/// An identity with the facts that every named patient has.
fn identity(
    id: &str,
    given: &[&str],
    family: &str,
    sex: Sex,
    birth: NaiveDate,
    place: Place,
) -> Identity {
    Identity {
        id: id.to_owned(),
        given: given.iter().map(|&name| name.to_owned()).collect(),
        family: family.to_owned(),
        suffix: None,
        previous_family: None,
        birth,
        death: None,
        sex,
        races: Vec::new(),
        ethnicity: Some(Demographic::named("ethnicity", "2186-5")),
        language: Demographic::named("language", "en"),
        marital: None,
        place,
        street: None,
        phone: None,
        email: None,
        record_number: id.rsplit('-').next().unwrap_or(id).to_owned(),
    }
}

fn place(
    city: &'static str,
    state: &'static str,
    zip: &'static str,
    area_code: &'static str,
) -> Place {
    Place {
        city,
        state,
        zip,
        area_code,
        weight: 0.0,
    }
}

/// A story without events.
fn quiet(as_of: NaiveDate, identity: Identity, metabolic: f64) -> Story {
    Story {
        seed: SEED,
        as_of,
        body: Body::draw(SEED, &identity, metabolic),
        coverage: None,
        relatives: Vec::new(),
        episodes: Vec::new(),
        text_problems: Vec::new(),
        therapies: Vec::new(),
        allergies: Vec::new(),
        habits: None,
        appointments: Vec::new(),
        doses: Vec::new(),
        devices: Vec::new(),
        fills_since: moment::months(as_of, -24),
        identity,
    }
}

fn episode(condition: &str, onset: NaiveDate, abatement: Option<NaiveDate>) -> Episode {
    Episode {
        condition: Condition::of(condition),
        onset,
        abatement,
    }
}

/// A short illness with the days until it was over.
fn illness(condition: &str, onset: NaiveDate, lasted: i64) -> Episode {
    episode(condition, onset, Some(moment::days(onset, lasted)))
}

fn therapy(medication: &'static str, condition: &'static str, since: NaiveDate) -> Therapy {
    Therapy {
        medication,
        condition,
        since,
        until: None,
        over_the_counter: false,
    }
}

/// A drug taken for a number of days.
fn short_therapy(
    medication: &'static str,
    condition: &'static str,
    since: NaiveDate,
    lasted: i64,
) -> Therapy {
    Therapy {
        until: Some(moment::days(since, lasted)),
        ..therapy(medication, condition, since)
    }
}

fn visit(kind: &'static str, date: NaiveDate, reason: Option<&'static str>) -> Appointment {
    Appointment {
        date,
        kind,
        reason,
        ..Appointment::default()
    }
}
