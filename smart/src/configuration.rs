//! The SMART configuration document (SMART App Launch 2.2, "Conformance"). The authorization
//! server makes it from what is switched on; the resource server publishes it below its base.

use serde::{Deserialize, Serialize};

/// `.well-known/smart-configuration`. Member names are the specification's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmartConfiguration {
    /// Issuer of ID tokens and of the `iss` authorization response parameter.
    pub issuer: String,
    /// Where ID token signatures are verified.
    pub jwks_uri: String,
    /// Where an app sends the browser.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens become access tokens.
    pub token_endpoint: String,
    /// Ways a client may authenticate at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Signature algorithms of `private_key_jwt`; absent when that method is off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// Grant types on offer.
    pub grant_types_supported: Vec<String>,
    /// Dynamic client registration (RFC 7591); absent when off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// Scopes a client may ask for (not exhaustive for `patient/…` combinations).
    pub scopes_supported: Vec<String>,
    /// Always `code`.
    pub response_types_supported: Vec<String>,
    /// Where a person sees and revokes what was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_endpoint: Option<String>,
    /// Token introspection (RFC 7662).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// Token revocation (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// Signature algorithms of proofs of possession (RFC 9449 §5.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// Always `S256`, never `plain`.
    pub code_challenge_methods_supported: Vec<String>,
    /// SMART capabilities, each backed by something that works.
    pub capabilities: Vec<String>,
    /// The authorization response carries `iss` (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}
