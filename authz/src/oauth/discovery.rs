//! Discovery documents, computed from what is switched on: SMART App Launch 2.2 "Conformance",
//! RFC 8414 and OpenID Connect Discovery §3. All three state the same facts.

use serde::Serialize;
use smart::category::CATEGORIES;
use smart::configuration::SmartConfiguration;
use smart::scope::{Actions, Constraint, Level, ResourceScope};

use super::client::AuthMethod;
use super::negotiate;
use super::token_request::GRANT_TYPES;

/// SMART capabilities, each backed by something that works.
const CAPABILITIES: &[&str] = &[
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "sso-openid-connect",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-v1",
    "permission-v2",
];

/// What the documents depend on.
#[derive(Debug, Clone)]
pub struct Features {
    /// Public base URL.
    pub issuer: String,
    /// Whether dynamic registration is on.
    pub registration: bool,
}

/// The OpenID provider configuration and authorization server metadata: the SMART configuration
/// and what the other two specifications add.
#[derive(Debug, Serialize)]
pub struct ProviderConfiguration {
    #[serde(flatten)]
    smart: SmartConfiguration,
    subject_types_supported: &'static [&'static str],
    id_token_signing_alg_values_supported: &'static [&'static str],
    response_modes_supported: &'static [&'static str],
    prompt_values_supported: &'static [&'static str],
    claims_supported: &'static [&'static str],
    introspection_endpoint_auth_methods_supported: Vec<String>,
    revocation_endpoint_auth_methods_supported: Vec<String>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
}

impl Features {
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// `.well-known/smart-configuration`
    pub fn smart_configuration(&self) -> SmartConfiguration {
        SmartConfiguration {
            issuer: self.issuer.clone(),
            jwks_uri: self.at("/oauth/jwks"),
            authorization_endpoint: self.at("/oauth/authorize"),
            token_endpoint: self.at("/oauth/token"),
            token_endpoint_auth_methods_supported: auth_methods(|_| true),
            token_endpoint_auth_signing_alg_values_supported: vec![],
            grant_types_supported: owned(GRANT_TYPES),
            registration_endpoint: self.registration.then(|| self.at("/oauth/register")),
            scopes_supported: scopes(),
            response_types_supported: owned(&["code"]),
            management_endpoint: Some(self.at("/apps")),
            introspection_endpoint: Some(self.at("/oauth/introspect")),
            revocation_endpoint: Some(self.at("/oauth/revoke")),
            code_challenge_methods_supported: owned(&["S256"]),
            capabilities: owned(CAPABILITIES),
            authorization_response_iss_parameter_supported: true,
        }
    }

    /// `.well-known/openid-configuration` and `.well-known/oauth-authorization-server`
    pub fn provider_configuration(&self) -> ProviderConfiguration {
        ProviderConfiguration {
            smart: self.smart_configuration(),
            subject_types_supported: &["public"],
            id_token_signing_alg_values_supported: &["RS256"],
            response_modes_supported: &["query"],
            prompt_values_supported: &["none", "login", "consent", "select_account"],
            claims_supported: &[
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "fhirUser",
                "name",
            ],
            introspection_endpoint_auth_methods_supported: auth_methods(|method| {
                method != AuthMethod::None
            }),
            revocation_endpoint_auth_methods_supported: auth_methods(|_| true),
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn auth_methods(admit: impl Fn(AuthMethod) -> bool) -> Vec<String> {
    AuthMethod::ALL
        .iter()
        .filter(|(method, _)| admit(*method))
        .map(|(_, word)| (*word).to_owned())
        .collect()
}

/// What is granted, in both spellings, and the finer-grained scopes that consent is made of.
fn scopes() -> Vec<String> {
    let fine = CATEGORIES
        .iter()
        .flat_map(|category| category.parts)
        .map(|part| {
            let constraint = part
                .criterion
                .map_or_else(Constraint::default, |(parameter, value)| {
                    Constraint::one(parameter, value)
                });
            ResourceScope::on(
                Level::Patient,
                part.resource_type,
                Actions::READ,
                constraint,
            )
            .to_string()
        });
    let mut all: Vec<String> = negotiate::policy()
        .iter()
        .map(ToString::to_string)
        .collect();
    all.push("patient/*.read".to_owned());
    for scope in fine {
        if !all.contains(&scope) {
            all.push(scope);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use smart::scope::ScopeSet;

    use super::*;

    fn features() -> Features {
        Features {
            issuer: "https://auth.example".into(),
            registration: false,
        }
    }

    #[test]
    fn every_listed_scope_can_be_granted() {
        for scope in features().smart_configuration().scopes_supported {
            let parsed = ScopeSet::parse(&scope);
            assert!(parsed.unknown.is_empty(), "{scope}");
            assert!(negotiate::policy().covers(&parsed.known), "{scope}");
        }
    }

    #[test]
    fn nothing_weak_is_listed_and_registration_only_when_on() {
        let text = serde_json::to_string(&features().provider_configuration()).unwrap();
        for weak in [
            "\"plain\"",
            "HS256",
            "\"password\"",
            "\"token\"",
            "implicit",
            "register",
        ] {
            assert!(!text.contains(weak), "{weak}");
        }
    }
}
