//! Forgetting what no longer matters.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::{keys, pushed_requests, registrations, sessions};

/// Ended rows are kept this long, so that a late replay is still recognised.
const KEPT: TimeDelta = TimeDelta::days(1);
/// Rows of one table that are forgotten in one change: it must not keep the others waiting, and a busy
/// server has millions.
const BITE: usize = 2000;

/// A table that grows with every request: its key, when a row of it has ended, and how long it is kept.
const GROWING: &[(&str, &str, &str, TimeDelta)] = &[
    (
        "spent_assertion",
        "client, jti_digest",
        "until",
        TimeDelta::zero(),
    ),
    ("backend_token", "digest", "expires_at", KEPT),
    ("access_token", "digest", "expires_at", KEPT),
    ("launch", "handle_digest", "expires_at", KEPT),
    ("grant_request", "handle_digest", "expires_at", KEPT),
];

/// Deletes some of the ended rows; whether there may be more. Families stay: they are the record of
/// what a person agreed to.
pub fn some(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    let mut more = false;
    for (table, key, end, kept) in GROWING {
        let sql = format!(
            "DELETE FROM {table} WHERE ({key}) IN
               (SELECT {key} FROM {table} WHERE {end} < ?1 LIMIT {BITE})"
        );
        let ended = (now - *kept).timestamp_millis();
        more |= connection.prepare_cached(&sql)?.execute([ended])? == BITE;
    }
    // Of a request that nobody decided about there is no code that could come back.
    let undecided = format!(
        "DELETE FROM grant_request WHERE handle_digest IN
           (SELECT handle_digest FROM grant_request WHERE expires_at < ?1
              AND stage IN ('requested', 'identified', 'context-chosen') LIMIT {BITE})"
    );
    let gone = connection
        .prepare_cached(&undecided)?
        .execute([now.timestamp_millis()])?;
    Ok(more || gone == BITE)
}

/// Deletes what there is little of: ended sessions and pushed requests, unused registrations, old keys.
pub fn rest(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    pushed_requests::purge(connection, now)?;
    registrations::purge(connection, now)?;
    keys::purge(connection, now)?;
    let sign_in = (now - sessions::ABSOLUTE).timestamp_millis();
    connection.execute("DELETE FROM session WHERE auth_time < ?1", [sign_in])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Database;
    use crate::store::open;

    #[test]
    fn a_busy_day_is_forgotten_in_bites_and_what_lasts_is_kept() {
        let connection = open::connect(&Database::Memory).unwrap();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        connection
            .execute_batch(&format!(
                "INSERT INTO client (id, name, source, methods, redirect_uris, scopes, created_at)
                   VALUES ('app', 'App', 'demo', 'none', '', '', 0);
                 WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {})
                 INSERT INTO spent_assertion
                   SELECT 'app', CAST(printf('%032d', n) AS BLOB), {} + (n % 2) * 2 - 1 FROM number",
                4 * BITE + 2,
                now.timestamp_millis()
            ))
            .unwrap();
        let left = || -> usize {
            let count = "SELECT count(*) FROM spent_assertion";
            connection.query_row(count, [], |row| row.get(0)).unwrap()
        };
        for (more, rows) in [
            (true, 3 * BITE + 2),
            (true, 2 * BITE + 2),
            (false, 2 * BITE + 1),
        ] {
            assert_eq!(some(&connection, now).unwrap(), more);
            assert_eq!(left(), rows);
        }
        rest(&connection, now).unwrap();
        assert_eq!(left(), 2 * BITE + 1);
    }
}
