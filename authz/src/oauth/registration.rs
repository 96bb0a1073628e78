//! Dynamic client registration (RFC 7591): what a stranger may say about their app.

use chrono::{DateTime, Utc};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use smart::scope::ScopeSet;

use super::client::{AuthMethod, Client, Source};
use super::error::{ErrorCode, OAuthError};
use super::token_request::GRANT_TYPES;
use super::{negotiate, redirect};
use crate::random::Random;
use crate::secret::Secret;

/// Most redirect URIs per client.
const MOST_REDIRECT_URIS: usize = 10;
/// Deepest nesting of a metadata document.
const DEEPEST: usize = 8;
/// Most members of a metadata document.
const MOST_MEMBERS: usize = 64;
/// Longest name shown to people, in characters.
const LONGEST_NAME: usize = 100;

/// Members that hold addresses this server might one day call or link to.
const ADDRESSES: &[&str] = &[
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "initiate_login_uri",
    "sector_identifier_uri",
    "backchannel_logout_uri",
];

/// The answer to a registration (RFC 7591 §3.2.1): what was registered, which may be less than
/// what was asked for.
#[derive(Debug, Serialize)]
pub struct Registered {
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    client_name: String,
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: &'static str,
    grant_types: &'static [&'static str],
    response_types: &'static [&'static str],
    scope: String,
}

/// A metadata document; a member given twice is an error, not a choice.
struct Metadata(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetadataVisitor)
    }
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Metadata;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
        let mut members: Vec<(String, Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if members.len() == MOST_MEMBERS || members.iter().any(|(known, _)| *known == name) {
                return Err(serde::de::Error::custom("too many members, or one twice"));
            }
            members.push((name, value));
        }
        Ok(Metadata(members))
    }
}

/// Reads a metadata document and makes a client of it, with a fresh id and secret.
pub fn register(
    body: &[u8],
    random: &Random,
    now: DateTime<Utc>,
) -> Result<(Client, Registered), OAuthError> {
    let metadata: Metadata = serde_json::from_slice(body)
        .map_err(|_| invalid("the body must be a JSON object with each member once"))?;
    metadata.check_shape()?;
    let method = metadata.method()?;
    let secret = (method != AuthMethod::None).then(|| Secret::generate(random));
    let id = format!("app-{}", fresh_name(random));
    let client = Client {
        name: metadata.name()?.unwrap_or_else(|| id.clone()),
        id,
        source: Source::Registered,
        methods: vec![method],
        secret: secret.as_ref().map(Secret::digest),
        secret_expires_at: None,
        redirect_uris: metadata.redirect_uris()?,
        scopes: metadata.scopes()?,
        pkce_optional: false,
        introspects_all: false,
        disabled: false,
    };
    let answer = Registered::of(&client, method, secret.as_ref(), now);
    Ok((client, answer))
}

fn fresh_name(random: &Random) -> String {
    random
        .bytes::<16>()
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

impl Registered {
    fn of(
        client: &Client,
        method: AuthMethod,
        secret: Option<&Secret>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            client_id: client.id.clone(),
            client_secret: secret.map(|secret| secret.expose().to_owned()),
            client_id_issued_at: now.timestamp(),
            client_secret_expires_at: secret.map(|_| 0),
            client_name: client.name.clone(),
            redirect_uris: client.redirect_uris.clone(),
            token_endpoint_auth_method: method.as_str(),
            grant_types: GRANT_TYPES,
            response_types: &["code"],
            scope: client.scopes.to_string(),
        }
    }
}

fn invalid(why: &'static str) -> OAuthError {
    ErrorCode::InvalidClientMetadata.because(why)
}

impl Metadata {
    fn value(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    fn text(&self, name: &str, otherwise: &'static str) -> Result<Option<&str>, OAuthError> {
        self.value(name)
            .map(|value| value.as_str().ok_or(invalid(otherwise)))
            .transpose()
    }

    fn check_shape(&self) -> Result<(), OAuthError> {
        if self.0.iter().any(|(_, value)| depth(value) >= DEEPEST) {
            return Err(invalid("the metadata are nested too deeply"));
        }
        if self.value("software_statement").is_some() {
            return Err(ErrorCode::UnapprovedSoftwareStatement
                .because("no issuer of software statements is trusted here"));
        }
        if self.value("jwks").is_some() && self.value("jwks_uri").is_some() {
            return Err(invalid("jwks and jwks_uri exclude each other"));
        }
        self.check_words("grant_types", GRANT_TYPES)?;
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

    fn method(&self) -> Result<AuthMethod, OAuthError> {
        let why =
            "token_endpoint_auth_method must be none, client_secret_basic or client_secret_post";
        let word = self.text("token_endpoint_auth_method", why)?;
        AuthMethod::parse(word.unwrap_or("client_secret_basic")).ok_or(invalid(why))
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
        let refused = |why| ErrorCode::InvalidRedirectUri.because(why);
        let uris = self
            .value("redirect_uris")
            .and_then(Value::as_array)
            .filter(|uris| (1..=MOST_REDIRECT_URIS).contains(&uris.len()))
            .ok_or(refused("redirect_uris must hold one to ten addresses"))?;
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

    /// The registered scopes: what is asked for as far as it can be granted, or everything.
    fn scopes(&self) -> Result<ScopeSet, OAuthError> {
        let text = self.text("scope", "scope must be a string")?;
        Ok(text.map_or_else(
            || negotiate::policy().clone(),
            |text| ScopeSet::parse(text).known.meet(negotiate::policy()),
        ))
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 1,
    }
}

/// Characters that change the direction or visibility of text around them.
fn reorders(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(body: &str) -> Result<(Client, Registered), ErrorCode> {
        register(body.as_bytes(), &Random::seeded(1), DateTime::UNIX_EPOCH)
            .map_err(|error| error.code)
    }

    #[test]
    fn a_client_is_registered_with_defaults() {
        let (client, answer) = attempt(r#"{"redirect_uris":["https://app.example/cb"]}"#).unwrap();
        assert_eq!(client.methods, [AuthMethod::ClientSecretBasic]);
        assert_eq!(
            client.secret,
            answer.client_secret.map(|text| Secret::new(text).digest())
        );
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
        assert_eq!(client.scopes.to_string(), "patient/*.rs openid");
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
