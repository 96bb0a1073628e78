//! Client authentication (RFC 6749 §2.3, §3.2.1; RFC 7523 §2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use super::assertion::{ASSERTION_TYPE, Assertion, Expectation, Spent};
use super::client::{AuthMethod, Client};
use super::error::{ErrorCode, OAuthError};
use super::jwk::KeySet;
use super::parameters::{Parameters, Repeated, decode};
use crate::secret::{Digest, Secret};

/// What a request presented.
#[derive(Debug)]
pub struct Credentials {
    /// The client id, as claimed.
    pub client_id: String,
    proof: Proof,
}

#[derive(Debug)]
enum Proof {
    None,
    Secret(AuthMethod, Secret),
    Assertion(Box<Assertion>),
}

impl Proof {
    fn method(&self) -> AuthMethod {
        match self {
            Self::None => AuthMethod::None,
            Self::Secret(method, _) => *method,
            Self::Assertion(_) => AuthMethod::PrivateKeyJwt,
        }
    }

    fn secret(&self) -> &str {
        match self {
            Self::Secret(_, secret) => secret.expose(),
            _ => "",
        }
    }
}

/// A client whose proof is right, but may have been used before.
#[derive(Debug)]
pub struct Proven {
    client: Client,
    /// The accepted assertion, to be remembered.
    pub spent: Option<Spent>,
}

/// A client that proved who it is, or a public one that says so. Made by [`Proven::accept`] only.
#[derive(Debug)]
pub struct AuthenticatedClient {
    client: Client,
}

impl Proven {
    /// Who it is, if the proof turns out to be fresh: good enough to refuse a request, not to serve
    /// one.
    pub fn claimed(&self) -> &Client {
        &self.client
    }

    /// The client, if its proof was `fresh`: not used before.
    pub fn accept(self, fresh: bool) -> Result<AuthenticatedClient, OAuthError> {
        let client = self.client;
        fresh
            .then_some(AuthenticatedClient { client })
            .ok_or(FAILED)
    }
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

const TWO_WAYS: OAuthError = OAuthError {
    code: ErrorCode::InvalidRequest,
    description: "two ways of client authentication were used",
};

/// The parameters of client authentication.
struct Presented<'a> {
    client_id: Option<&'a str>,
    secret: Option<&'a str>,
    assertion_type: Option<&'a str>,
    assertion: Option<&'a str>,
}

impl<'a> Presented<'a> {
    fn read(form: &'a Parameters) -> Result<Self, Repeated> {
        Ok(Self {
            client_id: form.one("client_id")?,
            secret: form.one("client_secret")?,
            assertion_type: form.one("client_assertion_type")?,
            assertion: form.one("client_assertion")?,
        })
    }

    fn has_assertion(&self) -> bool {
        self.assertion.is_some() || self.assertion_type.is_some()
    }
}

/// The parameters that say who sends a request.
pub const PARAMETERS: &[&str] = &[
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

impl Credentials {
    /// Collects credentials from the `Authorization` header fields and the form.
    pub fn read(authorization: &[&str], form: &Parameters) -> Result<Self, OAuthError> {
        let presented = Presented::read(form)
            .map_err(|_| ErrorCode::InvalidRequest.because("a parameter is repeated"))?;
        match authorization {
            [] if presented.has_assertion() => Self::from_assertion(&presented),
            [] => Self::from_form(&presented),
            [header] => Self::from_basic(header, &presented),
            _ => Err(ErrorCode::InvalidRequest.because("two Authorization headers were sent")),
        }
    }

    /// A client id without any proof; enough for a public client only.
    pub fn unproven(client_id: String) -> Self {
        Self {
            client_id,
            proof: Proof::None,
        }
    }

    fn from_form(presented: &Presented<'_>) -> Result<Self, OAuthError> {
        let proof = |secret| Proof::Secret(AuthMethod::ClientSecretPost, Secret::new(secret));
        Ok(Self {
            client_id: presented.client_id.ok_or(FAILED)?.to_owned(),
            proof: presented.secret.map_or(Proof::None, proof),
        })
    }

    fn from_assertion(presented: &Presented<'_>) -> Result<Self, OAuthError> {
        if presented.secret.is_some() {
            return Err(TWO_WAYS);
        }
        let text = presented
            .assertion
            .filter(|_| presented.assertion_type == Some(ASSERTION_TYPE));
        let assertion = text.and_then(Assertion::parse).ok_or(FAILED)?;
        let client_id = assertion.client_id().to_owned();
        if presented.client_id.is_some_and(|other| other != client_id) {
            return Err(FAILED);
        }
        Ok(Self {
            client_id,
            proof: Proof::Assertion(Box::new(assertion)),
        })
    }

    fn from_basic(header: &str, presented: &Presented<'_>) -> Result<Self, OAuthError> {
        let (id, secret) = parse_basic(header).ok_or(FAILED)?;
        if presented.secret.is_some() || presented.has_assertion() {
            return Err(TWO_WAYS);
        }
        if presented.client_id.is_some_and(|other| other != id) {
            return Err(ErrorCode::InvalidRequest
                .because("client_id differs from the Authorization header"));
        }
        Ok(Self {
            client_id: id,
            proof: Proof::Secret(AuthMethod::ClientSecretBasic, secret),
        })
    }

    /// The key an assertion says it is signed with.
    pub fn kid(&self) -> Option<&str> {
        match &self.proof {
            Proof::Assertion(assertion) => Some(assertion.kid()),
            _ => None,
        }
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

/// What the credentials of a client are checked with.
#[derive(Debug, Clone, Copy)]
pub struct Measure<'a> {
    /// The client's keys; only looked at for an assertion.
    pub keys: &'a KeySet,
    /// What the `aud` of an assertion may be.
    pub audiences: &'a [&'a str],
    /// The present.
    pub now: DateTime<Utc>,
}

/// Checks `credentials` against the client they name, or against nothing when there is none; the
/// same work is done and the same error returned in both cases.
pub fn authenticate(
    client: Option<Client>,
    credentials: &Credentials,
    measure: Measure<'_>,
) -> Result<Proven, OAuthError> {
    let presented = Digest::of(credentials.proof.secret());
    let expected = client.as_ref().and_then(|client| client.secret);
    let secret_matches = presented == expected.unwrap_or_else(|| Digest::of("no such client"));
    let client = client.ok_or(FAILED)?;
    let (proven, spent) = match &credentials.proof {
        Proof::None => (client.is_public(), None),
        Proof::Secret(..) => {
            let current = client.secret_expires_at.is_none_or(|end| measure.now < end);
            (expected.is_some() && secret_matches && current, None)
        }
        Proof::Assertion(assertion) => {
            let spent = assertion.check(measure.expectation(&client), measure.now);
            (spent.is_ok(), spent.ok())
        }
    };
    let allowed = client.methods.contains(&credentials.proof.method()) && !client.disabled;
    (proven && allowed)
        .then_some(Proven { client, spent })
        .ok_or(FAILED)
}

impl<'a> Measure<'a> {
    fn expectation(self, client: &'a Client) -> Expectation<'a> {
        Expectation {
            client_id: &client.id,
            keys: self.keys,
            jwks_uri: client.jwks_uri(),
            audiences: self.audiences,
        }
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
        let measure = Measure {
            keys: &KeySet::default(),
            audiences: &[],
            now: DateTime::UNIX_EPOCH,
        };
        authenticate(Some(client), &credentials, measure)
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
            "client_assertion=x",
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
