//! How often the tokens of each family were used, by day.

use rusqlite::{Connection, params};

use crate::usage::Day;

/// Adds what was counted; a family that is gone is left out.
pub fn add(connection: &Connection, counted: &[(i64, Day, u32)]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO family_use (family, day, requests)
         SELECT id, ?2, ?3 FROM family WHERE id = ?1
         ON CONFLICT (family, day) DO UPDATE SET requests = requests + ?3",
    )?;
    for (family, day, requests) in counted {
        insert.execute(params![family, day, requests])?;
    }
    Ok(())
}

/// Requests since a day, and the last day there was one at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Use {
    /// Requests since the day that was asked for.
    pub requests: i64,
    /// The last day with a request.
    pub last: Option<Day>,
}

/// How often the tokens of a family were used since `since`.
pub fn of(connection: &Connection, family: i64, since: Day) -> rusqlite::Result<Use> {
    connection
        .prepare_cached(
            "SELECT coalesce(sum(requests) FILTER (WHERE day >= ?2), 0), max(day)
             FROM family_use WHERE family = ?1",
        )?
        .query_row(params![family, since], |row| {
            Ok(Use {
                requests: row.get(0)?,
                last: row.get(1)?,
            })
        })
}

/// One day on which an app used its tokens.
#[derive(Debug)]
pub struct DayOfUse {
    /// The day.
    pub day: Day,
    /// What the app calls itself.
    pub client_name: String,
    /// Logical id of the patient.
    pub patient: Option<String>,
    /// How often.
    pub requests: i64,
}

/// Lines that are shown at most.
const SHOWN: i64 = 100;

/// The days since `since` on which apps used what a person gave them, newest first.
pub fn of_user(connection: &Connection, user: i64, since: Day) -> rusqlite::Result<Vec<DayOfUse>> {
    connection
        .prepare_cached(
            "SELECT u.day, c.name, f.patient, sum(u.requests) AS requests
             FROM family f JOIN family_use u ON u.family = f.id JOIN client c ON c.id = f.client
             WHERE f.user = ?1 AND u.day >= ?2
             GROUP BY u.day, c.id, f.patient ORDER BY u.day DESC, c.name LIMIT ?3",
        )?
        .query_map(params![user, since, SHOWN], |row| {
            Ok(DayOfUse {
                day: row.get("day")?,
                client_name: row.get("name")?,
                patient: row.get("patient")?,
                requests: row.get("requests")?,
            })
        })?
        .collect()
}
