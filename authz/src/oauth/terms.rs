//! The fixed part of a grant: what the app asked for, and what a redemption must repeat.

use chrono::{DateTime, TimeDelta, Utc};
use smart::scope::ScopeSet;

use super::authorization_request::AuthorizationRequest;
use super::error::{ErrorCode, OAuthError};
use super::grant::Redemption;
use super::launch::Launch;
use super::negotiate;
use super::pkce::Challenge;
use super::redirect::RedirectTarget;
use crate::secret::{Digest, Secret};

/// The fixed part of a grant.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The client that asked.
    pub client_id: String,
    /// Where answers go.
    pub target: RedirectTarget,
    /// Returned as it came.
    pub state: Option<Secret>,
    /// What may be granted at most.
    pub offered: ScopeSet,
    /// For the ID token.
    pub nonce: Option<String>,
    /// PKCE challenge.
    pub challenge: Option<Challenge>,
    /// The EHR launch it comes from.
    pub launch: Option<Launch>,
    /// An existing session does not do; the person must sign in for this grant.
    pub login_required: bool,
    /// A sign-in older than this does not do.
    pub max_age: Option<TimeDelta>,
    /// The key that must redeem the code.
    pub dpop_jkt: Option<String>,
    /// The pushed request it refers to, which is used up when a person decides.
    pub pushed: Option<Digest>,
}

impl Terms {
    /// The terms of a valid request, which may come from a launch.
    pub fn of(request: AuthorizationRequest, launch: Option<Launch>, login_required: bool) -> Self {
        Self {
            client_id: request.client_id,
            target: request.target,
            state: request.state,
            offered: negotiate::in_context(
                &request.offered,
                launch.as_ref().is_some_and(Launch::has_encounter),
            ),
            nonce: request.nonce,
            challenge: request.challenge,
            launch,
            login_required,
            max_age: request.max_age,
            dpop_jkt: request.dpop_jkt,
            pushed: request.pushed,
        }
    }

    /// Whether a redemption fits the request (RFC 6749 §4.1.3, RFC 7636 §4.6). A verifier without a
    /// challenge is a downgrade attempt (RFC 9700 §4.8.2).
    pub(super) fn admit(&self, redemption: &Redemption<'_>) -> Result<(), OAuthError> {
        let invalid = |why| ErrorCode::InvalidGrant.because(why);
        if redemption.client_id != self.client_id {
            return Err(invalid("the code was issued to another client"));
        }
        if redemption.redirect_uri != self.target.as_str() {
            return Err(invalid(
                "redirect_uri is not the one of the authorization request",
            ));
        }
        if self.dpop_jkt.is_some() && self.dpop_jkt.as_deref() != redemption.jkt {
            return Err(invalid("the proof is not of the key that dpop_jkt named"));
        }
        match (&self.challenge, redemption.code_verifier) {
            (None, None) => Ok(()),
            (Some(challenge), Some(verifier)) if challenge.is_answered_by(verifier) => Ok(()),
            (Some(_), _) => Err(invalid("code_verifier does not fit code_challenge")),
            (None, Some(_)) => Err(invalid(
                "code_verifier was sent without a code_challenge before",
            )),
        }
    }

    /// Whether a sign-in at `auth_time` is good enough for this request.
    pub fn accepts_sign_in(&self, auth_time: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        !self.login_required && self.max_age.is_none_or(|age| now - auth_time < age)
    }
}
