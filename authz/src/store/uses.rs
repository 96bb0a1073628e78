//! How often the tokens of each family were used, by day and kind of data.

use rusqlite::{Connection, Row, params};

use crate::usage::{Count, Day, Disclosed};

/// Adds what was counted; a family that is gone is left out.
pub fn add(connection: &Connection, counted: &[Count]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO family_use (family, day, kind, requests)
         SELECT id, ?2, ?3, ?4 FROM family WHERE id = ?1
         ON CONFLICT (family, day, kind) DO UPDATE SET requests = requests + ?4",
    )?;
    for (family, day, kind, requests) in counted {
        insert.execute(params![family, day, kind, requests])?;
    }
    Ok(())
}

/// Adds what was disclosed; a family that is gone is left out.
pub fn add_disclosed(connection: &Connection, counted: &[Disclosed]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO disclosure (patient, day, client, user, kind, requests)
         SELECT ?2, ?3, client, user, ?4, ?5 FROM family WHERE id = ?1
         ON CONFLICT DO UPDATE SET requests = requests + ?5",
    )?;
    for (family, patient, day, kind, requests) in counted {
        insert.execute(params![family, patient, day, kind, requests])?;
    }
    Ok(())
}

/// A kind of data and how often it was asked for.
pub type Share = (String, i64);

/// Requests since a day, and the last day there was one at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Use {
    /// Requests since the day that was asked for.
    pub requests: i64,
    /// What they were for, the most frequent first.
    pub kinds: Vec<Share>,
    /// The last day with a request.
    pub last: Option<Day>,
}

/// How often and for what the tokens of a family were used since `since`.
pub fn of(connection: &Connection, family: i64, since: Day) -> rusqlite::Result<Use> {
    let kinds: Vec<Share> = connection
        .prepare_cached(
            "SELECT kind, sum(requests) FROM family_use WHERE family = ?1 AND day >= ?2
             GROUP BY kind ORDER BY 2 DESC, 1",
        )?
        .query_map(params![family, since], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let last = connection
        .prepare_cached("SELECT max(day) FROM family_use WHERE family = ?1")?
        .query_row([family], |row| row.get(0))?;
    Ok(Use {
        requests: kinds.iter().map(|(_, count)| count).sum(),
        kinds,
        last,
    })
}

/// Whose reading is asked for.
#[derive(Debug)]
pub struct Concern<'a> {
    /// What this person read, and what apps read for them; everybody's for `None`.
    pub user: Option<i64>,
    /// What anybody read of these records.
    pub patients: &'a [&'a str],
    /// The first day.
    pub since: Day,
}

impl Concern<'_> {
    fn list(&self) -> rusqlite::Result<String> {
        super::row::json(&self.patients)
    }
}

/// What one app, or one person, read of one record on one day.
#[derive(Debug)]
pub struct Reading {
    /// The day.
    pub day: Day,
    /// What the app calls itself; `None` for a person who used the portal.
    pub client_name: Option<String>,
    /// For whom the app read, or who the person is.
    pub user: Option<i64>,
    /// What they are called.
    pub user_name: Option<String>,
    /// Logical id of the patient.
    pub patient: Option<String>,
    /// What was read, and how often.
    pub kinds: Vec<Share>,
}

/// Lines that are read at most.
const MOST: i64 = 1000;

/// What was read, newest first; the reading of one app or person on one day is one line. Tokens that
/// reach beyond one record are not counted by the record they began with but by those that were read.
pub fn readings(connection: &Connection, concern: &Concern<'_>) -> rusqlite::Result<Vec<Reading>> {
    let patients = concern.list()?;
    let (user, since) = (concern.user, concern.since);
    let mut lines = connection
        .prepare_cached(
            "SELECT u.day, c.name AS client_name, p.id AS user, p.name AS user_name, f.patient,
                    u.kind, sum(u.requests) AS requests
             FROM family f JOIN family_use u ON u.family = f.id JOIN client c ON c.id = f.client
             JOIN user p ON p.id = f.user
             WHERE (?1 IS NULL OR f.user = ?1 OR f.patient IN (SELECT value FROM json_each(?2)))
               AND u.day >= ?3 AND instr(f.scopes, 'user/') = 0
             GROUP BY u.day, c.id, p.id, f.patient, u.kind LIMIT ?4",
        )?
        .query_map(params![user, patients, since, MOST], line)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let views = connection
        .prepare_cached(
            "SELECT a.at / 86400000 AS day, NULL AS client_name, p.id AS user, p.name AS user_name,
                    a.patient, a.kind, count(*) AS requests
             FROM audit a LEFT JOIN user p ON a.actor = 'user:' || p.id
             WHERE a.event = 'record-view' AND a.at >= ?3 * 86400000
               AND (?1 IS NULL OR a.actor = 'user:' || ?1
                    OR a.patient IN (SELECT value FROM json_each(?2)))
             GROUP BY 1, a.actor, a.patient, a.kind LIMIT ?4",
        )?
        .query_map(params![user, patients, since, MOST], line)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    lines.extend(views);
    let disclosed = connection
        .prepare_cached(
            "SELECT d.day, c.name AS client_name, p.id AS user, p.name AS user_name, d.patient,
                    d.kind, d.requests
             FROM disclosure d JOIN client c ON c.id = d.client JOIN user p ON p.id = d.user
             WHERE (?1 IS NULL OR d.user = ?1 OR d.patient IN (SELECT value FROM json_each(?2)))
               AND d.day >= ?3
             ORDER BY d.day DESC, c.id, d.user, d.patient LIMIT ?4",
        )?
        .query_map(params![user, patients, since, MOST], line)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    lines.extend(disclosed);
    let mut readings: Vec<Reading> = Vec::new();
    for (reading, share) in lines {
        match readings.last_mut().filter(|last| last.is_with(&reading)) {
            Some(last) => last.kinds.push(share),
            None => readings.push(Reading {
                kinds: vec![share],
                ..reading
            }),
        }
    }
    for reading in &mut readings {
        reading
            .kinds
            .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    }
    readings.sort_by_key(|reading| std::cmp::Reverse(reading.day));
    Ok(readings)
}

impl Reading {
    /// Whether both tell of the same reader, record and day.
    fn is_with(&self, other: &Self) -> bool {
        let key = |one: &Self| {
            (
                one.day,
                one.client_name.clone(),
                one.user,
                one.patient.clone(),
            )
        };
        key(self) == key(other)
    }
}

fn line(row: &Row<'_>) -> rusqlite::Result<(Reading, Share)> {
    let kind: Option<String> = row.get("kind")?;
    let reading = Reading {
        day: row.get("day")?,
        client_name: row.get("client_name")?,
        user: row.get("user")?,
        user_name: row.get("user_name")?,
        patient: row.get("patient")?,
        kinds: Vec::new(),
    };
    Ok((reading, (kind.unwrap_or_default(), row.get("requests")?)))
}
