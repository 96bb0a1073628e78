//! A population as files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::population::Population;
use crate::record::Record;

pub(crate) mod bundle;
mod manifest;
mod workshop;

/// How a population is written to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// One file per resource type, one resource per line, in a stable order.
    #[default]
    Ndjson,
    /// One file per patient, a collection Bundle, and one for the world.
    Bundle,
    /// Transaction Bundles of updates, of at most 1,000 entries, numbered in the order in which they are to be sent.
    Transaction,
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
    /// The files of NDJSON output with their SHA-256 in hexadecimal.
    pub files: BTreeMap<String, String>,
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

/// Writes what is new between `from` and `until` (see [`Population::advance`]).
///
/// # Errors
/// The first file or folder that cannot be written.
pub fn write_news(
    population: &Population,
    (from, until): (NaiveDate, NaiveDate),
    format: Format,
    out: &Path,
    progress: impl FnMut(&Record),
) -> Result<Summary, WriteError> {
    let mut writer = Writer::open(format, out, progress)?;
    for record in population.advance(from, until) {
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
            Format::Bundle => bundle::write_collection(record, self.files.folder)?,
            Format::Transaction => {
                bundle::write_transactions(record, self.summary.records, self.files.folder)?;
            }
        }
        self.summary.count(record);
        (self.progress)(record);
        Ok(())
    }

    fn close(mut self) -> Result<Summary, WriteError> {
        self.summary.files = self.files.close()?;
        Ok(self.summary)
    }
}

/// The open files of NDJSON output, one per type.
struct Files<'a> {
    folder: &'a Path,
    open: BTreeMap<&'static str, Lines>,
}

/// A file with the digest of what is in it so far.
struct Lines {
    path: PathBuf,
    file: BufWriter<File>,
    digest: Sha256,
}

impl Lines {
    fn create(path: PathBuf) -> Result<Self, WriteError> {
        let file = File::create(&path).map_err(WriteError::at(&path))?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
            digest: Sha256::new(),
        })
    }

    fn append(&mut self, line: &str) -> Result<(), WriteError> {
        for part in [line.as_bytes(), b"\n".as_slice()] {
            self.digest.update(part);
            self.file
                .write_all(part)
                .map_err(WriteError::at(&self.path))?;
        }
        Ok(())
    }

    /// The name of the finished file and its digest in hexadecimal.
    fn close(mut self) -> Result<(String, String), WriteError> {
        self.file.flush().map_err(WriteError::at(&self.path))?;
        let name = self.path.file_name().unwrap_or_default();
        let digest: [u8; 32] = self.digest.finalize().into();
        let digest = digest.map(|byte| format!("{byte:02x}")).concat();
        Ok((name.to_string_lossy().into_owned(), digest))
    }
}

impl Files<'_> {
    fn append(&mut self, record: &Record) -> Result<(), WriteError> {
        for seed in &record.seeds {
            if !self.open.contains_key(seed.resource_type) {
                let path = self.folder.join(format!("{}.ndjson", seed.resource_type));
                self.open.insert(seed.resource_type, Lines::create(path)?);
            }
            if let Some(lines) = self.open.get_mut(seed.resource_type) {
                lines.append(&seed.json)?;
            }
        }
        Ok(())
    }

    fn close(self) -> Result<BTreeMap<String, String>, WriteError> {
        self.open.into_values().map(Lines::close).collect()
    }
}
