//! What a drawn patient died of: a disease that was known, or one that came out of the blue.

use chrono::NaiveDate;

use super::Episode;
use crate::moment::age;
use crate::stream::Stream;
use crate::table::clinical::Condition;

/// Diseases that people die of, the most deadly first.
const KNOWN: [&str; 12] = [
    "lung-cancer",
    "colon-cancer",
    "all",
    "chf",
    "copd",
    "ckd4",
    "alzheimers",
    "breast-cancer",
    "prostate-cancer",
    "cll",
    "cad",
    "cystic-fibrosis",
];
/// What ends a life without warning, by the first age at which it may.
const SUDDEN: [(u32, &[&str]); 3] = [
    (0, &["pneumonia", "sepsis"]),
    (18, &["pulmonary-embolism", "sepsis", "pneumonia"]),
    (40, &["mi", "stroke", "mi", "pulmonary-embolism"]),
];

/// The key of the cause of a death; a new illness joins the `episodes` on that day.
pub(super) fn cause(
    birth: NaiveDate,
    death: NaiveDate,
    episodes: &mut Vec<Episode>,
    stream: &mut Stream,
) -> &'static str {
    let lasts = |episode: &&Episode| {
        episode.onset < death && episode.abatement.is_none_or(|end| end >= death)
    };
    let has = |key: &&&str| {
        episodes
            .iter()
            .filter(lasts)
            .any(|own| own.condition.key == **key)
    };
    if let Some(known) = KNOWN.iter().find(has) {
        return known;
    }
    let years = age(birth, death);
    let (_, causes) = SUDDEN
        .iter()
        .rev()
        .find(|(from, _)| *from <= years)
        .unwrap_or(&SUDDEN[0]);
    let key = stream.pick(causes).copied().unwrap_or(causes[0]);
    episodes.push(Episode {
        condition: Condition::of(key),
        onset: death,
        abatement: None,
    });
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_die_of_what_they_have_or_of_something_new() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (birth, death) = (day("1950-03-01"), day("2020-05-06"));
        let mut stream = Stream::open(1, "x", "death");
        let mut episodes = vec![Episode {
            condition: Condition::of("copd"),
            onset: day("2010-01-01"),
            abatement: None,
        }];
        assert_eq!(cause(birth, death, &mut episodes, &mut stream), "copd");
        assert_eq!(episodes.len(), 1);
        episodes.clear();
        let sudden = cause(birth, death, &mut episodes, &mut stream);
        assert_eq!(
            (episodes[0].condition.key, episodes[0].onset),
            (sudden, death)
        );
        for (_, keys) in SUDDEN {
            for key in keys {
                assert_eq!(Condition::of(key).key, *key);
            }
        }
        for key in KNOWN {
            assert_eq!(Condition::of(key).key, key);
        }
    }
}
