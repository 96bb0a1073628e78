//! What decides every byte of a population.

use chrono::NaiveDate;

/// The seed of the population that the reference server shows.
pub const DEFAULT_SEED: u64 = 1;
/// Statistical patients of the default population.
pub const DEFAULT_PATIENTS: u64 = 100;
/// The present of the default population, a constant so that tests do not age.
pub const DEFAULT_AS_OF: NaiveDate = match NaiveDate::from_ymd_opt(2026, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// Which named patients come before the statistical ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Named {
    /// Every named patient.
    #[default]
    All,
    /// The patients that demonstrations and certification need.
    Core,
    /// None: statistical patients only.
    None,
}

/// The arguments of a population. The same arguments give the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The run seed; another seed gives other statistical patients and the same named ones.
    pub seed: u64,
    /// The present: nothing happens after it except what is planned.
    pub as_of: NaiveDate,
    /// How many statistical patients, on top of the named ones.
    pub patients: u64,
    /// Which named patients.
    pub named: Named,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: DEFAULT_SEED,
            as_of: DEFAULT_AS_OF,
            patients: DEFAULT_PATIENTS,
            named: Named::All,
        }
    }
}
