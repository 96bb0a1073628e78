//! Stored clients.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::row;
use crate::oauth::claims::IdTokenAlgorithm;
use crate::oauth::client::{AuthMethod, Client, Keys, Rules, Source};
use crate::oauth::grant_type::GrantType;
use crate::oauth::launch::FhirContextFormat;
use crate::oauth::redirect;

/// The client with this id, disabled or not.
pub fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<Client>> {
    connection
        .prepare_cached("SELECT * FROM client WHERE id = ?1")?
        .query_row([id], read)
        .optional()
}

/// The clients that can be started from the portal, by name; those that somebody vouches for first.
pub fn launchable(connection: &Connection) -> rusqlite::Result<Vec<Client>> {
    connection
        .prepare_cached(
            "SELECT * FROM client WHERE launch_url IS NOT NULL AND disabled = 0
             ORDER BY source = 'registered', name LIMIT 100",
        )?
        .query_map([], read)?
        .collect()
}

/// Notes that this person registered this client by form.
pub fn own(connection: &Connection, client: &str, user: i64) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO client_owner (client, user) VALUES (?1, ?2)",
        (client, user),
    )?;
    Ok(())
}

/// The clients that this person registered by form, newest first.
pub fn owned(connection: &Connection, user: i64) -> rusqlite::Result<Vec<Client>> {
    connection
        .prepare_cached(
            "SELECT c.* FROM client c JOIN client_owner o ON o.client = c.id
             WHERE o.user = ?1 AND c.disabled = 0 ORDER BY c.created_at DESC, c.id LIMIT 100",
        )?
        .query_map([user], read)?
        .collect()
}

/// Adds a client or replaces the one with its id.
pub fn save(connection: &Connection, client: &Client, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let jwks = match &client.keys {
        Some(Keys::Given(set)) => Some(set.to_string()),
        _ => None,
    };
    connection
        .prepare_cached(
            "INSERT INTO client (id, name, presentation, source, methods, grant_types, secret_digest, secret_expires_at,
               jwks, jwks_uri, redirect_uris, id_token_alg, post_logout_redirect_uris, launch_url, fhir_context, scopes, pkce_optional, require_pushed, dpop_bound, introspects_all, disabled,
               created_at, access_lifetime, refresh_idle)
             VALUES (:id, :name, :presentation, :source, :methods, :grant_types, :secret, :secret_expires_at, :jwks, :jwks_uri,
               :redirect_uris, :id_token_alg, :post_logout_redirect_uris, :launch_url, :fhir_context, :scopes, :pkce_optional, :require_pushed, :dpop_bound, :introspects_all, :disabled, :created_at, :access_lifetime, :refresh_idle)
             ON CONFLICT (id) DO UPDATE SET name = :name, presentation = :presentation, source = :source, methods = :methods,
               grant_types = :grant_types, secret_digest = :secret, secret_expires_at = :secret_expires_at, jwks = :jwks,
               jwks_uri = :jwks_uri, redirect_uris = :redirect_uris, id_token_alg = :id_token_alg,
               post_logout_redirect_uris = :post_logout_redirect_uris, launch_url = :launch_url,
               fhir_context = :fhir_context, scopes = :scopes,
               pkce_optional = :pkce_optional, require_pushed = :require_pushed, dpop_bound = :dpop_bound, introspects_all = :introspects_all,
               disabled = :disabled, access_lifetime = :access_lifetime, refresh_idle = :refresh_idle",
        )?
        .execute(named_params! {
            ":id": client.id,
            ":name": client.name,
            ":presentation": row::json(&client.presentation)?,
            ":source": client.source.as_str(),
            ":methods": words(client.methods.iter().map(|method| method.as_str())),
            ":grant_types": words(client.grant_types.iter().map(|kind| kind.as_str())),
            ":secret": client.secret.as_ref().map(|digest| digest.as_bytes().to_vec()),
            ":secret_expires_at": client.secret_expires_at.map(|end| end.timestamp_millis()),
            ":jwks": jwks,
            ":jwks_uri": client.jwks_uri(),
            ":redirect_uris": words(client.redirect_uris.iter().map(String::as_str)),
            ":id_token_alg": client.id_token_algorithm.as_str(),
            ":post_logout_redirect_uris": words(client.post_logout_redirect_uris.iter().map(String::as_str)),
            ":launch_url": client.launch_url,
            ":fhir_context": client.fhir_context.map(FhirContextFormat::as_str),
            ":scopes": client.scopes.to_string(),
            ":pkce_optional": client.rules.pkce_optional,
            ":require_pushed": client.rules.require_pushed,
            ":dpop_bound": client.rules.dpop_bound,
            ":introspects_all": client.introspects_all,
            ":disabled": client.disabled,
            ":created_at": now.timestamp_millis(),
            ":access_lifetime": client.rules.access_lifetime.map(|span| span.num_seconds()),
            ":refresh_idle": client.rules.refresh_idle.map(|span| span.num_seconds()),
        })?;
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

fn keys(row: &Row<'_>) -> rusqlite::Result<Option<Keys>> {
    let jwks: Option<String> = row.get("jwks")?;
    let jwks_uri: Option<String> = row.get("jwks_uri")?;
    match jwks {
        Some(text) => serde_json::from_str(&text)
            .map(|set| Some(Keys::Given(set)))
            .map_err(|_| row::unreadable("jwks")),
        None => Ok(jwks_uri.map(Keys::At)),
    }
}

fn span(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<TimeDelta>> {
    let seconds: Option<i64> = row.get(column)?;
    Ok(seconds.map(TimeDelta::seconds))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Client> {
    let source: String = row.get("source")?;
    let methods: String = row.get("methods")?;
    let grant_types: String = row.get("grant_types")?;
    let id_token_alg: String = row.get("id_token_alg")?;
    let post_logout: String = row.get("post_logout_redirect_uris")?;
    let fhir_context: Option<String> = row.get("fhir_context")?;
    let redirect_uris: String = row.get("redirect_uris")?;
    Ok(Client {
        id: row.get("id")?,
        name: row.get("name")?,
        presentation: row::optional_json(row, "presentation")?.unwrap_or_default(),
        source: Source::parse(&source).ok_or_else(|| row::unreadable("source"))?,
        methods: methods.split(' ').filter_map(AuthMethod::parse).collect(),
        grant_types: grant_types
            .split(' ')
            .filter_map(GrantType::parse)
            .collect(),
        secret: row::optional_digest(row, "secret_digest")?,
        secret_expires_at: row::optional_instant(row, "secret_expires_at")?,
        keys: keys(row)?,
        redirect_uris: redirect_uris
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        id_token_algorithm: IdTokenAlgorithm::parse(&id_token_alg).unwrap_or_default(),
        post_logout_redirect_uris: post_logout.split_whitespace().map(str::to_owned).collect(),
        launch_url: row.get("launch_url")?,
        fhir_context: fhir_context.as_deref().and_then(FhirContextFormat::parse),
        scopes: row::scopes(row, "scopes")?,
        rules: Rules {
            pkce_optional: row.get("pkce_optional")?,
            require_pushed: row.get("require_pushed")?,
            dpop_bound: row.get("dpop_bound")?,
            access_lifetime: span(row, "access_lifetime")?,
            refresh_idle: span(row, "refresh_idle")?,
        },
        introspects_all: row.get("introspects_all")?,
        disabled: row.get("disabled")?,
    })
}
