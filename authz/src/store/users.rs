//! Stored people and the patients they may act for.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row;
use crate::account::person::{Patient, Person, Relationship};
use crate::account::role::Role;

/// Row and password hash (argon2id, PHC string) of the account with this user name, unless disabled.
pub fn credentials(
    connection: &Connection,
    username: &str,
) -> rusqlite::Result<Option<(i64, String)>> {
    connection
        .prepare_cached("SELECT id, password_hash FROM user WHERE username = ?1 AND disabled = 0")?
        .query_row([username], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// The person with this user name, unless disabled.
pub fn find_by_name(connection: &Connection, username: &str) -> rusqlite::Result<Option<Person>> {
    connection
        .prepare_cached("SELECT * FROM user WHERE username = ?1 AND disabled = 0")?
        .query_row([username], |row| read(connection, row))
        .optional()
}

/// What an account was when it was planted last.
#[derive(Debug)]
pub struct Standing {
    /// Row.
    pub id: i64,
    /// What the person was here.
    pub role: Role,
    /// Their own FHIR resource.
    pub fhir_user: Option<String>,
    /// The hash of their password.
    pub password_hash: String,
    /// The hash that the users file gave, if it gave one.
    pub planted_hash: Option<String>,
}

/// What the account of a user name was, disabled or not.
pub fn standing(connection: &Connection, username: &str) -> rusqlite::Result<Option<Standing>> {
    connection
        .query_row(
            "SELECT * FROM user WHERE username = ?1",
            [username],
            |row| {
                Ok(Standing {
                    id: row.get("id")?,
                    role: row_role(row)?,
                    fhir_user: row.get("fhir_user")?,
                    password_hash: row.get("password_hash")?,
                    planted_hash: row.get("planted_hash")?,
                })
            },
        )
        .optional()
}

/// The person with this row, unless disabled.
pub fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<Person>> {
    connection
        .prepare_cached("SELECT * FROM user WHERE id = ?1 AND disabled = 0")?
        .query_row([id], |row| read(connection, row))
        .optional()
}

/// The person with this subject, unless disabled.
pub fn find_by_subject(connection: &Connection, subject: &str) -> rusqlite::Result<Option<Person>> {
    connection
        .prepare_cached("SELECT * FROM user WHERE subject = ?1 AND disabled = 0")?
        .query_row([subject], |row| read(connection, row))
        .optional()
}

/// The stored password hash of a user name, disabled or not.
pub fn password_hash(connection: &Connection, username: &str) -> rusqlite::Result<Option<String>> {
    connection
        .query_row(
            "SELECT password_hash FROM user WHERE username = ?1",
            [username],
            |row| row.get(0),
        )
        .optional()
}

/// Changes a password. Every session of the person ends, and everything they agreed to.
pub fn change_password(
    connection: &Connection,
    user: i64,
    hash: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    rehash(connection, user, hash)?;
    end_everything(connection, user, now)
}

/// Keeps another hash of the same password.
pub fn rehash(connection: &Connection, user: i64, hash: &str) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE user SET password_hash = ?2 WHERE id = ?1",
        params![user, hash],
    )?;
    Ok(())
}

/// Ends every session of a person and everything they agreed to or are about to.
pub fn end_everything(
    connection: &Connection,
    user: i64,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM session WHERE user = ?1", [user])?;
    connection.execute("DELETE FROM grant_request WHERE user = ?1", [user])?;
    connection.execute(
        "UPDATE family SET revoked_at = ?2 WHERE user = ?1 AND revoked_at IS NULL",
        params![user, now.timestamp_millis()],
    )?;
    Ok(())
}

/// Hashes of a password: the one that counts, and the one that the users file gave.
pub type Hashes<'a> = (&'a str, Option<&'a str>);

/// Adds a person or replaces everything but row and subject of the one with this user name.
/// `source` is `demo` or `file`.
pub fn save(
    connection: &Connection,
    person: &Person,
    (password_hash, planted_hash): Hashes<'_>,
    source: &str,
) -> rusqlite::Result<()> {
    let id: i64 = connection.query_row(
        "INSERT INTO user (username, subject, name, fhir_user, password_hash, source, role,
           planted_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (username) DO UPDATE SET name = ?3, fhir_user = ?4, password_hash = ?5,
           source = ?6, role = ?7, planted_hash = ?8, disabled = 0
         RETURNING id",
        params![
            person.username,
            person.subject,
            person.name,
            person.fhir_user,
            password_hash,
            source,
            person.role.as_str(),
            planted_hash
        ],
        |row| row.get(0),
    )?;
    connection.execute("DELETE FROM user_patient WHERE user = ?1", [id])?;
    for (position, patient) in (0_i64..).zip(&person.patients) {
        connection.execute(
            "INSERT INTO user_patient (user, position, patient, name, relationship, fhir_user,
               encounter)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                id,
                position,
                patient.id,
                patient.name,
                patient.relationship.as_str(),
                patient.fhir_user,
                patient.encounter
            ],
        )?;
    }
    Ok(())
}

/// Disables everybody; those still in a users file are saved after.
pub fn disable_all(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE user SET disabled = 1", [])?;
    Ok(())
}

fn read(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Person> {
    let id = row.get("id")?;
    Ok(Person {
        id,
        username: row.get("username")?,
        subject: row.get("subject")?,
        name: row.get("name")?,
        role: row_role(row)?,
        fhir_user: row.get("fhir_user")?,
        patients: patients(connection, id)?,
    })
}

fn row_role(row: &Row<'_>) -> rusqlite::Result<Role> {
    Role::parse(&row.get::<_, String>("role")?).ok_or_else(|| row::unreadable("role"))
}

fn patients(connection: &Connection, user: i64) -> rusqlite::Result<Vec<Patient>> {
    connection
        .prepare_cached("SELECT * FROM user_patient WHERE user = ?1 ORDER BY position")?
        .query_map([user], |row| {
            Ok(Patient {
                id: row.get("patient")?,
                name: row.get("name")?,
                relationship: Relationship::parse(&row.get::<_, String>("relationship")?),
                fhir_user: row.get("fhir_user")?,
                encounter: row.get("encounter")?,
            })
        })?
        .collect()
}
