//! The NDJSON files of a job, written resource by resource.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use super::job::{File, List};

/// Resources in one file; a type with more has several.
const MAX_LINES: u64 = 250_000;
/// Bytes that gather before they are written.
const BUFFER: usize = 256 * 1024;

/// Files that are being written, one open for each list and type.
pub(super) struct Files {
    folder: PathBuf,
    open: BTreeMap<(List, &'static str), Open>,
    ended: Vec<File>,
    begun: usize,
}

struct Open {
    writer: BufWriter<fs::File>,
    file: File,
}

impl Files {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            open: BTreeMap::new(),
            ended: Vec::new(),
            begun: 0,
        }
    }

    /// Writes one resource to the file of its list and type.
    pub(super) fn line(&mut self, list: List, ty: &'static str, json: &[u8]) -> io::Result<()> {
        let key = (list, ty);
        if self
            .open
            .get(&key)
            .is_none_or(|open| open.file.count >= MAX_LINES)
        {
            self.begin(key)?;
        }
        if let Some(open) = self.open.get_mut(&key) {
            open.writer.write_all(json)?;
            open.writer.write_all(b"\n")?;
            open.file.count += 1;
        }
        Ok(())
    }

    fn begin(&mut self, key: (List, &'static str)) -> io::Result<()> {
        self.begun += 1;
        let (list, ty) = key;
        let name = format!("{}-{ty}.ndjson", self.begun);
        let file = fs::File::create_new(self.folder.join(&name))?;
        let fresh = Open {
            writer: BufWriter::with_capacity(BUFFER, file),
            file: File {
                name,
                list,
                resource_type: ty.to_owned(),
                count: 0,
            },
        };
        if let Some(full) = self.open.insert(key, fresh) {
            self.ended.push(close(full)?);
        }
        Ok(())
    }

    /// All files, complete.
    pub(super) fn end(mut self) -> io::Result<Vec<File>> {
        for open in std::mem::take(&mut self.open).into_values() {
            self.ended.push(close(open)?);
        }
        self.ended
            .sort_by(|one, other| one.resource_type.cmp(&other.resource_type));
        Ok(self.ended)
    }
}

fn close(open: Open) -> io::Result<File> {
    open.writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    Ok(open.file)
}
