//! A person's browser, as far as signing in and consenting need one: cookies, redirects, forms.

use std::collections::BTreeMap;

use conformance::configuration::{Person, Secret, Selectors};
use conformance::page::{Kind, Page};
use serde_json::Value;
use url::Url;

use crate::connection::{Answer, Ask, Connection, Failure};
use crate::own::{CLIENT, PASSWORD, REDIRECT, SECRET};

const MOST_STEPS: usize = 12;
/// A verifier of RFC 7636's length; what is measured needs no secret one.
const VERIFIER: &str = "measuring-measuring-measuring-measuring-measuring";

/// Tokens of a grant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    /// Of a token response.
    pub(crate) fn parse(response: &Value) -> Result<Self, Failure> {
        let text = |name: &str| {
            let missing = || Failure::Wrong(format!("the token response has no {name}"));
            response[name]
                .as_str()
                .map(str::to_owned)
                .ok_or_else(missing)
        };
        Ok(Self {
            access: text("access_token")?,
            refresh: text("refresh_token")?,
        })
    }
}

/// How a sign-in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// In.
    SignedIn,
    /// Too many at once: 503.
    ToldToWait,
}

/// The token response for a code of [`Browser::code`].
pub(crate) async fn redeem_code(authz: &mut Connection, code: &str) -> Result<Value, Failure> {
    let form = Ask::form(
        "/oauth/token",
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
        ],
    );
    authz.send(form).await?.expect(200)?.json()
}

/// A browser and who uses it.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    person: Person,
    /// `aud` of its authorization requests.
    aud: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// One that has seen nothing.
    pub(crate) fn new(username: String, aud: String) -> Self {
        Self {
            person: Person {
                username,
                password: Secret::from(PASSWORD.to_owned()),
            },
            aud,
            cookies: BTreeMap::new(),
        }
    }

    /// Goes from the authorization request to the tokens.
    pub(crate) async fn grant(&mut self, authz: &mut Connection) -> Result<Tokens, Failure> {
        let code = self.code(authz).await?;
        Tokens::parse(&redeem_code(authz, &code).await?)
    }

    /// Signs in at the portal.
    pub(crate) async fn sign_in(&mut self, authz: &mut Connection) -> Result<Arrival, Failure> {
        let page = self.visit(authz, Ask::read("/login")).await?.expect(200)?;
        let form = self.submit(&page)?;
        let answer = self.visit(authz, form).await?;
        match answer.status {
            303 => Ok(Arrival::SignedIn),
            503 => Ok(Arrival::ToldToWait),
            _ => answer.expect(303).map(|_| Arrival::SignedIn),
        }
    }

    /// Goes from the authorization request to the code.
    pub(crate) async fn code(&mut self, authz: &mut Connection) -> Result<String, Failure> {
        let mut ask = Ask::read(self.authorization_request());
        for _ in 0..MOST_STEPS {
            let answer = self.visit(authz, ask).await?;
            ask = match answer.header("location") {
                Some(location) if location.starts_with(REDIRECT) => return code_of(location),
                Some(location) => Ask::read(local(location)),
                None => self.submit(&answer.expect(200)?)?,
            };
        }
        Err(Failure::Wrong(
            "signing in and consenting does not end".to_owned(),
        ))
    }

    fn authorization_request(&self) -> String {
        use base64::Engine as _;
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(VERIFIER.as_bytes());
        let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", CLIENT),
                ("redirect_uri", REDIRECT),
                ("scope", "launch/patient offline_access patient/*.rs"),
                ("state", "measuring-measuring"),
                ("aud", &self.aud),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        format!("/oauth/authorize?{query}")
    }

    async fn visit(&mut self, authz: &mut Connection, ask: Ask) -> Result<Answer, Failure> {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = authz.send(ask.with("cookie", cookies.join("; "))).await?;
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap_or_default().split(';').next();
            if let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }

    /// Fills in the form of a page as a person who agrees would.
    fn submit(&self, page: &Answer) -> Result<Ask, Failure> {
        let page = Page::parse(&String::from_utf8_lossy(&page.body), &Selectors::default());
        let form = page.form(Kind::Login).or(page.form(Kind::Consent));
        let form = form.cloned().ok_or_else(|| {
            Failure::Wrong("the page has neither a sign-in nor a consent form".to_owned())
        })?;
        let mut form = match form.kind() {
            Some(Kind::Login) => self.person.fill(form),
            _ => form,
        };
        form.press_id("authorize");
        let pairs: Vec<_> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Ok(Ask::form(local(&form.action), &pairs))
    }
}

fn code_of(location: &str) -> Result<String, Failure> {
    let code = Url::parse(location).ok().and_then(|url| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == "code")
            .map(|(_, value)| value.into_owned())
    });
    code.ok_or_else(|| Failure::Wrong(format!("no code in {location}")))
}

/// A link without its host.
fn local(link: &str) -> String {
    match Url::parse(link) {
        Ok(url) => url[url::Position::BeforePath..].to_owned(),
        Err(_) => link.to_owned(),
    }
}
