//! Drawing a statistical patient: who they are, what they are like, and then their story.

use chrono::{Datelike, NaiveDate};

use super::examination::Thoroughness;
use super::vaccination::Calendar;
use super::{
    Habits, Story, course, episode, family, fatal, grown_up_doses, identity, vaccination, visits,
};
use crate::body::Body;
use crate::config::Config;
use crate::moment::{self, age, days, months};
use crate::person::Identity;
use crate::resource::coverage::{COMMERCIAL, MEDICAID, MEDICARE, Plan};
use crate::stream::Stream;
use crate::table::clinical::{ALLERGENS, SOCIAL_HISTORY};

/// Latent traits, in standard deviations: conditions that share a trait go together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits {
    pub(crate) metabolic: f64,
    pub(crate) heart: f64,
    pub(crate) kidney: f64,
    pub(crate) lung: f64,
    pub(crate) mood: f64,
    pub(crate) joints: f64,
    pub(crate) social: f64,
    /// How often the patient seeks care.
    pub(crate) care: f64,
}

impl Traits {
    fn draw(stream: &mut Stream) -> Self {
        let metabolic = stream.normal(0.0, 1.0);
        let social = stream.normal(0.0, 1.0);
        let mut mixed =
            |share: f64| share * metabolic + stream.normal(0.0, (1.0 - share * share).sqrt());
        let (heart, kidney, lung, joints) = (mixed(0.5), mixed(0.4), mixed(0.1), mixed(0.3));
        let mood = 0.4 * social + stream.normal(0.0, 0.9);
        Self {
            metabolic,
            heart,
            kidney,
            lung,
            mood,
            joints,
            social,
            care: stream.normal(0.0, 1.0),
        }
    }
}

/// The story of statistical patient `index` (the first is 1).
pub(crate) fn story(config: &Config, index: u64) -> Story {
    let Config {
        seed,
        as_of,
        richness,
        ..
    } = *config;
    let id = format!("pop-{index:06}");
    let identity = identity::draw(seed, as_of, &id);
    let open = |label: &str| Stream::open(seed, &id, label);
    let traits = Traits::draw(&mut open("traits"));
    let body = Body {
        drawn: true,
        ..Body::draw(seed, &identity, traits.metabolic)
    };
    let last = identity
        .death
        .map_or(days(as_of, -1), |death| death.min(days(as_of, -1)));
    let since = visits::record_begins(identity.birth, last, richness);
    let habits = habits(age(identity.birth, last), traits, &mut open("habits"));
    let person = episode::Person {
        birth: identity.birth,
        sex: identity.sex,
        last,
        since,
        traits,
        habits,
        obese: body.is_obese(),
    };
    let allergies = allergies(&identity, last, &mut open("allergies"));
    let mut episodes = episode::draw(&person, &open);
    let therapies = course::therapies(&person, &mut episodes, &allergies, &open);
    let end = identity.death.map(|death| {
        let stream = &mut open("death");
        (
            death,
            fatal::cause(identity.birth, death, &mut episodes, stream),
        )
    });
    let appointments = visits::draw(&person, &episodes, end, &open);
    let mut doses = vaccination::by_schedule(
        identity.birth,
        last,
        &appointments,
        &mut open("vaccinations"),
    );
    let life = Calendar {
        birth: identity.birth,
        last,
        visits: appointments.iter().collect(),
    };
    grown_up_doses::add(&life, &mut doses, &mut open("vaccinations:grown-up"));
    let appointments = visits::with_controls(&person, &episodes, end, appointments);
    let coverage = coverage(&identity, since, last, &mut open("coverage"));
    let parents = family::parents(&identity, last, &mut open("parents"));
    let mut story = Story {
        seed,
        us_core: config.us_core,
        as_of,
        present: as_of,
        identity,
        body,
        coverage,
        relatives: parents,
        episodes,
        text_problems: Vec::new(),
        therapies,
        allergies,
        habits,
        appointments,
        doses,
        devices: Vec::new(),
        fills_since: months(as_of, -18),
        thoroughness: Thoroughness::AsCalledFor,
    };
    story.settle();
    story
}

/// What is answered about tobacco and alcohol from 13 years on.
fn habits(years: u32, traits: Traits, stream: &mut Stream) -> Option<Habits> {
    if years < 13 {
        return None;
    }
    let inclined = stream.normal(0.3 * traits.social + 0.2 * traits.mood, 1.0);
    let smoking = match (years, inclined) {
        (..18, _) => "266919005",
        (_, 1.2..) => "449868002",
        (_, 1.0..1.2) => "428041000124106",
        (25.., 0.3..1.0) => "8517006",
        _ => "266919005",
    };
    let smoked = f64::from(years.saturating_sub(18));
    let pack_years = match smoking {
        "449868002" => Some((smoked * 0.8).min(60.0)),
        "8517006" => Some((smoked * 0.3).min(30.0)),
        _ => None,
    };
    let drinks = years >= 21 && stream.chance(0.58);
    let alcohol = SOCIAL_HISTORY
        .iter()
        .find(|row| row.concept == "alcohol-status" && (row.value == "228276006") == drinks);
    Some(Habits {
        smoking,
        pack_years,
        alcohol: alcohol.map_or("105542008", |row| row.value),
    })
}

fn allergies(
    person: &Identity,
    last: NaiveDate,
    stream: &mut Stream,
) -> Vec<(&'static str, NaiveDate)> {
    let lived = (last - person.birth).num_days().max(1);
    let mut allergies = Vec::new();
    for row in ALLERGENS.iter().filter(|row| row.category != "none") {
        let onset = days(person.birth, stream.between(lived / 8, lived * 3 / 4));
        if lived > 400 && stream.chance(row.share) {
            allergies.push((row.key, onset));
        }
    }
    allergies
}

/// Medicare from 65; Medicaid, work or none before, by chance.
fn coverage(
    person: &Identity,
    since: NaiveDate,
    last: NaiveDate,
    stream: &mut Stream,
) -> Option<(Plan, NaiveDate)> {
    let years = age(person.birth, last);
    let start = moment::date(since.year().max(2_010), 1, 1).max(person.birth);
    let chance = stream.unit();
    if years >= 65 {
        let sixty_five = months(person.birth, 12 * 65);
        return Some((
            MEDICARE,
            start.max(moment::date(sixty_five.year(), sixty_five.month(), 1)),
        ));
    }
    match chance {
        ..0.08 => None,
        ..0.3 => Some((MEDICAID, start)),
        _ => Some((COMMERCIAL, start)),
    }
}
