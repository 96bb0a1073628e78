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

/// A version of US Core: where versions cannot be met by the same resource, it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, clap::ValueEnum)]
pub enum UsCore {
    /// 3.1.1
    #[value(name = "3.1.1")]
    V3_1_1,
    /// 4.0.0
    #[value(name = "4.0.0")]
    V4_0_0,
    /// 5.0.1
    #[value(name = "5.0.1")]
    V5_0_1,
    /// 6.1.0
    #[value(name = "6.1.0")]
    V6_1_0,
    /// 7.0.0
    #[value(name = "7.0.0")]
    V7_0_0,
    /// 8.0.0
    #[default]
    #[value(name = "8.0.0")]
    V8_0_0,
}

impl UsCore {
    /// All versions, the oldest first.
    pub const ALL: [Self; 6] = [
        Self::V3_1_1,
        Self::V4_0_0,
        Self::V5_0_1,
        Self::V6_1_0,
        Self::V7_0_0,
        Self::V8_0_0,
    ];

    /// The version as it is written after the `|` of a canonical.
    pub fn version(self) -> &'static str {
        match self {
            Self::V3_1_1 => "3.1.1",
            Self::V4_0_0 => "4.0.0",
            Self::V5_0_1 => "5.0.1",
            Self::V6_1_0 => "6.1.0",
            Self::V7_0_0 => "7.0.0",
            Self::V8_0_0 => "8.0.0",
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
    /// from `{base}/dicomweb`. `None` means [`EXAMPLE_BASE`].
    pub base: Option<String>,
    /// The version of US Core that the resources are for: `us-core-sex` has another type from 8.0.0 on.
    pub us_core: UsCore,
    /// Resources claim the profiles of that version in `meta.profile`.
    pub profiles: bool,
    /// Some resources of each patient have a blemish as data in the wild has, with a tag that says which.
    pub wild: bool,
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
            us_core: UsCore::default(),
            profiles: false,
            wild: false,
        }
    }
}

impl Config {
    /// The base URL of the FHIR server, without a slash at the end.
    pub fn base(&self) -> &str {
        self.base.as_deref().unwrap_or(EXAMPLE_BASE)
    }
}
