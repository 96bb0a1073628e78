//! The ID token (OpenID Connect Core §2; SMART App Launch, "Scopes for requesting identity data").

use chrono::{DateTime, Utc};
use serde::Serialize;
use smart::scope::{PlainScope, ScopeSet};

use super::token::ACCESS_LIFETIME;

/// What an ID token is signed with (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdTokenAlgorithm {
    /// `RS256`
    #[default]
    Rs256,
    /// `ES256`
    Es256,
}

impl IdTokenAlgorithm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Rs256, Self::Es256];

    /// The spelling on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// Reads the spelling on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// The claims of an ID token.
#[derive(Debug, Serialize)]
pub struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    fhir_user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

/// What the claims are made from.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// FHIR base URL, without trailing slash.
    pub fhir_base: &'a str,
    /// The client.
    pub client_id: &'a str,
    /// Stable, opaque name of the user.
    pub subject: &'a str,
    /// The user's name.
    pub name: &'a str,
    /// Relative reference to the user's resource, such as `Patient/1`.
    pub fhir_user: Option<&'a str>,
    /// When they signed in.
    pub auth_time: DateTime<Utc>,
    /// The nonce of the request.
    pub nonce: Option<&'a str>,
}

impl Subject<'_> {
    /// The claims that `scopes` allow; `None` without `openid`.
    pub fn claims(&self, scopes: &ScopeSet, now: DateTime<Utc>) -> Option<IdClaims<'_>> {
        scopes.contains(PlainScope::OpenId).then(|| IdClaims {
            iss: self.issuer,
            sub: self.subject,
            aud: self.client_id,
            exp: (now + ACCESS_LIFETIME).timestamp(),
            iat: now.timestamp(),
            auth_time: self.auth_time.timestamp(),
            nonce: self.nonce,
            fhir_user: self.fhir_user_url(scopes),
            name: scopes.contains(PlainScope::Profile).then_some(self.name),
        })
    }

    fn fhir_user_url(&self, scopes: &ScopeSet) -> Option<String> {
        let reference = self.fhir_user?;
        scopes
            .contains(PlainScope::FhirUser)
            .then(|| format!("{}/{reference}", self.fhir_base))
    }
}
