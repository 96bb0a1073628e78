//! `/oauth/authorize`: an app sends a person here (RFC 6749 §4.1.1). Nothing redirects before client
//! and redirect URI are trusted; after that every answer goes to the app.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::browser::{Browser, grant_url};
use super::form::{Form, Query};
use super::problem::{Problem, RedirectProblem};
use super::{Answer, Here, attempt, render};
use crate::attempts::Step;
use crate::oauth::authorization_request::{self, AuthorizationRequest, Prompt, Untrusted};
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::grant::Grant;
use crate::oauth::launch::Launch;
use crate::oauth::parameters::Parameters;
use crate::oauth::pushed_request;
use crate::oauth::redirect::RedirectTarget;
use crate::seal;
use crate::secret::{Digest, Secret};
use crate::store::audit::{Entry, Event};
use crate::store::grants::{self, StoredGrant};
use crate::store::{StoreError, clients, launches, pushed_requests};

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
    let answer = consider(&here, &browser, parameters.clone()).await;
    let client = parameters.first("client_id");
    attempt::note(&here, Step::Authorize, client, &parameters, &answer);
    answer
}

async fn consider(here: &Here, browser: &Browser, parameters: Parameters) -> Answer {
    let client = find_client(here, &parameters)?;
    let Referred { parameters, pushed } = Referred::by(here, &client, parameters)?;
    let target = authorization_request::target(&client, &parameters)?;
    let back = |error| to_client(&client, &target, &parameters, error);
    let policy = &here.server.policy;
    let mut request = check_pushed(&client, pushed)
        .and_then(|()| authorization_request::read(&client, target.clone(), &parameters, policy))
        .map_err(|error| {
            note_refusal(here, &client, error);
            back(error)
        })?;
    request.pushed = pushed;
    let stranger = is_stranger(here, browser, &parameters).map_err(back)?;
    refuse_silence(&request, browser, stranger).map_err(back)?;
    let handle = start(here, browser, request, stranger)
        .await
        .map_err(|refused| {
            back(match refused {
                Refused::Launch => ErrorCode::InvalidRequest
                    .because("the launch is unknown, has ended, was used or is for another app"),
                Refused::Store(error) => {
                    tracing::error!(%error, "a request could not be kept");
                    Problem::store_for_program(&error).error
                }
            })
        })?;
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

/// The parameters that count.
struct Referred {
    parameters: Parameters,
    /// The pushed request they are from.
    pushed: Option<Digest>,
}

impl Referred {
    /// The parameters that were pushed where the request refers to such, and then only those (RFC
    /// 9126 §4); the request's own otherwise.
    fn by(here: &Here, client: &Client, parameters: Parameters) -> Result<Self, Problem> {
        let uri = parameters.one("request_uri").ok().flatten();
        let Some(reference) = uri.and_then(pushed_request::reference) else {
            return Ok(Self {
                parameters,
                pushed: None,
            });
        };
        let digest = reference.digest();
        let found = here
            .server
            .store
            .read(|connection| pushed_requests::find(connection, digest, &client.id, here.now))?;
        let text = found.and_then(|sealed| seal::open(&reference, &client.id, sealed));
        match text.map(|text| Parameters::parse(&text)) {
            Some(Ok(parameters)) => Ok(Self {
                parameters,
                pushed: Some(digest),
            }),
            _ => Err(unknown_reference(client, &parameters)),
        }
    }
}

/// Told to the app if the request says where it is, to the person otherwise.
fn unknown_reference(client: &Client, parameters: &Parameters) -> Problem {
    let why = "request_uri is unknown, has expired or was used; push the request again";
    match authorization_request::target(client, parameters) {
        Ok(target) => {
            let error = ErrorCode::InvalidRequestUri.because(why);
            to_client(client, &target, parameters, error)
        }
        Err(_) => Problem::start_again(),
    }
}

/// RFC 9126 §6.
fn check_pushed(client: &Client, pushed: Option<Digest>) -> Result<(), OAuthError> {
    let fits = pushed.is_some() || !client.rules.require_pushed;
    fits.then_some(()).ok_or(
        ErrorCode::InvalidRequest.because(
            "this client must push its requests to the pushed authorization request endpoint",
        ),
    )
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

/// Whether somebody else is signed in than the one whom `id_token_hint` names (OpenID Connect Core
/// §3.1.2.1).
fn is_stranger(
    here: &Here,
    browser: &Browser,
    parameters: &Parameters,
) -> Result<bool, OAuthError> {
    let Some(text) = parameters.first("id_token_hint") else {
        return Ok(false);
    };
    let why = "id_token_hint is no ID token of this server";
    let hint = here.server.read_hint(text);
    let hint = hint.ok_or(ErrorCode::InvalidRequest.because(why))?;
    let signed_in = browser.signed_in.as_ref();
    Ok(signed_in.is_some_and(|who| who.person.subject != hint.sub))
}

/// Nothing is granted here without a person looking at it, so `prompt=none` cannot succeed.
fn refuse_silence(
    request: &AuthorizationRequest,
    browser: &Browser,
    stranger: bool,
) -> Result<(), OAuthError> {
    match (request.prompt, &browser.signed_in) {
        (Prompt::None, signed_in) if stranger || signed_in.is_none() => {
            Err(ErrorCode::LoginRequired.because("nobody is signed in"))
        }
        (Prompt::None, Some(_)) => {
            Err(ErrorCode::ConsentRequired.because("a person must decide about every request"))
        }
        _ => Ok(()),
    }
}

/// Why a valid request does not become a grant.
enum Refused {
    Launch,
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The launch the request comes from, used up with this.
fn take_launch(
    tx: &Connection,
    request: &AuthorizationRequest,
    now: DateTime<Utc>,
) -> Result<Option<Launch>, Refused> {
    let Some(handle) = request.launch else {
        return Ok(None);
    };
    let launch = launches::take(tx, handle, &request.client_id, now)?;
    launch.map(Some).ok_or(Refused::Launch)
}

/// What the trail says of a request. A challenge that was there before hints at an app that does
/// not draw a new one each time, or at a stolen one (RFC 9700 §2.1.1).
fn request_entry(
    tx: &Connection,
    request: &AuthorizationRequest,
    now: DateTime<Utc>,
) -> rusqlite::Result<Entry> {
    let repeated = match &request.challenge {
        Some(challenge) => grants::knows_challenge(tx, &request.client_id, challenge)?,
        None => false,
    };
    let outcome = if repeated {
        "repeated_challenge"
    } else {
        "success"
    };
    Ok(Entry::new(Event::AuthorizationRequest, outcome, now).client(&request.client_id))
}

/// Stores the grant; returns its handle.
async fn start(
    here: &Here,
    browser: &Browser,
    request: AuthorizationRequest,
    stranger: bool,
) -> Result<Secret, Refused> {
    let handle = Secret::generate(&here.server.random);
    let login_required = stranger || request.prompt == Prompt::Login;
    let session = browser.is_known().then(|| browser.digest());
    let (digest, now) = (handle.digest(), here.now);
    here.server
        .store
        .write::<_, Refused>(move |tx| {
            let entry = request_entry(tx, &request, now)?;
            let launch = take_launch(tx, &request, now)?;
            let stored = StoredGrant {
                handle: digest,
                session,
                grant: Grant::request(request, launch, login_required, now),
            };
            grants::insert(tx, &stored)?;
            Ok(entry.append(tx)?)
        })
        .await?;
    Ok(handle)
}
