//! `/oauth/introspect` (RFC 7662): a resource server asks about any token, a confidential client
//! about its own. A public client proves nothing and learns nothing.

use actix_web::{HttpRequest, HttpResponse};
use smart::introspection::{Introspection, PURPOSE};

use super::form::Form;
use super::problem::Problem;
use super::{Answer, Here, client};
use crate::account::throttle::MISSED_INTROSPECTIONS;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::ErrorCode;
use crate::oauth::token_request;

/// `POST`
pub async fn post(here: Here, request: HttpRequest, Form(form): Form) -> Answer {
    token_request::refuse_repetition(&form).map_err(Problem::token)?;
    let client = client::authenticate(&here, &request, &form).await?;
    let token = form.first("token").ok_or(Problem::token(
        ErrorCode::InvalidRequest.because("token is missing"),
    ))?;
    let answer = here.server.introspect(token, form.first(PURPOSE))?;
    let visible = may_see(&client, &answer);
    if !visible {
        limit_guesses(&here, &client)?;
    }
    let answer = if visible {
        answer
    } else {
        Introspection::inactive()
    };
    Ok(HttpResponse::Ok().json(answer))
}

fn may_see(client: &AuthenticatedClient, answer: &Introspection) -> bool {
    let own = answer.client_id.as_deref() == Some(client.id.as_str());
    answer.active && (client.introspects_all || (own && !client.is_public()))
}

/// Only ordinary clients are limited: a resource server passes on what its callers send, and
/// limiting it would let one caller silence the others.
fn limit_guesses(here: &Here, client: &AuthenticatedClient) -> Result<(), Problem> {
    if client.introspects_all {
        return Ok(());
    }
    let key = format!("introspection {}", client.id);
    here.server
        .throttle
        .admit(&key, MISSED_INTROSPECTIONS, here.now)
        .map_err(Problem::slow_down)?;
    here.server
        .throttle
        .count(&key, MISSED_INTROSPECTIONS, here.now);
    Ok(())
}
