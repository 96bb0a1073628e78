//! Clients files.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value;
use smart::scope::ScopeSet;

use super::seed::SeedError;
use crate::oauth::claims::IdTokenAlgorithm;
use crate::oauth::client::{AuthMethod, Client, Keys, Rules, Source};
use crate::oauth::grant_type::GrantType;
use crate::oauth::jwk::KeySet;
use crate::oauth::launch::FhirContextFormat;
use crate::oauth::presentation::Presentation;
use crate::oauth::reach::Reach;
use crate::oauth::redirect;
use crate::oauth::token::BACKEND_LIFETIME;
use crate::secret::Secret;

/// A clients file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientsFile {
    /// The apps.
    pub clients: Vec<ClientEntry>,
}

/// One app of a clients file; members as in RFC 7591 where it has a word for them.
#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the members of a JSON file")]
#[serde(deny_unknown_fields)]
pub struct ClientEntry {
    /// `client_id`
    pub client_id: String,
    client_name: String,
    /// What people are told about it.
    #[serde(default)]
    presentation: Presentation,
    token_endpoint_auth_methods: Vec<String>,
    /// The secret of a confidential client.
    pub client_secret: Option<Secret>,
    grant_types: Option<Vec<String>>,
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    /// Exact redirect URIs.
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    launch_url: Option<String>,
    fhir_context: Option<FhirContextFormat>,
    scope: String,
    #[serde(default)]
    pkce_optional: bool,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    #[serde(default)]
    dpop_bound_access_tokens: bool,
    /// How long its access tokens last, in seconds.
    access_token_lifetime: Option<u32>,
    /// How long its refresh tokens last without being used, in seconds.
    refresh_token_idle: Option<u32>,
    /// A resource server: it may ask what any token is good for (RFC 7662).
    #[serde(default)]
    introspects_any_token: bool,
}

type Checked = (Vec<AuthMethod>, Vec<GrantType>, Option<Keys>);

impl ClientEntry {
    /// Whether it authenticates with a key pair.
    pub fn is_keyed(&self) -> bool {
        self.jwks.is_some() || self.jwks_uri.is_some()
    }

    /// The client, if the entry makes sense.
    pub fn client(self, source: Source, reach: Reach) -> Result<Client, SeedError> {
        let (methods, grant_types, keys) = self
            .check(reach)
            .map_err(|why| SeedError::Entry(format!("client {}: {why}", self.client_id)))?;
        Ok(Client {
            name: self.client_name,
            presentation: self.presentation,
            source,
            methods,
            secret: self.client_secret.as_ref().map(Secret::digest),
            secret_expires_at: None,
            grant_types,
            keys,
            redirect_uris: self.redirect_uris,
            id_token_algorithm: IdTokenAlgorithm::default(),
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            launch_url: self.launch_url,
            fhir_context: self.fhir_context,
            scopes: ScopeSet::parse(&self.scope).known,
            rules: Rules {
                pkce_optional: self.pkce_optional,
                require_pushed: self.require_pushed_authorization_requests,
                dpop_bound: self.dpop_bound_access_tokens,
                access_lifetime: self.access_token_lifetime.map(seconds),
                refresh_idle: self.refresh_token_idle.map(seconds),
            },
            introspects_all: self.introspects_any_token,
            disabled: false,
            id: self.client_id,
        })
    }

    /// The methods and keys, if they fit together and no redirect URI is dangerous.
    fn check(&self, reach: Reach) -> Result<Checked, String> {
        let methods = self.methods()?;
        let grant_types = self.grant_types()?;
        let keys = self.keys(reach)?;
        let symmetric = methods.iter().any(|method| method.is_symmetric());
        let why = if symmetric != self.client_secret.is_some() {
            "a client has a secret exactly when it authenticates with one"
        } else if methods.contains(&AuthMethod::PrivateKeyJwt) != keys.is_some() {
            "a client has jwks or jwks_uri exactly when it authenticates with private_key_jwt"
        } else if grant_types.contains(&GrantType::ClientCredentials)
            && methods != [AuthMethod::PrivateKeyJwt]
        {
            "a client with client_credentials authenticates with private_key_jwt and nothing else"
        } else if self.introspects_any_token && methods.contains(&AuthMethod::None) {
            "a client that proves nothing may not introspect any token"
        } else if !self
            .redirect_uris
            .iter()
            .chain(&self.launch_url)
            .chain(&self.post_logout_redirect_uris)
            .all(|uri| redirect::may_be_registered(uri))
        {
            "a redirect URI or the launch URL is not safe"
        } else if !self.lasts_sensibly(&grant_types) {
            "access_token_lifetime must be a minute to a day, for client_credentials at most five \
             minutes, and refresh_token_idle a minute to a year"
        } else if !self.presentation.is_safe() {
            "an address that people are shown is not https"
        } else {
            return Ok((methods, grant_types, keys));
        };
        Err(why.to_owned())
    }

    fn lasts_sensibly(&self, grant_types: &[GrantType]) -> bool {
        let longest = if grant_types.contains(&GrantType::ClientCredentials) {
            BACKEND_LIFETIME
        } else {
            TimeDelta::days(1)
        };
        let within = |span: Option<u32>, longest| {
            span.is_none_or(|span| (TimeDelta::minutes(1)..=longest).contains(&seconds(span)))
        };
        within(self.access_token_lifetime, longest)
            && within(self.refresh_token_idle, TimeDelta::days(366))
    }

    fn grant_types(&self) -> Result<Vec<GrantType>, String> {
        let Some(words) = &self.grant_types else {
            return Ok(GrantType::FOR_PEOPLE.to_vec());
        };
        words
            .iter()
            .map(|word| GrantType::parse(word))
            .collect::<Option<_>>()
            .ok_or("a grant type is not known".to_owned())
    }

    fn methods(&self) -> Result<Vec<AuthMethod>, String> {
        let words = self.token_endpoint_auth_methods.iter();
        let methods: Vec<AuthMethod> = words
            .map(|word| AuthMethod::parse(word))
            .collect::<Option<_>>()
            .ok_or("an authentication method is not known")?;
        let public = methods.contains(&AuthMethod::None);
        (!methods.is_empty() && (!public || methods.len() == 1))
            .then_some(methods)
            .ok_or("a client has methods of authentication, or none alone".to_owned())
    }

    fn keys(&self, reach: Reach) -> Result<Option<Keys>, String> {
        match (&self.jwks, &self.jwks_uri) {
            (None, None) => Ok(None),
            (Some(set), None) => KeySet::register(set)
                .map(|_| Some(Keys::Given(set.clone())))
                .map_err(|defect| defect.to_string()),
            (None, Some(uri)) if reach.admits_url(uri) => Ok(Some(Keys::At(uri.clone()))),
            (None, Some(_)) => Err("jwks_uri must be https and lead to a public address".into()),
            (Some(_), Some(_)) => Err("jwks and jwks_uri exclude each other".into()),
        }
    }
}

fn seconds(number: u32) -> TimeDelta {
    TimeDelta::seconds(number.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_with_a_half_secret_is_refused() {
        let text = r#"{"clients":[{"client_id":"x","client_name":"x","redirect_uris":[],"scope":"","token_endpoint_auth_methods":["none"],"client_secret":"s"}]}"#;
        let file: ClientsFile = serde_json::from_str(text).unwrap();
        let error = file
            .clients
            .into_iter()
            .next()
            .unwrap()
            .client(Source::File, Reach::Public);
        assert!(matches!(error, Err(SeedError::Entry(_))));
    }

    #[test]
    fn a_client_that_proves_nothing_is_no_resource_server() {
        let text = r#"{"clients":[{"client_id":"x","client_name":"x","redirect_uris":[],"scope":"","token_endpoint_auth_methods":["none"],"introspects_any_token":true}]}"#;
        let mut file: ClientsFile = serde_json::from_str(text).unwrap();
        let refused = file.clients.remove(0).client(Source::File, Reach::Public);
        assert!(matches!(refused, Err(SeedError::Entry(_))));
    }
}
