//! The command line, shared by the `seed-data` program and `s4s seed`.

use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{
    Config, DEFAULT_AS_OF, DEFAULT_PATIENTS, DEFAULT_SEED, Named, Richness, UsCore,
};
use crate::moment;
use crate::output::{Format, Summary, WriteError, write, write_news};
use crate::population::Population;
use crate::record::Record;

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
    #[arg(long, default_value = "seed-data-out", value_parser = folder)]
    pub out: PathBuf,
    /// Which named patients to write.
    #[arg(long, value_enum, default_value_t = Named::All)]
    pub named: Named,
    /// The present of the population (YYYY-MM-DD): nothing but plans lies after it.
    #[arg(long, default_value_t = DEFAULT_AS_OF, value_parser = as_of)]
    pub as_of: NaiveDate,
    /// How much is on record about each statistical patient.
    #[arg(long, value_enum, default_value_t = Richness::Standard)]
    pub richness: Richness,
    /// Write only what is new or changed in so long a time after the present (P30D, P2W or P3M).
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "show")]
    pub advance: Option<Months>,
    /// With --advance: begin so long after the present, for the period after one that was written before.
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "advance")]
    pub after: Option<Months>,
    /// Print the story of this patient instead of writing files.
    #[arg(long, value_name = "PATIENT")]
    pub show: Option<String>,
    /// Threads that make patients; the files do not depend on it. 0 means one for each processor.
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// The base URL of the FHIR server that will serve the population: images are fetched below it.
    #[arg(long)]
    pub base: Option<String>,
    /// The version of US Core that the resources are for.
    #[arg(long, value_enum, default_value_t = UsCore::default())]
    pub us_core: UsCore,
    /// Name the profiles of that version in meta.profile.
    #[arg(long)]
    pub profiles: bool,
    /// Give some resources blemishes as data in the wild has, each with a tag that says which.
    #[arg(long)]
    pub wild: bool,
}

/// A population is many files: a dash is no folder that anybody means.
fn folder(text: &str) -> Result<PathBuf, String> {
    if text == "-" {
        Err("a folder is needed: a population is one file for each type or patient".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }
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
    /// The number of threads, at least one.
    fn threads(&self) -> usize {
        match self.threads {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            threads => threads,
        }
    }

    /// From when to when news are asked for, if they are.
    pub fn period(&self) -> Option<(NaiveDate, NaiveDate)> {
        let from = self.after.map_or(self.as_of, |time| time.after(self.as_of));
        self.advance.map(|time| (from, time.after(from)))
    }

    /// The population that the arguments describe.
    pub fn config(&self) -> Config {
        Config {
            seed: self.seed,
            as_of: self.as_of,
            patients: self.patients,
            named: self.named,
            richness: self.richness,
            base: self.base.clone(),
            us_core: self.us_core,
            profiles: self.profiles,
            wild: self.wild,
        }
    }
}

/// A length of time in months and days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Months(u32, u32);

impl Months {
    fn after(self, date: NaiveDate) -> NaiveDate {
        moment::days(moment::months(date, i64::from(self.0)), i64::from(self.1))
    }
}

/// An ISO 8601 duration of days, weeks or months, up to 999 of them.
fn duration(text: &str) -> Result<Months, String> {
    let wrong = || "expected a duration like P30D, P2W or P3M".to_owned();
    let digits = text
        .strip_prefix('P')
        .and_then(|rest| rest.strip_suffix(['D', 'W', 'M']))
        .filter(|digits| digits.len() <= 3)
        .ok_or_else(wrong)?;
    let count: u32 = digits.parse().map_err(|_| wrong())?;
    Ok(match text.chars().last() {
        Some('M') => Months(count, 0),
        Some('W') => Months(0, count * 7),
        _ => Months(0, count),
    })
}

/// Why nothing was written or shown.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The population has no patient with this id.
    #[error("no patient {id} in this population of {patients}")]
    UnknownPatient {
        /// The id that was asked for.
        id: String,
        /// Those that there are.
        patients: String,
    },
    /// The story could not be printed.
    #[error("cannot print the story")]
    Print(#[source] io::Error),
}

/// Generates and writes the population with a progress bar on standard error; or, as the arguments ask, writes its
/// news, or prints the story of one patient on standard output (then the summary is empty).
///
/// # Errors
/// The first file or folder that cannot be written; a patient to be shown who is not there.
pub fn run(arguments: &Arguments) -> Result<Summary, RunError> {
    let population = Population::new(arguments.config());
    if let Some(id) = &arguments.show {
        return show(&population, id);
    }
    let bar = ProgressBar::new(population.len_hint()).with_style(style());
    let progress = |_: &Record| bar.inc(1);
    let summary = if let Some(period) = arguments.period() {
        write_news(
            &population,
            period,
            arguments.format,
            &arguments.out,
            progress,
        )?
    } else {
        let layout = (arguments.format, arguments.threads());
        write(&population, layout, &arguments.out, progress)?
    };
    bar.finish_and_clear();
    Ok(summary)
}

fn show(population: &Population, id: &str) -> Result<Summary, RunError> {
    let story = population
        .show(id)
        .ok_or_else(|| RunError::UnknownPatient {
            id: id.to_owned(),
            patients: population.patients(),
        })?;
    io::stdout()
        .write_all(story.as_bytes())
        .map_err(RunError::Print)?;
    Ok(Summary::default())
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} records, {per_sec}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_is_no_folder() {
        assert!(folder("-").is_err());
        assert_eq!(folder("./-").unwrap(), PathBuf::from("./-"));
    }

    #[test]
    fn durations_are_days_weeks_or_months() {
        let until = |text| duration(text).map(|time| time.after(DEFAULT_AS_OF).to_string());
        assert_eq!(until("P30D").unwrap(), "2026-01-31");
        assert_eq!(until("P2W").unwrap(), "2026-01-15");
        assert_eq!(until("P3M").unwrap(), "2026-04-01");
        for wrong in ["", "P", "30D", "PD", "P1Y", "P-1D", "P9999D", "P1D2"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
