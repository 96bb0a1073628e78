//! Where the files of exports are: a folder for each job, readable by the server alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::job::{Job, Record, State};
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
        remove(&self.of(id));
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

    /// The jobs that an earlier run left behind. What is no job is removed, and so are the files of
    /// one that came to nothing.
    pub(super) fn jobs(&self) -> Vec<Job> {
        let entries = fs::read_dir(&self.0.path).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| {
                let folder = entry.path();
                let job = read(&folder).map(|record| {
                    let whole = is_whole(&folder, &record.state);
                    Job::left_behind(record, whole)
                });
                match &job {
                    None => remove(&folder),
                    Some(job) if matches!(job.state(), State::Failed { .. }) => clear(&folder),
                    Some(_) => {}
                }
                job
            })
            .collect()
    }
}

fn read(folder: &Path) -> Option<Record> {
    let record: Record = serde_json::from_slice(&fs::read(folder.join(RECORD)).ok()?).ok()?;
    (folder.file_name()?.to_str()? == record.id).then_some(record)
}

/// Whether every file of a job is as long as it was: power may have gone before the disk had all.
fn is_whole(folder: &Path, state: &State) -> bool {
    let State::Complete { files, .. } = state else {
        return true;
    };
    files.iter().all(|file| {
        let length = fs::metadata(folder.join(&file.name)).map(|metadata| metadata.len());
        length.is_ok_and(|length| length == file.bytes)
    })
}

/// Removes everything but the record.
fn clear(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name() != RECORD) {
        if let Err(error) = fs::remove_file(entry.path()) {
            tracing::warn!(%error, "a file of an interrupted export could not be removed");
        }
    }
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the files of an export could not be removed");
    }
}
