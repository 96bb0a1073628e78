//! Where the files of exports are: a folder for each job, readable by the server alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::job::{Job, Record};
use crate::problem::Problem;

const RECORD: &str = "job.json";

/// The folder of all jobs.
#[derive(Debug, Clone)]
pub(super) struct Folder(Arc<Place>);

#[derive(Debug)]
struct Place {
    path: PathBuf,
    is_temporary: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_temporary {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

impl Folder {
    /// A folder that outlives the server.
    pub(super) fn kept(path: PathBuf) -> Self {
        Self(Arc::new(Place {
            path,
            is_temporary: false,
        }))
    }

    /// A folder that goes with the server.
    pub(super) fn temporary(name: &str) -> Self {
        Self(Arc::new(Place {
            path: std::env::temp_dir().join(format!("s4s-exports-{name}")),
            is_temporary: true,
        }))
    }

    /// The folder of one job.
    pub(super) fn of(&self, id: &str) -> PathBuf {
        self.0.path.join(id)
    }

    pub(super) fn create(&self, id: &str) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(self.of(id))
    }

    pub(super) fn remove(&self, id: &str) {
        if let Err(error) = fs::remove_dir_all(self.of(id))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the files of an export could not be removed");
        }
    }

    /// Records a job; a reader finds the old record or the new one, never half of it.
    pub(super) fn keep(&self, record: &Record) -> Result<(), Problem> {
        let text = serde_json::to_vec(record).map_err(|error| Problem::internal(&error))?;
        let (path, fresh) = (self.record(&record.id), self.of(&record.id).join("job.new"));
        fs::write(&fresh, text)
            .and_then(|()| fs::rename(fresh, path))
            .map_err(|error| Problem::internal(&error))
    }

    fn record(&self, id: &str) -> PathBuf {
        self.of(id).join(RECORD)
    }

    /// The jobs that an earlier run left behind.
    pub(super) fn jobs(&self) -> impl Iterator<Item = Job> {
        let entries = fs::read_dir(&self.0.path).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| read(&entry.path()))
            .map(Job::left_behind)
    }
}

fn read(folder: &Path) -> Option<Record> {
    let record: Record = serde_json::from_slice(&fs::read(folder.join(RECORD)).ok()?).ok()?;
    (folder.file_name()?.to_str()? == record.id).then_some(record)
}
