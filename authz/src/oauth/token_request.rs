//! The token request (RFC 6749 §4.1.3, §4.4.2, §6).

use super::error::{ErrorCode, OAuthError};
use super::grant_type::GrantType;
use super::parameters::Parameters;
use crate::secret::Secret;

/// A well-formed token request.
#[derive(Debug)]
pub enum TokenRequest {
    /// `grant_type=authorization_code`
    AuthorizationCode(PresentedCode),
    /// `grant_type=refresh_token`
    RefreshToken {
        /// `refresh_token`
        token: Secret,
        /// `scope`, to narrow.
        scope: Option<String>,
        /// `resource` or `aud`; must be the FHIR base when sent.
        resource: Option<String>,
    },
    /// `grant_type=client_credentials`
    ClientCredentials {
        /// `scope`; must be there.
        scope: Option<String>,
        /// `resource` or `aud`; must be the FHIR base when sent.
        resource: Option<String>,
    },
}

/// A code and what proves the right to it.
#[derive(Debug)]
pub struct PresentedCode {
    /// `code`
    pub code: Secret,
    /// `redirect_uri`
    pub redirect_uri: String,
    /// `code_verifier`
    pub code_verifier: Option<Secret>,
}

impl TokenRequest {
    /// Reads the form. Repeated parameters are refused (RFC 6749 §3.2).
    pub fn read(form: &Parameters) -> Result<Self, OAuthError> {
        let missing = |why| ErrorCode::InvalidRequest.because(why);
        let owned = |name| form.first(name).map(str::to_owned);
        match form.first("grant_type") {
            None => Err(missing("grant_type is missing")),
            Some("authorization_code") => Ok(Self::AuthorizationCode(PresentedCode {
                code: owned("code")
                    .map(Secret::new)
                    .ok_or(missing("code is missing"))?,
                redirect_uri: owned("redirect_uri").ok_or(missing("redirect_uri is missing"))?,
                code_verifier: owned("code_verifier").map(Secret::new),
            })),
            Some("refresh_token") => Ok(Self::RefreshToken {
                token: owned("refresh_token")
                    .map(Secret::new)
                    .ok_or(missing("refresh_token is missing"))?,
                scope: owned("scope"),
                resource: owned("resource").or(owned("aud")),
            }),
            Some("client_credentials") => Ok(Self::ClientCredentials {
                scope: owned("scope"),
                resource: owned("resource").or(owned("aud")),
            }),
            Some(_) => Err(ErrorCode::UnsupportedGrantType.because(
                "grant_type must be authorization_code, refresh_token or client_credentials",
            )),
        }
    }
}

impl TokenRequest {
    /// The grant type.
    pub fn kind(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
        }
    }
}

/// Refuses a form in which any parameter is repeated.
pub fn refuse_repetition(form: &Parameters) -> Result<(), OAuthError> {
    if form.repeats_any() {
        return Err(ErrorCode::InvalidRequest.because("a parameter is repeated"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_defect_has_its_error() {
        for (text, code) in [
            ("", ErrorCode::InvalidRequest),
            ("grant_type=password", ErrorCode::UnsupportedGrantType),
            (
                "grant_type=authorization_code&redirect_uri=x",
                ErrorCode::InvalidRequest,
            ),
            (
                "grant_type=authorization_code&code=x",
                ErrorCode::InvalidRequest,
            ),
            ("grant_type=refresh_token", ErrorCode::InvalidRequest),
        ] {
            let error = TokenRequest::read(&Parameters::parse(text).unwrap()).unwrap_err();
            assert_eq!(error.code, code, "{text}");
        }
    }
}
