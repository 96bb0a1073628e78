//! Stored clients.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row;
use crate::oauth::client::{AuthMethod, Client, Source};
use crate::oauth::redirect;

/// The client with this id, disabled or not.
pub fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<Client>> {
    connection
        .prepare_cached("SELECT * FROM client WHERE id = ?1")?
        .query_row([id], read)
        .optional()
}

/// Adds a client or replaces the one with its id.
pub fn save(connection: &Connection, client: &Client, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO client (id, name, source, methods, secret_digest, secret_expires_at,
               redirect_uris, scopes, pkce_optional, introspects_all, disabled, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (id) DO UPDATE SET name = ?2, source = ?3, methods = ?4,
               secret_digest = ?5, secret_expires_at = ?6, redirect_uris = ?7, scopes = ?8,
               pkce_optional = ?9, introspects_all = ?10, disabled = ?11",
        )?
        .execute(params![
            client.id,
            client.name,
            client.source.as_str(),
            words(client.methods.iter().map(|method| method.as_str())),
            client
                .secret
                .as_ref()
                .map(|digest| digest.as_bytes().to_vec()),
            client.secret_expires_at.map(|end| end.timestamp_millis()),
            words(client.redirect_uris.iter().map(String::as_str)),
            client.scopes.to_string(),
            client.pkce_optional,
            client.introspects_all,
            client.disabled,
            now.timestamp_millis(),
        ])?;
    save_origins(connection, client)
}

fn save_origins(connection: &Connection, client: &Client) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM client_origin WHERE client = ?1", [&client.id])?;
    if !client.is_public() {
        return Ok(());
    }
    let mut insert = connection
        .prepare_cached("INSERT OR IGNORE INTO client_origin (origin, client) VALUES (?1, ?2)")?;
    for uri in &client.redirect_uris {
        if let Some(origin) = redirect::origin(uri) {
            insert.execute([redirect::origin_key(&origin), client.id.clone()])?;
        }
    }
    Ok(())
}

/// Disables every client that was seeded from a file; those still in a file are saved after.
pub fn disable_seeded(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE client SET disabled = 1 WHERE source <> 'registered'",
        [],
    )?;
    Ok(())
}

/// How many clients registered themselves.
pub fn count_registered(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row(
        "SELECT count(*) FROM client WHERE source = 'registered'",
        [],
        |row| row.get(0),
    )
}

/// Whether a page of this web origin belongs to a public client.
pub fn is_known_origin(connection: &Connection, origin: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM client_origin o JOIN client c ON c.id = o.client
             WHERE o.origin = ?1 AND c.disabled = 0",
        )?
        .exists([redirect::origin_key(origin)])
}

/// URIs, methods and other words without spaces.
fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

fn read(row: &Row<'_>) -> rusqlite::Result<Client> {
    let source: String = row.get("source")?;
    let methods: String = row.get("methods")?;
    let redirect_uris: String = row.get("redirect_uris")?;
    Ok(Client {
        id: row.get("id")?,
        name: row.get("name")?,
        source: Source::parse(&source).ok_or_else(|| row::unreadable("source"))?,
        methods: methods.split(' ').filter_map(AuthMethod::parse).collect(),
        secret: row::optional_digest(row, "secret_digest")?,
        secret_expires_at: row::optional_instant(row, "secret_expires_at")?,
        redirect_uris: redirect_uris
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        scopes: row::scopes(row, "scopes")?,
        pkce_optional: row.get("pkce_optional")?,
        introspects_all: row.get("introspects_all")?,
        disabled: row.get("disabled")?,
    })
}
