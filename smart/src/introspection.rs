//! Token introspection (RFC 7662) with the members SMART App Launch adds, and the seam through
//! which a resource server asks for it.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::configuration::SmartConfiguration;

/// The answer of the introspection endpoint (RFC 7662 §2.2; SMART App Launch 2.2 "Token
/// Introspection"). An inactive token serialises to exactly `{"active":false}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introspection {
    /// Whether the token may be used now.
    pub active: bool,
    /// The granted scopes, separated by spaces, exactly as in the token response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The client the token was issued to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// When the token ends, seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// When the token was issued, seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// The issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The FHIR base URL the token is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// The user, as in the ID token; the client itself for a backend service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Logical id of the patient in context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// Logical id of the encounter in context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// Absolute URL of the user's FHIR resource, when an ID token named it or the scopes act with the
    /// user's own rights (`user/`).
    #[serde(default, rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
    /// Codes of the categories of data that a person agreed to share, as Sync for Science names them;
    /// a reading aid, what counts is `scope`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_labels: Vec<Cow<'static, str>>,
    /// `Bearer`, or `DPoP` for a token that is bound to a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// The key the token is bound to (RFC 9449 §6.2). Whoever accepts the token must ask for a proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// What proves that the caller may use a token (RFC 7800 §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Thumbprint of a key (RFC 7638, SHA-256, base64url).
    pub jkt: String,
}

impl Introspection {
    /// The answer for a token that is unknown, ended, revoked or of another caller.
    pub fn inactive() -> Self {
        Self::default()
    }
}

/// Why an authorization server could not be asked. The caller answers 503, never "allowed".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the authorization server cannot be asked: {reason}")]
pub struct Unavailable {
    /// What went wrong, for the log; holds no token.
    pub reason: String,
}

impl Unavailable {
    /// Says what went wrong, for the log; no token or secret may be in it.
    pub fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// The parameter with which a resource server says what a token is used for (RFC 7662 §2.1 admits
/// parameters of one's own; a server that does not know it ignores it).
pub const PURPOSE: &str = "purpose";

/// Whose data a request was answered with, when its token does not tell: one with `user/` scopes may
/// reach beyond one record.
#[derive(Debug, Clone, Copy)]
pub struct Disclosure<'a> {
    /// The token.
    pub token: &'a str,
    /// What it was used for, as with [`AuthorizationServer::introspect_for`].
    pub purpose: &'a str,
    /// Logical ids of the patients, none of them twice.
    pub patients: &'a [String],
}

/// Where a resource server tells of disclosures over HTTP, below the issuer. A server that does not keep
/// them answers 404.
pub const DISCLOSURES: &str = "/oauth/disclosures";

/// A boxed future, so that the trait can be an object.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// What a resource server may ask of its authorization server. Whoever stands between the two passes
/// all of it on: nothing but [`introspect`](Self::introspect) answers by itself.
pub trait AuthorizationServer: Send + Sync + 'static {
    /// What the token is good for now. A token that means nothing is an inactive answer, not an
    /// error.
    fn introspect<'a>(&'a self, token: &'a str) -> Answer<'a, Introspection> {
        self.introspect_for(token, "")
    }

    /// The same, and says what the token is used for, so that the person whose data it is can be
    /// told: the path and category that were asked for, such as
    /// `Observation?category=laboratory`. Counts for nothing in the answer.
    fn introspect_for<'a>(&'a self, token: &'a str, purpose: &'a str) -> Answer<'a, Introspection>;

    /// Keeps whose data were read, so that those people can be told by whom. The answer to the request
    /// waits for this: what cannot be told must not be read.
    fn disclosed<'a>(&'a self, disclosure: Disclosure<'a>) -> Answer<'a, ()>;

    /// What the authorization server offers, for the resource server's own
    /// `.well-known/smart-configuration` and `CapabilityStatement`.
    fn configuration(&self) -> Answer<'_, SmartConfiguration>;
}

/// A shared authorization server.
pub type SharedAuthorizationServer = Arc<dyn AuthorizationServer>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inactive_answer_has_one_member() {
        let text = serde_json::to_string(&Introspection::inactive()).unwrap();
        assert_eq!(text, r#"{"active":false}"#);
    }

    #[test]
    fn fhir_user_keeps_its_wire_name() {
        let answer = Introspection {
            active: true,
            fhir_user: Some("http://localhost/Patient/1".into()),
            ..Introspection::default()
        };
        let text = serde_json::to_string(&answer).unwrap();
        assert_eq!(
            text,
            r#"{"active":true,"fhirUser":"http://localhost/Patient/1"}"#
        );
        assert_eq!(
            serde_json::from_str::<Introspection>(&text).unwrap(),
            answer
        );
    }
}
