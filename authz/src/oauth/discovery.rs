//! Discovery documents, computed from what is switched on: SMART App Launch 2.2 "Conformance",
//! RFC 8414 and OpenID Connect Discovery §3. All three state the same facts.

use serde::Serialize;
use smart::category::CATEGORIES;
use smart::configuration::SmartConfiguration;
use smart::scope::{Actions, Constraint, Level, ResourceScope};

use super::claims::IdTokenAlgorithm;
use super::client::AuthMethod;
use super::grant_type::GrantType;
use super::jwk::ALGORITHMS;
use super::negotiate;

/// SMART capabilities, each backed by something that works.
const CAPABILITIES: &[&str] = &[
    "launch-ehr",
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-style",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
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
    userinfo_endpoint: String,
    end_session_endpoint: String,
    pushed_authorization_request_endpoint: String,
    subject_types_supported: &'static [&'static str],
    id_token_signing_alg_values_supported: [&'static str; 2],
    response_modes_supported: &'static [&'static str],
    prompt_values_supported: &'static [&'static str],
    claims_supported: &'static [&'static str],
    introspection_endpoint_auth_methods_supported: Vec<String>,
    introspection_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    revocation_endpoint_auth_methods_supported: Vec<String>,
    revocation_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
}

impl Features {
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Where codes and refresh tokens become access tokens; the usual audience of assertions.
    pub fn token_endpoint(&self) -> String {
        self.at("/oauth/token")
    }

    /// Where clients push authorization requests.
    pub fn pushed_request_endpoint(&self) -> String {
        self.at("/oauth/par")
    }

    /// Where a client manages its registration.
    pub fn registration_uri(&self, client_id: &str) -> String {
        self.at(&format!("/oauth/register/{client_id}"))
    }

    /// Colours and sizes that launched apps may adopt.
    pub fn smart_style_url(&self) -> String {
        self.at("/assets/smart-style.json")
    }

    /// `.well-known/smart-configuration`
    pub fn smart_configuration(&self) -> SmartConfiguration {
        SmartConfiguration {
            issuer: self.issuer.clone(),
            jwks_uri: self.at("/oauth/jwks"),
            authorization_endpoint: self.at("/oauth/authorize"),
            token_endpoint: self.token_endpoint(),
            token_endpoint_auth_methods_supported: auth_methods(|_| true),
            token_endpoint_auth_signing_alg_values_supported: owned(ALGORITHMS),
            grant_types_supported: owned(&GrantType::ALL.map(|(_, word)| word)),
            registration_endpoint: self.registration.then(|| self.at("/oauth/register")),
            scopes_supported: scopes(),
            response_types_supported: owned(&["code"]),
            management_endpoint: Some(self.at("/apps")),
            introspection_endpoint: Some(self.at("/oauth/introspect")),
            revocation_endpoint: Some(self.at("/oauth/revoke")),
            dpop_signing_alg_values_supported: owned(smart::dpop::ALGORITHMS),
            code_challenge_methods_supported: owned(&["S256"]),
            capabilities: owned(CAPABILITIES),
            authorization_response_iss_parameter_supported: true,
        }
    }

    /// `.well-known/openid-configuration` and `.well-known/oauth-authorization-server`
    pub fn provider_configuration(&self) -> ProviderConfiguration {
        ProviderConfiguration {
            smart: self.smart_configuration(),
            userinfo_endpoint: self.at("/oauth/userinfo"),
            pushed_authorization_request_endpoint: self.pushed_request_endpoint(),
            end_session_endpoint: self.at("/oauth/logout"),
            subject_types_supported: &["public"],
            id_token_signing_alg_values_supported: IdTokenAlgorithm::ALL
                .map(IdTokenAlgorithm::as_str),
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
            introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
            revocation_endpoint_auth_methods_supported: auth_methods(|_| true),
            revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
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
        .chain(negotiate::system_policy().iter())
        .map(ToString::to_string)
        .collect();
    all.extend(READS.map(str::to_owned));
    for scope in fine {
        if !all.contains(&scope) {
            all.push(scope);
        }
    }
    all
}

/// What most apps ask for, in the words of both versions of SMART.
const READS: [&str; 5] = [
    "patient/*.rs",
    "user/*.rs",
    "system/*.rs",
    "patient/*.read",
    "user/*.read",
];

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
            let all = negotiate::policy().join(negotiate::system_policy());
            assert!(all.covers(&parsed.known), "{scope}");
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
