//! `/oauth/authorize`: an app sends a person here (RFC 6749 §4.1.1). Nothing redirects before client
//! and redirect URI are trusted; after that every answer goes to the app.

use super::browser::{Browser, grant_url};
use super::form::{Form, Query};
use super::problem::{Problem, RedirectProblem};
use super::{Answer, Here, render};
use crate::oauth::authorization_request::{self, AuthorizationRequest, Prompt, Untrusted};
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::grant::Grant;
use crate::oauth::parameters::Parameters;
use crate::oauth::redirect::RedirectTarget;
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::grants::{self, StoredGrant};
use crate::store::{StoreError, clients};

/// `GET`
pub async fn get(here: Here, browser: Browser, Query(parameters): Query) -> Answer {
    authorize(here, browser, parameters).await
}

/// `POST`, also from a page of another site (SMART capability `authorize-post`). No cookie arrives
/// with such a form, so the grant is bound to the browser at the next page.
pub async fn post(here: Here, browser: Browser, Form(parameters): Form) -> Answer {
    authorize(here, browser, parameters).await
}

async fn authorize(here: Here, browser: Browser, parameters: Parameters) -> Answer {
    let client = find_client(&here, &parameters)?;
    let target = authorization_request::target(&client, &parameters)?;
    let back = |error| to_client(&client, &target, &parameters, error);
    let policy = &here.server.policy;
    let request = authorization_request::read(&client, target.clone(), &parameters, policy)
        .map_err(|error| {
            note_refusal(&here, &client, error);
            back(error)
        })?;
    refuse_silence(&request, &browser).map_err(back)?;
    let handle = start(&here, &browser, request)
        .await
        .map_err(|_| back(ErrorCode::ServerError.because("something failed here; try again")))?;
    Ok(render::see_other(&grant_url("/login", handle.expose())))
}

fn find_client(here: &Here, parameters: &Parameters) -> Result<Client, Problem> {
    let id = authorization_request::client_id(parameters)?;
    here.server
        .store
        .read(|connection| clients::find(connection, id))?
        .filter(|client| !client.disabled)
        .ok_or(Problem::from(Untrusted::Client))
}

fn to_client(
    client: &Client,
    target: &RedirectTarget,
    parameters: &Parameters,
    error: OAuthError,
) -> Problem {
    Problem::Redirect(RedirectProblem {
        target: target.clone(),
        state: authorization_request::state(parameters),
        error,
        verified: client.is_verified(),
        decided: false,
    })
}

fn note_refusal(here: &Here, client: &Client, error: OAuthError) {
    let entry =
        Entry::new(Event::AuthorizationRequest, error.code.as_str(), here.now).client(&client.id);
    here.server.store.write_later(move |tx| entry.append(tx));
}

/// Nothing is granted here without a person looking at it, so `prompt=none` cannot succeed.
fn refuse_silence(request: &AuthorizationRequest, browser: &Browser) -> Result<(), OAuthError> {
    match (request.prompt, &browser.signed_in) {
        (Prompt::None, None) => Err(ErrorCode::LoginRequired.because("nobody is signed in")),
        (Prompt::None, Some(_)) => {
            Err(ErrorCode::ConsentRequired.because("a person must decide about every request"))
        }
        _ => Ok(()),
    }
}

/// Stores the grant; returns its handle.
async fn start(
    here: &Here,
    browser: &Browser,
    request: AuthorizationRequest,
) -> Result<Secret, StoreError> {
    let handle = Secret::generate(&here.server.random);
    let entry =
        Entry::new(Event::AuthorizationRequest, "success", here.now).client(&request.client_id);
    let login_required = request.prompt == Prompt::Login;
    let stored = StoredGrant {
        handle: handle.digest(),
        session: browser.is_known().then(|| browser.digest()),
        grant: Grant::request(request, login_required, here.now),
    };
    here.server
        .store
        .write::<_, StoreError>(move |tx| {
            grants::insert(tx, &stored)?;
            Ok(entry.append(tx)?)
        })
        .await?;
    Ok(handle)
}
