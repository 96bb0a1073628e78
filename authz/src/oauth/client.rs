//! A registered app.

use chrono::{DateTime, Utc};
use smart::scope::ScopeSet;

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
}

impl AuthMethod {
    /// Every method with its spelling on the wire.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::None, "none"),
        (Self::ClientSecretBasic, "client_secret_basic"),
        (Self::ClientSecretPost, "client_secret_post"),
    ];

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

/// A registered app (RFC 7591 §2 metadata and what this server decided about it).
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`
    pub id: String,
    /// `client_name`; shown as text, never trusted.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// The ways it may authenticate; exactly `[None]` for a public client.
    pub methods: Vec<AuthMethod>,
    /// Digest of the client secret.
    pub secret: Option<Digest>,
    /// When the secret ends.
    pub secret_expires_at: Option<DateTime<Utc>>,
    /// Exact redirect URIs.
    pub redirect_uris: Vec<String>,
    /// The scopes it may ask for.
    pub scopes: ScopeSet,
    /// A SMART 1 app that may leave PKCE out.
    pub pkce_optional: bool,
    /// May introspect the tokens of every client.
    pub introspects_all: bool,
    /// Refused everywhere.
    pub disabled: bool,
}

impl Client {
    /// Whether it has no secret (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.methods.contains(&AuthMethod::None)
    }

    /// Whether somebody with authority put it here, so that it may be trusted with redirects
    /// before a person looked at the request (RFC 9700 §4.11.2).
    pub fn is_verified(&self) -> bool {
        self.source != Source::Registered
    }

    #[cfg(test)]
    pub(crate) fn example() -> Self {
        Self {
            id: "example".into(),
            name: "Example".into(),
            source: Source::File,
            methods: vec![AuthMethod::None],
            secret: None,
            secret_expires_at: None,
            redirect_uris: vec!["https://app.example/cb".into()],
            scopes: ScopeSet::parse(
                "launch/patient openid fhirUser offline_access patient/*.cruds",
            )
            .known,
            pkce_optional: false,
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
