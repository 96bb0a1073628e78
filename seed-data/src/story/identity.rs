//! Drawing who a statistical patient is: age, sex, name, home, race and language.

use chrono::{Datelike, NaiveDate};

use crate::identifier;
use crate::moment::{age, days, months};
use crate::person::{Identity, Particulars, Sex};
use crate::stream::Stream;
use crate::table::people::{DEMOGRAPHICS, Demographic, NAME_PARTS, NamePart, PLACES, Place};

/// The age pyramid: first age, ages in the band, share.
const AGES: [(i64, i64, f64); 7] = [
    (0, 5, 0.06),
    (5, 13, 0.17),
    (18, 17, 0.22),
    (35, 15, 0.19),
    (50, 15, 0.19),
    (65, 15, 0.13),
    (80, 16, 0.04),
];

/// The identity of a statistical patient.
pub(super) fn draw(seed: u64, as_of: NaiveDate, id: &str) -> Identity {
    let mut stream = Stream::open(seed, id, "demographics");
    let sex = if stream.chance(0.505) {
        Sex::Female
    } else {
        Sex::Male
    };
    let birth = birth(as_of, &mut stream);
    let years = age(birth, as_of);
    let place = stream.weighted(&PLACES, |place| place.weight).cloned();
    let place = place.unwrap_or_else(|| PLACES[0].clone());
    let family = name("family", &mut stream);
    let previous_family = (sex == Sex::Female && years > 28 && stream.chance(0.06))
        .then(|| name("family", &mut stream));
    let given = if sex == Sex::Female {
        "given-female"
    } else {
        "given-male"
    };
    let given = vec![name(given, &mut stream), name(given, &mut stream)];
    let contact = Contact::draw(&place, &given[0], &family, years, &mut stream);
    let language = demographic("language", &mut stream)
        .unwrap_or_else(|| Demographic::named("language", "en"));
    Identity {
        id: id.to_owned(),
        given,
        family,
        suffix: None,
        previous_family,
        birth,
        death: death(birth, as_of, &mut stream),
        sex,
        races: races(&mut stream),
        ethnicity: demographic("ethnicity", &mut stream),
        language,
        marital: marital(years, &mut stream),
        place,
        street: contact.street,
        phone: contact.phone,
        email: contact.email,
        record_number: format!("{:08}", stream.below(100_000_000)),
        particulars: particulars(language, &mut Stream::open(seed, id, "particulars")),
    }
}

/// Nobody is widowed or divorced before 25, few are widowed before 50.
fn marital(years: u32, stream: &mut Stream) -> Option<&'static Demographic> {
    let usual = demographic("marital", stream);
    let young = match years {
        ..18 => true,
        18..25 => usual.is_none_or(|row| row.code != "M") || stream.chance(0.8),
        25..50 => usual.is_some_and(|row| row.code == "W"),
        _ => false,
    };
    if young {
        Some(Demographic::named("marital", "S"))
    } else {
        usual
    }
}

/// Some who speak another language need an interpreter; a few have another administrative gender.
fn particulars(language: &Demographic, stream: &mut Stream) -> Particulars {
    let needs_interpreter = stream.chance(0.3) && language.code != "en";
    let gender = match stream.unit() {
        ..0.002 => Some("other"),
        0.002..0.003 => Some("unknown"),
        _ => None,
    };
    Particulars {
        needs_interpreter,
        gender,
        ..Particulars::default()
    }
}

/// How a person can be reached; anything may be unknown.
struct Contact {
    street: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

impl Contact {
    fn draw(place: &Place, given: &str, family: &str, years: u32, stream: &mut Stream) -> Self {
        let house = stream.between(1, 1_200);
        let street = stream
            .chance(0.99)
            .then(|| format!("{house} {}", name("street", stream)));
        let phone = stream
            .chance(0.98)
            .then(|| identifier::phone(place.area_code, stream));
        let email = (years >= 14 && stream.chance(0.75)).then(|| {
            format!(
                "{}.{}{}@example.com",
                plain(given),
                plain(family),
                stream.below(100)
            )
        });
        Self {
            street,
            phone,
            email,
        }
    }
}

fn birth(as_of: NaiveDate, stream: &mut Stream) -> NaiveDate {
    let band = stream
        .weighted(&AGES, |band| band.2)
        .copied()
        .unwrap_or((40, 1, 1.0));
    let years = band.0 + stream.between(0, band.1 - 1);
    let birth = days(months(as_of, -12 * years), -stream.between(1, 364));
    if birth.year() < 1_900 { as_of } else { birth }
}

/// Death in the last eight years by a hazard that doubles about every eight years of age (Gompertz).
fn death(birth: NaiveDate, as_of: NaiveDate, stream: &mut Stream) -> Option<NaiveDate> {
    (1..=8).find_map(|back| {
        let year = months(as_of, -12 * (9 - back));
        let hazard = 0.000_05 * (0.087 * f64::from(age(birth, year))).exp();
        let dies = stream.chance(hazard) && year > birth;
        let day = days(year, stream.between(0, 360));
        dies.then_some(day)
    })
}

fn name(kind: &str, stream: &mut Stream) -> String {
    let parts: Vec<&NamePart> = NAME_PARTS.iter().filter(|part| part.kind == kind).collect();
    stream
        .pick(&parts)
        .map_or_else(String::new, |part| part.name.to_owned())
}

/// A name as the local part of an address.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

fn demographic(kind: &str, stream: &mut Stream) -> Option<&'static Demographic> {
    let rows: Vec<&'static Demographic> =
        DEMOGRAPHICS.iter().filter(|row| row.kind == kind).collect();
    stream.weighted(&rows, |row| row.weight).copied()
}

fn races(stream: &mut Stream) -> Vec<&'static Demographic> {
    let first = demographic("race", stream);
    let second = if stream.chance(0.01) {
        demographic("race", stream)
    } else {
        None
    };
    let known = |row: &&'static Demographic| row.system == "cdcrec";
    let second = second
        .filter(known)
        .filter(|row| first.is_some_and(|other| known(&other) && other != *row));
    first.into_iter().chain(second).collect()
}
