//! The answer to a registration and to its management (RFC 7591 §3.2.1, RFC 7592 §3): what is
//! registered, which may be less than what was asked for.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::client::{Client, Keys};
use super::presentation::Presentation;
use crate::secret::Secret;

/// Client information. A secret is told once, when it is made: only its digest is kept.
#[derive(Debug, Serialize)]
pub struct Registered {
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    registration_access_token: String,
    registration_client_uri: String,
    client_name: String,
    #[serde(flatten)]
    presentation: Presentation,
    redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    post_logout_redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    launch_url: Option<String>,
    token_endpoint_auth_method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    id_token_signed_response_alg: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    require_pushed_authorization_requests: bool,
    #[serde(skip_serializing_if = "is_false")]
    dpop_bound_access_tokens: bool,
    grant_types: Vec<&'static str>,
    response_types: &'static [&'static str],
    scope: String,
}

/// How a client comes back to its registration.
#[derive(Debug)]
pub struct Management<'a> {
    /// `registration_access_token`
    pub token: &'a Secret,
    /// `registration_client_uri`
    pub uri: String,
    /// When the client was registered.
    pub registered_at: DateTime<Utc>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Registered {
    /// The answer about `client`; `secret` if it was made just now.
    pub fn of(client: &Client, secret: Option<&Secret>, management: &Management<'_>) -> Self {
        let words = client.grant_types.iter().map(|kind| kind.as_str());
        Self {
            client_id: client.id.clone(),
            client_secret: secret.map(|secret| secret.expose().to_owned()),
            client_id_issued_at: management.registered_at.timestamp(),
            client_secret_expires_at: secret.map(|_| 0),
            registration_access_token: management.token.expose().to_owned(),
            registration_client_uri: management.uri.clone(),
            client_name: client.name.clone(),
            presentation: client.presentation.clone(),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            launch_url: client.launch_url.clone(),
            token_endpoint_auth_method: client.methods.first().map_or("", |one| one.as_str()),
            jwks: match &client.keys {
                Some(Keys::Given(set)) => Some(set.clone()),
                _ => None,
            },
            jwks_uri: client.jwks_uri().map(str::to_owned),
            id_token_signed_response_alg: client.id_token_algorithm.as_str(),
            require_pushed_authorization_requests: client.rules.require_pushed,
            dpop_bound_access_tokens: client.rules.dpop_bound,
            grant_types: words.collect(),
            response_types: &["code"],
            scope: client.scopes.to_string(),
        }
    }
}
