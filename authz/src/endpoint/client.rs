//! Client authentication at the endpoints that programs call.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header;

use super::Here;
use super::problem::Problem;
use crate::account::throttle::CLIENT_FROM_ADDRESS;
use crate::oauth::client::{Client, Keys};
use crate::oauth::client_auth::{
    self, AuthenticatedClient, Credentials, FAILED, Measure, PARAMETERS, Proven,
};
use crate::oauth::error::OAuthError;
use crate::oauth::jwk::KeySet;
use crate::oauth::parameters::Parameters;
use crate::secret::{Digest, Secret};
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, assertions, clients, families, tokens};

/// The client that sent the form.
pub async fn authenticate(
    here: &Here,
    request: &HttpRequest,
    form: &Parameters,
) -> Result<AuthenticatedClient, Problem> {
    let headers: Vec<&str> = request
        .headers()
        .get_all(header::AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    let credentials = Credentials::read(&headers, form).map_err(Problem::token)?;
    let called = format!("{}{}", here.server.issuer(), request.path());
    let pushes = called == here.server.features.pushed_request_endpoint();
    check(here, &credentials, pushes.then_some(called.as_str())).await
}

/// Whether the request says which client sends it.
pub fn is_named(request: &HttpRequest, form: &Parameters) -> bool {
    request.headers().contains_key(header::AUTHORIZATION)
        || PARAMETERS.iter().any(|name| form.first(name).is_some())
}

/// The public client a refresh token was issued to. RFC 6749 §6 asks only confidential clients to
/// authenticate, and widespread client libraries send nothing but the token; a confidential
/// client that does not authenticate is refused like any other.
pub async fn holder_of(
    here: &Here,
    refresh_token: &Secret,
) -> Result<AuthenticatedClient, Problem> {
    let digest = refresh_token.digest();
    let holder = here.server.store.read(|connection| {
        let stored = tokens::find_refresh(connection, digest)?;
        let family = stored.map(|stored| families::find(connection, stored.family));
        Ok(family.transpose()?.flatten())
    })?;
    let client_id = holder.ok_or(Problem::token(FAILED))?.client_id;
    check(here, &Credentials::unproven(client_id), None).await
}

/// Checks credentials; an assertion may also be meant for the endpoint that was `called`, where a
/// specification says so (RFC 9126 §2).
async fn check(
    here: &Here,
    credentials: &Credentials,
    called: Option<&str>,
) -> Result<AuthenticatedClient, Problem> {
    let key = throttle_key(here, credentials);
    here.server
        .throttle
        .admit(&key, CLIENT_FROM_ADDRESS, here.now)
        .map_err(Problem::slow_down)?;
    let stored = here
        .server
        .store
        .read(|connection| clients::find(connection, &credentials.client_id))?;
    let known = stored.as_ref().map(|client| client.id.clone());
    let keys = keys(here, stored.as_ref(), credentials).await;
    let endpoint = here.server.features.token_endpoint();
    let mut audiences = vec![endpoint.as_str(), here.server.issuer()];
    audiences.extend(called);
    let measure = Measure {
        keys: &keys,
        audiences: &audiences,
        now: here.now,
    };
    let outcome = match client_auth::authenticate(stored, credentials, measure) {
        Ok(proven) => accept(here, proven, known.as_deref()).await?,
        Err(error) => Err(error),
    };
    outcome.map_err(|error| {
        here.server
            .throttle
            .count(&key, CLIENT_FROM_ADDRESS, here.now);
        let entry = Entry::new(Event::ClientAuthentication, error.code.as_str(), here.now)
            .client(&known.unwrap_or_default());
        here.server.store.write_later(move |tx| entry.append(tx));
        Problem::token(error)
    })
}

/// Failures are counted by client and address, so that nobody can silence a client from elsewhere.
fn throttle_key(here: &Here, credentials: &Credentials) -> String {
    let client = Digest::of(&credentials.client_id).to_base64url();
    format!("client {client} {}", here.address)
}

/// The keys of the client, if it is to prove itself with one.
async fn keys(here: &Here, client: Option<&Client>, credentials: &Credentials) -> Arc<KeySet> {
    let (Some(client), Some(kid)) = (client, credentials.kid()) else {
        return Arc::default();
    };
    match &client.keys {
        Some(Keys::Given(set)) => Arc::new(KeySet::publish(set).unwrap_or_default()),
        Some(Keys::At(url)) if !client.disabled => {
            here.server.remote_keys.at(url, kid, here.now).await
        }
        _ => Arc::default(),
    }
}

/// Remembers the proof, if it can be used once only.
async fn accept(
    here: &Here,
    proven: Proven,
    client_id: Option<&str>,
) -> Result<Result<AuthenticatedClient, OAuthError>, StoreError> {
    let fresh = match (proven.spent, client_id) {
        (Some(spent), Some(id)) => {
            let id = id.to_owned();
            let remember = move |tx: &_| Ok(assertions::spend(tx, &id, spent)?);
            here.server.store.write::<_, StoreError>(remember).await?
        }
        _ => true,
    };
    Ok(proven.accept(fresh))
}
