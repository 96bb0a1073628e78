//! The clients of a run: configured, or registered by RFC 7591.

use serde_json::{Value, json};
use url::Url;

use super::{LoginProblem, ReadyClient, Stage};
use crate::configuration::{RegisteredClient, Secret};
use crate::context::Context;
use crate::http::{Answer, Body, Request};
use crate::outcome::Finding;
use crate::resource::lists;

/// Why a registration that was refused with 429 says nothing about the server.
pub(crate) const LIMITED: &str =
    "the server admits no more registrations for now; wait or give --client-id";

/// The configured client, or a new public one when registration is advertised.
pub(crate) async fn ready_client(
    context: &Context,
    smart: &Value,
) -> Result<ReadyClient, LoginProblem> {
    if let Some(client) = &context.configuration.client {
        return Ok(ReadyClient {
            client: client.clone(),
            registration: None,
        });
    }
    register(context, smart, &metadata(context, "none")).await
}

/// Registers a client of this metadata.
pub(crate) async fn register(
    context: &Context,
    smart: &Value,
    metadata: &Value,
) -> Result<ReadyClient, LoginProblem> {
    let answer = send(context, smart, Body::Json(metadata.clone())).await?;
    let client = registered(context, &answer)?;
    Ok(ReadyClient {
        client,
        registration: Some(answer),
    })
}

/// Sends a body to the registration endpoint, whatever comes of it.
pub(crate) async fn send(
    context: &Context,
    smart: &Value,
    body: Body,
) -> Result<Answer, LoginProblem> {
    let endpoint = smart["registration_endpoint"].as_str().ok_or_else(|| {
        Stage::Preparation.problem("give --client-id: the server advertises no registration")
    })?;
    let url = Url::parse(endpoint).map_err(|error| {
        Stage::Registration.problem(format!("registration_endpoint is no URL: {error}"))
    })?;
    let request = Request::post(url, body).header("accept", "application/json");
    let sent = context.client.send(&request).await;
    let answer = sent.map_err(|error| Stage::Registration.finding(error))?;
    if let Ok(response) = answer.json() {
        context.learn(&response, &["client_secret", "registration_access_token"]);
    }
    Ok(answer)
}

/// The metadata of a client that authenticates in this way at the token endpoint, and may be
/// launched from the portal where that is offered.
pub(crate) fn metadata(context: &Context, method: &str) -> Value {
    let mut scope = context.configuration.scope.clone();
    let [_, smart] = context.documents();
    if smart.is_some_and(|smart| lists(smart, "capabilities", "launch-ehr")) {
        scope.push_str(" launch");
    }
    json!({
        "client_name": "S4S conformance check",
        "redirect_uris": [context.configuration.redirect_uri.as_str()],
        "token_endpoint_auth_method": method,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": scope,
    })
}

fn registered(context: &Context, answer: &Answer) -> Result<RegisteredClient, LoginProblem> {
    let problem = |finding| Stage::Registration.finding(finding);
    if answer.status == 429 {
        return Err(problem(Finding::Skip(LIMITED.to_owned())));
    }
    answer.expect_one_of(&[201, 200]).map_err(problem)?;
    let response = answer.json().map_err(problem)?;
    context.learn(&response, &["client_secret"]);
    let id = response["client_id"]
        .as_str()
        .ok_or_else(|| Stage::Registration.problem("the response has no client_id"))?;
    let secret = response["client_secret"].as_str();
    Ok(RegisteredClient {
        id: id.to_owned(),
        secret: secret.map(|secret| Secret::from(secret.to_owned())),
    })
}
