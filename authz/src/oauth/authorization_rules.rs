//! What an authorization request must satisfy beyond naming a client and where to go, one rule per
//! method; their order is [`super::authorization_request::read`]'s.

use chrono::TimeDelta;
use smart::scope::{PlainScope, ScopeSet};

use super::authorization_request::{LONGEST_STATE, Policy, Prompt};
use super::client::Client;
use super::error::{ErrorCode, OAuthError};
use super::grant_type::GrantType;
use super::negotiate;
use super::parameters::Parameters;
use super::pkce::Challenge;
use crate::secret::Digest;

/// Longest `nonce`, in bytes.
const LONGEST_NONCE: usize = 1024;

/// A request whose client and redirect URI are trusted, being read.
pub(super) struct Reading<'a> {
    pub client: &'a Client,
    pub parameters: &'a Parameters,
    pub policy: &'a Policy,
}

const UNSUPPORTED: &[(&str, ErrorCode)] = &[
    ("request", ErrorCode::RequestNotSupported),
    ("request_uri", ErrorCode::RequestUriNotSupported),
    ("registration", ErrorCode::RegistrationNotSupported),
];

impl Reading<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.parameters.first(name)
    }

    /// RFC 6749 §3.1.
    pub fn refuse_repetition(&self) -> Result<(), OAuthError> {
        ensure(
            !self.parameters.repeats_any(),
            ErrorCode::InvalidRequest,
            "a parameter is repeated",
        )
    }

    /// OpenID Connect Core §3.1.2.6.
    pub fn refuse_request_objects(&self) -> Result<(), OAuthError> {
        UNSUPPORTED
            .iter()
            .find(|(name, _)| self.value(name).is_some())
            .map_or(Ok(()), |(_, code)| {
                Err(code.because("this parameter is not supported"))
            })
    }

    /// Backend services cannot send people here.
    pub fn check_grant_type(&self) -> Result<(), OAuthError> {
        ensure(
            self.client.may_use(GrantType::AuthorizationCode),
            ErrorCode::UnauthorizedClient,
            "this client may not ask people",
        )
    }

    /// Codes, in the query.
    pub fn check_response(&self) -> Result<(), OAuthError> {
        let kind = self.value("response_type").ok_or(
            ErrorCode::InvalidRequest.because("response_type is missing; it must be code"),
        )?;
        ensure(
            kind == "code",
            ErrorCode::UnsupportedResponseType,
            "response_type must be code",
        )?;
        ensure(
            self.value("response_mode")
                .is_none_or(|mode| mode == "query"),
            ErrorCode::InvalidRequest,
            "response_mode must be query",
        )
    }

    /// SMART requires it of apps.
    pub fn check_state(&self) -> Result<(), OAuthError> {
        let length = self.value("state").map(str::len);
        ensure(
            length.is_none_or(|length| length <= LONGEST_STATE),
            ErrorCode::InvalidRequest,
            "state is longer than 16 KiB",
        )?;
        ensure(
            length.is_some() || !self.policy.require_state,
            ErrorCode::InvalidRequest,
            "state is missing; SMART requires it",
        )
    }

    /// What may be put to a person.
    pub fn scope(&self) -> Result<ScopeSet, OAuthError> {
        let invalid = |why| ErrorCode::InvalidScope.because(why);
        let text = self.value("scope").ok_or(invalid("scope is missing"))?;
        if !text.bytes().all(is_scope_byte) {
            return Err(invalid(
                "scope holds a character that RFC 6749 does not allow",
            ));
        }
        let requested = ScopeSet::parse(text).known;
        ensure(
            !requested.contains(PlainScope::Launch) || self.value("launch").is_some(),
            ErrorCode::InvalidRequest,
            "scope launch needs the launch parameter of an EHR launch that started here",
        )?;
        let launched = requested.contains(PlainScope::Launch);
        negotiate::offer(&negotiate::in_context(&requested, launched), self.client).ok_or(invalid(
            "none of the requested scopes can be granted to this client",
        ))
    }

    /// The launch handle; without the scope it means nothing.
    pub fn launch(&self, offered: &ScopeSet) -> Option<Digest> {
        self.value("launch")
            .filter(|_| offered.contains(PlainScope::Launch))
            .map(Digest::of)
    }

    /// `aud` (SMART) or `resource` (RFC 8707).
    pub fn check_audience(&self) -> Result<(), OAuthError> {
        let is_ours = |url: &str| url.strip_suffix('/').unwrap_or(url) == self.policy.fhir_base;
        let (aud, resource) = (self.value("aud"), self.value("resource"));
        let agreed = aud.zip(resource).is_none_or(|(aud, other)| aud == other);
        ensure(
            resource.is_none_or(is_ours) && agreed,
            ErrorCode::InvalidTarget,
            "resource is not the FHIR base URL of this server, or differs from aud",
        )?;
        ensure(
            aud.or(resource).is_some_and(is_ours),
            ErrorCode::InvalidRequest,
            "aud must be the FHIR base URL of this server",
        )
    }

    /// PKCE (RFC 7636 §4.3).
    pub fn challenge(&self) -> Result<Option<Challenge>, OAuthError> {
        let invalid = |why| ErrorCode::InvalidRequest.because(why);
        let method = self.value("code_challenge_method");
        let Some(text) = self.value("code_challenge") else {
            let absent = self.client.rules.pkce_optional && method.is_none();
            return absent.then_some(None).ok_or(invalid(
                "code_challenge is missing; PKCE with S256 is required",
            ));
        };
        if method != Some("S256") {
            return Err(invalid("code_challenge_method must be S256"));
        }
        Challenge::parse(text)
            .map(Some)
            .ok_or(invalid("code_challenge must be 43 characters of base64url"))
    }

    /// For the ID token.
    pub fn nonce(&self) -> Result<Option<String>, OAuthError> {
        let nonce = self.value("nonce");
        ensure(
            nonce.is_none_or(|nonce| nonce.len() <= LONGEST_NONCE),
            ErrorCode::InvalidRequest,
            "nonce is longer than 1 KiB",
        )?;
        Ok(nonce.map(str::to_owned))
    }

    /// The thumbprint of a key (RFC 9449 §10).
    pub fn dpop_jkt(&self) -> Result<Option<String>, OAuthError> {
        let jkt = self.value("dpop_jkt");
        ensure(
            jkt.is_none_or(is_thumbprint),
            ErrorCode::InvalidRequest,
            "dpop_jkt must be the SHA-256 thumbprint of a key, 43 characters of base64url",
        )?;
        Ok(jkt.map(str::to_owned))
    }

    /// OpenID Connect Core §3.1.2.1.
    pub fn prompt(&self) -> Result<Prompt, OAuthError> {
        let words: Vec<&str> = self
            .value("prompt")
            .map_or(vec![], |text| text.split(' ').collect());
        let known = words
            .iter()
            .all(|word| ["none", "login", "consent", "select_account"].contains(word));
        ensure(
            known && (words.len() <= 1 || !words.contains(&"none")),
            ErrorCode::InvalidRequest,
            "prompt must be none, or of login, consent and select_account",
        )?;
        Ok(match words.as_slice() {
            ["none"] => Prompt::None,
            words if words.contains(&"login") || words.contains(&"select_account") => Prompt::Login,
            _ => Prompt::Usual,
        })
    }

    /// OpenID Connect Core §3.1.2.1.
    pub fn max_age(&self) -> Result<Option<TimeDelta>, OAuthError> {
        self.value("max_age")
            .map(|text| {
                text.parse::<u32>()
                    .map(|seconds| TimeDelta::seconds(i64::from(seconds)))
                    .map_err(|_| {
                        ErrorCode::InvalidRequest.because("max_age must be a number of seconds")
                    })
            })
            .transpose()
    }
}

fn ensure(holds: bool, code: ErrorCode, otherwise: &'static str) -> Result<(), OAuthError> {
    holds.then_some(()).ok_or(code.because(otherwise))
}

fn is_thumbprint(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// `NQCHAR` of RFC 6749 appendix A, and the space between tokens.
fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}
