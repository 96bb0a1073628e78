//! The developers' corner.

use askama::Template;
use serde_json::Value;

use super::Chrome;
use crate::account::demo::DemoClient;
use crate::attempts::{Attempt, Step};
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;

/// What there is for developers.
#[derive(Template)]
#[template(path = "developers.html")]
pub struct DevelopersPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Public base URL.
    pub issuer: &'a str,
    /// FHIR base URL.
    pub fhir_base: &'a str,
    /// The demonstration apps.
    pub demo_clients: &'a [DemoClient],
    /// The apps that the visitor registered.
    pub clients: Vec<Client>,
}

/// The form that registers an app.
#[derive(Template)]
#[template(path = "register.html")]
pub struct RegisterPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// What was wrong before.
    pub error: Option<OAuthError>,
    /// What was sent before.
    pub sent: &'a Parameters,
}

/// An app that was just registered, with what its developer needs next.
#[derive(Template)]
#[template(path = "registered.html")]
pub struct RegisteredPage {
    /// The frame.
    pub chrome: Chrome,
    /// `client_id`
    pub client_id: String,
    /// `client_secret`; shown this once.
    pub client_secret: Option<String>,
    /// `registration_access_token`; shown this once.
    pub token: String,
    /// `registration_client_uri`
    pub uri: String,
    /// Programs to start from: what they are written in, and the text.
    pub snippets: Vec<(&'static str, String)>,
}

/// One app with what it tried lately.
#[derive(Template)]
#[template(path = "attempts.html")]
pub struct AppPage {
    /// The frame.
    pub chrome: Chrome,
    /// The app.
    pub client: Client,
    /// What it tried, newest first.
    pub attempts: Vec<Attempt>,
}

/// Ways of authentication that the form offers, with the key of their words.
const METHODS: [(&str, &str); 3] = [
    ("none", "register.public"),
    ("client_secret_basic", "register.basic"),
    ("client_secret_post", "register.post"),
];

/// What the form proposes as scope.
const SCOPE: &str = "launch launch/patient openid fhirUser offline_access patient/*.rs";

impl RegisterPage<'_> {
    fn methods() -> [(&'static str, &'static str); 3] {
        METHODS
    }

    fn is_chosen(&self, method: &str) -> bool {
        self.sent.first("method") == Some(method)
    }

    /// What ties a field to the error that is about it (WCAG 2.2, 3.3.1).
    fn blame(&self, field: &str, metadata: &str) -> &'static str {
        let blamed = self.error.is_some_and(|error| {
            let of_redirects = error.code == ErrorCode::InvalidRedirectUri;
            (of_redirects && field == "redirect_uris") || error.description.contains(metadata)
        });
        if blamed {
            " aria-invalid=\"true\" aria-describedby=\"error\""
        } else {
            ""
        }
    }

    fn value(&self, name: &str) -> &str {
        let proposed = match name {
            "scope" => SCOPE,
            "redirect_uris" => "http://127.0.0.1:3000/callback",
            _ => "",
        };
        self.sent.first(name).unwrap_or(proposed)
    }
}

impl AppPage {
    fn when(attempt: &Attempt) -> String {
        attempt.at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    fn step(attempt: &Attempt) -> &'static str {
        match attempt.step {
            Step::Authorize => "/oauth/authorize",
            Step::Token => "/oauth/token",
        }
    }
}

/// Places in a snippet and what stands in them.
type Places<'a> = [(&'static str, &'a str); 7];

const SNIPPETS: [(&str, &str); 3] = [
    ("curl", include_str!("../../assets/snippet.sh.txt")),
    ("JavaScript", include_str!("../../assets/snippet.js.txt")),
    ("Python", include_str!("../../assets/snippet.py.txt")),
];

fn filled(snippet: &str, places: &Places<'_>) -> String {
    places
        .iter()
        .fold(snippet.to_owned(), |text, (place, value)| {
            text.replace(place, value)
        })
}

impl RegisteredPage {
    /// The page for the answer to a registration (RFC 7591 §3.2.1).
    pub fn of(chrome: Chrome, registered: &Value, issuer: &str, fhir_base: &str) -> Self {
        let text = |name: &str| registered[name].as_str().unwrap_or_default().to_owned();
        let client_id = text("client_id");
        let redirect = registered["redirect_uris"][0].as_str().unwrap_or_default();
        let (method, secret) = (text("token_endpoint_auth_method"), text("client_secret"));
        // How curl proves who the app is.
        let auth = match method.as_str() {
            "client_secret_basic" => format!(" -u {client_id}:{secret}"),
            "client_secret_post" => format!(" -d client_secret={secret}"),
            _ => String::new(),
        };
        let places = [
            ("@issuer@", issuer),
            ("@fhir@", fhir_base),
            ("@client@", client_id.as_str()),
            ("@redirect@", redirect),
            ("@method@", method.as_str()),
            ("@secret@", secret.as_str()),
            ("@auth@", auth.as_str()),
        ];
        Self {
            chrome,
            client_secret: registered["client_secret"].as_str().map(str::to_owned),
            token: text("registration_access_token"),
            uri: text("registration_client_uri"),
            snippets: SNIPPETS
                .iter()
                .map(|(name, snippet)| (*name, filled(snippet, &places)))
                .collect(),
            client_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::language::Language;
    use serde_json::json;

    #[test]
    fn every_place_of_a_snippet_is_filled() {
        let registered =
            json!({"client_id": "app-1", "redirect_uris": ["http://127.0.0.1:3000/cb"]});
        let chrome = Chrome::anonymous(Language::English, true);
        let page = RegisteredPage::of(
            chrome,
            &registered,
            "https://as.example",
            "https://ehr.example/fhir",
        );
        for (name, text) in &page.snippets {
            assert!(!text.contains('@'), "{name}");
            for value in [
                "app-1",
                "http://127.0.0.1:3000/cb",
                "https://ehr.example/fhir",
            ] {
                assert!(text.contains(value), "{name} lacks {value}");
            }
        }
    }
}
