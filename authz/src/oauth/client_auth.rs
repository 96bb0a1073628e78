//! Client authentication (RFC 6749 §2.3, §3.2.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use super::client::{AuthMethod, Client};
use super::error::{ErrorCode, OAuthError};
use super::parameters::{Parameters, decode};
use crate::secret::{Digest, Secret};

/// What a request presented.
#[derive(Debug)]
pub struct Credentials {
    /// The client id, as claimed.
    pub client_id: String,
    method: AuthMethod,
    secret: Option<Secret>,
}

/// A client that proved who it is, or a public one that says so. Made by [`authenticate`] only.
#[derive(Debug)]
pub struct AuthenticatedClient {
    client: Client,
}

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Every failure to authenticate reads the same.
pub const FAILED: OAuthError = OAuthError {
    code: ErrorCode::InvalidClient,
    description: "client authentication failed",
};

impl Credentials {
    /// Collects credentials from the `Authorization` header fields and the form.
    pub fn read(authorization: &[&str], form: &Parameters) -> Result<Self, OAuthError> {
        let repeated = |_| ErrorCode::InvalidRequest.because("a parameter is repeated");
        let client_id = form.one("client_id").map_err(repeated)?;
        let secret = form.one("client_secret").map_err(repeated)?;
        match authorization {
            [] => Self::from_form(client_id, secret),
            [header] => Self::from_basic(header, client_id, secret),
            _ => Err(ErrorCode::InvalidRequest.because("two Authorization headers were sent")),
        }
    }

    /// A client id without any proof; enough for a public client only.
    pub fn unproven(client_id: String) -> Self {
        Self {
            client_id,
            method: AuthMethod::None,
            secret: None,
        }
    }

    fn from_form(client_id: Option<&str>, secret: Option<&str>) -> Result<Self, OAuthError> {
        Ok(Self {
            client_id: client_id.ok_or(FAILED)?.to_owned(),
            method: secret.map_or(AuthMethod::None, |_| AuthMethod::ClientSecretPost),
            secret: secret.map(Secret::new),
        })
    }

    fn from_basic(
        header: &str,
        client_id: Option<&str>,
        secret: Option<&str>,
    ) -> Result<Self, OAuthError> {
        let (id, basic_secret) = parse_basic(header).ok_or(FAILED)?;
        if secret.is_some() {
            return Err(
                ErrorCode::InvalidRequest.because("two ways of client authentication were used")
            );
        }
        if client_id.is_some_and(|other| other != id) {
            return Err(ErrorCode::InvalidRequest
                .because("client_id differs from the Authorization header"));
        }
        Ok(Self {
            client_id: id,
            method: AuthMethod::ClientSecretBasic,
            secret: Some(basic_secret),
        })
    }
}

/// `Basic base64(form(id):form(secret))`. Ids and secrets issued here need no form encoding, so
/// clients that forget it are understood too.
fn parse_basic(header: &str) -> Option<(String, Secret)> {
    let (scheme, encoded) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then_some(())?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id)?, Secret::new(decode(secret)?)))
}

/// Checks `credentials` against the client they name, or against nothing when there is none; the
/// same work is done and the same error returned in both cases.
pub fn authenticate(
    client: Option<Client>,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Result<AuthenticatedClient, OAuthError> {
    let presented = Digest::of(credentials.secret.as_ref().map_or("", Secret::expose));
    let expected = client.as_ref().and_then(|client| client.secret);
    let secret_matches = presented == expected.unwrap_or_else(|| Digest::of("no such client"));
    let client = client.ok_or(FAILED)?;
    let proven = match credentials.method {
        AuthMethod::None => client.is_public(),
        _ => expected.is_some() && secret_matches,
    };
    let current = client.secret_expires_at.is_none_or(|end| now < end);
    let allowed = client.methods.contains(&credentials.method) && !client.disabled;
    if proven && current && allowed {
        Ok(AuthenticatedClient { client })
    } else {
        Err(FAILED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Parameters {
        Parameters::parse(text).unwrap()
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    fn confidential(method: AuthMethod) -> Client {
        Client {
            methods: vec![method],
            secret: Some(Digest::of("s3cret")),
            ..Client::example()
        }
    }

    fn attempt(client: Client, header: Option<&str>, body: &str) -> Result<(), ErrorCode> {
        let headers: Vec<&str> = header.into_iter().collect();
        let credentials = Credentials::read(&headers, &form(body)).map_err(|error| error.code)?;
        authenticate(Some(client), &credentials, DateTime::UNIX_EPOCH)
            .map(|_| ())
            .map_err(|error| error.code)
    }

    #[test]
    fn the_registered_method_with_the_right_secret_is_accepted() {
        let header = basic("example:s3cret");
        let client = confidential(AuthMethod::ClientSecretBasic);
        assert_eq!(attempt(client, Some(&header), ""), Ok(()));
        let client = confidential(AuthMethod::ClientSecretPost);
        assert_eq!(
            attempt(client, None, "client_id=example&client_secret=s3cret"),
            Ok(())
        );
        assert_eq!(
            attempt(Client::example(), None, "client_id=example"),
            Ok(())
        );
    }

    #[test]
    fn everything_else_fails_alike() {
        let basic_client = || confidential(AuthMethod::ClientSecretBasic);
        let wrong = basic("example:wrong");
        let empty = basic("example:");
        for (header, body) in [
            (Some(wrong.as_str()), ""),
            (Some(empty.as_str()), ""),
            (Some("Basic ???"), ""),
            (Some("Basic ZXhhbXBsZQ=="), ""),
            (Some("Bearer x"), ""),
            (None, "client_id=example"),
            (None, "client_id=example&client_secret=s3cret"),
            (None, ""),
        ] {
            let got = attempt(basic_client(), header, body);
            assert_eq!(got, Err(ErrorCode::InvalidClient), "{header:?} {body}");
        }
        let got = attempt(Client::example(), None, "client_id=example&client_secret=x");
        assert_eq!(got, Err(ErrorCode::InvalidClient));
    }

    #[test]
    fn mixed_credentials_are_an_invalid_request() {
        let header = basic("example:s3cret");
        for body in [
            "client_secret=s3cret",
            "client_id=other",
            "client_id=a&client_id=b",
        ] {
            let got = attempt(
                confidential(AuthMethod::ClientSecretBasic),
                Some(&header),
                body,
            );
            assert_eq!(got, Err(ErrorCode::InvalidRequest), "{body}");
        }
        let twice = Credentials::read(&[header.as_str(), header.as_str()], &form(""));
        assert_eq!(twice.unwrap_err().code, ErrorCode::InvalidRequest);
    }

    #[test]
    fn an_ended_secret_and_a_disabled_client_fail() {
        let header = basic("example:s3cret");
        let ended = Client {
            secret_expires_at: Some(DateTime::UNIX_EPOCH),
            ..confidential(AuthMethod::ClientSecretBasic)
        };
        assert_eq!(
            attempt(ended, Some(&header), ""),
            Err(ErrorCode::InvalidClient)
        );
        let disabled = Client {
            disabled: true,
            ..confidential(AuthMethod::ClientSecretBasic)
        };
        assert_eq!(
            attempt(disabled, Some(&header), ""),
            Err(ErrorCode::InvalidClient)
        );
    }
}
