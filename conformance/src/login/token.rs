//! Requests to the token endpoint and its relatives, and the reading of a token response.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::Url;

use super::{LoginProblem, Stage};
use crate::configuration::{RegisteredClient, Secret};
use crate::context::Context;
use crate::http::{Answer, Body, Parameters, Request};
use crate::outcome::{Finding, skip};
use crate::resource::is_id;

/// How a client says who it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ClientProof<'a> {
    /// Not at all.
    Nothing,
    /// A public client: its id in the body.
    Name(&'a str),
    /// `client_secret_basic`.
    Basic(&'a str, &'a Secret),
    /// `client_secret_post`.
    Post(&'a str, &'a Secret),
}

impl<'a> ClientProof<'a> {
    /// How this client does it.
    pub(crate) fn of(client: &'a RegisteredClient) -> Self {
        match &client.secret {
            Some(secret) => Self::Basic(&client.id, secret),
            None => Self::Name(&client.id),
        }
    }
}

/// Sends form fields to an endpoint of the SMART configuration, which is skipped when it is not
/// advertised.
pub(crate) async fn send(
    context: &Context,
    member: &str,
    fields: Parameters,
    proof: ClientProof<'_>,
) -> Result<Answer, Finding> {
    let url = endpoint(context, member).await?;
    let answer = context.client.send(&request(url, fields, proof)).await?;
    if let Ok(response) = answer.json() {
        context.learn(&response, &["access_token", "refresh_token", "id_token"]);
    }
    Ok(answer)
}

/// An endpoint of the SMART configuration.
pub(crate) async fn endpoint(context: &Context, member: &str) -> Result<Url, Finding> {
    let url = context.smart().await?[member].as_str();
    match url.and_then(|text| Url::parse(text).ok()) {
        Some(url) => Ok(url),
        None => skip(format!("no {member} is advertised")),
    }
}

/// A form request with the client's proof.
pub(crate) fn request(endpoint: Url, fields: Parameters, proof: ClientProof<'_>) -> Request {
    let post = |fields: Parameters| {
        Request::post(endpoint, Body::Form(fields.0)).header("accept", "application/json")
    };
    match proof {
        ClientProof::Nothing => post(fields),
        ClientProof::Name(id) => post(fields.with("client_id", id)),
        ClientProof::Basic(id, secret) => post(fields).authorization(basic(id, secret)),
        ClientProof::Post(id, secret) => post(
            fields
                .with("client_id", id)
                .with("client_secret", secret.reveal()),
        ),
    }
}

/// RFC 6749, section 2.3.1: both parts form-encoded before they are joined.
fn basic(id: &str, secret: &Secret) -> Secret {
    let encode =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", encode(id), encode(secret.reveal()));
    Secret::from(format!("Basic {}", STANDARD.encode(pair)))
}

/// The body of a successful answer.
pub(crate) fn success(answer: &Answer) -> Result<Value, LoginProblem> {
    if answer.status != 200 {
        return Err(Stage::Token.problem(refusal(answer)));
    }
    answer
        .object()
        .map_err(|finding| Stage::Token.finding(finding))
}

fn refusal(answer: &Answer) -> String {
    let error = answer
        .json()
        .ok()
        .and_then(|body| body["error"].as_str().map(str::to_owned));
    let error = error.unwrap_or_else(|| "no error code".to_owned());
    format!("the token endpoint answered {} ({error})", answer.status)
}

/// The access token and the patient of a response.
pub(crate) fn grant(
    context: &Context,
    response: &Value,
    chosen: Option<String>,
) -> Result<(Secret, String), LoginProblem> {
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
