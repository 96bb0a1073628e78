//! The index rows of resources inside resources.

use std::ops::RangeInclusive;

use rusqlite::{Connection, params};

use super::render::{TABLES, type_number};
use super::rows::Keyed;
use crate::search::index::{Contained, Value};

/// Where contained resources are listed.
pub(super) const TABLE: &str = "contained";
/// Bits of a key that tell the resources of one container apart: more than a body has room for.
const PLACES: u32 = 20;

/// The key of a contained resource: none that a resource has, and the same after a rebuild.
fn key(container: i64, place: u32) -> i64 {
    -((container << PLACES) | i64::from(place))
}

/// The keys of everything that a resource may contain.
fn keys(container: i64) -> RangeInclusive<i64> {
    key(container, (1 << PLACES) - 1)..=key(container, 0)
}

/// The last place that there can be in containers up to this one. Places are keys without their
/// sign: they grow.
pub(super) fn last_place(container: i64) -> i64 {
    -keys(container).start()
}

/// The key of the container that a place is in.
pub(super) fn container_of(place: i64) -> i64 {
    place >> PLACES
}

/// Which of the resources in `contained` has a place.
pub(super) fn index_of(place: i64) -> usize {
    usize::try_from(place & ((1 << PLACES) - 1)).unwrap_or(usize::MAX)
}

/// Lists the contained resources among the rows, and puts the rows of each in its place.
pub(super) fn insert(transaction: &Connection, rows: &mut Vec<Keyed>) -> rusqlite::Result<()> {
    let is_contained = |(_, row): &mut Keyed| matches!(row.value, Value::Contained(_));
    let found: Vec<Keyed> = rows.extract_if(.., is_contained).collect();
    for (container, row) in found {
        if let Value::Contained(contained) = row.value {
            let key = key(container, contained.place);
            list(transaction, key, container, &contained)?;
            rows.extend(contained.rows.into_iter().map(|row| (key, row)));
        }
    }
    Ok(())
}

fn list(
    transaction: &Connection,
    key: i64,
    container: i64,
    one: &Contained,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO contained (key, container, type, id) VALUES (?, ?, ?, ?)")?
        .execute(params![
            key,
            container,
            type_number(one.resource_type),
            one.id
        ])
        .map(|_| ())
}

/// Removes what a resource contained, and its rows.
pub(super) fn remove(connection: &Connection, container: i64) -> rusqlite::Result<()> {
    let keys = keys(container);
    let bounds = params![keys.start(), keys.end()];
    let removed = connection
        .prepare_cached("DELETE FROM contained WHERE key BETWEEN ? AND ?")?
        .execute(bounds)?;
    if removed == 0 {
        return Ok(());
    }
    for table in TABLES {
        connection
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE resource BETWEEN ? AND ?"
            ))?
            .execute(bounds)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_two_containers_do_not_meet() {
        let (first, second) = (keys(1), keys(2));
        assert!(second.end() < first.start());
        assert!(*first.end() < 0);
        assert!(first.contains(&key(1, 77)) && !second.contains(&key(1, 77)));
    }

    #[test]
    fn a_place_names_its_container_and_what_is_there() {
        let place = -key(5, 77);
        assert_eq!((container_of(place), index_of(place)), (5, 77));
        assert!(place <= last_place(5) && last_place(5) < -key(6, 0));
    }
}
