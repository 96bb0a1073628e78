//! The client of a run: configured, or registered by RFC 7591.

use serde_json::{Value, json};
use url::Url;

use super::{LoginProblem, ReadyClient, Stage};
use crate::configuration::{RegisteredClient, Secret};
use crate::context::Context;
use crate::http::{Answer, Body, Request};

/// The configured client, or a new public one when registration is advertised.
pub(super) async fn ready_client(
    context: &Context,
    smart: &Value,
) -> Result<ReadyClient, LoginProblem> {
    if let Some(client) = &context.configuration.client {
        return Ok(ReadyClient {
            client: client.clone(),
            registration: None,
        });
    }
    let endpoint = smart["registration_endpoint"].as_str().ok_or_else(|| {
        Stage::Preparation.problem("give --client-id: the server advertises no registration")
    })?;
    let url = Url::parse(endpoint).map_err(|error| {
        Stage::Registration.problem(format!("registration_endpoint is no URL: {error}"))
    })?;
    let request = Request::post(url, Body::Json(metadata(context)));
    let answer = context
        .client
        .send(&request.header("accept", "application/json"))
        .await
        .map_err(|error| Stage::Registration.finding(error))?;
    let client = registered(&answer)?;
    Ok(ReadyClient {
        client,
        registration: Some(answer),
    })
}

fn metadata(context: &Context) -> Value {
    json!({
        "client_name": "S4S conformance check",
        "redirect_uris": [context.configuration.redirect_uri.as_str()],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": context.configuration.scope,
    })
}

fn registered(answer: &Answer) -> Result<RegisteredClient, LoginProblem> {
    let problem = |finding| Stage::Registration.finding(finding);
    answer.expect_one_of(&[201, 200]).map_err(problem)?;
    let response = answer.json().map_err(problem)?;
    let id = response["client_id"]
        .as_str()
        .ok_or_else(|| Stage::Registration.problem("the response has no client_id"))?;
    let secret = response["client_secret"].as_str();
    Ok(RegisteredClient {
        id: id.to_owned(),
        secret: secret.map(|secret| Secret::from(secret.to_owned())),
    })
}
