//! Opening the database: settings of each connection, migrations, and the refusal of a schema this
//! program does not know.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use crate::configuration::Database;

/// Why the database cannot be opened. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made.
    #[error("the data folder {path} cannot be created or written: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be opened.
    #[error("the database {path} cannot be opened: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The schema is of a later program.
    #[error(
        "the database {path} was made by a newer version of this program; it was left untouched"
    )]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The schema cannot be brought up to date.
    #[error("the database schema cannot be brought up to date: {0}")]
    Migration(#[from] rusqlite_migration::Error),
    /// SQLite failed.
    #[error("the database failed: {0}")]
    Failed(#[from] rusqlite::Error),
    /// The writing thread cannot be started.
    #[error("the writing thread cannot be started: {0}")]
    Thread(std::io::Error),
}

const STEPS: &[M<'static>] = &[
    M::up(include_str!("schema/1.sql")),
    M::up(include_str!("schema/2.sql")),
    M::up(include_str!("schema/3.sql")),
    M::up(include_str!("schema/4.sql")),
    M::up(include_str!("schema/5.sql")),
    M::up(include_str!("schema/6.sql")),
    M::up(include_str!("schema/7.sql")),
    M::up(include_str!("schema/8.sql")),
    M::up(include_str!("schema/9.sql")),
    M::up(include_str!("schema/10.sql")),
    M::up(include_str!("schema/11.sql")),
    M::up(include_str!("schema/12.sql")),
    M::up(include_str!("schema/13.sql")),
    M::up(include_str!("schema/14.sql")),
    M::up(include_str!("schema/15.sql")),
    M::up(include_str!("schema/16.sql")),
    M::up(include_str!("schema/17.sql")),
    M::up(include_str!("schema/18.sql")),
];

fn known_version() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Opens the database for writing, creating and migrating it as needed.
pub fn connect(database: &Database) -> Result<Connection, OpenError> {
    let mut connection = match database {
        Database::Memory => Connection::open_in_memory()?,
        Database::File(path) => open_file(path)?,
    };
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    configure(&connection)?;
    Migrations::from_slice(STEPS).to_latest(&mut connection)?;
    Ok(connection)
}

/// Opens the database for reading only.
pub fn connect_reader(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|source| OpenError::File {
            path: path.to_owned(),
            source,
        })?;
    configure(&connection)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    // A statement is never prepared anew because a parameter has another value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn open_file(path: &Path) -> Result<Connection, OpenError> {
    make_private_file(path)?;
    let failed = |source| OpenError::File {
        path: path.to_owned(),
        source,
    };
    let connection = Connection::open(path).map_err(failed)?;
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(failed)?;
    if version > known_version() {
        return Err(OpenError::Newer {
            path: path.to_owned(),
        });
    }
    Ok(connection)
}

/// Creates folder and file; only the owner may read the file, which holds the signing key.
fn make_private_file(path: &Path) -> Result<(), OpenError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let failed = |source| OpenError::Folder {
        path: folder.unwrap_or(Path::new(".")).to_owned(),
        source,
    };
    folder
        .map_or(Ok(()), std::fs::create_dir_all)
        .map_err(failed)?;
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_refused_and_left_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authz.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("CREATE TABLE future (x); PRAGMA user_version = 999;")
            .unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();
        let error = connect(&Database::File(path.clone())).unwrap_err();
        assert!(matches!(error, OpenError::Newer { .. }));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_request_that_was_pushed_in_clear_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authz.sqlite");
        let mut old = Connection::open(&path).unwrap();
        old.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        Migrations::from_slice(&STEPS[..14])
            .to_latest(&mut old)
            .unwrap();
        old.execute_batch(
            "INSERT INTO client (id, name, source, methods, redirect_uris, scopes, created_at)
               VALUES ('app', 'App', 'demo', 'none', '', '', 0);
             WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 200)
             INSERT INTO pushed_request
               SELECT CAST(printf('%032d', n) AS BLOB), 'app', 'launch=a-handle-in-clear-' || n, 0
               FROM number",
        )
        .unwrap();
        drop(old);
        let holds_it = |path: &Path| {
            let bytes = std::fs::read(path).unwrap();
            bytes
                .windows(17)
                .any(|window| window == b"a-handle-in-clear")
        };
        assert!(holds_it(&path));
        drop(connect(&Database::File(path.clone())).unwrap());
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            assert!(!holds_it(&path), "{}", path.display());
        }
    }

    #[test]
    fn the_migrations_are_valid() {
        assert_eq!(Migrations::from_slice(STEPS).validate(), Ok(()));
    }

    #[test]
    fn an_unwritable_folder_is_one_clear_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = connect(&Database::File(file.join("authz.sqlite"))).unwrap_err();
        assert!(error.to_string().contains("cannot be created or written"));
    }
}
