//! Treatment: which drugs a condition brings, line by line, without what the patient is allergic to.

use chrono::NaiveDate;

use super::episode::Person;
use super::{Episode, Therapy};
use crate::moment::{days, months};
use crate::stream::Stream;
use crate::table::clinical::{Allergen, Medication, TREATMENTS, Treatment};

/// Chronic conditions that end in a share of people, after so many days.
const REMISSIONS: [(&str, f64, i64, i64); 7] = [
    ("adhd", 0.4, 3_000, 5_500),
    ("anemia", 0.85, 150, 900),
    ("atopic-dermatitis", 0.6, 1_500, 4_000),
    ("childhood-asthma", 1.0, 2_000, 4_500),
    ("depression", 0.5, 300, 1_500),
    ("gad", 0.3, 600, 2_500),
    ("iron-deficiency-anemia", 0.9, 120, 700),
];

/// When a chronic condition ends, if it does.
pub(super) fn remission(key: &str, onset: NaiveDate, stream: &mut Stream) -> Option<NaiveDate> {
    let (_, share, least, most) = REMISSIONS.iter().find(|row| row.0 == key)?;
    let length = stream.between(*least, *most);
    stream.chance(*share).then(|| days(onset, length))
}

/// Ingredients (`RxNorm`) that an allergy to the first one excludes as well.
const RELATED: [(&str, &[&str]); 3] = [
    ("7984", &["723", "19711", "2231"]),
    ("723", &["7984", "19711", "2231"]),
    ("2231", &["7984", "723"]),
];

/// Pain killers that people with one of these conditions should not take for long.
const HARMFUL: (&[&str], &[&str]) = (
    &["naproxen-500", "ibuprofen-200"],
    &["cad", "ihd", "mi", "chf", "ckd3", "ckd4", "esrd", "afib"],
);

fn has_any(episodes: &[Episode], conditions: &[&str]) -> bool {
    episodes
        .iter()
        .any(|episode| conditions.contains(&episode.condition.key))
}

/// Conditions whose treatment goes from line to line: who is on a later one is, or was, on those before it.
const BY_STEPS: [&str; 4] = ["asthma", "childhood-asthma", "htn", "t2dm"];

/// Inhaled when breath is short, and what is taken every day so that it seldom is.
const RELIEVER: &str = "albuterol-mdi";
const CONTROLLERS: [&str; 3] = ["fluticasone-mdi", "montelukast-10", "tiotropium"];

/// A drug is on record for so many years at most: what was taken before was another one.
const LONGEST: i64 = 9;

/// Drugs for adults that children get in another form, which the table lacks.
const ADULT_FORMS: &[&str] = &["tablet", "capsule", "inhaler"];

/// The therapies for all episodes. `open` opens a stream of the patient.
pub(crate) fn therapies(
    person: &Person,
    episodes: &mut [Episode],
    allergies: &[(&'static str, NaiveDate)],
    open: &impl Fn(&str) -> Stream,
) -> Vec<Therapy> {
    let mut therapies: Vec<Therapy> = Vec::new();
    for episode in episodes.iter() {
        let mut stream = open(&format!(
            "therapy:{}:{}",
            episode.condition.key, episode.onset
        ));
        let earliest = months(person.last, -12 * LONGEST);
        let mut start = episode.onset.max(days(earliest, stream.between(0, 500)));
        let lines: Vec<&'static Treatment> = TREATMENTS
            .iter()
            .filter(|row| row.condition == episode.condition.key)
            .collect();
        let highest = highest_line(&lines, stream.clone());
        for (line, row) in lines.into_iter().enumerate() {
            let wanted = stream.chance(row.share) || line < highest;
            let choices: Vec<&'static str> = row
                .medications
                .split(',')
                .filter(|key| suits(person, Medication::of(key), start, allergies))
                .filter(|key| !(HARMFUL.0.contains(key) && has_any(episodes, HARMFUL.1)))
                .filter(|key| {
                    therapies
                        .iter()
                        .all(|therapy| therapy.medication != *key || episode.abatement.is_some())
                })
                .collect();
            let choice = stream.pick(&choices).copied();
            if let (true, Some(medication)) = (wanted, choice) {
                therapies.push(therapy(episode, medication, start));
            }
            start = days(start, stream.between(180, 1_200));
        }
    }
    therapies.retain(|therapy| {
        therapy.since <= person.last && therapy.until.is_none_or(|until| therapy.since < until)
    });
    add_reliever(&mut therapies);
    therapies
}

/// The last line that is drawn of a treatment by steps, where none is left out; 0 for others. `ahead` draws as the
/// choice of drugs does after it.
fn highest_line(lines: &[&'static Treatment], mut ahead: Stream) -> usize {
    let mut highest = 0;
    for (line, row) in lines.iter().enumerate() {
        if ahead.chance(row.share) && BY_STEPS.contains(&row.condition) {
            highest = line;
        }
        ahead.below(1);
        ahead.between(180, 1_200);
    }
    highest
}

/// Nobody gets a drug against attacks for every day and nothing for the attack itself.
fn add_reliever(therapies: &mut Vec<Therapy>) {
    let first = therapies
        .iter()
        .filter(|own| CONTROLLERS.contains(&own.medication))
        .min_by_key(|own| own.since)
        .cloned();
    let Some(controller) = first else { return };
    let relieved = therapies.iter().any(|own| {
        own.medication == RELIEVER && own.until.is_none_or(|until| controller.since < until)
    });
    if !relieved {
        therapies.push(Therapy {
            medication: RELIEVER,
            ..controller
        });
    }
}

fn therapy(episode: &Episode, medication: &'static str, since: NaiveDate) -> Therapy {
    let row = Medication::of(medication);
    let short = matches!(episode.condition.kind, "acute" | "event");
    Therapy {
        medication,
        condition: episode.condition.key,
        since,
        until: short
            .then(|| days(since, row.days_supply.max(5) + 4))
            .or(episode.abatement),
        over_the_counter: medication == "aspirin-81" || medication.starts_with("acetaminophen"),
    }
}

/// Neither allergic to it nor too young for its form; nursing children get no tablets.
fn suits(
    person: &Person,
    row: &Medication,
    date: NaiveDate,
    allergies: &[(&'static str, NaiveDate)],
) -> bool {
    let excluded = allergies
        .iter()
        .map(|(key, _)| Allergen::of(key))
        .any(|allergen| {
            allergen.system == "rxnorm"
                && (allergen.code == row.ingredient_rxnorm || is_related(allergen.code, row))
        });
    let years = person.age(date);
    let child_form = !ADULT_FORMS.contains(&row.form) || years >= 7;
    !excluded && child_form && (row.form != "suspension" || years < 12)
}

fn is_related(allergen: &str, row: &Medication) -> bool {
    RELATED
        .iter()
        .any(|(code, others)| *code == allergen && others.contains(&row.ingredient_rxnorm))
}
