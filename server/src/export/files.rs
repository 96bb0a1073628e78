//! The NDJSON files of a job, written resource by resource.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use fhir::resource_type::ResourceType;

use super::job::{File, Job, List};

/// Resources in one file; a type with more has several.
const MAX_LINES: u64 = 250_000;
/// Bytes that gather before they are written.
const BUFFER: usize = 128 * 1024;

/// A list of the manifest, and the type that a file of it is of; none holds records.
pub(super) type Place = (List, Option<ResourceType>);

/// Files that are being written, one open for each place. The job is told of each that is
/// complete.
pub(super) struct Files<'a> {
    job: &'a Job,
    folder: PathBuf,
    open: BTreeMap<Place, Open>,
    begun: usize,
}

struct Open {
    writer: BufWriter<fs::File>,
    file: File,
}

impl Open {
    fn is_full(&self) -> bool {
        self.file.count >= MAX_LINES
    }

    fn line(&mut self, json: &[u8]) -> io::Result<()> {
        self.writer.write_all(json)?;
        self.writer.write_all(b"\n")?;
        self.file.count += 1;
        self.file.bytes += json.len() as u64 + 1;
        Ok(())
    }
}

impl<'a> Files<'a> {
    pub(super) fn new(job: &'a Job, folder: PathBuf) -> Self {
        Self {
            job,
            folder,
            open: BTreeMap::new(),
            begun: 0,
        }
    }

    /// Writes one resource to the file of its place. Records are not parted: see [`Files::part`].
    pub(super) fn line(&mut self, place: Place, json: &[u8]) -> io::Result<()> {
        match self.open.get_mut(&place) {
            Some(open) if place.1.is_none() || !open.is_full() => return open.line(json),
            Some(_) => self.close(place)?,
            None => {}
        }
        self.begin(place)?.line(json)
    }

    /// A place where the file of a place may end when it is full.
    pub(super) fn part(&mut self, place: Place) -> io::Result<()> {
        if self.open.get(&place).is_some_and(Open::is_full) {
            self.close(place)?;
        }
        Ok(())
    }

    fn begin(&mut self, place: Place) -> io::Result<&mut Open> {
        self.begun += 1;
        let (list, ty) = place;
        let title = ty.map_or("record", ResourceType::as_str);
        let name = format!("{}-{title}.ndjson", self.begun);
        let file = fs::File::create_new(self.folder.join(&name))?;
        let open = Open {
            writer: BufWriter::with_capacity(BUFFER, file),
            file: File {
                name,
                list,
                resource_type: ty.map(|ty| ty.as_str().to_owned()),
                count: 0,
                bytes: 0,
            },
        };
        Ok(self.open.entry(place).or_insert(open))
    }

    /// Completes the file of a place, if there is one.
    pub(super) fn close(&mut self, place: Place) -> io::Result<()> {
        if let Some(open) = self.open.remove(&place) {
            open.writer
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            self.job.add_file(open.file);
        }
        Ok(())
    }

    /// Completes all files.
    pub(super) fn end(mut self) -> io::Result<()> {
        let places: Vec<Place> = self.open.keys().copied().collect();
        places.into_iter().try_for_each(|place| self.close(place))
    }
}
