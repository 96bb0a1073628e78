//! `X-S4S-Trace: 1`, in the demo profile only: why a request was refused, for people who build
//! apps. It is said in terms of the token and the request alone, so that it is the same whether
//! what was asked for exists or not.

use actix_web::HttpRequest;
use serde_json::{Value, json};

use super::state::State;
use crate::access::authority::{Authority, Grant};
use crate::configuration::Profile;
use crate::interaction::Interaction;
use crate::problem::Problem;
use crate::search::reference::Target;

/// The request header.
pub(super) const HEADER: &str = "x-s4s-trace";

/// Longest explanation, in characters.
const LONGEST: usize = 1000;

/// What is known about a request by the time that it is refused.
#[derive(Debug)]
pub(super) struct Trace {
    token: Vec<String>,
    needed: Option<String>,
}

impl Trace {
    /// A trace, if one is asked for and may be given.
    pub(super) fn begin(
        state: &State,
        request: &HttpRequest,
        authority: &Authority,
    ) -> Option<Self> {
        let is_wanted = request
            .headers()
            .get(HEADER)
            .is_some_and(|value| value == "1");
        (is_wanted && state.profile == Profile::Demo).then(|| Self {
            token: granted(authority),
            needed: None,
        })
    }

    /// Takes note of what an interaction needs.
    pub(super) fn needs(&mut self, interaction: &Interaction) {
        let (Some(ty), Some(action)) = (interaction.resource_type(), interaction.needs()) else {
            return;
        };
        let letters = smart::scope::Actions::NONE.with(action);
        let mut needed = format!("a scope that holds {ty}.{letters}");
        if interaction.has_criteria() {
            needed.push_str(", and the letter s for the criteria");
        }
        if interaction.looks() {
            needed.push_str(", and the letter r because the patch looks at what is there");
        }
        self.needed = Some(needed);
    }

    /// The refusal with the explanation as a second issue.
    pub(super) fn explain(self, mut problem: Problem) -> Problem {
        let mut sentences = self.token;
        if let Some(needed) = self.needed {
            sentences.push(format!("The interaction needs {needed}."));
        }
        let mut issues = match problem.outcome()["issue"].take() {
            Value::Array(issues) => issues,
            _ => Vec::new(),
        };
        issues.push(json!({
            "severity": "information",
            "code": "informational",
            "details": { "text": "Why: the token and the request, explained (X-S4S-Trace)." },
            "diagnostics": sentences.join(" ").chars().take(LONGEST).collect::<String>(),
        }));
        problem.issues = issues;
        problem
    }
}

/// What the token stands for, in sentences.
fn granted(authority: &Authority) -> Vec<String> {
    let Grant::Token {
        scopes,
        patient,
        user,
        person,
    } = authority.grant()
    else {
        return vec!["The open mirror needs no token; it reads and searches only.".into()];
    };
    let mut sentences = vec![match scopes.to_string() {
        text if text.is_empty() => "The token has no scope.".into(),
        text => format!("The token's scopes are: {text}."),
    }];
    sentences.push(match patient {
        Some(id) => format!(
            "The patient in context is Patient/{id}: patient/ scopes reach that record and what is in its compartment."
        ),
        None => "No patient is in context: patient/ scopes reach nothing.".into(),
    });
    sentences.push(match (user, person) {
        (Some(Target::Local(ty, id)), _) => format!("The user is {ty}/{id}."),
        (_, true) => "The user is not known by a resource of this server.".into(),
        (_, false) => "No person stands behind the token: system/ scopes count.".into(),
    });
    if scopes.resources().any(|scope| !scope.constraint.is_empty()) {
        sentences.push(
            "Scopes with a question mark reach only resources that match what follows it.".into(),
        );
    }
    sentences
}
