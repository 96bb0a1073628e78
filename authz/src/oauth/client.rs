//! A registered app.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use smart::scope::ScopeSet;

use super::claims::IdTokenAlgorithm;
use super::grant_type::GrantType;
use super::launch::FhirContextFormat;
use super::presentation::{Logo, Presentation};
use super::token::{ACCESS_LIFETIME, BACKEND_LIFETIME, REFRESH_IDLE};
use crate::secret::Digest;

/// How a client proves who it is at the token endpoint (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// `none`: a public client.
    None,
    /// `client_secret_basic`
    ClientSecretBasic,
    /// `client_secret_post`
    ClientSecretPost,
    /// `private_key_jwt`
    PrivateKeyJwt,
}

impl AuthMethod {
    /// Every method with its spelling on the wire.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::None, "none"),
        (Self::ClientSecretBasic, "client_secret_basic"),
        (Self::ClientSecretPost, "client_secret_post"),
        (Self::PrivateKeyJwt, "private_key_jwt"),
    ];

    /// Whether it needs a client secret.
    pub fn is_symmetric(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }

    /// The spelling on the wire.
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(method, _)| *method == self)
            .map_or("", |(_, word)| word)
    }

    /// Reads the spelling on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == word)
            .map(|(method, _)| *method)
    }
}

/// The public keys of a client that authenticates with `private_key_jwt` (RFC 7591 §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// `jwks`: the set itself.
    Given(Value),
    /// `jwks_uri`: where the client publishes them.
    At(String),
}

/// Where a client comes from; decides how far it is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Published with the demo profile.
    Demo,
    /// The operator's clients file.
    File,
    /// Dynamic registration; nobody looked at it.
    Registered,
    /// The configured resource server.
    ResourceServer,
}

impl Source {
    const WORDS: [(Self, &'static str); 4] = [
        (Self::Demo, "demo"),
        (Self::File, "file"),
        (Self::Registered, "registered"),
        (Self::ResourceServer, "resource-server"),
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(source, _)| *source == self)
            .map_or("", |(_, word)| word)
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(_, known)| *known == word)
            .map(|(source, _)| *source)
    }
}

/// How the requests of a client differ from those of others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// A SMART 1 app that may leave PKCE out.
    pub pkce_optional: bool,
    /// `require_pushed_authorization_requests` (RFC 9126 §6)
    pub require_pushed: bool,
    /// `dpop_bound_access_tokens` (RFC 9449 §5.2): it gets no token without a proof.
    pub dpop_bound: bool,
    /// How long its access tokens last, if the operator said so.
    pub access_lifetime: Option<TimeDelta>,
    /// How long its refresh tokens last without being used, if the operator said so.
    pub refresh_idle: Option<TimeDelta>,
}

/// A registered app (RFC 7591 §2 metadata and what this server decided about it).
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`
    pub id: String,
    /// `client_name`; shown as text, never trusted.
    pub name: String,
    /// What else it says about itself.
    pub presentation: Presentation,
    /// Where it comes from.
    pub source: Source,
    /// The ways it may authenticate; exactly `[None]` for a public client.
    pub methods: Vec<AuthMethod>,
    /// The ways it may come to tokens.
    pub grant_types: Vec<GrantType>,
    /// Digest of the client secret.
    pub secret: Option<Digest>,
    /// When the secret ends.
    pub secret_expires_at: Option<DateTime<Utc>>,
    /// Its public keys.
    pub keys: Option<Keys>,
    /// Exact redirect URIs.
    pub redirect_uris: Vec<String>,
    /// `id_token_signed_response_alg`
    pub id_token_algorithm: IdTokenAlgorithm,
    /// Where people may be sent after they signed out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where the portal starts it.
    pub launch_url: Option<String>,
    /// How it was promised `fhirContext`; it gets none otherwise.
    pub fhir_context: Option<FhirContextFormat>,
    /// The scopes it may ask for.
    pub scopes: ScopeSet,
    /// What is special about its requests.
    pub rules: Rules,
    /// May introspect the tokens of every client.
    pub introspects_all: bool,
    /// Refused everywhere.
    pub disabled: bool,
}

impl Client {
    /// Whether it may use this grant type.
    pub fn may_use(&self, kind: GrantType) -> bool {
        self.grant_types.contains(&kind)
    }

    /// How long an access token lasts that a person granted it.
    pub fn access_lifetime(&self) -> TimeDelta {
        self.rules.access_lifetime.unwrap_or(ACCESS_LIFETIME)
    }

    /// How long an access token lasts that it got for itself.
    pub fn backend_lifetime(&self) -> TimeDelta {
        self.rules.access_lifetime.unwrap_or(BACKEND_LIFETIME)
    }

    /// How long its refresh tokens last without being used.
    pub fn refresh_idle(&self) -> TimeDelta {
        self.rules.refresh_idle.unwrap_or(REFRESH_IDLE)
    }

    /// Where it publishes its keys.
    pub fn jwks_uri(&self) -> Option<&str> {
        match &self.keys {
            Some(Keys::At(uri)) => Some(uri),
            _ => None,
        }
    }

    /// Whether it can prove nothing (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.methods.contains(&AuthMethod::None)
    }

    /// Whether somebody with authority put it here, so that it may be trusted with redirects
    /// before a person looked at the request (RFC 9700 §4.11.2).
    pub fn is_verified(&self) -> bool {
        self.source != Source::Registered
    }

    /// Its picture, if it holds one itself and somebody vouches for it: a stranger's could be
    /// anybody's.
    pub fn logo(&self) -> Option<Logo> {
        let uri = self.presentation.logo_uri.as_deref();
        uri.filter(|_| self.is_verified()).and_then(Logo::inside)
    }

    #[cfg(test)]
    pub(crate) fn example() -> Self {
        Self {
            id: "example".into(),
            name: "Example".into(),
            presentation: Presentation::default(),
            source: Source::File,
            methods: vec![AuthMethod::None],
            grant_types: GrantType::FOR_PEOPLE.to_vec(),
            secret: None,
            secret_expires_at: None,
            keys: None,
            redirect_uris: vec!["https://app.example/cb".into()],
            id_token_algorithm: IdTokenAlgorithm::default(),
            post_logout_redirect_uris: vec![],
            launch_url: None,
            fhir_context: None,
            scopes: ScopeSet::parse(
                "launch/patient openid fhirUser offline_access patient/*.cruds",
            )
            .known,
            rules: Rules::default(),
            introspects_all: false,
            disabled: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for (method, word) in AuthMethod::ALL {
            assert_eq!(AuthMethod::parse(word), Some(method));
            assert_eq!(method.as_str(), word);
        }
        for (source, word) in Source::WORDS {
            assert_eq!(Source::parse(word), Some(source));
            assert_eq!(source.as_str(), word);
        }
    }
}
