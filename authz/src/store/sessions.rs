//! Signed-in browser sessions. Browsers that are not signed in have a cookie but no row.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::row;
use crate::secret::Digest;

/// A session that is not used for this long has ended.
pub const IDLE: TimeDelta = TimeDelta::minutes(15);
/// A session ends after this long in any case.
pub const ABSOLUTE: TimeDelta = TimeDelta::hours(8);
/// Use is noted at this grain, so that not every page view writes.
const SEEN_GRAIN: TimeDelta = TimeDelta::seconds(30);

/// A signed-in session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Digest of the cookie.
    pub digest: Digest,
    /// Row of the user.
    pub user: i64,
    /// When they signed in.
    pub auth_time: DateTime<Utc>,
    /// When the session was last used, up to half a minute.
    pub seen_at: DateTime<Utc>,
}

impl Session {
    /// When the session ends even if it is used.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.auth_time + ABSOLUTE
    }

    /// Whether its use should be noted.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        now - self.seen_at >= SEEN_GRAIN
    }

    fn is_alive(&self, now: DateTime<Utc>) -> bool {
        now < self.ends_at() && now - self.seen_at < IDLE
    }
}

/// The session of this cookie, if it is alive and its user not disabled.
pub fn find(
    connection: &Connection,
    digest: Digest,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<Session>> {
    let session = connection
        .prepare_cached(
            "SELECT s.* FROM session s JOIN user u ON u.id = s.user
             WHERE s.digest = ?1 AND u.disabled = 0",
        )?
        .query_row([digest.as_bytes()], |row| {
            Ok(Session {
                digest: row::digest(row, "digest")?,
                user: row.get("user")?,
                auth_time: row::instant(row, "auth_time")?,
                seen_at: row::instant(row, "seen_at")?,
            })
        })
        .optional()?;
    Ok(session.filter(|session| session.is_alive(now)))
}

/// Starts a session. The one the browser had before, if any, ends; consents tied to it move along
/// when it belonged to the same person and end otherwise.
pub fn start(
    connection: &Connection,
    session: &Session,
    before: Option<Digest>,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO session (digest, user, auth_time, seen_at) VALUES (?1, ?2, ?3, ?4)",
        params![
            session.digest.as_bytes(),
            session.user,
            session.auth_time.timestamp_millis(),
            session.seen_at.timestamp_millis()
        ],
    )?;
    if let Some(before) = before {
        connection.execute(
            "UPDATE family SET session_digest = ?1 WHERE session_digest = ?2 AND user = ?3",
            params![session.digest.as_bytes(), before.as_bytes(), session.user],
        )?;
        end(connection, before, session.auth_time)?;
    }
    Ok(())
}

/// Notes that the session was used.
pub fn touch(connection: &Connection, digest: Digest, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE session SET seen_at = max(seen_at, ?2) WHERE digest = ?1",
        params![digest.as_bytes(), now.timestamp_millis()],
    )?;
    Ok(())
}

/// Ends a session and what `online_access` tied to it.
pub fn end(connection: &Connection, digest: Digest, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM session WHERE digest = ?1", [digest.as_bytes()])?;
    connection.execute(
        "UPDATE family SET revoked_at = ?2 WHERE session_digest = ?1 AND revoked_at IS NULL",
        params![digest.as_bytes(), now.timestamp_millis()],
    )?;
    Ok(())
}
