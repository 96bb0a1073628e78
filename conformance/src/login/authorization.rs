//! The authorization request with PKCE, and the reading of its answer.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::{LoginProblem, Stage, Wish};
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::Parameters;

/// An authorization request and what must be remembered of it.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) endpoint: Url,
    pub(crate) parameters: Parameters,
    pub(crate) verifier: Secret,
}

impl AuthorizationRequest {
    /// A right request for what is wished.
    pub(crate) fn new(context: &Context, smart: &Value, wish: &Wish) -> Result<Self, LoginProblem> {
        let endpoint = smart["authorization_endpoint"].as_str().ok_or_else(|| {
            Stage::Preparation.problem("the SMART configuration has no authorization_endpoint")
        })?;
        let endpoint = Url::parse(endpoint).map_err(|error| {
            Stage::Authorization.problem(format!("authorization_endpoint is no URL: {error}"))
        })?;
        let verifier = context.random_text();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let state = wish.state.clone().unwrap_or_else(|| context.random_text());
        let mut parameters = Parameters::of(&[
            ("response_type", "code"),
            ("client_id", &wish.client.id),
            ("redirect_uri", context.configuration.redirect_uri.as_str()),
            ("scope", &wish.scope),
            ("state", &state),
            ("aud", context.configuration.base.as_str()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        if let Some(nonce) = &wish.nonce {
            parameters = parameters.with("nonce", nonce);
        }
        Ok(Self {
            endpoint,
            parameters,
            verifier: Secret::from(verifier),
        })
    }

    /// The URL to open in a browser.
    pub(crate) fn url(&self) -> Url {
        let mut url = self.endpoint.clone();
        url.query_pairs_mut().extend_pairs(&self.parameters.0);
        url
    }

    /// The fields of a right token request with this code.
    pub(crate) fn exchange_fields(&self, code: &Secret) -> Parameters {
        let redirect_uri = self.parameters.value("redirect_uri");
        Parameters::of(&[
            ("grant_type", "authorization_code"),
            ("code", code.reveal()),
            ("redirect_uri", redirect_uri.unwrap_or_default()),
            ("code_verifier", self.verifier.reveal()),
        ])
    }

    /// The code of a callback whose state is ours.
    pub(crate) fn code(&self, callback: &Url) -> Result<Secret, LoginProblem> {
        let problem = |reason: String| Stage::Consent.problem(reason);
        let answer: HashMap<_, _> = callback.query_pairs().into_owned().collect();
        if let Some(error) = answer.get("error") {
            let description = answer.get("error_description").map_or("", String::as_str);
            return Err(problem(format!(
                "the callback has error={error} {description}"
            )));
        }
        if answer.get("state").map(String::as_str) != self.parameters.value("state") {
            return Err(problem(
                "the callback's state is not the one that was sent".into(),
            ));
        }
        if count(callback, "code") != 1 {
            return Err(problem("the callback has no code, or more than one".into()));
        }
        let code = answer.get("code").filter(|code| !code.is_empty());
        code.map(|code| Secret::from(code.clone()))
            .ok_or_else(|| problem("the callback's code is empty".into()))
    }
}

/// How often a callback has a parameter.
pub(crate) fn count(callback: &Url, name: &str) -> usize {
    let pairs = callback.query_pairs();
    pairs.filter(|(other, _)| other == name).count()
}
