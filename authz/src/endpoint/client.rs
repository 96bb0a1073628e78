//! Client authentication at the endpoints that programs call.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::Here;
use super::problem::Problem;
use crate::oauth::client_auth::{self, AuthenticatedClient, Credentials};
use crate::oauth::parameters::Parameters;
use crate::store::audit::{Entry, Event};
use crate::store::clients;

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
    let stored = here
        .server
        .store
        .read(|connection| clients::find(connection, &credentials.client_id))?;
    let known = stored.as_ref().map(|client| client.id.clone());
    client_auth::authenticate(stored, &credentials, here.now).map_err(|error| {
        let entry = Entry::new(Event::ClientAuthentication, error.code.as_str(), here.now)
            .client(&known.unwrap_or_default());
        here.server.store.write_later(move |tx| entry.append(tx));
        Problem::token(error)
    })
}
