//! Dynamic client registration (RFC 7591): what a stranger may say about their app.

use serde_json::Value;
use smart::scope::ScopeSet;

use super::claims::IdTokenAlgorithm;
use super::client::{AuthMethod, Client, Keys, Rules, Source};
use super::error::{ErrorCode, OAuthError};
use super::grant_type::GrantType;
use super::jwk::{ALGORITHMS, KeySet};
use super::metadata::Metadata;
use super::presentation::{Presentation, reorders};
use super::reach::Reach;
use super::{negotiate, redirect};
use crate::random::Random;
use crate::secret::{Digest, Secret};

/// Most redirect URIs per client.
const MOST_REDIRECT_URIS: usize = 10;
/// Longest name shown to people, in characters.
const LONGEST_NAME: usize = 100;

/// Members that hold addresses this server might one day call.
const ADDRESSES: &[&str] = &[
    "initiate_login_uri",
    "sector_identifier_uri",
    "backchannel_logout_uri",
];

/// Reads a metadata document and makes a client of it, with a fresh id and, where it needs one, a
/// fresh secret.
pub fn register(
    body: &[u8],
    reach: Reach,
    random: &Random,
) -> Result<(Client, Option<Secret>), OAuthError> {
    let metadata = Metadata::read(body)?;
    let id = format!("app-{}", fresh_name(random));
    let client = metadata.client(id, reach)?;
    Ok(with_secret(client, None, random))
}

/// Members that only this server says (RFC 7592 §2.2).
const OURS: &[&str] = &[
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// Reads a metadata document that replaces a registration (RFC 7592 §2.2). A client that needs a
/// secret keeps the one it has.
pub fn update(
    client: &Client,
    body: &[u8],
    reach: Reach,
    random: &Random,
) -> Result<(Client, Option<Secret>), OAuthError> {
    let metadata = Metadata::read(body)?;
    if OURS.iter().any(|name| metadata.value(name).is_some()) {
        return Err(ErrorCode::InvalidRequest.because("the body holds a member that is not yours"));
    }
    if metadata.text("client_id", "client_id must be a string")? != Some(&client.id) {
        return Err(invalid("client_id must be there and cannot be changed"));
    }
    let secret = metadata.text("client_secret", "client_secret must be a string")?;
    if secret.is_some_and(|text| Some(Digest::of(text)) != client.secret) {
        return Err(invalid("client_secret is not the current one"));
    }
    let updated = metadata.client(client.id.clone(), reach)?;
    Ok(with_secret(updated, client.secret, random))
}

fn with_secret(
    mut client: Client,
    known: Option<Digest>,
    random: &Random,
) -> (Client, Option<Secret>) {
    let symmetric = client.methods.iter().any(|method| method.is_symmetric());
    let fresh = (symmetric && known.is_none()).then(|| Secret::generate(random));
    client.secret = fresh
        .as_ref()
        .map(Secret::digest)
        .or(known)
        .filter(|_| symmetric);
    (client, fresh)
}

fn fresh_name(random: &Random) -> String {
    random
        .bytes::<16>()
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn invalid(why: &'static str) -> OAuthError {
    ErrorCode::InvalidClientMetadata.because(why)
}

impl Metadata {
    /// The client that is described, without a secret.
    fn client(&self, id: String, reach: Reach) -> Result<Client, OAuthError> {
        self.check_shape()?;
        let method = self.method()?;
        Ok(Client {
            name: self.name()?.unwrap_or_else(|| id.clone()),
            id,
            presentation: self.presentation()?,
            source: Source::Registered,
            methods: vec![method],
            grant_types: GrantType::FOR_PEOPLE.to_vec(),
            secret: None,
            secret_expires_at: None,
            keys: self.keys(method, reach)?,
            redirect_uris: self.redirect_uris()?,
            id_token_algorithm: self.id_token_algorithm()?,
            post_logout_redirect_uris: self.post_logout_redirect_uris()?,
            launch_url: self.launch_url()?,
            fhir_context: None,
            scopes: self.scopes()?,
            rules: self.rules()?,
            introspects_all: false,
            disabled: false,
        })
    }

    fn rules(&self) -> Result<Rules, OAuthError> {
        Ok(Rules {
            pkce_optional: false,
            require_pushed: self.flag("require_pushed_authorization_requests")?,
            dpop_bound: self.flag("dpop_bound_access_tokens")?,
            ..Rules::default()
        })
    }

    fn check_shape(&self) -> Result<(), OAuthError> {
        if self.value("software_statement").is_some() {
            return Err(ErrorCode::UnapprovedSoftwareStatement
                .because("no issuer of software statements is trusted here"));
        }
        let grant_types = GrantType::FOR_PEOPLE.map(GrantType::as_str);
        self.check_words("grant_types", &grant_types)?;
        self.check_words("response_types", &["code"])?;
        self.check_addresses()
    }

    fn check_words(&self, name: &str, known: &[&str]) -> Result<(), OAuthError> {
        let fits = self.value(name).is_none_or(|value| {
            value.as_array().is_some_and(|words| {
                words
                    .iter()
                    .all(|word| word.as_str().is_some_and(|word| known.contains(&word)))
                    && words.iter().any(|word| word == known[0])
            })
        });
        fits.then_some(()).ok_or(invalid(
            "grant_types must hold authorization_code and response_types code",
        ))
    }

    fn check_addresses(&self) -> Result<(), OAuthError> {
        let is_safe = |name: &&str| {
            self.value(name).is_none_or(|value| {
                value
                    .as_str()
                    .is_some_and(|uri| uri.len() <= 2048 && redirect::is_secure_or_local(uri))
            })
        };
        (ADDRESSES.iter().all(is_safe) && self.value("request_uris").is_none())
            .then_some(())
            .ok_or(invalid(
                "addresses must be https, and request_uris is not supported",
            ))
    }

    fn presentation(&self) -> Result<Presentation, OAuthError> {
        let presentation = Presentation::read(self)?;
        presentation.is_safe().then_some(presentation).ok_or(invalid(
            "addresses that people are shown must be https; a logo may also be a data URL of a picture",
        ))
    }

    fn method(&self) -> Result<AuthMethod, OAuthError> {
        let why = "token_endpoint_auth_method must be none, client_secret_basic, client_secret_post or private_key_jwt";
        let word = self.text("token_endpoint_auth_method", why)?;
        AuthMethod::parse(word.unwrap_or("client_secret_basic")).ok_or(invalid(why))
    }

    /// The keys with which it will authenticate.
    fn keys(&self, method: AuthMethod, reach: Reach) -> Result<Option<Keys>, OAuthError> {
        let algorithm = self.value("token_endpoint_auth_signing_alg");
        if algorithm.is_some_and(|word| !ALGORITHMS.iter().any(|known| word == known)) {
            return Err(invalid(
                "token_endpoint_auth_signing_alg must be RS384 or ES384",
            ));
        }
        let at = self.text("jwks_uri", "jwks_uri must be a string")?;
        match (self.value("jwks"), at) {
            (Some(_), Some(_)) => Err(invalid("jwks and jwks_uri exclude each other")),
            (Some(set), None) => KeySet::register(set)
                .map(|_| Some(Keys::Given(set.clone())))
                .map_err(|defect| invalid(defect.0)),
            (None, Some(uri)) => reach
                .admits_url(uri)
                .then(|| Some(Keys::At(uri.to_owned())))
                .ok_or(invalid(
                    "jwks_uri must be https and lead to a public address",
                )),
            (None, None) if method == AuthMethod::PrivateKeyJwt => {
                Err(invalid("private_key_jwt needs jwks or jwks_uri"))
            }
            (None, None) => Ok(None),
        }
    }

    /// The name as people will see it: one line, without characters that reorder text.
    fn name(&self) -> Result<Option<String>, OAuthError> {
        let name = self.text("client_name", "client_name must be a string")?;
        Ok(name
            .map(|name| {
                name.chars()
                    .filter(|letter| !letter.is_control() && !reorders(*letter))
                    .take(LONGEST_NAME)
                    .collect::<String>()
                    .trim()
                    .to_owned()
            })
            .filter(|name| !name.is_empty()))
    }

    fn redirect_uris(&self) -> Result<Vec<String>, OAuthError> {
        self.uris("redirect_uris")
    }

    /// One to ten safe addresses.
    fn uris(&self, name: &str) -> Result<Vec<String>, OAuthError> {
        let refused = |why| ErrorCode::InvalidRedirectUri.because(why);
        let uris = self
            .value(name)
            .and_then(Value::as_array)
            .filter(|uris| (1..=MOST_REDIRECT_URIS).contains(&uris.len()))
            .ok_or(refused(
                "redirect_uris and post_logout_redirect_uris must hold one to ten addresses",
            ))?;
        uris.iter()
            .map(|uri| {
                uri.as_str()
                    .filter(|uri| redirect::may_be_registered(uri))
                    .map(str::to_owned)
                    .ok_or(refused(
                        "a redirect URI must be https, or http on 127.0.0.1, [::1] or localhost, or a private-use scheme with a dot; without fragment, wildcard or user information",
                    ))
            })
            .collect()
    }

    /// What its ID tokens are signed with.
    fn id_token_algorithm(&self) -> Result<IdTokenAlgorithm, OAuthError> {
        let why = "id_token_signed_response_alg must be RS256 or ES256";
        match self.text("id_token_signed_response_alg", why)? {
            None => Ok(IdTokenAlgorithm::default()),
            Some(word) => IdTokenAlgorithm::parse(word).ok_or(invalid(why)),
        }
    }

    /// Where people may be sent after they signed out.
    fn post_logout_redirect_uris(&self) -> Result<Vec<String>, OAuthError> {
        match self.value("post_logout_redirect_uris") {
            None => Ok(vec![]),
            Some(_) => self.uris("post_logout_redirect_uris"),
        }
    }

    /// Where the portal starts the app.
    fn launch_url(&self) -> Result<Option<String>, OAuthError> {
        let why = "launch_url must be https, or http on this machine";
        let url = self.text("launch_url", why)?;
        match url {
            Some(url) if !redirect::may_be_registered(url) => Err(invalid(why)),
            url => Ok(url.map(str::to_owned)),
        }
    }

    /// The registered scopes: what is asked for as far as it can be granted, or to read everything.
    fn scopes(&self) -> Result<ScopeSet, OAuthError> {
        let text = self.text("scope", "scope must be a string")?;
        Ok(text.map_or_else(
            || negotiate::reads().clone(),
            |text| ScopeSet::parse(text).known.meet(negotiate::policy()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(body: &str) -> Result<(Client, Option<Secret>), ErrorCode> {
        register(body.as_bytes(), Reach::Public, &Random::seeded(1)).map_err(|error| error.code)
    }

    #[test]
    fn a_client_is_registered_with_defaults() {
        let (client, secret) = attempt(r#"{"redirect_uris":["https://app.example/cb"]}"#).unwrap();
        assert_eq!(client.methods, [AuthMethod::ClientSecretBasic]);
        assert_eq!(client.secret, secret.map(|secret| secret.digest()));
        assert!(!client.is_verified());
    }

    #[test]
    fn each_defect_has_its_error() {
        use ErrorCode as E;
        let uris = r#""redirect_uris":["https://app.example/cb"]"#;
        let deep = format!(r#"{{{uris},"x":{}1{}}}"#, "[".repeat(8), "]".repeat(8));
        let many: Vec<String> = (0..1000)
            .map(|n| format!(r#""client_name#{n}":"x""#))
            .collect();
        let many = format!("{{{uris},{}}}", many.join(","));
        for (body, code) in [
            ("", E::InvalidClientMetadata),
            ("null", E::InvalidClientMetadata),
            ("[]", E::InvalidClientMetadata),
            ("a=b", E::InvalidClientMetadata),
            ("{}", E::InvalidRedirectUri),
            (r#"{"redirect_uris":[]}"#, E::InvalidRedirectUri),
            (
                r#"{"redirect_uris":["http://app.example/cb"]}"#,
                E::InvalidRedirectUri,
            ),
            (
                r#"{"redirect_uris":["https://app.example/cb#x"]}"#,
                E::InvalidRedirectUri,
            ),
            (
                r#"{"redirect_uris":["https://app.example/cb"],"redirect_uris":[]}"#,
                E::InvalidClientMetadata,
            ),
            (
                &format!(r#"{{{uris},"jwks":{{}},"jwks_uri":"https://x.example"}}"#),
                E::InvalidClientMetadata,
            ),
            (
                &format!(r#"{{{uris},"grant_types":["password"]}}"#),
                E::InvalidClientMetadata,
            ),
            (
                &format!(r#"{{{uris},"response_types":["token"]}}"#),
                E::InvalidClientMetadata,
            ),
            (
                &format!(r#"{{{uris},"token_endpoint_auth_method":"private_key_jwt"}}"#),
                E::InvalidClientMetadata,
            ),
            (
                &format!(r#"{{{uris},"initiate_login_uri":"http://app.example"}}"#),
                E::InvalidClientMetadata,
            ),
            (
                &format!(r#"{{{uris},"software_statement":"x"}}"#),
                E::UnapprovedSoftwareStatement,
            ),
            (
                &format!(r#"{{{uris},"client_name":1}}"#),
                E::InvalidClientMetadata,
            ),
            (&deep, E::InvalidClientMetadata),
            (&many, E::InvalidClientMetadata),
        ] {
            assert_eq!(attempt(body).map(|_| ()), Err(code), "{body}");
        }
    }

    #[test]
    fn scopes_and_ids_of_the_caller_do_not_widen_anything() {
        let (client, _) = attempt(
            r#"{"redirect_uris":["https://app.example/cb"],"scope":"system/*.cruds patient/*.cruds openid","client_id":"mine","client_secret":"mine"}"#,
        )
        .unwrap();
        assert_eq!(client.scopes.to_string(), "patient/*.cruds openid");
        assert_ne!(client.id, "mine");
    }

    #[test]
    fn a_name_is_one_plain_line() {
        let (client, _) = attempt(
            "{\"redirect_uris\":[\"https://app.example/cb\"],\"client_name\":\"\u{202e}a\\nb\"}",
        )
        .unwrap();
        assert_eq!(client.name, "ab");
    }
}
