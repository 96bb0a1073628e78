//! Forgetting what no longer matters.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::{keys, pushed_requests, registrations, sessions};

/// Ended rows are kept this long, so that a late replay is still recognised.
const KEPT: TimeDelta = TimeDelta::days(1);

/// Deletes ended grants, access tokens and sessions. Families stay: they are the record of what a
/// person agreed to.
pub fn purge(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let ended = (now - KEPT).timestamp_millis();
    connection.execute("DELETE FROM grant_request WHERE expires_at < ?1", [ended])?;
    // Of one that nobody decided about there is no code that could come back.
    connection.execute(
        "DELETE FROM grant_request
         WHERE expires_at < ?1 AND stage IN ('requested', 'identified', 'context-chosen')",
        [now.timestamp_millis()],
    )?;
    connection.execute("DELETE FROM access_token WHERE expires_at < ?1", [ended])?;
    connection.execute("DELETE FROM backend_token WHERE expires_at < ?1", [ended])?;
    connection.execute("DELETE FROM launch WHERE expires_at < ?1", [ended])?;
    connection.execute(
        "DELETE FROM spent_assertion WHERE until < ?1",
        [now.timestamp_millis()],
    )?;
    pushed_requests::purge(connection, now)?;
    registrations::purge(connection, now)?;
    keys::purge(connection, now)?;
    let sign_in = (now - sessions::ABSOLUTE).timestamp_millis();
    connection.execute("DELETE FROM session WHERE auth_time < ?1", [sign_in])?;
    Ok(())
}
