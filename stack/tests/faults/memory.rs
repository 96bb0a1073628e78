//! What the relay has seen: tokens, codes and pages. Faults that need a server's knowledge (which
//! patient a token is for, whose cookie may end a consent) find it here.

use std::collections::HashMap;

use serde_json::Value;

use super::message::{Ask, Reply, parse, value};

/// A token response.
#[derive(Debug, Clone)]
pub struct Token {
    pub access: String,
    pub refresh: Option<String>,
    pub client: String,
    pub patient: String,
    pub response: Value,
}

/// A page of the portal.
#[derive(Debug, Clone)]
pub struct Page {
    pub cookie: String,
    pub text: String,
}

/// Everything seen since the fault was switched on.
#[derive(Debug, Default)]
pub struct Memory {
    pub base: String,
    pub issuer: String,
    pub tokens: Vec<Token>,
    /// Codes that were issued, in order, each with the authorization request it answers.
    pub codes: Vec<(String, Vec<(String, String)>)>,
    pub pages: Vec<Page>,
    /// The parameters of the last authorization request.
    pub asked: Vec<(String, String)>,
    pub counts: HashMap<String, u32>,
    pub replies: HashMap<String, Reply>,
    pub notes: HashMap<&'static str, String>,
}

impl Memory {
    /// Remembers an authorization request as the client sent it.
    pub fn hear(&mut self, ask: &Ask) {
        if ask.is_authz("/oauth/authorize") {
            self.asked = ask.asked();
        }
    }

    /// Remembers what a server answered.
    pub fn see(&mut self, ask: &Ask, reply: &Reply) {
        if ask.is_post("/oauth/token") && reply.status == 200 {
            self.see_token(ask, &reply.value());
        }
        if reply.header("content-type").starts_with("text/html") {
            self.pages.push(Page {
                cookie: cookie_after(ask, reply),
                text: reply.text(),
            });
        }
        if let Some(code) = code_of(reply) {
            self.codes.push((code, self.asked.clone()));
        }
    }

    fn see_token(&mut self, ask: &Ask, response: &Value) {
        let text = |name: &str| response[name].as_str().map(str::to_owned);
        self.tokens.push(Token {
            access: text("access_token").unwrap_or_default(),
            refresh: text("refresh_token"),
            client: ask.field("client_id").unwrap_or_else(|| basic_user(ask)),
            patient: text("patient").unwrap_or_default(),
            response: response.clone(),
        });
    }

    /// The token response that an access or refresh token came with.
    pub fn token(&self, text: &str) -> Option<&Token> {
        self.tokens
            .iter()
            .find(|token| token.access == text || token.refresh.as_deref() == Some(text))
    }

    /// The first token of a patient: that of the first login, with all scopes.
    pub fn widest(&self, patient: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.patient == patient)
    }

    /// The authorization request that a code answers.
    pub fn request_of(&self, code: &str) -> Option<&Vec<(String, String)>> {
        let found = self.codes.iter().find(|(known, _)| known == code);
        found.map(|(_, asked)| asked)
    }

    /// The last page with these words.
    pub fn page_with(&self, words: &str) -> Option<&Page> {
        self.pages.iter().rfind(|page| page.text.contains(words))
    }

    /// How often this was counted before.
    pub fn count(&mut self, name: String) -> u32 {
        let count = self.counts.entry(name).or_default();
        *count += 1;
        *count - 1
    }
}

impl Page {
    /// The anti-forgery token of its forms.
    pub fn csrf(&self) -> String {
        between(&self.text, "name=\"csrf_token\" value=\"", "\"").unwrap_or_default()
    }

    /// The values of its check boxes and fields of this name.
    pub fn values(&self, name: &str) -> Vec<String> {
        let start = format!("name=\"{name}\" value=\"");
        let parts = self.text.split(&start).skip(1);
        parts
            .filter_map(|part| part.split('"').next().map(str::to_owned))
            .collect()
    }
}

pub fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(start)?;
    let (found, _) = rest.split_once(end)?;
    Some(found.to_owned())
}

pub fn code_of(reply: &Reply) -> Option<String> {
    let (_, query) = reply.header("location").split_once('?')?;
    value(&parse(query), "code").map(str::to_owned)
}

fn cookie_after(ask: &Ask, reply: &Reply) -> String {
    let set = reply.header("set-cookie").split(';').next().unwrap_or("");
    if set.is_empty() {
        ask.header("cookie").to_owned()
    } else {
        set.to_owned()
    }
}

/// The client of an `Authorization: Basic` header.
pub fn basic_user(ask: &Ask) -> String {
    use base64::Engine as _;
    let text = ask.header("authorization").strip_prefix("Basic ");
    let bytes = text.and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    let pair = String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
    pair.split(':').next().unwrap_or_default().to_owned()
}

pub fn basic(client: &str, secret: &str) -> String {
    use base64::Engine as _;
    let pair = format!("{client}:{secret}");
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}
