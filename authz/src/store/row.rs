//! How values are stored: instants as milliseconds, digests as bytes, lists and scopes as text.

use chrono::{DateTime, Utc};
use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;
use smart::scope::ScopeSet;

use crate::secret::Digest;

/// Reads a column that holds an instant.
pub fn instant(row: &Row<'_>, column: &str) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(row.get(column)?).ok_or_else(|| unreadable(column))
}

/// Reads a column that may hold an instant.
pub fn optional_instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<DateTime<Utc>>> {
    row.get::<_, Option<i64>>(column)?
        .map(|millis| DateTime::from_timestamp_millis(millis).ok_or_else(|| unreadable(column)))
        .transpose()
}

/// Reads a column that may hold a digest.
pub fn optional_digest(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Digest>> {
    row.get::<_, Option<Vec<u8>>>(column)?
        .map(|bytes| Digest::from_stored(&bytes).ok_or_else(|| unreadable(column)))
        .transpose()
}

/// Reads a column that holds a digest.
pub fn digest(row: &Row<'_>, column: &str) -> rusqlite::Result<Digest> {
    optional_digest(row, column)?.ok_or_else(|| unreadable(column))
}

/// Reads a column that holds scopes.
pub fn scopes(row: &Row<'_>, column: &str) -> rusqlite::Result<ScopeSet> {
    Ok(ScopeSet::parse(&row.get::<_, String>(column)?).known)
}

/// Text for a column that holds JSON.
pub fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Reads a column that may hold JSON.
pub fn optional_json<T: DeserializeOwned>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?
        .map(|text| serde_json::from_str(&text).map_err(|_| unreadable(column)))
        .transpose()
}

/// A column whose content this program cannot have written.
pub fn unreadable(column: &str) -> rusqlite::Error {
    let text = format!("column {column} holds a value that cannot be read");
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, text.into())
}
