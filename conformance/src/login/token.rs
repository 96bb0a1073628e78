//! The token request and its response.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::Url;

use super::{LoginProblem, Stage};
use crate::configuration::{RegisteredClient, Secret};
use crate::context::Context;
use crate::http::{Answer, Body, Request};
use crate::resource::is_id;

/// A code and what proves the right to it.
pub(super) struct Exchange<'a> {
    pub(super) code: &'a Secret,
    pub(super) verifier: &'a Secret,
    pub(super) client: &'a RegisteredClient,
}

/// Exchanges the code; returns the answer and its body.
pub(super) async fn exchange(
    context: &Context,
    smart: &Value,
    exchange: &Exchange<'_>,
) -> Result<(Answer, Value), LoginProblem> {
    let endpoint = smart["token_endpoint"]
        .as_str()
        .and_then(|text| Url::parse(text).ok())
        .ok_or_else(|| Stage::Token.problem("token_endpoint is missing or no URL"))?;
    let request = request(context, endpoint, exchange);
    let answer = context
        .client
        .send(&request)
        .await
        .map_err(|error| Stage::Token.finding(error))?;
    if answer.status != 200 {
        return Err(Stage::Token.problem(refusal(&answer)));
    }
    let response = answer
        .object()
        .map_err(|finding| Stage::Token.finding(finding))?;
    Ok((answer, response))
}

fn request(context: &Context, endpoint: Url, exchange: &Exchange<'_>) -> Request {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut fields = vec![
        field("grant_type", "authorization_code"),
        field("code", exchange.code.reveal()),
        field("redirect_uri", context.configuration.redirect_uri.as_str()),
        field("code_verifier", exchange.verifier.reveal()),
    ];
    let basic = exchange
        .client
        .secret
        .as_ref()
        .map(|secret| basic(&exchange.client.id, secret));
    if basic.is_none() {
        fields.push(field("client_id", &exchange.client.id));
    }
    let request = Request::post(endpoint, Body::Form(fields)).header("accept", "application/json");
    match basic {
        Some(value) => request.authorization(value),
        None => request,
    }
}

/// RFC 6749, section 2.3.1: both parts form-encoded before they are joined.
fn basic(id: &str, secret: &Secret) -> Secret {
    let encode =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", encode(id), encode(secret.reveal()));
    Secret::from(format!("Basic {}", STANDARD.encode(pair)))
}

fn refusal(answer: &Answer) -> String {
    let error = answer
        .json()
        .ok()
        .and_then(|body| body["error"].as_str().map(str::to_owned));
    let error = error.unwrap_or_else(|| "no error code".to_owned());
    format!("the token endpoint answered {} ({error})", answer.status)
}

/// The access token and the patient of a response; secrets in it are kept out of the record.
pub(super) fn grant(
    context: &Context,
    response: &Value,
    chosen: Option<String>,
) -> Result<(Secret, String), LoginProblem> {
    for name in ["access_token", "refresh_token", "id_token"] {
        if let Some(secret) = response[name].as_str() {
            context
                .client
                .redactor
                .learn(&Secret::from(secret.to_owned()));
        }
    }
    let token = response["access_token"]
        .as_str()
        .filter(|token| !token.is_empty())
        .ok_or_else(|| Stage::Token.problem("the response has no access_token"))?;
    let patient = response["patient"]
        .as_str()
        .map(str::to_owned)
        .or(chosen)
        .or_else(|| context.configuration.patient.clone())
        .filter(|patient| is_id(patient))
        .ok_or_else(|| Stage::Token.problem("the response names no patient by a legal id"))?;
    Ok((Secret::from(token.to_owned()), patient))
}
