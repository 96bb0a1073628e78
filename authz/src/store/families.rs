//! Stored families: what each consent gave, and their end.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use smart::scope::ScopeSet;

use super::{row, tokens};
use crate::oauth::grant::Approval;
use crate::oauth::launch::Setting;
use crate::oauth::token::Family;
use crate::secret::Digest;

/// A family to be.
#[derive(Debug)]
pub struct NewFamily<'a> {
    /// Opaque name for the portal.
    pub handle: &'a str,
    /// The client.
    pub client_id: &'a str,
    /// What the person decided.
    pub approval: &'a Approval,
    /// What they could have granted at most.
    pub offered: &'a ScopeSet,
    /// Absolute URL of the user's FHIR resource, when the ID token names it.
    pub fhir_user: Option<&'a str>,
    /// The context of its EHR launch.
    pub setting: Option<&'a Setting>,
    /// The session that `online_access` is tied to and its end.
    pub online: Option<(Digest, DateTime<Utc>)>,
    /// The key its refresh tokens are bound to.
    pub jkt: Option<&'a str>,
}

/// What the portal shows of a family.
#[derive(Debug)]
pub struct Shared {
    /// Opaque name for the revoke form.
    pub handle: String,
    /// The client's name.
    pub client_name: String,
    /// The patient's name as the user knows it.
    pub patient_name: Option<String>,
    /// The family itself.
    pub family: Family,
}

/// Keeps a new family; returns its row.
pub fn insert(
    connection: &Connection,
    family: &NewFamily<'_>,
    now: DateTime<Utc>,
) -> rusqlite::Result<i64> {
    let context = &family.approval.context;
    connection
        .prepare_cached(
            "INSERT INTO family (handle, client, user, patient, scopes, fhir_user, granted_at,
               share_until, session_digest, online_until, used_at, setting, jkt, offered)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?7, ?11, ?12, ?13) RETURNING id",
        )?
        .query_row(
            params![
                family.handle,
                family.client_id,
                context.who.user,
                context.patient,
                family.approval.scopes.to_string(),
                family.fhir_user,
                now.timestamp_millis(),
                family.approval.share_until.timestamp_millis(),
                family.online.map(|(digest, _)| digest.as_bytes().to_vec()),
                family.online.map(|(_, until)| until.timestamp_millis()),
                family.setting.map(row::json).transpose()?,
                family.jkt,
                family.offered.to_string(),
            ],
            |row| row.get(0),
        )
}

/// The family with this row.
pub fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<Family>> {
    connection
        .prepare_cached("SELECT * FROM family WHERE id = ?1")?
        .query_row([id], read)
        .optional()
}

/// When the family was last refreshed.
pub fn used_at(connection: &Connection, id: i64) -> rusqlite::Result<DateTime<Utc>> {
    connection
        .prepare_cached("SELECT used_at FROM family WHERE id = ?1")?
        .query_row([id], |row| row::instant(row, "used_at"))
}

/// Notes a refresh.
pub fn touch(connection: &Connection, id: i64, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE family SET used_at = ?2 WHERE id = ?1")?
        .execute(params![id, now.timestamp_millis()])?;
    Ok(())
}

/// Ends a family: none of its tokens means anything from now on.
pub fn revoke(connection: &Connection, id: i64, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE family SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")?
        .execute(params![id, now.timestamp_millis()])?;
    Ok(())
}

/// The live families of a person, newest first.
pub fn of_user(
    connection: &Connection,
    user: i64,
    now: DateTime<Utc>,
) -> rusqlite::Result<Vec<Shared>> {
    let shared = connection
        .prepare_cached(
            "SELECT f.*, c.name AS client_name, p.name AS patient_name
             FROM family f JOIN client c ON c.id = f.client
             LEFT JOIN user_patient p ON p.user = f.user AND p.patient = f.patient
             WHERE f.user = ?1 AND f.revoked_at IS NULL ORDER BY f.granted_at DESC, f.id DESC",
        )?
        .query_map([user], |row| {
            Ok(Shared {
                handle: row.get("handle")?,
                client_name: row.get("client_name")?,
                patient_name: row.get("patient_name")?,
                family: read(row)?,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(shared
        .into_iter()
        .filter(|shared| shared.family.is_alive(now))
        .collect())
}

/// The live family of a person with this opaque name.
pub fn owned(
    connection: &Connection,
    user: i64,
    handle: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<Family>> {
    let family = connection
        .query_row(
            "SELECT * FROM family WHERE handle = ?1 AND user = ?2",
            params![handle, user],
            read,
        )
        .optional()?;
    Ok(family.filter(|family| family.is_alive(now)))
}

/// Changes what a family may do and until when. What its access tokens may do is cut down with it at
/// once; what they may not do yet comes with the next one.
pub fn change(
    connection: &Connection,
    id: i64,
    scopes: &ScopeSet,
    share_until: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE family SET scopes = ?2, share_until = ?3 WHERE id = ?1")?
        .execute(params![
            id,
            scopes.to_string(),
            share_until.timestamp_millis()
        ])?;
    tokens::narrow(connection, id, scopes)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Family> {
    let offered: Option<String> = row.get("offered")?;
    let scopes = row::scopes(row, "scopes")?;
    Ok(Family {
        offered: offered.map_or_else(|| scopes.clone(), |text| ScopeSet::parse(&text).known),
        id: row.get("id")?,
        client_id: row.get("client")?,
        user: row.get("user")?,
        patient: row.get("patient")?,
        scopes,
        granted_at: row::instant(row, "granted_at")?,
        share_until: row::instant(row, "share_until")?,
        setting: row::optional_json(row, "setting")?,
        online_until: row::optional_instant(row, "online_until")?,
        jkt: row.get("jkt")?,
        revoked: row::optional_instant(row, "revoked_at")?.is_some(),
    })
}
