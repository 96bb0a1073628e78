//! Client authentication at the endpoints that programs call.
//!
//! An assertion is good once. It is used up in the transaction that does what the request asks for
//! ([`accept_with`]), so that there is one wait for the disk and not two. When that transaction fails
//! nothing has been given and the assertion may be sent again; what it gives, it gives once. A request
//! that is refused uses its assertion up as well ([`refuse`]).

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header;
use rusqlite::Connection;

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
use crate::store::{assertions, clients, families, tokens};

/// The client that sent the form.
pub async fn authenticate(
    here: &Here,
    request: &HttpRequest,
    form: &Parameters,
) -> Result<AuthenticatedClient, Problem> {
    let proven = prove(here, request, form).await?;
    accept(here, proven).await
}

/// The client that sent the form, whose proof is right and has yet to be used up.
pub async fn prove(
    here: &Here,
    request: &HttpRequest,
    form: &Parameters,
) -> Result<Proven, Problem> {
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
pub async fn holder_of(here: &Here, refresh_token: &Secret) -> Result<Proven, Problem> {
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
) -> Result<Proven, Problem> {
    let key = throttle_key(here, &credentials.client_id);
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
    client_auth::authenticate(stored, credentials, measure)
        .map_err(|error| failed(here, &key, known, error))
}

/// Counts and records a failure.
fn failed(here: &Here, key: &str, client: Option<String>, error: OAuthError) -> Problem {
    here.server
        .throttle
        .count(key, CLIENT_FROM_ADDRESS, here.now);
    let entry = Entry::new(Event::ClientAuthentication, error.code.as_str(), here.now)
        .client(&client.unwrap_or_default());
    here.server.store.write_later(move |tx| entry.append(tx));
    Problem::token(error)
}

/// Failures are counted by client and address, so that nobody can silence a client from elsewhere.
fn throttle_key(here: &Here, client_id: &str) -> String {
    let client = Digest::of(client_id).to_base64url();
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

/// The client, whose proof is used up with this if it is good once only.
async fn accept(here: &Here, proven: Proven) -> Result<AuthenticatedClient, Problem> {
    if proven.spent.is_none() {
        return proven.accept(true).map_err(Problem::token);
    }
    let (client, ()) = accept_with(here, proven, |_, _| Ok(())).await?;
    Ok(client)
}

/// Uses the proof up with a request that is refused; returns what its sender is told.
pub async fn refuse(here: &Here, proven: Proven, problem: Problem) -> Problem {
    accept(here, proven).await.err().unwrap_or(problem)
}

/// Uses the proof up and does `work`, both or neither; returns when that is durable.
pub async fn accept_with<T: Send + 'static>(
    here: &Here,
    proven: Proven,
    work: impl FnOnce(&Connection, &AuthenticatedClient) -> Result<T, Problem> + Send + 'static,
) -> Result<(AuthenticatedClient, T), Problem> {
    let id = proven.claimed().id.clone();
    let outcome = here
        .server
        .store
        .write::<_, Problem>(move |tx| {
            let fresh = match proven.spent {
                Some(spent) => assertions::spend(tx, &proven.claimed().id, spent)?,
                None => true,
            };
            match proven.accept(fresh) {
                Ok(client) => {
                    let done = work(tx, &client)?;
                    Ok(Ok((client, done)))
                }
                Err(error) => Ok(Err(error)),
            }
        })
        .await?;
    outcome.map_err(|error| failed(here, &throttle_key(here, &id), Some(id), error))
}
