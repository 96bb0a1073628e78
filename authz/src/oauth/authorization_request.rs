//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, SMART App Launch 2.2 "Obtain
//! authorization code", OpenID Connect Core §3.1.2.1), checked in the order in which trust grows:
//! first the client, then where answers may go, then everything else.

use chrono::TimeDelta;
use smart::scope::{PlainScope, ScopeSet};

use super::client::Client;
use super::error::{ErrorCode, OAuthError};
use super::negotiate;
use super::parameters::Parameters;
use super::pkce::Challenge;
use super::redirect::{self, RedirectTarget};
use crate::secret::Secret;

/// Longest `state`, in bytes; it must be returned as it came.
const LONGEST_STATE: usize = 16 * 1024;
/// Longest `nonce`, in bytes.
const LONGEST_NONCE: usize = 1024;
/// Longest `client_id`, in bytes.
const LONGEST_CLIENT_ID: usize = 256;

/// What the server demands of every request.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The only accepted `aud`.
    pub fhir_base: String,
    /// Whether `state` must be there.
    pub require_state: bool,
}

/// A valid request, ready to become a grant.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: String,
    /// Where the answer goes.
    pub target: RedirectTarget,
    /// Returned as it came.
    pub state: Option<Secret>,
    /// requested ∧ registered ∧ policy
    pub offered: ScopeSet,
    /// Returned in the ID token.
    pub nonce: Option<String>,
    /// PKCE challenge; absent only for clients that may leave it out.
    pub challenge: Option<Challenge>,
    /// `prompt`
    pub prompt: Prompt,
    /// `max_age`: a sign-in older than this does not count.
    pub max_age: Option<TimeDelta>,
}

/// What `prompt` asks for (OpenID Connect Core §3.1.2.1). Consent is always asked for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing special.
    Usual,
    /// `none`: show nothing.
    None,
    /// `login`: sign in again.
    Login,
}

/// The request names no client or no redirect URI that can be trusted: tell the person, never
/// redirect (RFC 6749 §4.1.2.1). Both read the same for any reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// Missing, repeated, unknown, malformed or disabled.
    #[error("the app that sent you here is not known")]
    Client,
    /// Missing, repeated or not registered.
    #[error("the app that sent you here did not name an address that is registered for it")]
    RedirectUri,
}

/// The `client_id`, if there is exactly one of sensible size.
pub fn client_id(parameters: &Parameters) -> Result<&str, Untrusted> {
    match parameters.one("client_id") {
        Ok(Some(id)) if id.len() <= LONGEST_CLIENT_ID => Ok(id),
        _ => Err(Untrusted::Client),
    }
}

/// Where answers may go.
pub fn target(client: &Client, parameters: &Parameters) -> Result<RedirectTarget, Untrusted> {
    let raw = parameters.one("redirect_uri").ok().flatten();
    raw.and_then(|raw| redirect::resolve(client, raw))
        .ok_or(Untrusted::RedirectUri)
}

/// The `state` to return: as it came, if it came once and is not too long.
pub fn state(parameters: &Parameters) -> Option<Secret> {
    let state = parameters.one("state").ok().flatten()?;
    (state.len() <= LONGEST_STATE).then(|| Secret::new(state))
}

/// Reads the rest of the request. The error belongs to the client, at `target`.
pub fn read(
    client: &Client,
    target: RedirectTarget,
    parameters: &Parameters,
    policy: &Policy,
) -> Result<AuthorizationRequest, OAuthError> {
    let request = Reading {
        client,
        parameters,
        policy,
    };
    request.refuse_repetition()?;
    request.refuse_request_objects()?;
    request.check_response()?;
    request.check_state()?;
    let offered = request.scope()?;
    request.check_audience()?;
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        challenge: request.challenge()?,
        nonce: request.nonce()?,
        prompt: request.prompt()?,
        max_age: request.max_age()?,
        state: state(parameters),
        target,
        offered,
    })
}

struct Reading<'a> {
    client: &'a Client,
    parameters: &'a Parameters,
    policy: &'a Policy,
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

    fn refuse_repetition(&self) -> Result<(), OAuthError> {
        ensure(
            !self.parameters.repeats_any(),
            ErrorCode::InvalidRequest,
            "a parameter is repeated",
        )
    }

    fn refuse_request_objects(&self) -> Result<(), OAuthError> {
        UNSUPPORTED
            .iter()
            .find(|(name, _)| self.value(name).is_some())
            .map_or(Ok(()), |(_, code)| {
                Err(code.because("this parameter is not supported"))
            })
    }

    fn check_response(&self) -> Result<(), OAuthError> {
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

    fn check_state(&self) -> Result<(), OAuthError> {
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

    fn scope(&self) -> Result<ScopeSet, OAuthError> {
        let invalid = |why| ErrorCode::InvalidScope.because(why);
        let text = self.value("scope").ok_or(invalid("scope is missing"))?;
        if !text.bytes().all(is_scope_byte) {
            return Err(invalid(
                "scope holds a character that RFC 6749 does not allow",
            ));
        }
        let requested = ScopeSet::parse(text).known;
        // No launch was ever issued here, so none can be presented.
        ensure(
            !requested.contains(PlainScope::Launch),
            ErrorCode::InvalidRequest,
            "scope launch needs the launch parameter of an EHR launch that started here",
        )?;
        negotiate::offer(&requested, self.client).ok_or(invalid(
            "none of the requested scopes can be granted to this client",
        ))
    }

    fn check_audience(&self) -> Result<(), OAuthError> {
        let is_ours = |url: &str| url.strip_suffix('/').unwrap_or(url) == self.policy.fhir_base;
        let (aud, resource) = (self.value("aud"), self.value("resource"));
        ensure(
            resource.is_none_or(is_ours),
            ErrorCode::InvalidTarget,
            "resource is not the FHIR base URL of this server",
        )?;
        ensure(
            aud.or(resource).is_some_and(is_ours),
            ErrorCode::InvalidRequest,
            "aud must be the FHIR base URL of this server",
        )
    }

    fn challenge(&self) -> Result<Option<Challenge>, OAuthError> {
        let invalid = |why| ErrorCode::InvalidRequest.because(why);
        let method = self.value("code_challenge_method");
        let Some(text) = self.value("code_challenge") else {
            let absent = self.client.pkce_optional && method.is_none();
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

    fn nonce(&self) -> Result<Option<String>, OAuthError> {
        let nonce = self.value("nonce");
        ensure(
            nonce.is_none_or(|nonce| nonce.len() <= LONGEST_NONCE),
            ErrorCode::InvalidRequest,
            "nonce is longer than 1 KiB",
        )?;
        Ok(nonce.map(str::to_owned))
    }

    fn prompt(&self) -> Result<Prompt, OAuthError> {
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

    fn max_age(&self) -> Result<Option<TimeDelta>, OAuthError> {
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

/// `NQCHAR` of RFC 6749 appendix A, and the space between tokens.
fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &[(&str, &str)] = &[
        ("response_type", "code"),
        ("client_id", "example"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "launch/patient patient/*.rs"),
        ("state", "xyz"),
        ("aud", "http://localhost:8080/api/fhir"),
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ];

    fn attempt(
        client: &Client,
        changes: &[(&str, Option<&str>)],
    ) -> Result<AuthorizationRequest, ErrorCode> {
        let mut pairs: Vec<(&str, &str)> = VALID.to_vec();
        for (name, value) in changes {
            pairs.retain(|(known, _)| known != name);
            pairs.extend(value.map(|value| (*name, value)));
        }
        let text = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let parameters = Parameters::parse(&text).unwrap();
        let policy = Policy {
            fhir_base: "http://localhost:8080/api/fhir".into(),
            require_state: true,
        };
        let target = target(client, &parameters).unwrap();
        read(client, target, &parameters, &policy).map_err(|error| error.code)
    }

    #[test]
    fn a_valid_request_is_read() {
        let request = attempt(
            &Client::example(),
            &[("aud", Some("http://localhost:8080/api/fhir/"))],
        )
        .unwrap();
        assert_eq!(request.offered.to_string(), "launch/patient patient/*.rs");
        assert_eq!(request.state.as_ref().map(Secret::expose), Some("xyz"));
        assert_eq!(request.prompt, Prompt::Usual);
    }

    #[test]
    fn each_defect_has_its_error() {
        use ErrorCode as E;
        let cases: &[(&str, Option<&str>, ErrorCode)] = &[
            ("response_type", None, E::InvalidRequest),
            ("response_type", Some("token"), E::UnsupportedResponseType),
            (
                "response_type",
                Some("code id_token"),
                E::UnsupportedResponseType,
            ),
            ("response_mode", Some("fragment"), E::InvalidRequest),
            ("scope", None, E::InvalidScope),
            ("scope", Some("\u{e9}"), E::InvalidScope),
            ("scope", Some("a\"b"), E::InvalidScope),
            ("scope", Some("unknown"), E::InvalidScope),
            ("scope", Some("patient/Observation.sr"), E::InvalidScope),
            (
                "scope",
                Some("patient/Observation.rs?code:in=x"),
                E::InvalidScope,
            ),
            ("scope", Some("launch patient/*.rs"), E::InvalidRequest),
            ("aud", None, E::InvalidRequest),
            (
                "aud",
                Some("https://localhost:8080/api/fhir"),
                E::InvalidRequest,
            ),
            (
                "aud",
                Some("http://localhost:8080/api/fhir/x"),
                E::InvalidRequest,
            ),
            (
                "aud",
                Some("http://localhost:8080/API/fhir"),
                E::InvalidRequest,
            ),
            (
                "aud",
                Some("http://localhost:8080/api/fhir.evil.example"),
                E::InvalidRequest,
            ),
            ("resource", Some("https://other.example"), E::InvalidTarget),
            ("resource", Some("/api/fhir"), E::InvalidTarget),
            (
                "resource",
                Some("http://localhost:8080/api/fhir#x"),
                E::InvalidTarget,
            ),
            ("code_challenge", None, E::InvalidRequest),
            ("code_challenge", Some("short"), E::InvalidRequest),
            ("code_challenge_method", None, E::InvalidRequest),
            ("code_challenge_method", Some("plain"), E::InvalidRequest),
            ("code_challenge_method", Some("s256"), E::InvalidRequest),
            ("state", None, E::InvalidRequest),
            ("request", Some("x"), E::RequestNotSupported),
            (
                "request_uri",
                Some("https://x.example"),
                E::RequestUriNotSupported,
            ),
            ("registration", Some("{}"), E::RegistrationNotSupported),
            ("prompt", Some("none login"), E::InvalidRequest),
            ("prompt", Some("maybe"), E::InvalidRequest),
            ("max_age", Some("-1"), E::InvalidRequest),
            ("max_age", Some("abc"), E::InvalidRequest),
            ("max_age", Some("1e30"), E::InvalidRequest),
        ];
        for (name, value, error) in cases {
            let got = attempt(&Client::example(), &[(name, *value)]).map(|_| ());
            assert_eq!(got, Err(*error), "{name}={value:?}");
        }
    }

    #[test]
    fn a_smart_1_client_may_leave_pkce_out_but_not_weaken_it() {
        let client = Client {
            pkce_optional: true,
            ..Client::example()
        };
        let none = [("code_challenge", None), ("code_challenge_method", None)];
        assert_eq!(attempt(&client, &none).unwrap().challenge, None);
        let plain = attempt(&client, &[("code_challenge_method", Some("plain"))]);
        assert_eq!(plain.map(|_| ()), Err(ErrorCode::InvalidRequest));
    }

    #[test]
    fn unknown_parameters_are_ignored() {
        assert!(attempt(&Client::example(), &[("extra", Some("foobar"))]).is_ok());
    }
}
