//! `/oauth/par` (RFC 9126): a client hands over its authorization request directly, before it sends
//! a person here. What is wrong with it is said at once.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::form::Form;
use super::problem::Problem;
use super::{Answer, Here, client, dpop};
use crate::oauth::authorization_request;
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::oauth::pushed_request::{self, LIFETIME};
use crate::oauth::token_request;
use crate::seal::{self, SealError};
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::pushed_requests;

#[derive(Serialize)]
struct Pushed {
    request_uri: String,
    expires_in: i64,
}

/// `POST`
pub async fn post(here: Here, request: HttpRequest, Form(form): Form) -> Answer {
    token_request::refuse_repetition(&form).map_err(Problem::token)?;
    let proven = client::prove(&here, &request, &form).await?;
    let reference = Secret::generate(&here.server.random);
    let sealed = match sealed(&here, &request, proven.claimed(), &form, &reference) {
        Ok(sealed) => sealed,
        Err(problem) => return Err(client::refuse(&here, proven, problem).await),
    };
    let (digest, now) = (reference.digest(), here.now);
    client::accept_with(&here, proven, move |tx, client| {
        pushed_requests::insert(tx, digest, &client.id, &sealed, now)?;
        Ok(Entry::new(Event::AuthorizationRequest, "pushed", now)
            .client(&client.id)
            .append(tx)?)
    })
    .await?;
    Ok(HttpResponse::Created().json(Pushed {
        request_uri: pushed_request::request_uri(&reference),
        expires_in: LIFETIME.num_seconds(),
    }))
}

/// What is kept of a request that the authorization endpoint would accept.
fn sealed(
    here: &Here,
    request: &HttpRequest,
    client: &Client,
    form: &Parameters,
    reference: &Secret,
) -> Result<Vec<u8>, Problem> {
    check(here, client, form).map_err(Problem::token)?;
    let jkt = dpop::thumbprint(here, request)?;
    let parameters = parameters(form, jkt.as_deref()).map_err(Problem::token)?;
    seal::seal(reference, &client.id, &parameters).map_err(|SealError| Problem::failed())
}

/// What is kept: the request, bound to the key of a proof that came with it (RFC 9449 §10.1).
fn parameters(form: &Parameters, jkt: Option<&str>) -> Result<String, OAuthError> {
    let kept = pushed_request::kept(form);
    match (form.first("dpop_jkt"), jkt) {
        (Some(named), Some(proven)) if named != proven => {
            Err(ErrorCode::InvalidDpopProof
                .because("the proof is not of the key that dpop_jkt names"))
        }
        (None, Some(proven)) => Ok(format!("{kept}&dpop_jkt={proven}")),
        _ => Ok(kept),
    }
}

/// The request must be one that the authorization endpoint would accept (RFC 9126 §2.1).
fn check(here: &Here, client: &Client, form: &Parameters) -> Result<(), OAuthError> {
    let invalid = |why| ErrorCode::InvalidRequest.because(why);
    if form.first("request_uri").is_some() {
        return Err(invalid("request_uri does not belong into a pushed request"));
    }
    let target = authorization_request::target(client, form)
        .map_err(|_| invalid("redirect_uri is missing or not registered for this client"))?;
    authorization_request::read(client, target, form, &here.server.policy).map(|_| ())
}
