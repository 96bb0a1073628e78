//! The command line, shared by the `seed-data` program and `s4s seed`.

use std::path::PathBuf;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{Config, DEFAULT_AS_OF, DEFAULT_PATIENTS, DEFAULT_SEED, Named};
use crate::output::{Format, Summary, WriteError, write};
use crate::population::Population;

/// What to generate and where to put it.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct Arguments {
    /// Statistical patients, on top of the named ones.
    #[arg(long, default_value_t = DEFAULT_PATIENTS, value_parser = clap::value_parser!(u64).range(..=100_000_000))]
    pub patients: u64,
    /// The run seed: another seed gives other statistical patients.
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub seed: u64,
    /// How files are laid out.
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    pub format: Format,
    /// The folder for the files.
    #[arg(long, default_value = "seed-data-out")]
    pub out: PathBuf,
    /// Which named patients to write.
    #[arg(long, value_enum, default_value_t = Named::All)]
    pub named: Named,
    /// The present of the population (YYYY-MM-DD): nothing but plans lies after it.
    #[arg(long, default_value_t = DEFAULT_AS_OF, value_parser = as_of)]
    pub as_of: NaiveDate,
}

/// Dates from 2000 to 2100: the code tables and the rules of daylight saving hold there.
fn as_of(text: &str) -> Result<NaiveDate, String> {
    use chrono::Datelike;
    let date: NaiveDate = text
        .parse()
        .map_err(|_| "expected a date like 2026-01-01".to_owned())?;
    if (2_000..=2_100).contains(&date.year()) {
        Ok(date)
    } else {
        Err("expected a date from 2000 to 2100".to_owned())
    }
}

impl Arguments {
    /// The population that the arguments describe.
    pub fn config(&self) -> Config {
        Config {
            seed: self.seed,
            as_of: self.as_of,
            patients: self.patients,
            named: self.named,
        }
    }
}

/// Generates and writes the population with a progress bar on standard error.
///
/// # Errors
/// The first file or folder that cannot be written.
pub fn run(arguments: &Arguments) -> Result<Summary, WriteError> {
    let population = Population::new(arguments.config());
    let bar = ProgressBar::new(population.len_hint()).with_style(style());
    let summary = write(&population, arguments.format, &arguments.out, |_| {
        bar.inc(1);
    })?;
    bar.finish_and_clear();
    Ok(summary)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} records, {per_sec}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
