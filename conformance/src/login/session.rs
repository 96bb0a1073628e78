//! A token, whose it is, and how it was got.

use serde_json::Value;

use super::{CookieJar, LoginProblem, RegisteredClient, Stage, Wish, authorize, token};
use crate::configuration::{Credentials, Person, Secret};
use crate::context::Context;
use crate::http::Answer;
use crate::outcome::{Finding, skip};

/// A token and whose it is.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) token: Secret,
    pub(crate) patient: String,
    /// The flow that led to it; absent when the token was given.
    pub(crate) login: Option<Login>,
}

/// A finished flow.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) client: RegisteredClient,
    /// The registration response, when the client was registered in this run.
    pub(crate) registration: Option<Answer>,
    /// The token endpoint's answer.
    pub(crate) answer: Answer,
    /// Its body.
    pub(crate) response: Value,
    /// Other patients the user could have chosen.
    pub(crate) others: Vec<String>,
    /// The callback with the code.
    pub(crate) callback: url::Url,
    /// The browser's cookies at the end.
    pub(crate) jar: CookieJar,
    /// The exchanges of the flow.
    pub(crate) exchanges: std::ops::Range<usize>,
}

impl Session {
    /// Signs in for `patient`, or for the first patient offered, as the configuration says.
    pub(crate) async fn start(
        context: &Context,
        patient: Option<&str>,
    ) -> Result<Self, LoginProblem> {
        match &context.configuration.credentials {
            Credentials::None => Err(Stage::Preparation.problem(
                "give --token with --patient, or --username with --password, or --login manual",
            )),
            Credentials::Manual => {
                let nobody = Person {
                    username: String::new(),
                    password: Secret::from(String::new()),
                };
                Self::of_person(context, &nobody, patient).await
            }
            Credentials::Token(token) => {
                let patient = patient.unwrap_or_default();
                given(context, token, patient).await?;
                Ok(Self {
                    token: token.clone(),
                    patient: patient.to_owned(),
                    login: None,
                })
            }
            Credentials::Form { username, password } => {
                let person = Person {
                    username: username.clone(),
                    password: password.clone(),
                };
                Self::of_person(context, &person, patient).await
            }
        }
    }

    /// Signs a person in with the run's first client.
    pub(crate) async fn of_person(
        context: &Context,
        person: &Person,
        patient: Option<&str>,
    ) -> Result<Self, LoginProblem> {
        let first = context.client.log.len();
        let ready = context.first_client().await?;
        let scope = &context.configuration.scope;
        let mut wish = Wish::new(&ready.client, scope, person);
        wish.patient = patient.map(str::to_owned);
        let mut session = Self::of(context, &wish).await?;
        if let Some(login) = &mut session.login {
            login.registration.clone_from(&ready.registration);
            login.exchanges.start = first;
        }
        Ok(session)
    }

    /// Goes through a whole flow.
    pub(crate) async fn of(context: &Context, wish: &Wish) -> Result<Self, LoginProblem> {
        let first = context.client.log.len();
        let approval = authorize(context, wish).await?;
        let sent = approval.exchange(context).await;
        let answer = sent.map_err(|finding| Stage::Token.finding(finding))?;
        let response = token::success(&answer)?;
        let (token, patient) = token::grant(context, &response, approval.chosen)?;
        let others = approval.offered.into_iter();
        Ok(Self {
            token,
            login: Some(Login {
                client: approval.client,
                registration: None,
                answer,
                response,
                others: others.filter(|other| *other != patient).collect(),
                callback: approval.callback,
                jar: approval.jar,
                exchanges: first..context.client.log.len(),
            }),
            patient,
        })
    }

    /// The exchanges it took.
    pub(crate) fn exchanges(&self) -> std::ops::Range<usize> {
        self.login
            .as_ref()
            .map_or(0..0, |login| login.exchanges.clone())
    }

    /// The cookies of the portal's pages; a skip when there was no login, or one in a browser that
    /// keeps them to itself.
    pub(crate) fn portal(&self) -> Result<CookieJar, Finding> {
        let Some(login) = &self.login else {
            return skip("the token was given, there was no login");
        };
        if login.jar.pairs().is_empty() {
            return skip(
                "you signed in with your own browser, which alone sees the portal's pages",
            );
        }
        Ok(login.jar.clone())
    }

    /// Other patients the user could have chosen.
    pub(crate) fn others(&self) -> &[String] {
        self.login.as_ref().map_or(&[], |login| &login.others)
    }

    /// The refresh token, when one was issued.
    pub(crate) fn refresh_token(&self) -> Option<Secret> {
        let text = self.login.as_ref()?.response["refresh_token"].as_str()?;
        Some(Secret::from(text.to_owned()))
    }

    /// The scopes that were granted.
    pub(crate) fn scope(&self) -> &str {
        let login = self.login.as_ref();
        login
            .and_then(|login| login.response["scope"].as_str())
            .unwrap_or_default()
    }
}

/// Asks once with a token that was given: one that is over would fail half of the checks for a
/// reason that is nobody's fault.
async fn given(context: &Context, token: &Secret, patient: &str) -> Result<(), LoginProblem> {
    let problem = |finding: Finding| Stage::Preparation.finding(finding);
    let url = context
        .url(&format!("Patient/{patient}"))
        .map_err(problem)?;
    let answer = context.with_token(url, token).await.map_err(problem)?;
    if answer.status == 401 {
        let told = "the given token is refused with 401; it may have expired";
        return Err(Stage::Preparation.problem(told));
    }
    Ok(())
}
