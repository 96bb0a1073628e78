//! The population as an iterator: the world first, then named patients, then statistical ones.

use crate::config::Config;
use crate::named;
use crate::record::Record;
use crate::story::draw;
use crate::world;

/// All people of one run and the world they share. Nothing is kept: each record is made when it is asked for.
#[derive(Debug, Clone, Copy)]
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
        let Config {
            seed,
            as_of,
            patients,
            named,
        } = self.config;
        std::iter::once_with(move || world::record(as_of))
            .chain(
                named::tellers(named)
                    .iter()
                    .map(move |story| story(as_of).tell()),
            )
            .chain((1..=patients).map(move |index| draw::story(seed, as_of, index).tell()))
    }

    /// The number of records, for progress bars.
    pub fn len_hint(&self) -> u64 {
        let named = u64::try_from(named::tellers(self.config.named).len()).unwrap_or(0);
        1 + named + self.config.patients
    }
}
