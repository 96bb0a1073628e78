//! What apps tried lately and why it failed, for their developers: the demo profile only, in
//! memory only, and never a secret.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::oauth::parameters::Parameters;

/// Attempts that are remembered of each app.
const OF_EACH: usize = 25;
/// Apps whose attempts are remembered.
const APPS: usize = 500;
/// Longest value that is remembered, in characters.
const LONGEST: usize = 300;

/// Parameters whose values are told. Any other may be a secret or lead to one, so it is only said
/// that it was sent.
const TOLD: &[&str] = &[
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "aud",
    "code_challenge_method",
    "prompt",
    "max_age",
    "grant_type",
    "resource",
    "client_assertion_type",
];

/// At which endpoint it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `/oauth/authorize`
    Authorize,
    /// `/oauth/token`
    Token,
}

/// One attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When.
    pub at: DateTime<Utc>,
    /// Where.
    pub step: Step,
    /// The error code and the exact reason; `None` when it succeeded.
    pub failure: Option<(String, String)>,
    /// What was sent: the value, or `None` when it is not told.
    pub sent: Vec<(String, Option<String>)>,
}

impl Attempt {
    /// An attempt with the parameters that were sent.
    pub fn new(
        at: DateTime<Utc>,
        step: Step,
        parameters: &Parameters,
        failure: Option<(String, String)>,
    ) -> Self {
        let sent = parameters.iter().take(30).map(|(name, value)| {
            let told = TOLD.contains(&name).then(|| shortened(value));
            (shortened(name), told)
        });
        Self {
            at,
            step,
            failure,
            sent: sent.collect(),
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// The attempts of each app, oldest first.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<String, VecDeque<Attempt>>>);

impl Attempts {
    /// Remembers an attempt of a registered app.
    pub fn note(&self, client: &str, attempt: Attempt) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(client) && all.len() >= APPS {
            let oldest = all
                .iter()
                .min_by_key(|(_, ring)| ring.back().map(|last| last.at));
            let oldest = oldest.map(|(name, _)| name.clone());
            oldest.and_then(|name| all.remove(&name));
        }
        let ring = all.entry(client.to_owned()).or_default();
        if ring.len() == OF_EACH {
            ring.pop_front();
        }
        ring.push_back(attempt);
    }

    /// What an app tried, newest first.
    pub fn of(&self, client: &str) -> Vec<Attempt> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = all.get(client).into_iter().flatten();
        ring.rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(text: &str) -> Attempt {
        let parameters = Parameters::parse(text).unwrap();
        Attempt::new(DateTime::UNIX_EPOCH, Step::Token, &parameters, None)
    }

    #[test]
    fn secrets_are_not_remembered() {
        let noted = attempt(
            "grant_type=authorization_code&code=c0de&code_verifier=v&state=s&client_secret=x&unknown=u",
        );
        let told: Vec<_> = noted
            .sent
            .iter()
            .filter(|(_, value)| value.is_some())
            .collect();
        assert_eq!(told.len(), 1);
        assert_eq!(noted.sent.len(), 6);
        assert!(!format!("{noted:?}").contains("c0de"));
    }

    #[test]
    fn only_so_many_attempts_and_apps_are_remembered() {
        let attempts = Attempts::default();
        for number in 0..2 * OF_EACH {
            attempts.note("app", attempt(&format!("scope={number}")));
        }
        let kept = attempts.of("app");
        assert_eq!(kept.len(), OF_EACH);
        assert_eq!(kept[0].sent[0].1.as_deref(), Some("49"));
        for number in 0..2 * APPS {
            attempts.note(&format!("app {number}"), attempt(""));
        }
        assert_eq!(attempts.0.lock().unwrap().len(), APPS);
    }
}
