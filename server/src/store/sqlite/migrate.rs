//! Schema versions, step by step (`user_version`).

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations, SchemaVersion};

use super::{StoreError, engine};

/// The steps, oldest first. A step that was released is never changed.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("schema-1.sql")),
    M::up(include_str!("schema-2.sql")),
    M::up(include_str!("schema-3.sql")),
    M::up(include_str!("schema-4.sql")),
];

pub(super) fn bring_up_to_date(connection: &mut Connection, shown: &str) -> Result<(), StoreError> {
    let migrations = Migrations::from_slice(STEPS);
    let failed = |error: rusqlite_migration::Error| StoreError::Open {
        path: shown.to_owned(),
        reason: error.to_string(),
    };
    if let SchemaVersion::Outside(_) = migrations.current_version(connection).map_err(failed)? {
        return Err(StoreError::Newer(shown.to_owned()));
    }
    migrations.to_latest(connection).map_err(failed)
}

/// A fact about the database.
pub(super) fn property(connection: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    use rusqlite::OptionalExtension as _;
    connection
        .prepare_cached("SELECT value FROM property WHERE name = ?1")
        .and_then(|mut statement| statement.query_row([name], |row| row.get(0)).optional())
        .map_err(engine)
}

/// Records a fact about the database.
pub(super) fn set_property(
    connection: &Connection,
    name: &str,
    value: &str,
) -> Result<(), StoreError> {
    connection
        .execute(
            "INSERT INTO property (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )
        .map(|_| ())
        .map_err(engine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_apply_to_an_empty_database() {
        Migrations::from_slice(STEPS).validate().unwrap();
    }

    #[test]
    fn a_newer_database_is_left_untouched() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        let error = bring_up_to_date(&mut connection, "x").unwrap_err();
        assert!(matches!(error, StoreError::Newer(_)));
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }
}
