//! The population as an iterator: the world first, then named patients, then statistical ones, then groups.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::claim;
use crate::config::Config;
use crate::named;
use crate::record::{Record, Seed};
use crate::story::{Story, draw};
use crate::wild;
use crate::world::{self, group};

/// All people of one run and the world they share. Nothing is kept: each record is made when it is asked for.
#[derive(Debug, Clone)]
pub struct Population {
    config: Config,
}

impl Population {
    /// The population that `config` describes.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// The arguments of the population.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The records in a fixed order. A patient does not depend on the number of patients.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        (0..self.len_hint()).map(|number| self.record(number))
    }

    /// Record `number` in the order of [`Population::records`]; beyond the last one an empty record.
    pub fn record(&self, number: u64) -> Record {
        self.finished(self.told(number))
    }

    fn told(&self, number: u64) -> Record {
        let people = self.named() + self.config.patients;
        match number {
            0 => world::record(&self.config),
            person if person <= people => self
                .story(person)
                .map_or_else(|| Record::of_world(Vec::new()), |story| story.tell()),
            rest if rest == people + 1 => group::of_named(&self.config),
            rest => group::of_slice(&self.config, rest - people - 2),
        }
    }

    /// The number of records.
    pub fn len_hint(&self) -> u64 {
        let slices = self.config.patients.div_ceil(group::SLICE);
        2 + self.named() + self.config.patients + slices
    }

    /// What is new or has changed in the patients' records between `from`, the as-of date or a later one, and `until`:
    /// for tests of clients that come back. A changed resource has the version after the one before. Patients without
    /// news have no record.
    pub fn advance(&self, from: NaiveDate, until: NaiveDate) -> impl Iterator<Item = Record> + '_ {
        let people = self.named() + self.config.patients;
        (1..=people).filter_map(move |person| {
            let mut story = self.story(person)?;
            story.advance(from);
            let before = story.tell();
            let mut story = self.story(person)?;
            story.advance(until);
            news(&before, story.tell()).map(|record| self.finished(record))
        })
    }

    /// The story of a patient as text for people; `None` when the population has no such patient.
    pub fn show(&self, id: &str) -> Option<String> {
        let named = (1..=self.named())
            .filter_map(|person| self.story(person))
            .find(|story| story.identity.id == id);
        let drawn = || {
            let index: u64 = id.strip_prefix("pop-")?.parse().ok()?;
            (1..=self.config.patients)
                .contains(&index)
                .then(|| draw::story(&self.config, index))
        };
        named.or_else(drawn).map(|story| story.readable())
    }

    /// The patients as a sentence says them: the named ones by id, the statistical ones from the first to the last.
    pub(crate) fn patients(&self) -> String {
        let named = (1..=self.named()).filter_map(|person| self.story(person));
        let mut ids: Vec<String> = named.map(|story| story.identity.id).collect();
        if self.config.patients > 0 {
            ids.push(format!("pop-000001 to pop-{:06}", self.config.patients));
        }
        ids.join(", ")
    }

    /// The same record with blemishes and with the profiles of its resources, when they are wanted.
    fn finished(&self, mut record: Record) -> Record {
        if self.config.wild {
            wild::spoil(&mut record, self.config.seed);
        }
        if self.config.profiles {
            for seed in &mut record.seeds {
                claim::write(seed, self.config.us_core);
            }
        }
        record
    }

    /// The number of named patients.
    fn named(&self) -> u64 {
        u64::try_from(named::tellers(self.config.named).len()).unwrap_or(0)
    }

    /// The story of a person, the first named one being number 1.
    fn story(&self, person: u64) -> Option<Story> {
        let place = usize::try_from(person.checked_sub(1)?).ok()?;
        let maker = named::tellers(self.config.named).get(place);
        let drawn = || draw::story(&self.config, person - self.named());
        let written = |maker: &named::Maker| Story {
            us_core: self.config.us_core,
            ..maker(self.config.as_of)
        };
        Some(maker.map_or_else(drawn, written))
    }
}

/// The resources of `after` that `before` lacks or has in another form.
fn news(before: &Record, after: Record) -> Option<Record> {
    let known: BTreeMap<(&str, &str), &Seed> = before
        .seeds
        .iter()
        .map(|seed| ((seed.resource_type, seed.id.as_str()), seed))
        .collect();
    let seeds: Vec<Seed> = after
        .seeds
        .into_iter()
        .filter_map(
            |seed| match known.get(&(seed.resource_type, seed.id.as_str())).copied() {
                None => Some(seed),
                Some(old) if old.content() == seed.content() => None,
                Some(old) => Some(seed.changed_from(old)),
            },
        )
        .collect();
    (!seeds.is_empty()).then_some(Record {
        patient: after.patient,
        seeds,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::Days;

    use super::*;

    fn ids(record: &Record) -> BTreeSet<(&'static str, String)> {
        let ids = record
            .seeds
            .iter()
            .map(|seed| (seed.resource_type, seed.id.clone()));
        ids.collect()
    }

    #[test]
    fn nothing_disappears_when_time_goes_on() {
        let population = Population::new(Config {
            patients: 40,
            ..Config::default()
        });
        let as_of = population.config.as_of;
        for person in 1..=population.named() + 40 {
            let mut story = population.story(person).unwrap();
            let before = ids(&story.tell());
            story.advance(as_of + Days::new(120));
            let after = ids(&story.tell());
            let gone: Vec<_> = before.difference(&after).collect();
            assert!(gone.is_empty(), "{gone:?}");
        }
    }
}
