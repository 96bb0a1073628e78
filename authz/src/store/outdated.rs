//! What people and clients hold that they would not be given any more, because an account, a client or
//! the right to act for a patient was taken away. It ends for good: when the account or the client
//! comes back it may be somebody else's.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};

use super::audit::{Entry, Event};

/// Ends sessions, requests and consents that rest on what is gone. Each consent that ends is in the
/// trail.
pub fn end(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM session WHERE user IN (SELECT id FROM user WHERE disabled)",
        [],
    )?;
    connection.execute(
        "DELETE FROM grant_request
         WHERE user IN (SELECT id FROM user WHERE disabled)
            OR client IN (SELECT id FROM client WHERE disabled)
            OR (patient IS NOT NULL AND NOT EXISTS (SELECT 1 FROM user_patient p
                  WHERE p.user = grant_request.user AND p.patient = grant_request.patient))",
        [],
    )?;
    let ended: Vec<Entry> = connection
        .prepare(
            "UPDATE family SET revoked_at = ?1
             WHERE revoked_at IS NULL AND share_until > ?1
               AND (user IN (SELECT id FROM user WHERE disabled)
                 OR client IN (SELECT id FROM client WHERE disabled)
                 OR (patient IS NOT NULL AND NOT EXISTS (SELECT 1 FROM user_patient p
                       WHERE p.user = family.user AND p.patient = family.patient)))
             RETURNING user, client, patient",
        )?
        .query_map(params![now.timestamp_millis()], |row| entry(row, now))?
        .collect::<rusqlite::Result<_>>()?;
    ended.iter().try_for_each(|entry| entry.append(connection))
}

fn entry(row: &Row<'_>, now: DateTime<Utc>) -> rusqlite::Result<Entry> {
    let (client, patient): (String, Option<String>) = (row.get("client")?, row.get("patient")?);
    Ok(Entry::new(Event::Revocation, "right-ended", now)
        .by_user(row.get("user")?)
        .client(&client)
        .patient(patient.as_deref()))
}
