//! Whether the index is of this program, and making it anew.

use fhir::resource_type::ResourceType;
use rusqlite::{Connection, Transaction, params};

use super::render::{CHART, DOCUMENTS, TABLES};
use super::rows::{self, Systems};
use super::{Sqlite, StoreError, contained, engine, migrate};
use crate::search::index::{self, Row};

/// Resources that are indexed between two reports.
const BATCH: usize = 1_000;
/// The property that says what made the index.
const PARAMETERS: &str = "search-parameters";

impl Sqlite {
    /// Whether the index rows were made with the table of parameters and by the rules of this
    /// program.
    pub fn index_is_current(&self) -> Result<bool, StoreError> {
        self.readers
            .with(|connection| migrate::property(connection, PARAMETERS))
            .map(|value| value == Some(index::fingerprint()))
    }

    /// Every index row of every table as text, in a fixed order: two equal digests are two equal
    /// indexes.
    pub fn index_digest(&self) -> Result<Vec<String>, StoreError> {
        self.readers.with(|connection| {
            let words = DOCUMENTS.map(|table| format!("{table}_word"));
            TABLES
                .into_iter()
                .chain(words.iter().map(String::as_str))
                .chain([CHART, contained::TABLE])
                .map(|table| digest(connection, table))
                .collect()
        })
    }

    /// Makes every index row anew from the stored resources: needed when the table of parameters
    /// changed. `advance` is told how many resources are done.
    pub fn reindex(&self, mut advance: impl FnMut(u64)) -> Result<(), StoreError> {
        let mut systems = Systems::default();
        self.write(|transaction| {
            for table in TABLES.into_iter().chain([CHART, contained::TABLE]) {
                transaction
                    .execute(&format!("DELETE FROM {table}"), [])
                    .map_err(engine)?;
            }
            for table in DOCUMENTS {
                transaction
                    .execute(
                        &format!("INSERT INTO {table} ({table}) VALUES ('delete-all')"),
                        [],
                    )
                    .map_err(engine)?;
            }
            let mut after = 0;
            let mut done = 0;
            loop {
                let batch = bodies(transaction, after)?;
                let Some(((last, _), _, _)) = batch.last() else {
                    break;
                };
                after = *last;
                done += batch.len() as u64;
                let mut keyed = Vec::with_capacity(batch.len() * 16);
                let mut times = Vec::with_capacity(batch.len());
                for ((key, updated), resource_type, body) in batch {
                    times.push((key, updated));
                    keyed.extend(
                        index(resource_type, &body)?
                            .into_iter()
                            .map(|row| (key, row)),
                    );
                }
                rows::insert(transaction, &mut systems, &times, keyed)?;
                advance(done);
            }
            migrate::set_property(transaction, PARAMETERS, &index::fingerprint())
        })
    }
}

/// An index that holds nothing yet is made by the rules of this program.
pub(super) fn claim_index(connection: &Connection) -> Result<(), StoreError> {
    let is_empty: bool = connection
        .query_row("SELECT NOT EXISTS (SELECT 1 FROM resource)", [], |row| {
            row.get(0)
        })
        .map_err(engine)?;
    if is_empty {
        migrate::set_property(connection, PARAMETERS, &index::fingerprint())?;
    }
    Ok(())
}

fn digest(connection: &Connection, table: &str) -> Result<String, StoreError> {
    let mut statement = connection
        .prepare(&format!("SELECT * FROM {table}"))
        .map_err(engine)?;
    let columns = statement.column_count();
    let mut rows = statement.query([]).map_err(engine)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next().map_err(engine)? {
        let cells = (0..columns).map(|at| row.get_ref(at).map(|cell| format!("{cell:?}")));
        lines.push(
            cells
                .collect::<Result<Vec<_>, _>>()
                .map_err(engine)?
                .join("|"),
        );
    }
    lines.sort();
    Ok(lines.join("\n"))
}

type Body = ((i64, i64), ResourceType, Vec<u8>);

fn bodies(transaction: &Transaction<'_>, after: i64) -> Result<Vec<Body>, StoreError> {
    let mut statement = transaction
        .prepare_cached(
            "SELECT key, updated, type, body FROM resource WHERE key > ? AND deleted = 0 ORDER BY key LIMIT ?",
        )
        .map_err(engine)?;
    let rows = statement
        .query_map(
            params![after, i64::try_from(BATCH).unwrap_or(i64::MAX)],
            |row| {
                Ok((
                    (row.get(0)?, row.get(1)?),
                    row.get::<_, u16>(2)?,
                    row.get(3)?,
                ))
            },
        )
        .map_err(engine)?;
    rows.map(|row| {
        let (when, number, body) = row.map_err(engine)?;
        let ty = ResourceType::from_number(number)
            .ok_or_else(|| StoreError::Damaged(format!("resource type {number}")))?;
        Ok((when, ty, body))
    })
    .collect()
}

fn index(resource_type: ResourceType, body: &[u8]) -> Result<Vec<Row>, StoreError> {
    let json =
        serde_json::from_slice(body).map_err(|error| StoreError::Damaged(error.to_string()))?;
    index::extract(resource_type, &json).map_err(|error| StoreError::Damaged(error.to_string()))
}
