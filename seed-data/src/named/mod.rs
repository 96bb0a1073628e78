//! The named patients: written by hand, the same for every run seed.

use chrono::{Datelike, NaiveDate};

use crate::body::Body;
use crate::config::{DEFAULT_AS_OF, Named, UsCore};
use crate::moment;
use crate::person::{Identity, Particulars, Person, Relationship, Representation, Sex};
use crate::story::examination::Thoroughness;
use crate::story::{Appointment, Episode, Story, Therapy, vaccination};
use crate::stream::Stream;
use crate::table::clinical::Condition;
use crate::table::people::{Demographic, Place};

mod amara_brown;
mod amy_shaw;
mod bystander;
mod carmen_alvarez;
mod daniel_adams;
mod elena_tsosie;
mod harold_thompson;
mod jada_washington;
mod jordan_reed;
mod joseph_ross;
mod kai_kahale;
mod minh_tran;
mod peter_hidden;
mod pharmacogenomics;
mod priya_shah;
mod quinn_taylor;
mod ruth_cohen;
mod sam_rivers;
mod walter_nelson;

/// The seed of the named patients, whatever the run seed.
const SEED: u64 = 0;

/// Makes a story as of a date.
pub(crate) type Maker = fn(NaiveDate) -> Story;

/// The patients that demonstrations and certification need.
const CORE: [Maker; 8] = [
    daniel_adams::story,
    amy_shaw::story,
    joseph_ross::story,
    elena_tsosie::story,
    peter_hidden::story,
    kai_kahale::story,
    harold_thompson::story,
    bystander::nova_young,
];

const EVERYONE: [Maker; 24] = [
    daniel_adams::story,
    amy_shaw::story,
    joseph_ross::story,
    elena_tsosie::story,
    peter_hidden::story,
    kai_kahale::story,
    harold_thompson::story,
    bystander::nova_young,
    jada_washington::story,
    priya_shah::story,
    walter_nelson::story,
    carmen_alvarez::story,
    ruth_cohen::story,
    bystander::old_record,
    minh_tran::story,
    sam_rivers::story,
    jordan_reed::story,
    quinn_taylor::story,
    amara_brown::story,
    bystander::maria_garcia_1,
    bystander::maria_garcia_2,
    bystander::maria_garcia_3,
    bystander::sean_oconnor_nunez,
    bystander::bo_li,
];

/// The makers of the named patients of a population, in a fixed order.
pub(crate) fn tellers(named: Named) -> &'static [Maker] {
    match named {
        Named::All => &EVERYONE,
        Named::Core => &CORE,
        Named::None => &[],
    }
}

/// The people who sign in to a portal, as of the date of the default population.
pub fn persons() -> Vec<Person> {
    persons_as_of(DEFAULT_AS_OF)
}

/// The people who sign in to a portal, as of a date.
pub(crate) fn persons_as_of(as_of: NaiveDate) -> Vec<Person> {
    let [daniel, amy, joseph, elena, kai] = [
        daniel_adams::identity,
        amy_shaw::identity,
        joseph_ross::identity,
        elena_tsosie::identity,
        kai_kahale::identity,
    ]
    .map(|identity| identity(as_of));
    vec![
        person("daniel-adams", &daniel, &[&amy]),
        person("joseph-ross", &joseph, &[]),
        person("elena-tsosie", &elena, &[]),
        Person {
            username: "leilani-kahale".to_owned(),
            name: "Leilani Kahale".to_owned(),
            fhir_user: format!("RelatedPerson/{}-rel-mother", kai.id),
            patients: vec![representation(&kai, Relationship::Represented)],
        },
    ]
}

fn person(username: &str, own: &Identity, represented: &[&Identity]) -> Person {
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

fn representation(identity: &Identity, relationship: Relationship) -> Representation {
    Representation {
        patient: identity.id.clone(),
        name: identity.full_name(),
        birth_date: identity.birth,
        relationship,
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
        particulars: Particulars::default(),
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
        us_core: UsCore::default(),
        as_of,
        present: as_of,
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
        thoroughness: Thoroughness::Everything,
        identity,
    }
}

/// A story with the vaccinations that its visits allow, ready to be told.
fn complete(mut story: Story) -> Story {
    story.settle();
    if !story.appointments.is_empty() {
        let person = &story.identity;
        let last = person
            .death
            .map_or(story.as_of, |death| death.min(story.as_of));
        let mut stream = Stream::open(SEED, &person.id, "vaccinations");
        story.doses =
            vaccination::by_schedule(person.birth, last, &story.appointments, &mut stream);
    }
    story
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
