//! A population as files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::population::Population;
use crate::record::Record;

mod bundle;
mod manifest;
mod workshop;

/// How a population is written to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// One file per resource type, one resource per line, in a stable order.
    #[default]
    Ndjson,
    /// One transaction Bundle of updates per patient, and one for the world.
    Bundle,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records, the world included.
    pub records: u64,
    /// Resources by type.
    pub resources: BTreeMap<&'static str, u64>,
    /// Bytes of JSON.
    pub bytes: u64,
}

impl Summary {
    /// All resources.
    pub fn total(&self) -> u64 {
        self.resources.values().sum()
    }

    fn count(&mut self, record: &Record) {
        self.records += 1;
        for seed in &record.seeds {
            *self.resources.entry(seed.resource_type).or_default() += 1;
            self.bytes += u64::try_from(seed.json.len()).unwrap_or(0);
        }
    }
}

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct WriteError {
    /// The file or folder.
    pub path: PathBuf,
    source: io::Error,
}

impl WriteError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self { path, source }
    }
}

/// Writes the population into the folder `out`, which is made if it is missing, with a manifest; records are made on
/// `threads` threads, which changes no byte. `progress` hears of each finished record.
///
/// # Errors
/// The first file or folder that cannot be written.
pub fn write(
    population: &Population,
    (format, threads): (Format, usize),
    out: &Path,
    progress: impl FnMut(&Record),
) -> Result<Summary, WriteError> {
    let mut writer = Writer::open(format, out, progress)?;
    workshop::in_order(population, threads, |record| writer.add(&record))?;
    let summary = writer.close()?;
    manifest::write(population, &summary, out)?;
    Ok(summary)
}

/// Writes what is new between the population's as-of date and `until` (see [`Population::advance`]).
///
/// # Errors
/// The first file or folder that cannot be written.
pub fn write_news(
    population: &Population,
    until: NaiveDate,
    format: Format,
    out: &Path,
    progress: impl FnMut(&Record),
) -> Result<Summary, WriteError> {
    let mut writer = Writer::open(format, out, progress)?;
    for record in population.advance(until) {
        writer.add(&record)?;
    }
    writer.close()
}

/// A population on its way to disk.
struct Writer<'a, P> {
    format: Format,
    files: Files<'a>,
    summary: Summary,
    progress: P,
}

impl<'a, P: FnMut(&Record)> Writer<'a, P> {
    fn open(format: Format, out: &'a Path, progress: P) -> Result<Self, WriteError> {
        fs::create_dir_all(out).map_err(WriteError::at(out))?;
        Ok(Self {
            format,
            files: Files {
                folder: out,
                open: BTreeMap::new(),
            },
            summary: Summary::default(),
            progress,
        })
    }

    fn add(&mut self, record: &Record) -> Result<(), WriteError> {
        match self.format {
            Format::Ndjson => self.files.append(record)?,
            Format::Bundle => bundle::write(record, self.files.folder)?,
        }
        self.summary.count(record);
        (self.progress)(record);
        Ok(())
    }

    fn close(self) -> Result<Summary, WriteError> {
        self.files.close()?;
        Ok(self.summary)
    }
}

/// The open files of NDJSON output, one per type.
struct Files<'a> {
    folder: &'a Path,
    open: BTreeMap<&'static str, (PathBuf, BufWriter<File>)>,
}

impl Files<'_> {
    fn append(&mut self, record: &Record) -> Result<(), WriteError> {
        for seed in &record.seeds {
            if !self.open.contains_key(seed.resource_type) {
                let path = self.folder.join(format!("{}.ndjson", seed.resource_type));
                let file = File::create(&path).map_err(WriteError::at(&path))?;
                self.open
                    .insert(seed.resource_type, (path, BufWriter::new(file)));
            }
            if let Some((path, file)) = self.open.get_mut(seed.resource_type) {
                let line = file
                    .write_all(seed.json.as_bytes())
                    .and_then(|()| file.write_all(b"\n"));
                line.map_err(WriteError::at(path))?;
            }
        }
        Ok(())
    }

    fn close(self) -> Result<(), WriteError> {
        for (path, mut file) in self.open.into_values() {
            file.flush().map_err(WriteError::at(&path))?;
        }
        Ok(())
    }
}
