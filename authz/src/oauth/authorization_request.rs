//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, SMART App Launch 2.2 "Obtain
//! authorization code", OpenID Connect Core §3.1.2.1), checked in the order in which trust grows:
//! first the client, then where answers may go, then everything else.

use chrono::TimeDelta;
use smart::scope::ScopeSet;

use super::authorization_rules::Reading;
use super::client::Client;
use super::error::OAuthError;
use super::parameters::Parameters;
use super::pkce::Challenge;
use super::redirect::{self, RedirectTarget};
use crate::secret::{Digest, Secret};

/// Longest `state`, in bytes; it must be returned as it came.
pub(super) const LONGEST_STATE: usize = 16 * 1024;
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
    /// The launch handle, if the scope `launch` is offered.
    pub launch: Option<Digest>,
    /// PKCE challenge; absent only for clients that may leave it out.
    pub challenge: Option<Challenge>,
    /// `prompt`
    pub prompt: Prompt,
    /// `max_age`: a sign-in older than this does not count.
    pub max_age: Option<TimeDelta>,
    /// `dpop_jkt`: the key that must redeem the code (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
    /// The pushed request that was referred to (RFC 9126).
    pub pushed: Option<Digest>,
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
    request.check_grant_type()?;
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
        launch: request.launch(&offered),
        state: state(parameters),
        pushed: None,
        dpop_jkt: request.dpop_jkt()?,
        target,
        offered,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::Rules;
    use crate::oauth::error::ErrorCode;

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
            rules: Rules {
                pkce_optional: true,
                ..Rules::default()
            },
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
