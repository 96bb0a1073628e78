//! The authorization request with PKCE, and the reading of its answer.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::{LoginProblem, Stage};
use crate::configuration::{RegisteredClient, Secret};
use crate::context::Context;

/// An authorization request and what must be remembered of it.
pub(super) struct AuthorizationRequest {
    pub(super) url: Url,
    pub(super) state: String,
    pub(super) verifier: Secret,
}

/// The request for `client` with the configured scope.
pub(super) fn request(
    context: &Context,
    smart: &Value,
    client: &RegisteredClient,
) -> Result<AuthorizationRequest, LoginProblem> {
    let endpoint = smart["authorization_endpoint"].as_str().ok_or_else(|| {
        Stage::Preparation.problem("the SMART configuration has no authorization_endpoint")
    })?;
    let mut url = Url::parse(endpoint).map_err(|error| {
        Stage::Authorization.problem(format!("authorization_endpoint is no URL: {error}"))
    })?;
    let (state, verifier) = (context.random_text(), context.random_text());
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", &client.id),
        ("redirect_uri", context.configuration.redirect_uri.as_str()),
        ("scope", &context.configuration.scope),
        ("state", &state),
        (
            "aud",
            context.configuration.base.as_str().trim_end_matches('/'),
        ),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    Ok(AuthorizationRequest {
        url,
        state,
        verifier: Secret::from(verifier),
    })
}

/// The code of a callback whose state is ours.
pub(super) fn code(request: &AuthorizationRequest, callback: &Url) -> Result<Secret, LoginProblem> {
    let problem = |reason: String| Stage::Consent.problem(reason);
    let parameters: HashMap<_, _> = callback.query_pairs().into_owned().collect();
    if let Some(error) = parameters.get("error") {
        let description = parameters
            .get("error_description")
            .map_or("", String::as_str);
        return Err(problem(format!(
            "the callback has error={error} {description}"
        )));
    }
    if parameters.get("state") != Some(&request.state) {
        return Err(problem(
            "the callback's state is not the one that was sent".into(),
        ));
    }
    if callback
        .query_pairs()
        .filter(|(name, _)| name == "code")
        .count()
        != 1
    {
        return Err(problem("the callback has no code, or more than one".into()));
    }
    let code = parameters.get("code").filter(|code| !code.is_empty());
    code.map(|code| Secret::from(code.clone()))
        .ok_or_else(|| problem("the callback's code is empty".into()))
}
