//! Taking secrets out of everything that is kept.

use std::sync::{Mutex, PoisonError};

use url::Url;

use super::{Answer, Body};
use crate::configuration::Secret;

/// Query parameters whose values are never kept.
const SECRET_PARAMETERS: &[&str] = &[
    "access_token",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "csrf_token",
    "id_token",
    "id_token_hint",
    "password",
    "refresh_token",
    "token",
];
const HIDDEN: &str = "***";
const LONGEST_TEXT: usize = 600;
/// Shorter secrets are not replaced by value: that would take words out of ordinary sentences.
const SHORTEST_SECRET: usize = 6;

/// Knows the secrets of a run.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    secrets: Mutex<Vec<Secret>>,
}

impl Redactor {
    /// From now on `secret` is replaced wherever it appears.
    pub(crate) fn learn(&self, secret: &Secret) {
        if secret.reveal().len() >= SHORTEST_SECRET {
            let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
            secrets.push(secret.clone());
        }
    }

    /// A URL fit for the record.
    pub(crate) fn url(&self, url: &Url) -> String {
        let mut kept = url.clone();
        let _ = kept.set_password(None);
        if url.query().is_some() {
            let pairs: Vec<_> = url
                .query_pairs()
                .map(|(name, value)| hide(&name, &value))
                .collect();
            kept.query_pairs_mut().clear().extend_pairs(pairs);
        }
        self.replace(kept.as_str())
    }

    /// Form fields fit for the record, one per line; nothing of other bodies.
    pub(crate) fn body(&self, body: &Body) -> Option<String> {
        let Body::Form(fields) = body else {
            return None;
        };
        let lines: Vec<_> = fields
            .iter()
            .map(|(name, value)| hide(name, value))
            .map(|(name, value)| self.text(&format!("{name}={value}")))
            .collect();
        Some(lines.join("\n"))
    }

    /// Headers of an answer fit for the record.
    pub(crate) fn headers(&self, answer: &Answer) -> Vec<(String, String)> {
        answer
            .headers
            .iter()
            .map(|(name, value)| {
                let text = value.to_str().unwrap_or(HIDDEN);
                (name.to_string(), self.header(name.as_str(), text, answer))
            })
            .collect()
    }

    fn header(&self, name: &str, text: &str, answer: &Answer) -> String {
        match name {
            "set-cookie" => match (text.split_once('='), text.split_once(';')) {
                (Some((name, _)), Some((_, attributes))) => {
                    self.text(&format!("{name}={HIDDEN};{attributes}"))
                }
                _ => HIDDEN.to_owned(),
            },
            "location" => answer
                .url
                .join(text)
                .map_or_else(|_| self.text(text), |url| self.url(&url)),
            _ => self.text(text),
        }
    }

    /// A sentence fit for the record: secrets, control characters and excess length taken out.
    pub(crate) fn text(&self, text: &str) -> String {
        let replaced = self.replace(text);
        let mut kept: String = replaced
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(LONGEST_TEXT)
            .collect();
        if replaced.chars().nth(LONGEST_TEXT).is_some() {
            kept.push('…');
        }
        kept
    }

    fn replace(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.reveal(), HIDDEN)
        })
    }
}

fn hide(name: &str, value: &str) -> (String, String) {
    let secret = SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str());
    let value = if secret { HIDDEN } else { value };
    (name.to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_parameters_are_hidden_by_name() {
        let url = Url::parse("https://u:p@a.example/cb?code=abc&state=s&ACCESS_TOKEN=t").unwrap();
        let kept = Redactor::default().url(&url);
        assert_eq!(
            kept,
            "https://u@a.example/cb?code=***&state=s&ACCESS_TOKEN=***"
        );
    }

    #[test]
    fn known_secrets_are_hidden_by_value() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::from("very-secret".to_owned()));
        assert_eq!(
            redactor.text("you sent very-secret\u{1b}[31m"),
            "you sent *** [31m"
        );
        let url = Url::parse("https://a.example/very-secret").unwrap();
        assert_eq!(redactor.url(&url), "https://a.example/***");
    }

    #[test]
    fn long_texts_are_cut() {
        let text = Redactor::default().text(&"é".repeat(5_000));
        assert_eq!(text.chars().count(), LONGEST_TEXT + 1);
    }
}
