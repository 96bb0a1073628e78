//! The disk itself is tested: a database that does not synchronise each commit must lose some.

use rusqlite::Connection;

use crate::disk::{Disk, Image};

const ROWS: i64 = 50;

/// Rows that are left of fifty commits after the power went.
fn left_after(synchronous: &str) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("control.sqlite");
    let disk = Disk::mount(&Image::new(), folder.path(), false);
    let connection = Connection::open(&file).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
             CREATE TABLE t (n INTEGER); PRAGMA wal_checkpoint(TRUNCATE);"
        ))
        .unwrap();
    for row in 0..ROWS {
        connection
            .execute("INSERT INTO t VALUES (?)", [row])
            .unwrap();
    }
    let left = disk.cut(|| false);
    drop(connection);
    drop(disk);
    let _disk = Disk::mount(&left, folder.path(), false);
    let connection = Connection::open(&file).unwrap();
    connection
        .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_database_that_synchronises_each_commit_loses_none() {
    assert_eq!(left_after("FULL"), ROWS);
}

#[test]
fn a_database_that_does_not_loses_some() {
    assert!(left_after("NORMAL") < ROWS);
}
