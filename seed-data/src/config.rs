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

/// The base URL of a population that is for no server in particular.
pub const EXAMPLE_BASE: &str = "https://example.org/fhir";

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

/// How much is on record about a statistical patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Richness {
    /// The last year: for counting and for very large populations.
    Slim,
    /// The last four years of a grown-up, all of childhood.
    #[default]
    Standard,
    /// The last fifteen years: for paging and load.
    Rich,
}

impl Richness {
    /// The years on record of a child below 12 and of everybody else.
    pub(crate) fn years(self) -> (i64, i64) {
        match self {
            Self::Slim => (1, 1),
            Self::Standard => (12, 4),
            Self::Rich => (12, 15),
        }
    }
}

/// The arguments of a population. The same arguments give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The run seed; another seed gives other statistical patients and the same named ones.
    pub seed: u64,
    /// The present: nothing happens after it except what is planned.
    pub as_of: NaiveDate,
    /// How many statistical patients, on top of the named ones.
    pub patients: u64,
    /// Which named patients.
    pub named: Named,
    /// How much is on record about each statistical patient.
    pub richness: Richness,
    /// The public base URL of the FHIR server the population is for, without a slash at the end: images are fetched
    /// from `{base}/wado`. `None` means [`EXAMPLE_BASE`].
    pub base: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: DEFAULT_SEED,
            as_of: DEFAULT_AS_OF,
            patients: DEFAULT_PATIENTS,
            named: Named::All,
            richness: Richness::Standard,
            base: None,
        }
    }
}

impl Config {
    /// The base URL of the FHIR server, without a slash at the end.
    pub fn base(&self) -> &str {
        self.base.as_deref().unwrap_or(EXAMPLE_BASE)
    }
}
