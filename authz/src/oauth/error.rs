//! The OAuth errors, one row each.

use std::fmt;

/// An error code as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// A parameter is missing, repeated or malformed (RFC 6749 §4.1.2.1, §5.2).
    InvalidRequest,
    /// Client authentication failed (RFC 6749 §5.2).
    InvalidClient,
    /// The code or refresh token is unknown, ended, spent or another client's (RFC 6749 §5.2).
    InvalidGrant,
    /// The client may not use this grant type (RFC 6749 §5.2).
    UnauthorizedClient,
    /// The grant type is not offered (RFC 6749 §5.2).
    UnsupportedGrantType,
    /// The response type is not offered (RFC 6749 §4.1.2.1).
    UnsupportedResponseType,
    /// The scope is missing, unknown or wider than granted (RFC 6749 §4.1.2.1, §5.2).
    InvalidScope,
    /// The resource is not this server's (RFC 8707 §2).
    InvalidTarget,
    /// The person said no (RFC 6749 §4.1.2.1).
    AccessDenied,
    /// Something failed here (RFC 6749 §4.1.2.1).
    ServerError,
    /// Too busy (RFC 6749 §4.1.2.1).
    TemporarilyUnavailable,
    /// `prompt=none` without a session (OpenID Connect Core §3.1.2.6).
    LoginRequired,
    /// `prompt=none` although a person must decide (OpenID Connect Core §3.1.2.6).
    ConsentRequired,
    /// Request objects are not offered (OpenID Connect Core §3.1.2.6).
    RequestNotSupported,
    /// Request objects by reference are not offered (OpenID Connect Core §3.1.2.6).
    RequestUriNotSupported,
    /// The reference to a pushed request is unknown, has ended or was used (RFC 9101 §7).
    InvalidRequestUri,
    /// Registration inside the request is not offered (OpenID Connect Core §3.1.2.6).
    RegistrationNotSupported,
    /// A redirect URI may not be registered (RFC 7591 §3.2.2).
    InvalidRedirectUri,
    /// Other client metadata may not be registered (RFC 7591 §3.2.2).
    InvalidClientMetadata,
    /// No issuer of software statements is trusted (RFC 7591 §3.2.2).
    UnapprovedSoftwareStatement,
    /// The proof of possession is missing or does not hold (RFC 9449 §5).
    InvalidDpopProof,
    /// The bearer token is missing or wrong (RFC 6750 §3.1).
    InvalidToken,
    /// The bearer token is not good for this (RFC 6750 §3.1).
    InsufficientScope,
}

struct Row {
    code: ErrorCode,
    wire: &'static str,
    status: u16,
}

const fn row(code: ErrorCode, wire: &'static str, status: u16) -> Row {
    Row { code, wire, status }
}

/// Code, spelling, and the HTTP status where the error is answered directly.
const ROWS: &[Row] = &[
    row(ErrorCode::InvalidRequest, "invalid_request", 400),
    row(ErrorCode::InvalidClient, "invalid_client", 401),
    row(ErrorCode::InvalidGrant, "invalid_grant", 400),
    row(ErrorCode::UnauthorizedClient, "unauthorized_client", 400),
    row(
        ErrorCode::UnsupportedGrantType,
        "unsupported_grant_type",
        400,
    ),
    row(
        ErrorCode::UnsupportedResponseType,
        "unsupported_response_type",
        400,
    ),
    row(ErrorCode::InvalidScope, "invalid_scope", 400),
    row(ErrorCode::InvalidTarget, "invalid_target", 400),
    row(ErrorCode::AccessDenied, "access_denied", 403),
    row(ErrorCode::ServerError, "server_error", 500),
    row(
        ErrorCode::TemporarilyUnavailable,
        "temporarily_unavailable",
        503,
    ),
    row(ErrorCode::LoginRequired, "login_required", 400),
    row(ErrorCode::ConsentRequired, "consent_required", 400),
    row(ErrorCode::RequestNotSupported, "request_not_supported", 400),
    row(
        ErrorCode::RequestUriNotSupported,
        "request_uri_not_supported",
        400,
    ),
    row(ErrorCode::InvalidRequestUri, "invalid_request_uri", 400),
    row(
        ErrorCode::RegistrationNotSupported,
        "registration_not_supported",
        400,
    ),
    row(ErrorCode::InvalidRedirectUri, "invalid_redirect_uri", 400),
    row(
        ErrorCode::InvalidClientMetadata,
        "invalid_client_metadata",
        400,
    ),
    row(
        ErrorCode::UnapprovedSoftwareStatement,
        "unapproved_software_statement",
        400,
    ),
    row(ErrorCode::InvalidDpopProof, "invalid_dpop_proof", 400),
    row(ErrorCode::InvalidToken, "invalid_token", 401),
    row(ErrorCode::InsufficientScope, "insufficient_scope", 403),
];

impl ErrorCode {
    fn row(self) -> &'static Row {
        const FALLBACK: Row = row(ErrorCode::ServerError, "server_error", 500);
        ROWS.iter()
            .find(|row| row.code == self)
            .unwrap_or(&FALLBACK)
    }

    /// The spelling on the wire.
    pub fn as_str(self) -> &'static str {
        self.row().wire
    }

    /// The HTTP status where the error is answered directly and not by redirect.
    pub fn status(self) -> u16 {
        self.row().status
    }

    /// The error with a sentence for the developer; ASCII without `"` and `\` (RFC 6749 §5.2).
    pub fn because(self, description: &'static str) -> OAuthError {
        OAuthError {
            code: self,
            description,
        }
    }
}

/// An error code with its explanation. Descriptions are constants, so no input is ever echoed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OAuthError {
    /// What kind of error.
    pub code: ErrorCode,
    /// A sentence for the developer.
    pub description: &'static str,
}

impl fmt::Display for OAuthError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.as_str(), self.description)
    }
}

impl std::error::Error for OAuthError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row_with_a_legal_spelling() {
        for (at, row) in ROWS.iter().enumerate() {
            assert!(ROWS[..at].iter().all(|other| other.wire != row.wire));
            assert!(row.wire.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
            assert_eq!(row.code.row().wire, row.wire);
        }
    }
}
