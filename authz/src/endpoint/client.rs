//! Client authentication at the endpoints that programs call.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::Here;
use super::problem::Problem;
use crate::oauth::client_auth::{self, AuthenticatedClient, Credentials, FAILED};
use crate::oauth::parameters::Parameters;
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::{clients, families, tokens};

/// The client that sent the form.
pub fn authenticate(
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
    check(here, &credentials)
}

/// Whether the request says which client sends it.
pub fn is_named(request: &HttpRequest, form: &Parameters) -> bool {
    request.headers().contains_key(header::AUTHORIZATION)
        || ["client_id", "client_secret"]
            .iter()
            .any(|name| form.first(name).is_some())
}

/// The public client a refresh token was issued to. RFC 6749 §6 asks only confidential clients to
/// authenticate, and widespread client libraries send nothing but the token; a confidential
/// client that does not authenticate is refused like any other.
pub fn holder_of(here: &Here, refresh_token: &Secret) -> Result<AuthenticatedClient, Problem> {
    let digest = refresh_token.digest();
    let holder = here.server.store.read(|connection| {
        let stored = tokens::find_refresh(connection, digest)?;
        let family = stored.map(|stored| families::find(connection, stored.family));
        Ok(family.transpose()?.flatten())
    })?;
    let client_id = holder.ok_or(Problem::token(FAILED))?.client_id;
    check(here, &Credentials::unproven(client_id))
}

fn check(here: &Here, credentials: &Credentials) -> Result<AuthenticatedClient, Problem> {
    let stored = here
        .server
        .store
        .read(|connection| clients::find(connection, &credentials.client_id))?;
    let known = stored.as_ref().map(|client| client.id.clone());
    client_auth::authenticate(stored, credentials, here.now).map_err(|error| {
        let entry = Entry::new(Event::ClientAuthentication, error.code.as_str(), here.now)
            .client(&known.unwrap_or_default());
        here.server.store.write_later(move |tx| entry.append(tx));
        Problem::token(error)
    })
}
